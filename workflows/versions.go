package workflows

// Changing a workflow safely
//
// A case sleeps for months, and after each deployment its history is replayed with the new code. What
// the replay orders must be what the history holds, in the same order: activities (name), timers,
// search-attribute upserts, completion, continue-as-new. Cases move to the new code by themselves
// (AutoUpgrade), so both kinds of histories meet it.
//
// Needs nothing: policies, plans, calendars, zones, texts, activity code, summaries, details,
// options of an activity (they are not compared), new fields in collection types, new acts.
//
// Needs a version: another order or number of activities, timers or upserts for the same snapshots.
//
//  1. Here, give the change a name, the date, the reason, and when it may be removed:
//
//     // changeQuietClose: closed cases upsert no stage any more. 2027-02-01; to be removed when no
//     // case started before that day is open (dunlin verify lists them).
//     const changeQuietClose = "quiet-close"
//
//  2. In the workflow, ask workflow.GetVersion(ctx, changeQuietClose, workflow.DefaultVersion, 1) where
//     the paths part, keep the old path for DefaultVersion, and ask every time the place is passed.
//  3. Record histories with the released code, before the change, into testdata/histories, and list them
//     in its MANIFEST; TestReplay then holds the new code to them. Never edit or re-record an old one.
//  4. Run the replay test, workflowcheck, and the rolling-deploy test of dev.
//
// A name once used is never used again. There are no changes yet: every history so far is of the first version.

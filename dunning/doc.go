// Package dunning is the pure core: a policy and a case in, a plan out. It knows no clock, no network and
// no database, and iterates over no map: the same case at the same moment gives the same plan.
//
// # How a moment is found
//
// A step's anchor and offset name a day or an instant in the debtor's zone. It moves to the next business
// day and contact window of the step's class; where that is an opening, the debtor's own jitter is added.
// Then the stops move it (below), then the minimum gap after the last contact, a provider's "not before",
// the day named in the final notice, a new due date that a step gave, and the caps: over all invoices of
// the debtor, by channel, by address, and two messages a day. A step anchored to the one before counts
// from where that was really taken or skipped, or is planned. A moment that has passed stays as it is while
// the window is open, so the act is due; otherwise it waits for the next opening.
//
// # What a stop does
//
// While a hold, dispute or promise is in force nothing is sent, opened, decided or placed. A stop whose end
// is known gives a review at that end, and the plan goes on as if it ended then; one without an end holds
// everything, visibly. On release:
//   - a step of before or on the due date whose day has passed is skipped, with the reason;
//   - the first overdue step that the stop covered comes no sooner than the end plus its minimum gap (after
//     a promise, which has had its grace, at once), and later steps keep at least the policy's distances to it;
//   - a stop that covered no step moves none.
//
// Overlapping stops count as one. A hard stop never ends: under it only look-ups of lost answers remain. An
// order's expiry waits for the end of a hold, dispute or promise that was in force at its time, and for
// nothing else.
//
// # What is late
//
// Each step says what becomes of it when its moment has passed: sent once, skipped with a reason, or merged
// into the next sending step when that is due, too. The gap after a late step protects the next one, so an
// outage leaves neither a hole nor a burst. A due step is always an item, held by a named gate, or skipped.
//
// # What a step may ask
//
// A condition, the least amount and the holdout are judged when the step is due; until then it is shown as
// "will be skipped", with a review on its day. A step that somebody looks at first gives a review with
// LookRef at its moment; it and all later ones wait for the word, and it counts as due from then on. Of a
// step with several acts of which any is enough, the first channel that works goes; the others are skipped
// a day after it arrived, and the next takes its place when it is refused or comes back.
//
// # Disputes and payment plans
//
// What is disputed in part is left out of what is asked for, and nothing formal goes out; when all that is
// open is disputed everything waits. A payment plan stops the ladder and has messages of its own, whose
// steps stand in no file (Policy.Step knows them): the agreement, a reminder before each instalment, and a
// note when one is missed. Each instalment has a review a bank's grace after its day; JudgePlan says then
// whether the plan is broken. What is covered is not asked for.
//
// # The gates
//
// zone_missing, type_missing, calendar_missing, contact_missing: data is missing, and nothing is guessed.
// hold, dispute, promise, settled, payment_plan, hard_stop: a stop. deferred: a provider or a switch said
// later.
// in_flight: a message has no end yet. decision, approval: the decision is to come, or waits for a person.
// final_notice, final_notice_unconfirmed: the notice has not (certainly) gone out. look: somebody looks at
// it first. handoff_returned, exhausted: a person decides what comes next. A held step holds every later
// one, in order. Not so what ends by itself: unreachable, late, condition, minimum, holdout will be skipped,
// any waits for another channel, instalment and covered for money.
package dunning

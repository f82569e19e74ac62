package audit_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dev/audit"
	"dunlin/dev/sandbox"
	"dunlin/invoice"
)

var day0 = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func day(n int) time.Time { return day0.AddDate(0, 0, n) }

// world is a small run without fault: INV-1 got two reminders and was paid, INV-2 is open and was called.
type world struct {
	books audit.Books
	log   []sandbox.Entry
	acks  []audit.Ack
	runs  map[string]bool
	more  []string // what visibility believes beyond runs
}

// Running is what Temporal says about a workflow.
func (w *world) Running(_ context.Context, id string) (bool, error) { return w.runs[id], nil }

// Candidates is what visibility believes.
func (w *world) Candidates(context.Context) ([]string, error) { return w.more, nil }

func (w *world) audit(t *testing.T) audit.Report {
	t.Helper()
	r, err := audit.Run(t.Context(), audit.Evidence{Books: &w.books, Log: w.log, Acks: w.acks, Cases: w, Kills: 1, LateWorkerHours: 48})
	require.NoError(t, err)
	return r
}

func sound(t *testing.T) *world {
	t.Helper()
	w := &world{runs: map[string]bool{"collect/acme/INV-2/1": true}}
	b := &w.books
	b.Now = day(20)
	b.Policies = map[string]audit.Policy{"p": {Name: "standard", Steps: []audit.Step{
		{ID: "reminder-1", Letter: "A", At: "due+7d", Acts: []string{"email"}},
		{ID: "reminder-2", Letter: "B", At: "due+14d", Acts: []string{"email", "sms"}},
		{ID: "call", At: "due+16d", Acts: []string{"phone_task"}},
	}}}
	b.Invoices = []audit.Invoice{
		{PK: 1, Creditor: "acme", Number: "INV-1", Kind: "invoice", Currency: "EUR", Status: "paid", Amount: 10000, Paid: 10000, DueOn: day(-5), CreatedAt: day(-10), Policy: "p", Cycle: 1, Zone: "Europe/Berlin", DebtorPK: 1},
		{PK: 2, Creditor: "acme", Number: "INV-2", Kind: "invoice", Currency: "EUR", Status: "open", Amount: 5000, Balance: 5000, DueOn: day(-12), CreatedAt: day(-15), Policy: "p", Cycle: 1, Zone: "Europe/Berlin", DebtorPK: 1},
	}
	b.Cases = []audit.Case{{Invoice: 1, Cycle: 1, ClosedAt: day(11)}, {Invoice: 2, Cycle: 1}}
	w.book(1, 1, 1, "issue", "", day(-10), map[string]int64{"receivable": 10000, "revenue": -10000})
	w.book(2, 2, 1, "issue", "", day(-15), map[string]int64{"receivable": 5000, "revenue": -5000})
	w.send("a1", 1, "reminder-1", "email", "A", 2, day(2))
	w.send("a2", 1, "reminder-2", "email", "B", 4, day(9))
	w.send("a3", 1, "reminder-2", "sms", "B", 6, day(9))
	w.book(3, 1, 8, "payment", "BANK-1", day(10), map[string]int64{"unidentified": 10000, "receivable": -10000})
	w.book(4, 0, 0, "bank", "BANK-1", day(10), map[string]int64{"bank": 10000, "unidentified": -10000})
	b.Lines = []audit.Line{{PK: 1, Account: "manual/acme", Currency: "EUR", Amount: 10000}}
	b.Shares = []audit.Share{{Payment: 1, Invoice: 1, Amount: 10000}}
	b.Facts = []audit.Fact{{Invoice: 1, Creditor: "acme", Kind: "payment", Key: "BANK-1", Amount: 10000}}
	b.Stops = []audit.Stop{{Invoice: 1, Kind: "settled", From: day(10), Seq: 9}}
	w.acks = []audit.Ack{{Kind: "payment", Creditor: "acme", Number: "INV-1", Key: "BANK-1", At: day(10).Add(time.Second), Stops: true}}
	w.send("b1", 2, "reminder-1", "email", "A", 2, day(-5))
	w.send("b2", 2, "reminder-2", "email", "B", 4, day(2))
	w.send("b3", 2, "reminder-2", "sms", "B", 6, day(2))
	b.Acts = append(b.Acts, audit.Act{Invoice: 2, Step: "call", Act: "phone_task", Outcome: "person", Seq: 8, At: day(4)})
	b.Tasks = []audit.Task{{ID: 1, Debtor: 1, Invoice: 2, Kind: "phone", Step: "call", State: "open", Seq: 8, OpenedAt: day(4)}}
	w.write(1, "issued", "payment", "closed")
	w.write(2, "issued", "task_opened")
	return w
}

// book enters an entry.
func (w *world) book(pk, inv, seq int64, kind, key string, at time.Time, postings map[string]int64) {
	e := audit.Entry{PK: pk, Invoice: inv, Seq: seq, Kind: kind, Key: key, At: at}
	for account, amount := range postings {
		e.Postings = append(e.Postings, audit.Posting{Account: account, Currency: "EUR", Amount: amount})
	}
	w.books.Entries = append(w.books.Entries, e)
}

// send puts one accepted message into books and log.
func (w *world) send(attempt string, inv int64, step, act, letter string, seq int64, at time.Time) {
	b, number, to := &w.books, map[int64]string{1: "INV-1", 2: "INV-2"}[inv], map[string]string{"email": "ap@kunde.example", "sms": "+491713920001"}[act]
	id := "m-" + attempt
	b.Messages = append(b.Messages, audit.Message{ID: id, Invoice: inv, Kind: "collecting", Channel: act, Step: step, State: "accepted", Recipient: to})
	b.Covers = append(b.Covers, audit.Cover{Message: id, Invoice: inv, Step: step, Act: act, Reference: number + "/" + letter})
	b.Attempts = append(b.Attempts, audit.Attempt{ID: attempt, Message: id, State: "accepted", ClaimedAt: at, EndedAt: at.Add(time.Second)})
	b.Claims = append(b.Claims, audit.Claim{Attempt: attempt, Invoice: inv, Seq: seq})
	b.Acts = append(b.Acts, audit.Act{Invoice: inv, Step: step, Act: act, Outcome: "accepted", Message: id, Seq: seq + 1, At: at})
	w.log = append(w.log, sandbox.Entry{Seq: int64(len(w.log)) + 1, Kind: act, To: to, Text: "Dear Jo, …\nRef " + number + "/" + letter, Attempt: attempt, Accepted: true, Status: 202, Lab: at.Add(500 * time.Millisecond)})
}

// write chains events the way the product documents it.
func (w *world) write(inv int64, kinds ...string) {
	var prev []byte
	for n, kind := range kinds {
		e := invoice.Event{N: int64(n) + 1, Seq: int64(n) + 1, At: day(n), Kind: kind, Actor: "dunlin", Text: kind, Data: json.RawMessage(`{"n":1}`)}
		prev = e.ChainHash(prev)
		w.books.Events = append(w.books.Events, audit.Event{Invoice: inv, N: e.N, Seq: e.Seq, At: e.At, Kind: e.Kind, Actor: e.Actor, Text: e.Text, Data: string(e.Data), Hash: prev})
	}
	i := &w.books.Invoices[inv-1]
	i.EventN, i.EventHead = int64(len(kinds)), prev
}

func TestASoundRunHasNoFindings(t *testing.T) {
	t.Parallel()
	w := sound(t)
	r := w.audit(t)
	require.Empty(t, r.Findings)
	require.Equal(t, audit.Outcomes{Paid: 1}, r.Outcomes)
	require.Equal(t, audit.Messages{Email: 4, SMS: 2}, r.Messages)
	require.Equal(t, 2, r.Invoices)
	require.Equal(t, 2, r.Checked)
	require.Equal(t, 1, r.PhoneTasks)
	require.True(t, r.LedgerBalanced)
	require.True(t, r.EventChainOK)
}

// TestEveryBreachIsFound doctors rows or log, one thing at a time, and names the finding it must cause.
func TestEveryBreachIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		doctor func(w *world)
		want   string // the invariant
		says   string
		figure func(r audit.Report) bool
	}{
		{"the same text again under another attempt", func(w *world) {
			e := w.log[0]
			e.Seq, e.Attempt = 99, "other"
			w.log = append(w.log, e)
		}, "I2", "tells ap@kunde.example about INV-1/A", func(r audit.Report) bool { return r.DoubleSends == 1 }},
		{"the same step again in other words", func(w *world) {
			w.send("a9", 1, "reminder-1", "email", "Z", 3, day(3))
		}, "I2", "acme/INV-1 reminder-1 email", func(r audit.Report) bool { return r.DoubleSends == 1 }},
		{"claimed after the settlement", func(w *world) {
			w.send("a9", 1, "call", "email", "C", 20, day(12))
		}, "I1", "after the settlement", func(r audit.Report) bool { return r.SendsAfterSettlement == 1 }},
		{"taken by the provider after an acknowledged payment", func(w *world) {
			w.log[1].Lab = day(11)
		}, "I1", "after the payment was acknowledged", func(r audit.Report) bool { return r.Crossed == 1 && r.SendsAfterSettlement == 0 }},
		{"claimed during a hold", func(w *world) {
			w.books.Stops = append(w.books.Stops, audit.Stop{Invoice: 2, Kind: "hold", Seq: 3, EndedSeq: 5, From: day(1), EndedAt: day(3)})
		}, "I1", "during a hold", nil},
		{"a call asked for during a dispute", func(w *world) {
			w.books.Stops = append(w.books.Stops, audit.Stop{Invoice: 2, Kind: "dispute", Seq: 7, From: day(3)})
		}, "I11", "a call was asked for", nil},
		{"a reminder claimed under a payment plan", func(w *world) {
			w.books.Stops = append(w.books.Stops, audit.Stop{Invoice: 2, Kind: "payment_plan", Seq: 3, EndedSeq: 5, From: day(1), EndedAt: day(3)})
		}, "I1", "during a payment_plan", nil},
		{"written to after an opt-out", func(w *world) {
			w.books.Silences = []audit.Silence{{Creditor: "acme", Channel: "sms", Address: "+491713920001", At: day(1)}}
		}, "I1", "opted out", nil},
		{"written to after the placement", func(w *world) {
			w.books.Handoffs = []audit.Handoff{{Invoice: 2, Route: "agency", State: "sent", At: day(1)}}
			w.books.Acts = append(w.books.Acts, audit.Act{Invoice: 2, Step: "place", Act: "place", Outcome: "done", Seq: 3, At: day(1)})
		}, "I11", "after the placement", nil},
		{"placed twice", func(w *world) {
			w.books.Handoffs = []audit.Handoff{{Invoice: 2, State: "sent"}, {Invoice: 2, State: "sent"}}
		}, "I11", "placed twice", nil},
		{"a step passed over", func(w *world) { w.forget("b1") }, "I3", "reminder-1", func(r audit.Report) bool { return r.MissedSteps == 1 }},
		{"a step due long ago", func(w *world) {
			w.books.Acts = w.books.Acts[:len(w.books.Acts)-1]
			w.books.Tasks = nil
			w.books.Now = day(60)
		}, "I3", "call (phone_task) was due", func(r audit.Report) bool { return r.MissedSteps == 1 && r.PhoneTasks == 0 }},
		{"a message without an attempt", func(w *world) { w.books.Attempts = w.books.Attempts[1:] }, "I4", "is not in the books", nil},
		{"an attempt without a message", func(w *world) { w.log = w.log[1:] }, "I4", "no provider has it", nil},
		{"taken, and the books say unsent", func(w *world) { w.books.Attempts[0].State = "unsent" }, "I4", "was unsent", nil},
		{"a lopsided entry", func(w *world) { w.books.Entries[0].Postings[0].Amount++ }, "I5", "out of balance", func(r audit.Report) bool { return !r.LedgerBalanced }},
		{"bank money from nowhere", func(w *world) {
			w.book(9, 2, 9, "payment", "BANK-9", day(5), map[string]int64{"bank": 100, "unapplied": -100})
		}, "I5", "the booked lines are 10000", nil},
		{"a balance that is not the ledger's", func(w *world) { w.books.Invoices[1].Balance = 4000 }, "I6", "the ledger says 5000", func(r audit.Report) bool { return !r.LedgerBalanced }},
		{"paid, with a balance", func(w *world) { w.books.Invoices[1].Status = "paid" }, "I6", "is paid with a balance", nil},
		{"an acknowledged payment that is lost", func(w *world) { w.books.Facts = nil }, "I7", "on file 0 times", nil},
		{"an acknowledged payment that is booked twice", func(w *world) {
			w.book(9, 1, 9, "payment", "BANK-1", day(10), map[string]int64{"bank": 1, "unapplied": -1})
		}, "I7", "booked 2 times", nil},
		{"an open invoice whose case does not run", func(w *world) { w.runs = nil }, "I8", "does not run", func(r audit.Report) bool { return r.OpenWithoutCase == 1 }},
		{"a closed case that runs", func(w *world) { w.runs["collect/acme/INV-1/1"] = true }, "I8", "its invoice is not open", func(r audit.Report) bool { return r.CasesWithoutOpen == 1 }},
		{"a case nobody knows", func(w *world) {
			w.more = []string{"collect/acme/INV-9/1", "collect/acme/INV-8/1"} // visibility errs about INV-8
			w.runs["collect/acme/INV-9/1"] = true
		}, "I8", "INV-9/1 runs, and no invoice", func(r audit.Report) bool { return r.CasesWithoutOpen == 1 && r.Checked == 4 }},
		{"nothing to describe", func(w *world) {
			*w = world{books: audit.Books{Now: day0}}
		}, "I8", "nothing was described", nil},
		{"two calls on the list", func(w *world) {
			w.books.Tasks = append(w.books.Tasks, w.books.Tasks[0])
		}, "I13", "two calls", nil},
		{"a call for a settled invoice", func(w *world) { w.books.Tasks[0].Invoice = 1 }, "I13", "still on the list", nil},
		{"a call's result after the settlement", func(w *world) {
			w.books.Tasks = append(w.books.Tasks, audit.Task{ID: 2, Invoice: 1, Kind: "phone", Step: "x", State: "done", EndedAt: day(12), Seq: 5})
		}, "I13", "got a result after", nil},
		{"a rewritten event", func(w *world) { w.books.Events[0].Text = "never happened" }, "I14", "not what was written", func(r audit.Report) bool { return !r.EventChainOK }},
		{"a missing event", func(w *world) { w.books.Events = append(w.books.Events[:1:1], w.books.Events[2:]...) }, "I14", "event 3 follows 1", nil},
		{"a cut-off history", func(w *world) { w.books.Invoices[0].EventN = 4 }, "I14", "the history ends at 3", nil},
		{"no history", func(w *world) { w.books.Events = w.books.Events[:3] }, "I14", "has no history", nil},
		{"a change without an event", func(w *world) { w.books.Unwatched = []string{"1: fact payment BANK-1"} }, "I14", "left no event", nil},
		{"history that can be rewritten", func(w *world) { w.books.Pliable = []string{"UPDATE events"} }, "I14", "can be rewritten", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := sound(t)
			c.doctor(w)
			r := w.audit(t)
			found := ""
			for _, f := range r.Findings {
				if f.Invariant == c.want {
					found += f.Text + "\n"
				}
			}
			require.Contains(t, found, c.says, "all findings: %v", r.Findings)
			if c.figure != nil {
				require.True(t, c.figure(r), "%+v", r)
			}
		})
	}
}

// forget takes every trace of a message out of books and log.
func (w *world) forget(attempt string) {
	var acts []audit.Act
	for _, a := range w.books.Acts {
		if a.Message != "m-"+attempt {
			acts = append(acts, a)
		}
	}
	w.books.Acts = acts
	var log []sandbox.Entry
	for _, e := range w.log {
		if e.Attempt != attempt {
			log = append(log, e)
		}
	}
	w.log = log
	for i := range w.books.Attempts {
		if w.books.Attempts[i].ID == attempt {
			w.books.Attempts[i].State = "unsent"
		}
	}
}

// Under a payment plan its own messages go; a dispute about a part lets the rest go on.
func TestWhatStopsLet(t *testing.T) {
	t.Parallel()
	w := sound(t)
	w.send("b9", 2, "plan-1-due-1", "email", "P1", 10, day(5))
	w.books.Stops = append(w.books.Stops, audit.Stop{Invoice: 2, Kind: "payment_plan", Seq: 9, From: day(5)},
		audit.Stop{Invoice: 2, Kind: "dispute", Promised: 100, Seq: 3, From: day(1)})
	require.Empty(t, w.audit(t).Findings)
}

func TestEndsThatAreNoMiss(t *testing.T) {
	t.Parallel()
	for name, doctor := range map[string]func(w *world){
		"held by a gate": func(w *world) {
			w.books.Invoices[1].Held = []audit.Planned{{Step: "reminder-1", Act: "email", Gate: "zone_missing"}}
		},
		"skipped with a reason": func(w *world) {
			w.books.Acts = append(w.books.Acts, audit.Act{Invoice: 2, Step: "reminder-1", Act: "email", Outcome: "skipped"})
		},
		"covered by a sibling": func(w *world) {
			w.books.Acts = append(w.books.Acts, audit.Act{Invoice: 2, Step: "reminder-1", Act: "email", Outcome: "covered"})
		},
		"being looked up": func(w *world) {
			w.books.Messages = append(w.books.Messages, audit.Message{ID: "x", Invoice: 2, Channel: "email", Step: "reminder-1", State: "unknown"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := sound(t)
			w.forget("b1")
			require.Len(t, audit.MissedSteps(&w.books), 1)
			doctor(w)
			require.Empty(t, audit.MissedSteps(&w.books))
		})
	}
}

func TestCrossedIsNoBreachWhenTheAnswerSaidSo(t *testing.T) {
	t.Parallel()
	w := sound(t)
	w.log[1].Lab = day(11)
	w.acks[0].InFlight = true
	r := w.audit(t)
	require.Empty(t, r.Findings)
	require.Equal(t, 1, r.Crossed)
}

func TestFaultsAreCountedFromTheLog(t *testing.T) {
	t.Parallel()
	w := sound(t)
	w.log[0].Fault, w.log[0].Status = sandbox.ResetAfter, 0
	w.log[1].Fault, w.log[1].Status = sandbox.ErrorAfter, 500
	w.log = append(w.log, sandbox.Entry{Seq: 90, Kind: sandbox.KindWebhook, Duplicate: true, Accepted: true}, sandbox.Entry{Seq: 91, Kind: sandbox.KindWebhook, Duplicate: true})
	w.books.Attempts[1].EndedAt = day(10).Add(time.Minute)
	r := w.audit(t)
	require.Equal(t, audit.Faults{LostAnswers: 2, Kills: 1, DuplicateWebhooks: 1, PaymentsInFlight: 1, LateWorkerHours: 48}, r.Faults)
	require.True(t, r.Faults.Happened())
	require.False(t, audit.Faults{LostAnswers: 1}.Happened())
}

func TestReportHasEveryKey(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(audit.Report{})
	require.NoError(t, err)
	require.JSONEq(t, `{"invoices":0,"checked":0,"outcomes":{"paid":0,"written_off":0,"lawyer":0,"agency":0,"expired":0,"cancelled":0},
		"messages":{"email":0,"sms":0},"phone_tasks":0,"double_sends":0,"sends_after_settlement":0,"missed_steps":0,"open_without_case":0,
		"cases_without_open":0,"crossed":0,"unconfirmed":0,"ledger_balanced":false,"event_chain_ok":false,
		"faults":{"lost_answers":0,"kills":0,"duplicate_webhooks":0,"payments_in_flight":0,"late_worker_hours":0}}`, string(text))
}

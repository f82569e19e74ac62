package audit

import (
	"context"
	"slices"

	"dunlin/dev/sandbox"
)

// Evidence is everything that an audit reads.
type Evidence struct {
	Books *Books
	Log   []sandbox.Entry // of the sandbox, from its first request on
	Acks  []Ack
	Cases Witness
	// What only the one who did the harm can tell.
	Kills           int // workers killed by SIGKILL
	LateWorkerHours int // lab hours without a worker
}

// Report is what an audit says. Its JSON is what `dunlin-lab demo --json` writes.
type Report struct {
	Invoices             int      `json:"invoices"`
	Checked              int      `json:"checked"` // workflows described
	Outcomes             Outcomes `json:"outcomes"`
	Messages             Messages `json:"messages"`
	PhoneTasks           int      `json:"phone_tasks"`
	DoubleSends          int      `json:"double_sends"`
	SendsAfterSettlement int      `json:"sends_after_settlement"`
	MissedSteps          int      `json:"missed_steps"`
	OpenWithoutCase      int      `json:"open_without_case"`
	CasesWithoutOpen     int      `json:"cases_without_open"`
	Crossed              int      `json:"crossed"`
	Unconfirmed          int      `json:"unconfirmed"`
	LedgerBalanced       bool     `json:"ledger_balanced"`
	EventChainOK         bool     `json:"event_chain_ok"`
	Faults               Faults   `json:"faults"`

	Findings []Finding `json:"-"` // none: every invariant holds
}

// Outcomes count the invoices by where they ended. Those that are still open count nowhere.
type Outcomes struct {
	Paid       int `json:"paid"`
	WrittenOff int `json:"written_off"`
	Lawyer     int `json:"lawyer"`
	Agency     int `json:"agency"`
	Expired    int `json:"expired"`
	Cancelled  int `json:"cancelled"`
}

// Messages count the requests that providers took.
type Messages struct {
	Email int `json:"email"`
	SMS   int `json:"sms"`
}

// Faults count the harm that was done; a run without it proves little.
type Faults struct {
	LostAnswers       int `json:"lost_answers"`
	Kills             int `json:"kills"`
	DuplicateWebhooks int `json:"duplicate_webhooks"`
	PaymentsInFlight  int `json:"payments_in_flight"`
	LateWorkerHours   int `json:"late_worker_hours"`
}

// Happened says whether every kind of harm was done.
func (f Faults) Happened() bool {
	return f.LostAnswers > 0 && f.Kills > 0 && f.DuplicateWebhooks > 0 && f.PaymentsInFlight > 0 && f.LateWorkerHours > 0
}

// Invariants are what Run checks, in words.
var Invariants = []struct{ ID, Says string }{
	{"I1", "nothing was claimed after a stop or a settlement"},
	{"I2", "no step was sent twice, by its text or by its key"},
	{"I3", "no step that was due was passed over in silence"},
	{"I4", "every message has its attempt, and every attempt its message"},
	{"I5", "every booking balances, and the bank account fits"},
	{"I6", "every balance is what the ledger says"},
	{"I7", "every acknowledged fact is on file, once"},
	{"I8", "every open invoice has its running case, and no other case runs"},
	{"I11", "no call and no handoff during a stop, one placement at a time"},
	{"I13", "one call on the list per step, none for a settled invoice"},
	{"I14", "every history is whole, and cannot be rewritten"},
}

// Run checks everything.
func Run(ctx context.Context, e Evidence) (Report, error) {
	b := e.Books
	doubles, missed, ledger, chain := DoubleSends(b, e.Log), MissedSteps(b), Ledger(b), Chain(b)
	late, crossed := AfterSettlement(b, e.Log)
	withoutCase, withoutOpen, described, err := CasesFit(ctx, b, e.Cases)
	if err != nil {
		return Report{}, err
	}
	balances := Balances(b)
	r := Report{
		Invoices: len(b.Invoices), Checked: described, Outcomes: outcomes(b), Messages: messages(e.Log), PhoneTasks: calls(b),
		DoubleSends: len(doubles), SendsAfterSettlement: count(late, "I1"), MissedSteps: len(missed),
		OpenWithoutCase: len(withoutCase), CasesWithoutOpen: len(withoutOpen), Crossed: crossed, Unconfirmed: unconfirmed(b),
		LedgerBalanced: len(ledger)+len(balances) == 0, EventChainOK: len(chain) == 0,
		Faults: Faults{LostAnswers: lostAnswers(e.Log), Kills: e.Kills, DuplicateWebhooks: duplicates(e.Log), PaymentsInFlight: paidInFlight(b), LateWorkerHours: e.LateWorkerHours},
	}
	r.Findings = sorted(slices.Concat(doubles, missed, ledger, chain, late, withoutCase, withoutOpen, balances,
		Orphans(b, e.Log), StopsRespected(b, e.Log), AcksKept(b, e.Log, e.Acks), Desk(b)))
	return r, nil
}

// count is how many findings belong to an invariant.
func count(f []Finding, invariant string) int {
	n := 0
	for _, x := range f {
		if x.Invariant == invariant {
			n++
		}
	}
	return n
}

func outcomes(b *Books) (o Outcomes) {
	route := map[int64]string{}
	for _, h := range b.Handoffs {
		if h.State == "sent" || h.State == "acknowledged" || h.State == "closed" {
			route[h.Invoice] = h.Route
		}
	}
	for _, i := range b.Invoices {
		switch {
		case i.Status == "paid":
			o.Paid++
		case i.Status == "written_off":
			o.WrittenOff++
		case i.Status == "expired":
			o.Expired++
		case i.Status == "cancelled":
			o.Cancelled++
		case route[i.PK] == "lawyer":
			o.Lawyer++
		case route[i.PK] == "agency":
			o.Agency++
		}
	}
	return o
}

func messages(log []sandbox.Entry) (m Messages) {
	for _, e := range log {
		switch {
		case e.Accepted && e.Kind == sandbox.KindEmail:
			m.Email++
		case e.Accepted && e.Kind == sandbox.KindSMS:
			m.SMS++
		}
	}
	return m
}

func calls(b *Books) int {
	n := 0
	for _, t := range b.Tasks {
		if t.Kind == "phone" {
			n++
		}
	}
	return n
}

func unconfirmed(b *Books) int {
	n := 0
	for _, m := range b.Messages {
		if m.State == "unconfirmed" {
			n++
		}
	}
	return n
}

// lostAnswers counts messages that a provider took without the client learning it.
func lostAnswers(log []sandbox.Entry) int {
	n := 0
	for _, e := range log {
		taken := e.Accepted && (e.Kind == sandbox.KindEmail || e.Kind == sandbox.KindSMS)
		switch e.Fault {
		case sandbox.ErrorAfter, sandbox.ResetAfter, sandbox.HangAfter, sandbox.Garbled:
			if taken {
				n++
			}
		}
	}
	return n
}

func duplicates(log []sandbox.Entry) int {
	n := 0
	for _, e := range log {
		if e.Kind == sandbox.KindWebhook && e.Duplicate && e.Accepted {
			n++
		}
	}
	return n
}

// paidInFlight counts payments that were booked while an attempt of their invoice was with a provider.
func paidInFlight(b *Books) int {
	attempts := map[string]Attempt{}
	for _, a := range b.Attempts {
		attempts[a.ID] = a
	}
	n := 0
	for _, e := range b.Entries {
		if e.Kind != "payment" && e.Kind != "allocation" {
			continue
		}
		if slices.ContainsFunc(b.Claims, func(c Claim) bool {
			a := attempts[c.Attempt]
			return c.Invoice == e.Invoice && c.Seq < e.Seq && a.ClaimedAt.Before(e.At) && a.EndedAt.After(e.At)
		}) {
			n++
		}
	}
	return n
}

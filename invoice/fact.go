package invoice

import "time"

// Fact is what somebody tells Dunlin about an invoice. Each has a key, unique per creditor and kind:
// telling the same fact again with the same key changes nothing; the same key with other content is refused.
type Fact struct {
	Invoice Key    `json:"invoice"`
	Key     string `json:"key"`             // the sender's own reference, e.g. a bank transaction id
	Actor   string `json:"actor,omitempty"` // who says so: a person, an API key's name, "bank"
	Reason  string `json:"reason,omitempty"`
}

// maxKey and maxReason bound what a fact may say, in bytes.
const (
	maxKey    = 200
	maxReason = 2000
)

// Validate reports the first thing wrong with what every fact has.
func (f Fact) Validate() error {
	for _, t := range []struct {
		field, text string
		most        int
	}{{"invoice.creditor", f.Invoice.Creditor, maxKey}, {"invoice.number", f.Invoice.Number, maxKey}, {"key", f.Key, maxKey}, {"actor", f.Actor, maxKey}, {"reason", f.Reason, maxReason}} {
		if len(t.text) > t.most {
			return Invalid(t.field, "is longer than %d bytes", t.most)
		}
		if !printable(t.text) {
			return Invalid(t.field, "holds a control character or is not UTF-8")
		}
	}
	return nil
}

// Payment says that money has come in.
type Payment struct {
	Fact
	Amount Money `json:"amount"`
	PaidOn Date  `json:"paid_on,omitzero"` // value date; empty: today
}

// Return says that a payment, or a part of it, was taken back by the bank.
type Return struct {
	Fact
	Payment string `json:"payment"`         // key of the payment
	Amount  Money  `json:"amount,omitzero"` // empty: all that is left of it
}

// CreditNote lowers what is owed.
type CreditNote struct {
	Fact
	Amount Money `json:"amount"`
}

// Cancellation withdraws the invoice; money already received stays on account.
type Cancellation struct{ Fact }

// DueDateChange moves the due date; untaken steps are anchored anew.
type DueDateChange struct {
	Fact
	DueOn Date `json:"due_on"`
}

// Hold pauses everything until a moment, or until released when Until is zero.
type Hold struct {
	Fact
	Until time.Time `json:"until,omitzero"`
}

// Release ends a hold.
type Release struct{ Fact }

// HardStop ends all contact for good: insolvency, death, a lawyer's letter. It is never released.
type HardStop struct{ Fact }

// Dispute says that the debtor objects. With an amount only that part waits until it is resolved, and the
// rest goes on; without one everything waits.
type Dispute struct {
	Fact
	Amount Money `json:"amount,omitzero"` // the disputed part; empty: the whole balance
}

// Resolution ends the dispute.
type Resolution struct {
	Fact
	How    ResolvedHow `json:"how,omitempty"`   // empty: upheld
	Credit Money       `json:"credit,omitzero"` // of a credited one: the credit note; empty: all that was disputed
}

// ResolvedHow says how a dispute ended.
type ResolvedHow string

// The ends of a dispute.
const (
	Upheld    ResolvedHow = "upheld"    // the claim stands
	Credited  ResolvedHow = "credited"  // the debtor was right: a credit note is booked with the resolution
	Withdrawn ResolvedHow = "withdrawn" // the debtor took the objection back
)

// PaymentPlan says that the debtor pays the open balance in parts. While it is kept nothing else is asked for.
type PaymentPlan struct {
	Fact
	Instalments []Instalment `json:"instalments"` // by date; together the open balance
}

// Instalment is one part of a payment plan.
type Instalment struct {
	DueOn  Date  `json:"due_on"`
	Amount Money `json:"amount"`
}

// PlanEnd withdraws the payment plan; the ladder goes on.
type PlanEnd struct{ Fact }

// Promise says that the debtor will pay an amount by a day. The ledger decides whether it was kept.
type Promise struct {
	Fact
	Amount Money `json:"amount,omitzero"` // empty: the whole balance
	By     Date  `json:"by"`
}

// OptOut stops one channel to one address for the whole creditor. Start lifts it again.
type OptOut struct {
	Creditor string  `json:"creditor"`
	Channel  Channel `json:"channel"`
	Address  string  `json:"address"`
	Key      string  `json:"key"`
	Actor    string  `json:"actor,omitempty"`
	Lift     bool    `json:"lift,omitempty"` // true: the person wants messages again
}

// TaskResult finishes a person's task with a coded outcome.
type TaskResult struct {
	Task    int64  `json:"task"`
	Outcome string `json:"outcome"`
	Note    string `json:"note,omitempty"`
	Actor   string `json:"actor"`
	Promise Money  `json:"promise,omitzero"` // with outcome "promised"
	By      Date   `json:"by,omitzero"`
}

// HandoffReport is what the lawyer or agency tells: acknowledged, returned, or closed.
type HandoffReport struct {
	Fact
	Outcome string `json:"outcome"` // "acknowledged", "returned", "closed", "recalled" (by us)
}

// Receipt is the answer to a fact: it is on file, and this is where the invoice stands now.
type Receipt struct {
	Invoice         Key    `json:"invoice"`
	Seq             int64  `json:"seq"`
	Cycle           int    `json:"cycle"`
	Status          Status `json:"status"`
	Balance         Money  `json:"balance"`
	OnAccount       Money  `json:"on_account,omitzero"`         // what stayed over
	Repeated        bool   `json:"repeated,omitempty"`          // this fact was on file already
	MessageInFlight bool   `json:"message_in_flight,omitempty"` // a message claimed before the fact may still arrive
}

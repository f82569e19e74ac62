// Package collection is the contract between those who start and wake cases, the workflow, and the
// activities: every name on the wire is spelled here and nowhere else.
package collection

import (
	"net/url"
	"strconv"
	"time"

	"dunlin/dunning"
	"dunlin/invoice"
)

// Task queues. Sends have queues of their own, rate-limited to what the provider allows.
const (
	QueueCases = "dunlin-cases"
	QueueEmail = "dunlin-email"
	QueueSMS   = "dunlin-sms"
)

// CollectInvoice is the workflow type of a case.
const CollectInvoice = "CollectInvoice"

// WorkflowID returns collect/<creditor>/<number, path-escaped>/<cycle>.
func WorkflowID(k invoice.Key, cycle int) string {
	return "collect/" + k.Creditor + "/" + url.PathEscape(k.Number) + "/" + strconv.Itoa(cycle)
}

// Case names one cycle of one invoice's collection.
type Case struct {
	invoice.Key
	Cycle int `json:"cycle"`
}

// Input starts a case. It holds ids, amounts and dates, never a name or an address.
type Input struct {
	Case
	DebtorID string        `json:"debtor"`
	Amount   invoice.Money `json:"amount"`
	DueOn    invoice.Date  `json:"due_on,omitzero"`
	Snapshot Snapshot      `json:"snapshot"`
}

// Snapshot is the newest whole truth about a case. A higher Seq replaces a lower one, whatever the
// order in which they arrive.
type Snapshot struct {
	Seq     int64          `json:"seq"`
	Balance invoice.Money  `json:"balance"`
	Status  invoice.Status `json:"status"`
	Plan    dunning.Plan   `json:"plan"`
	Closed  bool           `json:"closed,omitempty"` // this cycle is over: the workflow completes
}

// Act asks an activity for one act of the plan.
type Act struct {
	Case
	dunning.Item
	Seq int64 `json:"seq"` // of the snapshot that planned it
}

// Outcome is what an activity answers: an end of the act, or why it did not happen yet.
type Outcome string

// The answers that are no end: the act stays in the plan, and the snapshot says when.
const (
	Held    Outcome = "held"    // a gate held it, or the plan has moved
	Unknown Outcome = "unknown" // sent, answer lost: look-ups follow
	Settled Outcome = "settled" // nothing is owed any more
)

// Answer is what came of an act. Outcome is a dunning.Outcome or one of the above.
type Answer struct {
	Outcome  Outcome   `json:"outcome"`
	Reason   string    `json:"reason,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Snapshot Snapshot  `json:"snapshot"`
}

// Signals, named after the fact that woke the case so that people can read the history. All carry a
// Snapshot and mean the same: look again. One sent by hand books nothing.
const (
	SignalIssued    = "issued"
	SignalPayment   = "payment"
	SignalReturn    = "returned_payment"
	SignalCredit    = "credit_note"
	SignalCancel    = "cancellation"
	SignalDueDate   = "due_date"
	SignalHold      = "hold"
	SignalRelease   = "release"
	SignalHardStop  = "hard_stop"
	SignalDispute   = "dispute"
	SignalResolved  = "dispute_resolved"
	SignalPromise   = "promise"
	SignalTask      = "task_outcome"
	SignalDelivery  = "delivery_failure"
	SignalOptOut    = "opt_out"
	SignalHandoff   = "handoff_report"
	SignalCovered   = "covered"         // a sibling's message was decided
	SignalSending   = "sending_resumed" // a stop switch or a stopped line was lifted
	SignalContact   = "contact_changed"
	SignalPlan      = "payment_plan"
	SignalAdopted   = "policy_adopted"
	SignalLookAgain = "look_again" // repair
)

// Signals lists all signal names; the workflow listens to each.
var Signals = []string{
	SignalPayment, SignalReturn, SignalCredit, SignalCancel, SignalHardStop, SignalHold, SignalDispute, SignalPromise, SignalOptOut,
	SignalRelease, SignalResolved, SignalDueDate, SignalTask, SignalDelivery, SignalHandoff, SignalCovered, SignalSending,
	SignalContact, SignalPlan, SignalAdopted, SignalIssued, SignalLookAgain,
}

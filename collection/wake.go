package collection

import (
	"time"

	"dunlin/invoice"
)

// Wake is a case that must look again: the newest snapshot, read when the wake was claimed.
type Wake struct {
	Case
	DebtorID string
	Amount   invoice.Money
	DueOn    invoice.Date
	Signal   string // name of the latest fact
	Started  bool   // the cycle's workflow was started before
	Snapshot Snapshot
	Failures int // how often Temporal itself refused it
}

// Input is what the cycle's workflow starts with.
func (w Wake) Input() Input {
	return Input{Case: w.Case, DebtorID: w.DebtorID, Amount: w.Amount, DueOn: w.DueOn, Snapshot: w.Snapshot}
}

// Standing is what PostgreSQL says about one cycle, for comparison with Temporal.
type Standing struct {
	Case
	Open     bool // the invoice is open and this is its newest cycle
	Started  bool
	WakeSeq  int64 // > 0: a wake is on its way
	Parked   string
	OpenedAt time.Time
	ClosedAt time.Time
}

// Hook is a call to a creditor's own system, such as "this order's stock is free again".
type Hook struct {
	ID      string // stable: the receiver's idempotency key
	URL     string
	Kind    string // "stock.released" or the question "order_paid_late", answered {"accept": true} or false
	Body    []byte // JSON
	Retries int
}

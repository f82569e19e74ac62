package api

import (
	"context"
	"net/http"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// Store is everything the API asks of the records. Each method is one transaction that has committed
// when it returns; refusals are *invoice.Error.
type Store interface {
	Issuing
	Ledger
	Stops
	Agreements
	Parties
	Books
	Tasks
	Sending
	Policies
	Insight
	Bank
	Payments
	Deliveries
	Idempotency
	// Ready says whether the database answers.
	Ready(ctx context.Context) error
}

// Issuing takes invoices in.
type Issuing interface {
	Issue(ctx context.Context, i collection.Issue) (invoice.Receipt, error)
	// IssueMany takes at most 1000 rows in one transaction and answers one result per row, in order.
	// Bad rows are refused one by one; with allOrNothing one bad row keeps all out.
	IssueMany(ctx context.Context, rows []collection.Issue, allOrNothing bool) ([]collection.IssueResult, error)
	// Enrol is IssueMany for invoices that were open already; a number on file stays as it is.
	Enrol(ctx context.Context, rows []collection.Enrolment, allOrNothing bool) ([]collection.IssueResult, error)
}

// Ledger takes the facts that change what is owed, or by when.
type Ledger interface {
	Pay(ctx context.Context, f invoice.Payment) (invoice.Receipt, error)
	ReturnPayment(ctx context.Context, f invoice.Return) (invoice.Receipt, error)
	Credit(ctx context.Context, f invoice.CreditNote) (invoice.Receipt, error)
	Cancel(ctx context.Context, f invoice.Cancellation) (invoice.Receipt, error)
	ChangeDueDate(ctx context.Context, f invoice.DueDateChange) (invoice.Receipt, error)
}

// Stops takes the facts that keep Dunlin from writing, and what lifts them.
type Stops interface {
	Hold(ctx context.Context, f invoice.Hold) (invoice.Receipt, error)
	Release(ctx context.Context, f invoice.Release) (invoice.Receipt, error)
	HardStop(ctx context.Context, f invoice.HardStop) (invoice.Receipt, error)
	Dispute(ctx context.Context, f invoice.Dispute) (invoice.Receipt, error)
	Resolve(ctx context.Context, f invoice.Resolution) (invoice.Receipt, error)
	OptOut(ctx context.Context, o invoice.OptOut) error
	// AwaitQuiet returns as soon as no message of the invoice is in a provider's hands; inFlight says
	// that the wait ended with one still there.
	AwaitQuiet(ctx context.Context, k invoice.Key) (inFlight bool, err error)
}

// AddressFence is what a Store may offer besides: AwaitQuiet for all invoices a message to one address
// may be about. Without it an opt-out is answered at once, with message_in_flight.
type AddressFence interface {
	AwaitAddressQuiet(ctx context.Context, creditor string, c invoice.Channel, address string) (inFlight bool, err error)
}

// Agreements takes what debtors, lawyers and agencies say.
type Agreements interface {
	Promise(ctx context.Context, f invoice.Promise) (invoice.Receipt, error)
	AgreePlan(ctx context.Context, f invoice.PaymentPlan) (invoice.Receipt, error)
	WithdrawPlan(ctx context.Context, f invoice.PlanEnd) (invoice.Receipt, error)
	ReportHandoff(ctx context.Context, f invoice.HandoffReport) (invoice.Receipt, error)
}

// Parties keeps creditors and debtors.
type Parties interface {
	PutCreditor(ctx context.Context, c invoice.Creditor, actor string) error
	Creditor(ctx context.Context, id string) (invoice.Creditor, error)
	PutDebtor(ctx context.Context, d invoice.Debtor, actor string) error
	Debtor(ctx context.Context, creditor, id string) (invoice.Debtor, error)
}

// Books shows where invoices stand.
type Books interface {
	View(ctx context.Context, k invoice.Key) (collection.View, error)
	List(ctx context.Context, f collection.Filter) ([]collection.View, error)
	Plan(ctx context.Context, k invoice.Key) (collection.PlanView, error)
	Case(ctx context.Context, k invoice.Key) (collection.CaseView, error)
}

// Tasks is the list of what people have to do.
type Tasks interface {
	Tasks(ctx context.Context, f collection.TaskFilter) ([]collection.TaskView, error)
	ClaimTask(ctx context.Context, id int64, actor string) (collection.TaskView, error)
	FinishTask(ctx context.Context, r invoice.TaskResult) (collection.TaskView, error)
}

// Sending holds the stop switches.
type Sending interface {
	StopSending(ctx context.Context, s collection.Switch) error
	ResumeSending(ctx context.Context, scope, actor string) error
	Switches(ctx context.Context) ([]collection.Switch, error)
}

// Policies keeps the dunning policies.
type Policies interface {
	// Policies lists the names.
	Policies(ctx context.Context) ([]string, error)
	// Policy returns what a name stands for now.
	Policy(ctx context.Context, name string) (*dunning.Policy, error)
	// PutSegments puts the rules in force that choose a new invoice's policy; Segments returns them with
	// their source.
	PutSegments(ctx context.Context, rules *dunning.Segments, source []byte, actor string) error
	Segments(ctx context.Context) (*dunning.Segments, []byte, error)
}

// Deliveries records what providers report.
type Deliveries interface {
	RecordDeliveries(ctx context.Context, d []collection.Delivery) error
}

// DeliveryReader checks that a webhook comes from its provider and reads it.
type DeliveryReader interface {
	// Read gets the request for its headers and the body as it came. An *invoice.Error with
	// CodeInvalid says that a genuine request cannot be understood, CodeUnavailable that it cannot
	// be checked now; any other error says that it is not genuine.
	Read(r *http.Request, body []byte) ([]collection.Delivery, error)
}

// Keys knows the API keys by their secrets. It must compare by a hash, so that the time it takes
// tells nothing about a secret.
type Keys interface {
	// KeyName returns whose key a secret is; ok is false when it is nobody's.
	KeyName(ctx context.Context, secret string) (name string, ok bool, err error)
}

// Idempotency remembers answers under the Idempotency-Key that the caller chose.
type Idempotency interface {
	// Remember notes that a request with this key and hash begins. Its state is "new" (go on),
	// "done" (status and body are the answer given before), "busy" (the same request is at work) or
	// "other" (the key was used for another request). A busy key whose process died lapses.
	Remember(ctx context.Context, key, hash string) (status int, body []byte, state string, err error)
	Answered(ctx context.Context, key string, status int, body []byte) error
	// Forget frees a key whose request came to nothing.
	Forget(ctx context.Context, key string) error
}

package main

import (
	"context"
	"io"
	"time"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// books is everything the commands need from the database, in small parts by the people who use them.
type books interface {
	registry
	intake
	cashbook
	brakes
	desk
	switchboard
	reader
	library
	insight
	sorter
	adopter
	keyring
	vault
	cashdesk
	Close()
}

// registry keeps who is owed and who owes.
type registry interface {
	PutCreditor(ctx context.Context, c invoice.Creditor, actor string) error
	Creditor(ctx context.Context, id string) (invoice.Creditor, error)
	PutDebtor(ctx context.Context, d invoice.Debtor, actor string) error
	Debtor(ctx context.Context, creditor, id string) (invoice.Debtor, error)
	Now(ctx context.Context) (time.Time, error) // business time
}

// intake takes invoices in. IssueMany is one transaction: bad rows are refused one by one and the
// good ones go in, unless all or nothing was asked for.
type intake interface {
	Issue(ctx context.Context, r collection.Issue) (invoice.Receipt, error)
	IssueMany(ctx context.Context, rows []collection.Issue, allOrNothing bool) ([]collection.IssueResult, error)
	Enrol(ctx context.Context, rows []collection.Enrolment, allOrNothing bool) ([]collection.IssueResult, error)
}

// cashbook changes what is owed.
type cashbook interface {
	Pay(ctx context.Context, f invoice.Payment) (invoice.Receipt, error)
	ReturnPayment(ctx context.Context, f invoice.Return) (invoice.Receipt, error)
	Credit(ctx context.Context, f invoice.CreditNote) (invoice.Receipt, error)
	Cancel(ctx context.Context, f invoice.Cancellation) (invoice.Receipt, error)
	ChangeDueDate(ctx context.Context, f invoice.DueDateChange) (invoice.Receipt, error)
}

// brakes stop messages and let them go again.
type brakes interface {
	Hold(ctx context.Context, f invoice.Hold) (invoice.Receipt, error)
	Release(ctx context.Context, f invoice.Release) (invoice.Receipt, error)
	HardStop(ctx context.Context, f invoice.HardStop) (invoice.Receipt, error)
	Dispute(ctx context.Context, f invoice.Dispute) (invoice.Receipt, error)
	Resolve(ctx context.Context, f invoice.Resolution) (invoice.Receipt, error)
	Promise(ctx context.Context, f invoice.Promise) (invoice.Receipt, error)
	AgreePlan(ctx context.Context, f invoice.PaymentPlan) (invoice.Receipt, error)
	WithdrawPlan(ctx context.Context, f invoice.PlanEnd) (invoice.Receipt, error)
	OptOut(ctx context.Context, f invoice.OptOut) error
	AwaitQuiet(ctx context.Context, k invoice.Key) (inFlight bool, err error)
}

// desk is a collector's work.
type desk interface {
	Tasks(ctx context.Context, f collection.TaskFilter) ([]collection.TaskView, error)
	ClaimTask(ctx context.Context, id int64, actor string) (collection.TaskView, error)
	FinishTask(ctx context.Context, r invoice.TaskResult) (collection.TaskView, error)
	ReportHandoff(ctx context.Context, f invoice.HandoffReport) (invoice.Receipt, error)
}

// switchboard stops sending altogether.
type switchboard interface {
	StopSending(ctx context.Context, s collection.Switch) error
	ResumeSending(ctx context.Context, scope, actor string) error
	Switches(ctx context.Context) ([]collection.Switch, error)
}

// reader shows what is on file.
type reader interface {
	View(ctx context.Context, k invoice.Key) (collection.View, error)
	List(ctx context.Context, f collection.Filter) ([]collection.View, error)
	Plan(ctx context.Context, k invoice.Key) (collection.PlanView, error)
	Case(ctx context.Context, k invoice.Key) (collection.CaseView, error)
	Checks(ctx context.Context) ([]collection.Check, error)
}

// addressFence is what the database may offer besides: AwaitQuiet for whatever may be on its way to an
// address.
type addressFence interface {
	AwaitAddressQuiet(ctx context.Context, creditor string, c invoice.Channel, address string) (inFlight bool, err error)
}

// library keeps the dunning policies.
type library interface {
	PutPolicy(ctx context.Context, p *dunning.Policy, source []byte) error
	Policy(ctx context.Context, name string) (*dunning.Policy, error)
	Policies(ctx context.Context) ([]string, error)
}

// insight says what comes and why, and changes nothing.
type insight interface {
	Find(ctx context.Context, text string) ([]invoice.Key, error)
	Explain(ctx context.Context, k invoice.Key) (collection.ExplainView, error)
	Forecast(ctx context.Context, q collection.ForecastQuery) (collection.Forecast, error)
	Effects(ctx context.Context, old, with *dunning.Policy) ([]collection.PolicyEffect, error)
}

// sorter keeps the rules that choose the policy of a new invoice.
type sorter interface {
	PutSegments(ctx context.Context, rules *dunning.Segments, source []byte, actor string) error
	CompleteSegments(ctx context.Context, rules *dunning.Segments) (*dunning.Segments, error)
	Segments(ctx context.Context) (*dunning.Segments, []byte, error)
	Features(ctx context.Context, k invoice.Key) (dunning.Features, error)
}

// adopter moves running cases to another policy, one transaction per case.
type adopter interface {
	ChosenCases(ctx context.Context, to *dunning.Policy, c collection.Choice) ([]invoice.Key, error)
	RehearseAdoption(ctx context.Context, k invoice.Key, to *dunning.Policy) (collection.AdoptedCase, error)
	BeginAdoption(ctx context.Context, id string, to *dunning.Policy, source []byte, c collection.Choice, actor string) (collection.Adoption, error)
	AdoptNext(ctx context.Context, id, actor string) (collection.AdoptedCase, bool, error)
	BeginUndo(ctx context.Context, id string) (collection.Adoption, error)
	UndoNext(ctx context.Context, id, actor string) (collection.AdoptedCase, bool, error)
	Adoption(ctx context.Context, id string) (collection.Adoption, error)
	Adoptions(ctx context.Context) ([]collection.Adoption, error)
}

// keyring makes and revokes API keys.
type keyring interface {
	CreateKey(ctx context.Context, name string) (secret string, err error)
	RevokeKey(ctx context.Context, name string) error
}

// vault keeps bank files and their statements.
type vault interface {
	StoreFile(ctx context.Context, up collection.BankUpload, r io.Reader) (collection.BankFile, error)
	BankFile(ctx context.Context, sum string) (collection.BankFile, error)
	BankFiles(ctx context.Context, f collection.BankFileFilter) ([]collection.BankFile, error)
	BankStatements(ctx context.Context, f collection.BankStatementFilter) ([]collection.BankStatement, error)
}

package api_test

import (
	"context"
	"io"
	"sync"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// records is a store in memory: it notes what it was told and answers what the test wants.
type records struct {
	mu       sync.Mutex
	told     []any            // every fact, command and filter, in order
	fail     error            // answered by every method
	repeated bool             // receipts say so
	inFlight bool             // AwaitQuiet's answer
	quietErr error            // AwaitQuiet's error
	quiet    func()           // runs within AwaitQuiet
	awaited  []string         // what was waited for
	refuse   map[string]error // IssueMany: by invoice number
	views    []collection.View
	tasks    []collection.TaskView
	policies []*dunning.Policy
	answers  map[string]*remembered
	forgot   []string

	fileState  collection.FileState
	files      []collection.BankFile
	statements []collection.BankStatement
}

type remembered struct {
	hash   string
	status int
	body   []byte
	done   bool
}

var balance = invoice.NewMoney(12345, "EUR")

func (r *records) note(what any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, what)
	return r.fail
}

func (r *records) tell(k invoice.Key, what any) (invoice.Receipt, error) {
	err := r.note(what)
	return invoice.Receipt{Invoice: k, Seq: 7, Cycle: 1, Status: invoice.Open, Balance: balance, Repeated: r.repeated}, err
}

func (r *records) Issue(_ context.Context, i collection.Issue) (invoice.Receipt, error) {
	return r.tell(i.Invoice.Key, i)
}

func (r *records) IssueMany(_ context.Context, rows []collection.Issue, all bool) ([]collection.IssueResult, error) {
	out := make([]collection.IssueResult, len(rows))
	for i, row := range rows {
		out[i].Receipt, _ = r.tell(row.Invoice.Key, row)
		out[i].Err = r.refuse[row.Invoice.Number]
	}
	return out, r.fail
}

func (r *records) Pay(_ context.Context, f invoice.Payment) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) ReturnPayment(_ context.Context, f invoice.Return) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) Credit(_ context.Context, f invoice.CreditNote) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) Cancel(_ context.Context, f invoice.Cancellation) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) ChangeDueDate(_ context.Context, f invoice.DueDateChange) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) Hold(_ context.Context, f invoice.Hold) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) Release(_ context.Context, f invoice.Release) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) HardStop(_ context.Context, f invoice.HardStop) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) Dispute(_ context.Context, f invoice.Dispute) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) Resolve(_ context.Context, f invoice.Resolution) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) Promise(_ context.Context, f invoice.Promise) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) AgreePlan(_ context.Context, f invoice.PaymentPlan) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) WithdrawPlan(_ context.Context, f invoice.PlanEnd) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) ReportHandoff(_ context.Context, f invoice.HandoffReport) (invoice.Receipt, error) {
	return r.tell(f.Invoice, f)
}

func (r *records) OptOut(_ context.Context, o invoice.OptOut) error { return r.note(o) }

func (r *records) AwaitQuiet(_ context.Context, k invoice.Key) (bool, error) {
	if r.quiet != nil {
		r.quiet()
	}
	r.awaited = append(r.awaited, k.String())
	return r.inFlight, r.quietErr
}

func (r *records) RecordDeliveries(_ context.Context, d []collection.Delivery) error {
	return r.note(d)
}

func (r *records) Ready(context.Context) error { return r.fail }

func (r *records) Remember(_ context.Context, key, hash string) (int, []byte, string, error) {
	a := r.answers[key]
	switch {
	case a == nil:
		if r.answers == nil {
			r.answers = map[string]*remembered{}
		}
		r.answers[key] = &remembered{hash: hash}
		return 0, nil, "new", nil
	case a.hash != hash:
		return 0, nil, "other", nil
	case !a.done:
		return 0, nil, "busy", nil
	}
	return a.status, a.body, "done", nil
}

func (r *records) Answered(_ context.Context, key string, status int, body []byte) error {
	a := r.answers[key]
	a.status, a.body, a.done = status, append([]byte(nil), body...), true
	return nil
}

func (r *records) Forget(_ context.Context, key string) error {
	delete(r.answers, key)
	r.forgot = append(r.forgot, key)
	return nil
}

func (r *records) KeyName(_ context.Context, secret string) (string, bool, error) {
	if secret == "broken" {
		return "", false, invoice.WrongState("no database").WithHint("wait")
	}
	return "erp", secret == "s3cret", nil
}

func (r *records) StoreFile(_ context.Context, up collection.BankUpload, body io.Reader) (collection.BankFile, error) {
	content, err := io.ReadAll(body)
	if err != nil {
		return collection.BankFile{}, err
	}
	return collection.BankFile{SHA256: "abcdef", Name: up.Name, Size: int64(len(content)), State: r.fileState}, r.note(up)
}

func (r *records) BankFile(_ context.Context, sum string) (collection.BankFile, error) {
	return collection.BankFile{SHA256: sum, State: collection.FileBooking}, r.note(sum)
}

func (r *records) BankFiles(_ context.Context, f collection.BankFileFilter) ([]collection.BankFile, error) {
	return r.files, r.note(f)
}

func (r *records) BankStatements(_ context.Context, f collection.BankStatementFilter) ([]collection.BankStatement, error) {
	return r.statements, r.note(f)
}

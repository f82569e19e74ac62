package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

var testNow = time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)

// fakeBooks records what it is told and answers a receipt. What a test does not need is missing.
type fakeBooks struct {
	books
	told     []any
	chunks   []int
	issued   map[invoice.Key]collection.Issue
	refuse   error // answer of every fact
	inFlight bool
	quietErr error
	waited   []invoice.Key
	view     collection.View
	plan     collection.PlanView
	file     collection.CaseView
	views    []collection.View
	checks   []collection.Check
	switches []collection.Switch
	closed   bool
	// chunkErr fails the chunk with this index, from 1.
	chunkErr map[int]error
}

func (f *fakeBooks) Close() { f.closed = true }

func (f *fakeBooks) tell(k invoice.Key, fact any) (invoice.Receipt, error) {
	if f.refuse != nil {
		return invoice.Receipt{}, f.refuse
	}
	f.told = append(f.told, fact)
	return invoice.Receipt{Invoice: k, Seq: 2, Cycle: 1, Status: invoice.Open, Balance: invoice.NewMoney(109000, "EUR")}, nil
}

func (f *fakeBooks) Pay(_ context.Context, p invoice.Payment) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) ReturnPayment(_ context.Context, p invoice.Return) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) Credit(_ context.Context, p invoice.CreditNote) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) Cancel(_ context.Context, p invoice.Cancellation) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) ChangeDueDate(_ context.Context, p invoice.DueDateChange) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) Hold(_ context.Context, p invoice.Hold) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) Release(_ context.Context, p invoice.Release) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) HardStop(_ context.Context, p invoice.HardStop) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) Dispute(_ context.Context, p invoice.Dispute) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) Resolve(_ context.Context, p invoice.Resolution) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) Promise(_ context.Context, p invoice.Promise) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) AgreePlan(_ context.Context, p invoice.PaymentPlan) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) WithdrawPlan(_ context.Context, p invoice.PlanEnd) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) ReportHandoff(_ context.Context, p invoice.HandoffReport) (invoice.Receipt, error) {
	return f.tell(p.Invoice, p)
}

func (f *fakeBooks) OptOut(_ context.Context, o invoice.OptOut) error {
	_, err := f.tell(invoice.Key{}, o)
	return err
}

func (f *fakeBooks) AwaitQuiet(_ context.Context, k invoice.Key) (bool, error) {
	f.waited = append(f.waited, k)
	return f.inFlight, f.quietErr
}

func (f *fakeBooks) Switches(context.Context) ([]collection.Switch, error) { return f.switches, nil }

func (f *fakeBooks) Now(context.Context) (time.Time, error) { return testNow, nil }

func (f *fakeBooks) Creditor(_ context.Context, id string) (invoice.Creditor, error) {
	if id == "nobody" {
		return invoice.Creditor{}, invoice.Unknown("creditor", "%q is not on file", id)
	}
	return invoice.Creditor{ID: id, Name: "Acme", Zone: "Asia/Tokyo"}, nil
}

func (f *fakeBooks) View(context.Context, invoice.Key) (collection.View, error) {
	return f.view, f.refuse
}

func (f *fakeBooks) Plan(context.Context, invoice.Key) (collection.PlanView, error) {
	return f.plan, f.refuse
}

func (f *fakeBooks) Case(context.Context, invoice.Key) (collection.CaseView, error) {
	return f.file, f.refuse
}

func (f *fakeBooks) Checks(context.Context) ([]collection.Check, error) { return f.checks, nil }

func (f *fakeBooks) List(_ context.Context, q collection.Filter) ([]collection.View, error) {
	var page []collection.View
	for _, v := range f.views {
		if v.Invoice.String() > q.After.String() && len(page) < q.Limit {
			page = append(page, v)
		}
	}
	return page, nil
}

func (f *fakeBooks) Issue(ctx context.Context, r collection.Issue) (invoice.Receipt, error) {
	results, err := f.IssueMany(ctx, []collection.Issue{r}, false)
	if err != nil {
		return invoice.Receipt{}, err
	}
	return results[0].Receipt, results[0].Err
}

// IssueMany remembers invoices by key: the same again is repeated, other content is refused.
func (f *fakeBooks) IssueMany(_ context.Context, rows []collection.Issue, all bool) ([]collection.IssueResult, error) {
	f.chunks = append(f.chunks, len(rows))
	if err := f.chunkErr[len(f.chunks)]; err != nil {
		return nil, err
	}
	if f.issued == nil {
		f.issued = map[invoice.Key]collection.Issue{}
	}
	results := make([]collection.IssueResult, len(rows))
	refused := false
	for i, r := range rows {
		have, found := f.issued[r.Invoice.Key]
		switch {
		case r.Invoice.DebtorID == "nobody":
			results[i].Err = invoice.Unknown("debtor", "%q is not on file for %s", r.Invoice.DebtorID, r.Invoice.Creditor)
		case found && have.Invoice != r.Invoice:
			results[i].Err = invoice.Conflict("number", "%s is on file with other content", r.Invoice.Number)
		default:
			results[i].Receipt = invoice.Receipt{Invoice: r.Invoice.Key, Seq: 1, Cycle: 1, Status: invoice.Open, Balance: r.Invoice.Amount, Repeated: found}
			if !all {
				f.issued[r.Invoice.Key] = r
			}
		}
		refused = refused || results[i].Err != nil
	}
	for _, r := range rows {
		if all && !refused {
			f.issued[r.Invoice.Key] = r
		}
	}
	return results, nil
}

// outcome is what one command line gave.
type outcome struct {
	code        int
	out, errors string
}

// cli runs one command line against fake books.
func cli(t *testing.T, f *fakeBooks, stdin string, args ...string) outcome {
	t.Helper()
	n := 0
	w := wiring{
		open:     func(context.Context) (books, error) { return f, nil },
		now:      func() time.Time { return testNow },
		newKey:   func() string { n++; return "new-" + strings.Repeat("x", n) },
		getenv:   func(name string) string { return map[string]string{"USER": "vera"}[name] },
		terminal: func(io.Writer) bool { return false },
	}
	var out, errs bytes.Buffer
	code := newApp(w, strings.NewReader(stdin), &out, &errs).run(t.Context(), args)
	return outcome{code, out.String(), errs.String()}
}

// ok runs a command line that must succeed and returns what it printed.
func ok(t *testing.T, f *fakeBooks, args ...string) string {
	t.Helper()
	o := cli(t, f, "", args...)
	require.Zero(t, o.code, "%s%s", o.out, o.errors)
	require.Empty(t, o.errors)
	return o.out
}

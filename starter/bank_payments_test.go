package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

// fakeDesk shows one payment and notes what is decided about it.
type fakeDesk struct {
	fakeBooks
	matched []collection.PaymentMatch
}

func (f *fakeDesk) Payments(context.Context, collection.PaymentFilter) ([]collection.PaymentView, error) {
	return []collection.PaymentView{f.payment()}, nil
}

func (f *fakeDesk) payment() collection.PaymentView {
	ten := invoice.NewMoney(1000, "EUR")
	return collection.PaymentView{
		ID: 17, Creditor: "acme", Amount: ten, Open: ten, State: "undecided", Payer: "Blum", PayerAccount: "DE1", DebtorID: "blum", Remittance: []string{"INV-1"},
		Evidence: []string{"the text names INV-1"}, Rung: "4 invoice number",
		Suggestions: []collection.SuggestionView{{Invoices: []collection.ShareView{{Number: "INV-1", Amount: ten}}, Score: 700, Evidence: []string{"the text names INV-1"}}},
		Allocations: []collection.AllocationView{{Target: "on_account", DebtorID: "blum", Amount: ten, By: "auto", Undone: true}},
	}
}

func (f *fakeDesk) Payment(context.Context, int64) (collection.PaymentView, error) {
	return f.payment(), nil
}

func (f *fakeDesk) MatchPayment(_ context.Context, m collection.PaymentMatch) (collection.PaymentView, error) {
	f.matched = append(f.matched, m)
	return f.payment(), nil
}

func (f *fakeDesk) UndoPayment(_ context.Context, id int64, actor, reason string) (collection.PaymentView, error) {
	f.matched = append(f.matched, collection.PaymentMatch{ID: id, Actor: actor, Reason: reason})
	return f.payment(), nil
}

func (f *fakeDesk) Feeds(context.Context, string) ([]collection.FeedView, error) {
	return []collection.FeedView{{Creditor: "acme", Account: "DE1", Currency: "EUR", Rhythm: "1bd", Stale: true, Undecided: 3}}, nil
}

// deskCLI runs one command line against a cash desk.
func deskCLI(t *testing.T, f *fakeDesk, args ...string) (code int, said, errs string) {
	t.Helper()
	var out, complaints bytes.Buffer
	w := wiring{open: func(context.Context) (books, error) { return f, nil }, getenv: func(string) string { return "" }, terminal: func(io.Writer) bool { return false }}
	code = newApp(w, strings.NewReader(""), &out, &complaints).run(t.Context(), args)
	return code, out.String(), complaints.String()
}

func TestPaymentsByHand(t *testing.T) {
	t.Parallel()
	f := &fakeDesk{}
	code, out, errs := deskCLI(t, f, "bank", "unmatched")
	require.Zero(t, code, errs)
	require.Contains(t, out, "1. INV-1 10.00 EUR: the text names INV-1")
	code, out, errs = deskCLI(t, f, "bank", "match", "17", "--invoice", "INV-1=5.00 EUR", "--invoice", "INV-2", "--on-account", "blum", "--reason", "split", "--actor", "ada")
	require.Zero(t, code, errs)
	require.Contains(t, out, "to the account of debtor blum, by auto (undone)")
	require.Equal(t, collection.PaymentMatch{
		ID: 17, Actor: "ada", OnAccount: "blum", Reason: "split", Invoices: []collection.PaymentShare{{Number: "INV-1", Amount: invoice.NewMoney(500, "EUR")}, {Number: "INV-2"}},
	}, f.matched[0])
	code, _, _ = deskCLI(t, f, "bank", "undo", "17", "--reason", "no", "--actor", "ada")
	require.Zero(t, code)
	require.Equal(t, collection.PaymentMatch{ID: 17, Actor: "ada", Reason: "no"}, f.matched[1])
	_, out, _ = deskCLI(t, f, "bank", "explain", "17")
	require.Contains(t, out, "4 invoice number")
	_, out, _ = deskCLI(t, f, "bank", "accounts")
	require.Contains(t, out, "too old")
	code, _, errs = deskCLI(t, f, "bank", "match", "x")
	require.NotZero(t, code)
	require.Contains(t, errs, "dunlin bank unmatched lists them")
}

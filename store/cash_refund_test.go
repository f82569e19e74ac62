package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

// onAccount is what lies on debtors' accounts, minor units.
func (d *till) onAccount() int64 {
	d.t.Helper()
	return query[int64](d.desk, `SELECT coalesce(-sum(amount), 0)::bigint FROM postings WHERE account = 'unapplied'`)
}

// What was paid too much and goes back to where it came from is booked by itself, once.
func TestOverpaymentIsSentBack(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	d.receive(1, transfer{amount: 130000, from: blumIBAN, name: "Blum", text: "NL-20001"})
	require.Equal(t, int64(10000), d.onAccount())
	d.receive(
		2,
		transfer{amount: -10000, from: blumIBAN, name: "Blum", text: "Refund of what was too much"},
		transfer{amount: -10000, from: blumIBAN, name: "Blum", text: "Refund, and by mistake once more"},
		transfer{amount: -5500, from: otherIBAN, name: "Supplier", text: "your bill 17"},
	)
	require.Equal(t, invoice.Paid, d.view(k).Status)
	require.Zero(t, d.onAccount())
	require.Equal(t, []string{"decided returned", "undecided "}, query[[]string](d.desk, `SELECT array_agg(state || ' ' || how ORDER BY pk) FROM bank_details WHERE amount = -10000`))
	require.Equal(t, "decided not_ours", d.state(-5500))
	d.sound()

	v, err := d.UndoPayment(t.Context(), query[int64](d.desk, `SELECT min(pk) FROM bank_details WHERE amount = -10000`), "ada", "it was for something else")
	require.NoError(t, err)
	require.Equal(t, "undecided", v.State)
	require.Equal(t, int64(10000), d.onAccount())
	d.sound()
}

// A debit to somebody who has money on account, of another amount, is nobody's to decide but a person's; where
// nothing is on account, it is a supplier's.
func TestDebitToAPayerIsAskedAbout(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	d.issue("NL-20001", 120000)
	d.receive(1, transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "NL-20001"})
	d.receive(2, transfer{amount: -3000, from: blumIBAN, name: "Blum", text: "your bill 9"})
	require.Equal(t, "decided not_ours", d.state(-3000), "nothing is on account")
	d.receive(3, transfer{amount: 7000, from: blumIBAN, name: "Blum", text: "NL-20001"})
	d.match(collection.PaymentMatch{ID: d.id(7000), OnAccount: "blum"})
	d.receive(4, transfer{amount: -4000, from: blumIBAN, name: "Blum", text: "back"})
	require.Equal(t, "undecided ", d.state(-4000))
	d.receive(5, transfer{amount: -7000, from: blumIBAN, name: "Blum", text: "back"})
	require.Equal(t, "decided returned", d.state(-7000))
	d.sound()
}

// Money for an expired order that came in a statement is booked as refunded when it goes out in one.
func TestRefundOfALatePaymentByStatement(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		back transfer
		want string
	}{
		"to the account":      {transfer{amount: -9900, from: blumIBAN, name: "Blum", text: "Sorry"}, "decided returned"},
		"naming the order":    {transfer{amount: -9900, text: "Refund O-1"}, "decided returned"},
		"the amount alone":    {transfer{amount: -9900, text: "Rent"}, "undecided "},
		"something different": {transfer{amount: -9800, text: "Rent O-1"}, "decided not_ours"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lateRefund(t, c.back, c.want)
		})
	}
}

func lateRefund(t *testing.T, back transfer, want string) {
	t.Helper()
	d := newTill(t)
	k := d.expired("")
	c := acme
	c.StockHook, c.BankAccounts = "", []invoice.Bank{{IBAN: "DE89 3704 0044 0532 0130 00"}}
	require.NoError(t, d.PutCreditor(t.Context(), c, "test"))
	d.known("blum", blumIBAN)
	d.receive(1, transfer{amount: 9900, from: blumIBAN, name: "Blum", text: "O-1"})
	if d.state(9900) != "decided applied" {
		d.match(collection.PaymentMatch{ID: d.id(9900), Invoices: []collection.PaymentShare{{Number: "O-1", Amount: eur(9900)}}})
	}
	task := d.openOf(k, collection.TaskLatePayment)
	require.Len(t, task, 1)
	for _, outcome := range []string{"refund", "refunded"} {
		kind := map[string]collection.TaskKind{"refund": collection.TaskLatePayment, "refunded": collection.TaskRefund}[outcome]
		open := d.openOf(k, kind)
		require.Len(t, open, 1)
		_, err := d.FinishTask(t.Context(), invoice.TaskResult{Task: open[0].ID, Outcome: outcome, Actor: "ada"})
		require.NoError(t, err)
	}
	require.Equal(t, eur(9900), d.view(k).OnAccount, "it has not left the bank yet")
	d.receive(2, back)
	require.Equal(t, want, d.state(back.amount))
	require.Equal(t, want == "decided returned", d.view(k).OnAccount.IsZero())
	require.Equal(t, invoice.Expired, d.view(k).Status)
	if want == "decided returned" {
		require.Contains(t, query[string](d.desk, `SELECT text FROM events WHERE kind = 'payment_refunded'`), "99.00 EUR was sent back, of the payment found on the statement of")
	}
	d.sound()
}

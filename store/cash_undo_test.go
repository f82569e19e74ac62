package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

// What was decided by rule is undone like what a person decided: applied, on account, returned; once.
func TestUndoOfEveryDecision(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	d.receive(1, transfer{amount: 130000, from: blumIBAN, name: "Blum", text: "NL-20001"}) // by rule, the rest on account
	require.Equal(t, invoice.Paid, d.view(k).Status)
	v, err := d.UndoPayment(t.Context(), d.id(130000), "ada", "another's")
	require.NoError(t, err)
	require.Equal(t, "undecided", v.State)
	require.Equal(t, []string{"NL-20001"}, v.Holds)
	require.Equal(t, eur(130000), v.Open)
	require.Empty(t, v.Rung)
	require.NotEmpty(t, v.Suggestions, "what it may be for is said again")
	require.Equal(t, "NL-20001", v.Suggestions[0].Invoices[0].Number)
	require.Equal(t, eur(120000), d.view(k).Balance)
	plan, err := d.Plan(t.Context(), k)
	require.NoError(t, err)
	require.Contains(t, plan.Plan.Waiting, "hold (a payment is being matched) since")
	d.sound()
	d.match(collection.PaymentMatch{ID: v.ID, OnAccount: "blum"})
	v, err = d.UndoPayment(t.Context(), v.ID, "ada", "not on account either")
	require.NoError(t, err)
	require.Equal(t, "undecided", v.State)
	d.match(collection.PaymentMatch{ID: v.ID, NotOurs: true})
	require.Zero(t, d.count("stops WHERE ended_at IS NULL"))
	v, err = d.UndoPayment(t.Context(), v.ID, "ada", "it is ours")
	require.NoError(t, err)
	require.Equal(t, []string{"NL-20001"}, v.Holds, "the payer's account is in the master data")
	for range 2 {
		_, err = d.UndoPayment(t.Context(), v.ID, "ada", "again")
		require.ErrorContains(t, err, "has no decision to undo")
	}
	d.receive(2, transfer{amount: -99, text: "fee"})
	v, err = d.UndoPayment(t.Context(), d.id(-99), "ada", "what is it?")
	require.NoError(t, err)
	require.Equal(t, "undecided", v.State)
	require.Empty(t, v.Holds)
	d.sound()
}

// A return of less than the payment takes that part back where only one invoice can be meant.
func TestPartOfAPaymentIsReturned(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	a, b, c := d.issue("NL-20001", 120000), d.issue("NL-20002", 50000), d.issue("NL-20003", 70011)
	d.receive(1, transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "NL-20001", e2e: "E2E-77001"},
		transfer{amount: 120011, from: blumIBAN, name: "Blum", text: "NL-20002 NL-20003", e2e: "E2E-77002"})
	require.Equal(t, invoice.Paid, d.view(c).Status)
	d.receive(2, transfer{amount: -20000, text: "part", back: "E2E-77001"})
	require.Equal(t, "decided returned", d.state(-20000))
	require.Equal(t, eur(20000), d.view(a).Balance)
	d.sound()
	d.receive(3, transfer{amount: -50000, text: "part", back: "E2E-77002"})
	require.Equal(t, eur(50000), d.view(b).Balance, "the one that got just that")
	require.Zero(t, d.view(c).Balance.Minor)
	d.sound()
	d.receive(4, transfer{amount: -100300, text: "the rest, and a fee", back: "E2E-77001"})
	require.Equal(t, "decided returned", d.state(-100300))
	require.Equal(t, eur(120000), d.view(a).Balance)
	d.sound()
	d.receive(5, transfer{amount: -1, text: "nothing is left of it", back: "E2E-77001"})
	require.Equal(t, "undecided ", d.state(-1))
	_, err := d.UndoPayment(t.Context(), d.id(-20000), "ada", "a mistake of the bank")
	require.NoError(t, err)
	require.Equal(t, eur(100000), d.view(a).Balance)
	d.sound()
}

func TestPartOfASharedPaymentIsAPersonsMatter(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	a, b := d.issue("NL-20001", 50000), d.issue("NL-20002", 70011)
	d.receive(1, transfer{amount: 120011, from: blumIBAN, name: "Blum", text: "NL-20001 NL-20002", e2e: "E2E-77002"})
	d.receive(2, transfer{amount: -333, text: "part", back: "E2E-77002"})
	require.Equal(t, "undecided ", d.state(-333))
	require.Equal(t, []invoice.Status{invoice.Paid, invoice.Paid}, []invoice.Status{d.view(a).Status, d.view(b).Status})
	p, err := d.Payment(t.Context(), d.id(-333))
	require.NoError(t, err)
	require.Contains(t, p.Evidence[len(p.Evidence)-1], "a person says whose part came back")
	d.match(collection.PaymentMatch{ID: p.ID, Invoices: []collection.PaymentShare{{Number: "NL-20002", Amount: eur(333)}}})
	require.Equal(t, eur(333), d.view(b).Balance)
	d.sound()
}

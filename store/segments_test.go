package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// rules puts segment rules in force.
func (d *desk) rules(source string) {
	d.t.Helper()
	rules, err := dunning.ParseSegments("rules.yaml", []byte(source), nil)
	require.NoError(d.t, err)
	require.NoError(d.t, d.PutSegments(d.t.Context(), rules, []byte(source), "vera"))
}

func (d *desk) copyOf(name string) {
	d.t.Helper()
	p := *variant(d.t, 1)
	p.Name = name
	require.NoError(d.t, d.PutPolicy(d.t.Context(), &p, nil))
}

func TestSegmentsChooseThePolicy(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.copyOf("for-key-accounts")
	d.copyOf("for-repeaters")
	d.copyOf("for-small-sums")
	_, _, err := d.Segments(t.Context())
	require.Equal(t, invoice.CodeUnknown, invoice.CodeOf(err))
	d.rules(`segments:
  - {name: key accounts, when: {group: key}, policy: for-key-accounts}
  - {name: repeaters, when: {history: repeat}, policy: for-repeaters}
  - {name: small sums, when: {amount_below: {EUR: "50.00"}}, policy: for-small-sums}
`)
	b := debtor("keyed")
	b.Group = "key"
	require.NoError(t, d.PutDebtor(t.Context(), b, "test"))
	stored, err := d.Debtor(t.Context(), "acme", "keyed")
	require.NoError(t, err)
	require.Equal(t, "key", stored.Group)

	today := invoice.DateOf(d.now())
	row := func(number, debtor string, minor int64, due int, policy string) collection.Issue {
		return collection.Issue{Invoice: invoice.Invoice{Key: invoice.Key{Creditor: "acme", Number: number}, DebtorID: debtor, Amount: eur(minor), IssuedOn: today.AddDays(-60), DueOn: today.AddDays(due), Policy: policy}}
	}
	order := row("O", "keyed", 100, 0, "")
	order.Invoice.Kind, order.Invoice.DueOn, order.Invoice.ExpiresAt, order.Invoice.PayURL = invoice.KindOrder, invoice.Date{}, d.now().Add(48*time.Hour), "https://pay.example/1"
	results, err := d.IssueMany(t.Context(), []collection.Issue{
		row("A", "keyed", 100000, 30, ""), row("B", "keyed", 100000, 30, "standard-b2b"), row("C", "blum", 100000, 30, ""), row("D", "blum", 4999, -3, ""), row("E", "blum", 100000, -4, ""),
		row("F", "blum", 100000, 30, ""), row("G", "blum", 100000, 30, "nothing"), order,
	}, false)
	require.NoError(t, err)
	for number, want := range map[string]string{
		"A": "for-key-accounts key accounts first", "B": "standard-b2b  first", "C": "standard-b2b  first", "D": "for-small-sums small sums first", "E": "standard-b2b  first",
		"F": "for-repeaters repeaters repeat", "O": "order-24h  first",
	} {
		require.Equal(t, want, query[string](d, `SELECT p.name || ' ' || segment || ' ' || history FROM invoices JOIN policies p ON p.hash = policy_hash WHERE number = $1`, number), number)
	}
	require.ErrorContains(t, results[6].Err, "nothing")
	require.Contains(t, query[string](d, `SELECT e.text FROM events e JOIN invoices i ON i.pk = e.invoice_pk WHERE number = 'A' AND e.n = 1`), "segment key accounts: group key")

	f, err := d.Features(t.Context(), invoice.Key{Creditor: "acme", Number: "F"})
	require.NoError(t, err)
	require.Equal(t, dunning.Repeat, f.History)
	d.sound()
}

// A debtor is late when something was open more than three days after its due date, even if it was paid
// since; what was paid in time or cancelled is not held against anybody.
func TestHistory(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	history := func(number, debtor string) string {
		_, err := d.Issue(t.Context(), collection.Issue{Invoice: invoice.Invoice{Key: invoice.Key{Creditor: "acme", Number: number}, DebtorID: debtor, Amount: eur(1000), IssuedOn: invoice.DateOf(d.now()), DueOn: invoice.DateOf(d.now()).AddDays(10)}})
		require.NoError(t, err)
		return query[string](d, `SELECT history FROM invoices WHERE number = $1`, number)
	}
	for _, id := range []string{"prompt", "slow", "wronged"} {
		require.NoError(t, d.PutDebtor(t.Context(), debtor(id), "test"))
		require.Equal(t, "first", history(id+"-1", id))
	}
	key := func(number string) invoice.Key { return invoice.Key{Creditor: "acme", Number: number} }
	d.travel(d.start.AddDate(0, 0, 13))
	d.pay(key("prompt-1"), "p", 1000)
	d.travel(d.start.AddDate(0, 0, 15))
	require.Equal(t, "repeat", history("slow-2", "slow"), "still open")
	_, err := d.Cancel(t.Context(), invoice.Cancellation{Fact: fact(key("wronged-1"), "c")})
	require.NoError(t, err)
	d.pay(key("slow-1"), "s", 1000)
	d.pay(key("slow-2"), "s2", 1000)
	require.Equal(t, "repeat", history("slow-3", "slow"), "paid since")
	require.Equal(t, "first", history("prompt-2", "prompt"))
	require.Equal(t, "first", history("wronged-2", "wronged"))
	require.Equal(t, "first", history("other-1", "blum"))
}

func TestSegmentsAreRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for source, want := range map[string]string{
		`segments: [{name: a, when: {group: key}, policy: nowhere}]`:               "nowhere",
		`segments: [{name: a, when: {kind: order}, policy: standard-b2b}]`:         "standard-b2b",
		`segments: [{name: a, when: {kind: [invoice, order]}, policy: order-24h}]`: "order-24h",
	} {
		rules, err := dunning.ParseSegments("rules.yaml", []byte(source), nil)
		require.NoError(t, err)
		require.ErrorContains(t, d.PutSegments(t.Context(), rules, nil, "vera"), want)
	}
	require.Zero(t, query[int](d, `SELECT count(*) FROM segment_sets`))
}

// What is drawn for a case is drawn once, stored, and read again with it.
func TestAssignmentsAreStored(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := variant(t, 7)
	p.Name, p.Holdout = "with-holdout", dunning.Holdout{Share: 50, Steps: []string{"courtesy"}}
	require.NoError(t, d.PutPolicy(t.Context(), p, nil))
	held := 0
	for i := range 20 {
		b := debtor(fmt.Sprintf("c-%d", i))
		require.NoError(t, d.PutDebtor(t.Context(), b, "test"))
		today := invoice.DateOf(d.now())
		_, err := d.Issue(t.Context(), collection.Issue{Invoice: invoice.Invoice{Key: invoice.Key{Creditor: "acme", Number: b.ID}, DebtorID: b.ID, Amount: eur(1000), IssuedOn: today, DueOn: today.AddDays(30), Policy: p.Name}})
		require.NoError(t, err)
		stored := query[string](d, `SELECT coalesce(assigned->>'holdout', '') FROM invoices WHERE number = $1`, b.ID)
		require.Equal(t, p.Assign("acme/" + b.ID)[dunning.HoldoutKey], stored)
		if stored != "" {
			held++
		}
	}
	require.Positive(t, held)
	require.Less(t, held, 20)
}

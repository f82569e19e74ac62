package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// step is a step of a policy that a test changes.
func step(d *desk, p *dunning.Policy, id string) *dunning.Step {
	d.t.Helper()
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return &p.Steps[i]
		}
	}
	require.FailNow(d.t, "no such step", id)
	return nil
}

// Siblings are told in one message whatever their policies, in the firmest tone among them; who is paid,
// disputed, on hold or left alone for comparison is not in it, and each case says whose message told it.
func TestSiblingsOfSeveralPoliciesShareAMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy("firm", func(p *dunning.Policy) { step(d, p, "courtesy").Template = "reminder-2" })
	d.policy("apart", func(p *dunning.Policy) { p.Holdout = dunning.Holdout{Share: 50, Steps: []string{"courtesy"}} })
	mild, firm := d.issueBy("standard-b2b", "MILD", 1000), d.issueBy("firm", "FIRM", 1000)
	disputed, held, paid, alone := d.issueBy("firm", "DISPUTED", 1000), d.issueBy("firm", "HELD", 1000), d.issueBy("firm", "PAID", 1000), d.issueBy("apart", "ALONE", 1000)
	part := d.issueBy("firm", "PART", 1000)
	require.NoError(t, exec(d, `UPDATE invoices SET assigned = '{"holdout": "yes"}' WHERE number = 'ALONE'`))
	for _, k := range []invoice.Key{mild, firm, disputed, held, paid, alone, part} {
		d.step(k) // the receipts
	}
	_, err := d.Dispute(t.Context(), invoice.Dispute{Fact: fact(disputed, "d-1")})
	require.NoError(t, err)
	_, err = d.Dispute(t.Context(), invoice.Dispute{Fact: fact(part, "d-2"), Amount: eur(400)})
	require.NoError(t, err)
	_, err = d.Hold(t.Context(), invoice.Hold{Fact: fact(held, "h-1")})
	require.NoError(t, err)
	d.pay(paid, "p-1", 1000)

	d.step(mild)
	require.Equal(t, "reminder-2", query[string](d, `SELECT template FROM messages WHERE step = 'courtesy'`))
	require.Equal(t, []string{"FIRM/B", "MILD/B", "PART/B"}, query[[]string](d, `SELECT array_agg(reference ORDER BY reference) FROM message_covers WHERE step = 'courtesy'`))
	require.Equal(t, 1, query[int](d, `SELECT count(*) FROM messages WHERE step = 'courtesy'`))
	require.Contains(t, query[string](d, `SELECT string_agg(text, ';') FROM events e JOIN invoices i ON i.pk = e.invoice_pk WHERE i.number = 'FIRM'`), "told in the message of MILD")
	require.Equal(t, "told in the message of MILD", d.explained(firm, "courtesy", dunning.Email).Why)
	require.Len(t, d.explained(mild, "reminder-1", dunning.Email).Inputs.Contacts, 1, "a merged message is one contact")
	d.sound()
}

// The words of a variant are those that the debtor was drawn for when the case started.
func TestVariantGoesWithTheMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	variants := []dunning.Variant{{Name: "plain", Share: 50, Template: "courtesy"}, {Name: "short", Share: 50, Template: "reminder-1"}}
	d.policy("tried", func(p *dunning.Policy) { step(d, p, "courtesy").Variants = variants })
	p, err := d.Policy(t.Context(), "tried")
	require.NoError(t, err)
	drawn := p.Assign("acme/blum")["courtesy"]
	k := d.issueBy("tried", "INV-1", 1000)
	d.step(k)
	d.step(k)
	require.Equal(t, drawn, query[string](d, `SELECT variant FROM messages WHERE step = 'courtesy'`))
	require.Equal(t, map[string]string{"plain": "courtesy", "short": "reminder-1"}[drawn], query[string](d, `SELECT template FROM messages WHERE step = 'courtesy'`))
	require.Empty(t, query[string](d, `SELECT variant FROM messages WHERE step = 'receipt'`))
	a := d.explained(k, "courtesy", dunning.Email)
	require.Equal(t, drawn, a.Receipt.Variant)
	require.Equal(t, drawn, a.Inputs.Variant)
}

// However many invoices a debtor has due at once, a message takes no more than can be read and written
// while its claim is good; the others go into the next ones, and each step is told once.
func TestOneMessageTakesABoundedNumberOfSiblings(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const n, most = 50, 41
	rows := make([]collection.Issue, n)
	for i := range rows {
		rows[i] = d.row(fmt.Sprintf("INV-%03d", i))
		rows[i].Invoice.DueOn = rows[i].Invoice.DueOn.AddDays(30)
	}
	_, err := d.IssueMany(t.Context(), rows, true)
	require.NoError(t, err)
	var keys []invoice.Key
	for _, r := range rows {
		keys = append(keys, r.Invoice.Key)
		d.step(r.Invoice.Key)
	}
	act, claim := d.claim(keys[n/2])
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	covered := `SELECT count(*) FROM message_covers WHERE step = '` + act.Step + `'`
	require.Equal(t, most, query[int](d, covered))
	for _, k := range keys {
		if next, _ := d.next(k); next.Step == act.Step {
			require.NoError(t, d.try(next))
		}
	}
	require.Equal(t, n, query[int](d, covered))
	d.sound()
}

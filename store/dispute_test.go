package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func (d *desk) disputePart(k invoice.Key, minor int64) {
	d.t.Helper()
	_, err := d.Dispute(d.t.Context(), invoice.Dispute{Fact: fact(k, "d"), Amount: eur(minor)})
	require.NoError(d.t, err)
}

func (d *desk) resolve(k invoice.Key, how invoice.ResolvedHow, credit invoice.Money) invoice.Receipt {
	d.t.Helper()
	r, err := d.Resolve(d.t.Context(), invoice.Resolution{Fact: fact(k, "res"), How: how, Credit: credit})
	require.NoError(d.t, err)
	return r
}

// The undisputed part is asked for; once it is paid everything waits, and the credit note settles the rest.
func TestPartDisputeEndsInACreditNote(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.overdue(k)
	d.disputePart(k, 20000)
	v := d.view(k)
	require.Equal(t, eur(20000), v.Dispute.Amount)
	require.False(t, v.Dispute.Whole)
	require.NotZero(t, v.Dispute.AnswerBy)
	d.walk(k, func() bool { return len(d.messages(k, "reminder-2")) > 0 })
	m := d.messages(k, "reminder-2")[0]
	require.Contains(t, m.Text, "1,000.00")
	require.Contains(t, m.Text, "200.00")

	d.pay(k, "b", 100000)
	p, err := d.Plan(t.Context(), k)
	require.NoError(t, err)
	require.Equal(t, dunning.StageDisputed, p.Stage)
	require.NotEmpty(t, p.Plan.Held)
	for _, it := range p.Plan.Items {
		require.Equal(t, dunning.Review, it.Act, "nothing is left to ask for")
	}
	r := d.resolve(k, invoice.Credited, invoice.Money{})
	require.Equal(t, invoice.Paid, r.Status)
	require.Empty(t, d.open(collection.TaskDispute))
	require.Equal(t, int64(20000), query[int64](d, `SELECT sum(p.amount) FROM postings p JOIN entries e ON e.pk = p.entry_pk WHERE e.kind = 'credit_note' AND p.account = 'revenue'`))
	require.Nil(t, d.view(k).Dispute)
	d.sound()
}

func TestResolutions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		how     invoice.ResolvedHow
		credit  invoice.Money
		balance int64
	}{
		"by default it stands": {"", invoice.Money{}, 120000},
		"upheld":               {invoice.Upheld, invoice.Money{}, 120000},
		"withdrawn":            {invoice.Withdrawn, invoice.Money{}, 120000},
		"credited in part":     {invoice.Credited, eur(5000), 115000},
		"credited":             {invoice.Credited, invoice.Money{}, 100000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			k := d.issue("INV-1", 120000)
			d.disputePart(k, 20000)
			require.Equal(t, eur(c.balance), d.resolve(k, c.how, c.credit).Balance)
			_, ok := d.next(k)
			require.True(t, ok, "the ladder goes on")
			d.sound()
		})
	}
}

// A payment returned after only the disputed part was left opens the rest again.
func TestReturnOpensTheUndisputedPart(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.overdue(k)
	d.disputePart(k, 20000)
	d.pay(k, "b", 100000)
	require.True(t, d.view(k).Dispute.Whole)
	_, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "r"), Payment: "b"})
	require.NoError(t, err)
	require.False(t, d.view(k).Dispute.Whole)
	sent := d.walk(k, func() bool { return len(d.messages(k, "reminder-2")) > 0 })
	require.NotEmpty(t, sent)
	d.sound()
}

func TestPartDisputeHoldsTheDecision(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.overdue(k)
	d.disputePart(k, 20000)
	d.walk(k, func() bool {
		act, ok := d.next(k)
		return !ok || act.Item.Act == dunning.Review && len(d.open(collection.TaskDispute)) == 0
	})
	v, err := d.Plan(t.Context(), k)
	require.NoError(t, err)
	require.NotEmpty(t, v.Plan.Held)
	require.Equal(t, "dispute", v.Plan.Held[0].Gate)
	d.resolve(k, invoice.Withdrawn, invoice.Money{})
	d.walkTo(k, dunning.Decide)
	d.sound()
}

func TestDisputeHasAClock(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, err := d.Dispute(t.Context(), invoice.Dispute{Fact: fact(k, "d")})
	require.NoError(t, err)
	asked := d.open(collection.TaskDispute)
	require.Len(t, asked, 1)
	require.True(t, asked[0].DueAt.After(d.now().AddDate(0, 0, 10)), "ten business days: %s", asked[0].DueAt)
	act, _ := d.step(k)
	require.Equal(t, dunning.Review, act.Item.Act)
	require.True(t, d.open(collection.TaskDispute)[0].Escalated)
	_, planned := d.next(k)
	require.False(t, planned, "it waits all the same")
	d.sound()
}

func TestDisputeRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	ctx := t.Context()
	_, err := d.Dispute(ctx, invoice.Dispute{Fact: fact(k, ""), Amount: eur(120001)})
	require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err))
	_, err = d.Resolve(ctx, invoice.Resolution{Fact: fact(k, "")})
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err))
	_, err = d.Dispute(ctx, invoice.Dispute{Fact: fact(k, ""), Amount: eur(120000)})
	require.NoError(t, err, "all of it is the whole")
	require.True(t, d.view(k).Dispute.Whole)
	_, err = d.Dispute(ctx, invoice.Dispute{Fact: fact(k, ""), Amount: eur(1)})
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err))
	for _, r := range []invoice.Resolution{{How: "somehow"}, {How: invoice.Upheld, Credit: eur(1)}, {How: invoice.Credited, Credit: eur(120001)}} {
		r.Fact = fact(k, "")
		_, err = d.Resolve(ctx, r)
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err), "%+v: %v", r, err)
	}
	require.NotNil(t, d.view(k).Dispute, "a refused resolution changes nothing")
	d.sound()
}

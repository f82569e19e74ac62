package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// explained returns what is said about one act.
func (d *desk) explained(k invoice.Key, step string, act dunning.Act) collection.ExplainedAct {
	d.t.Helper()
	v, err := d.Explain(d.t.Context(), k)
	require.NoError(d.t, err)
	for _, a := range v.Acts {
		if a.Step == step && a.Act == act {
			return a
		}
	}
	require.FailNow(d.t, "nothing is said about it", "%s by %s", step, act)
	return collection.ExplainedAct{}
}

func gate(a collection.ExplainedAct, name string) (g dunning.Gate) {
	for _, g := range a.Gates {
		if g.Name == name {
			return g
		}
	}
	return g
}

func TestExplainWhatWasSentFromWhatWasKnownThen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	flying := d.explained(k, "receipt", dunning.Email)
	require.Equal(t, "in_flight", flying.State)
	_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "sg-1"})
	require.NoError(t, err)
	require.NoError(t, d.RecordDeliveries(t.Context(), []collection.Delivery{{Provider: "sendgrid", DedupeKey: "1", Attempt: claim.Attempt, Kind: collection.Delivered, At: d.now()}}))
	at := query[time.Time](d, `SELECT claimed_at FROM attempts`)
	d.pay(k, "p-1", 20000)

	a := d.explained(k, "receipt", dunning.Email)
	require.True(t, a.Done)
	require.Equal(t, "accepted", a.State)
	require.Equal(t, eur(120000), a.Inputs.Balance, "what was known then, not what is known now")
	require.Equal(t, d.view(k).Policy, a.Inputs.Policy)
	require.Equal(t, d.view(k).PolicyHash, a.Inputs.Hash)
	require.WithinDuration(t, at, a.Inputs.At, time.Second)
	require.Equal(t, int64(2), a.Inputs.Seq)
	for _, g := range a.Gates {
		require.True(t, g.Open, "%+v", g)
	}
	require.Equal(t, "1,200.00 EUR open", gate(a, "money").Text)
	r := a.Receipt
	require.Equal(t, "sg-1", r.ProviderID)
	require.Equal(t, []string{claim.Attempt}, r.Attempts)
	require.Equal(t, []string{"INV-1/A"}, r.With)
	require.Empty(t, r.In)
	require.Len(t, r.Reports, 1)
	require.Equal(t, collection.Delivered, r.Reports[0].Kind)
	require.NotContains(t, query[string](d, `SELECT data FROM events WHERE kind = 'email_claimed'`), "blum.example", "the inputs hold no address")
	d.sound()
}

func TestExplainWhatWasNotSent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.step(k)
	planned := d.explained(k, "reminder-1", dunning.Email)
	require.False(t, planned.Done)
	require.Equal(t, "planned", planned.State)
	require.Contains(t, planned.Why, "its time has not come: 7 days after the due date")
	require.Contains(t, planned.Rule, "7 days after the due date, e-mail, template reminder-1")
	require.False(t, gate(planned, "time").Open)
	require.True(t, gate(planned, "stops").Open)

	_, err := d.Hold(t.Context(), invoice.Hold{Fact: fact(k, "h-1")})
	require.NoError(t, err)
	held := d.explained(k, "reminder-1", dunning.Email)
	require.Equal(t, "held", held.State)
	require.False(t, gate(held, "stops").Open)
	require.Contains(t, held.Why, "hold since")
	_, err = d.Release(t.Context(), invoice.Release{Fact: fact(k, "r-1")})
	require.NoError(t, err)

	d.pay(k, "p-1", 120000)
	require.Equal(t, "nothing is owed any more: the invoice is paid", d.explained(k, "reminder-1", dunning.Email).Why)
	_, err = d.Explain(t.Context(), invoice.Key{Creditor: "acme", Number: "INV-9"})
	require.Equal(t, invoice.CodeUnknown, invoice.CodeOf(err))
}

func TestExplainSaysWhoseMessageCoveredIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, b := d.issue("INV-1", 120000), d.issue("INV-2", 80000)
	d.step(a)
	d.step(b)
	d.step(a)
	covered := d.explained(b, "courtesy", dunning.Email)
	require.Equal(t, "told in the message of INV-1", covered.Why)
	require.Equal(t, "INV-1", covered.Receipt.In)
	require.Equal(t, []string{"INV-1/B", "INV-2/B"}, covered.Receipt.With)
	require.Equal(t, eur(80000), covered.Inputs.Balance)
}

func TestFindByNumber(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("2026/17", 1000)
	other := acme
	other.ID = "other"
	require.NoError(t, d.PutCreditor(t.Context(), other, "test"))
	o := debtor("blum")
	o.Creditor = "other"
	require.NoError(t, d.PutDebtor(t.Context(), o, "test"))
	found := func(text string) []invoice.Key {
		keys, err := d.Find(t.Context(), text)
		require.NoError(t, err)
		return keys
	}
	require.Equal(t, []invoice.Key{k}, found("2026/17"))
	require.Equal(t, []invoice.Key{k}, found("acme/2026/17"))
	require.Empty(t, found("17"))
	row := d.row("2026/17")
	row.Invoice.Creditor = "other"
	_, err := d.Issue(t.Context(), row)
	require.NoError(t, err)
	require.Len(t, found("2026/17"), 2)
	require.Len(t, found("other/2026/17"), 1)
}

package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// settledCase is a case paid in full at noon on 20 May 2026 while a reminder of the 19th was under way.
func settledCase() dunning.Case {
	booked := time.Date(2026, time.May, 20, 10, 0, 0, 0, time.UTC)
	return dunning.Case{
		Kind: invoice.KindInvoice, DebtorID: "acme/blum", Amount: invoice.NewMoney(119000, "EUR"), Balance: invoice.NewMoney(0, "EUR"), Status: invoice.Paid,
		IssuedOn: invoice.NewDate(2026, time.April, 1), DueOn: invoice.NewDate(2026, time.May, 1), Zone: "Europe/Berlin", Country: "DE", Type: invoice.Business,
		Reach:   map[dunning.Act]dunning.Reach{dunning.Email: {OK: true}},
		Taken:   []dunning.Taken{{Step: "reminder-1", Act: dunning.Email, Outcome: dunning.Accepted, At: booked.AddDate(0, 0, -1)}},
		Crossed: []dunning.Crossed{{Payment: 17, At: booked, PaidOn: invoice.NewDate(2026, time.May, 18), MessageOn: invoice.NewDate(2026, time.May, 19)}},
	}
}

func thanking(t *testing.T) *dunning.Policy {
	t.Helper()
	p, err := dunning.Parse("p.yaml", []byte("policy: p\nversion: 1\nkind: invoice\ncrossed: {thank: email}\nsteps: [{id: reminder-1, letter: A, class: reminder, at: due+7d, acts: [email], template: reminder-1}]\n"), nil)
	require.NoError(t, err)
	return p
}

func TestThankYouComesBeforeTheClose(t *testing.T) {
	t.Parallel()
	p, c := thanking(t), settledCase()
	noon := c.Crossed[0].At
	plan := p.Plan(c, noon)
	require.Len(t, plan.Items, 2)
	require.Equal(t, dunning.Item{Step: "thanks-17", Act: dunning.Thank, At: noon, Reason: "the payment of 2026-05-18 and our message of 2026-05-19 crossed in the post"}, plan.Items[0])
	require.Equal(t, dunning.Close, plan.Items[1].Act)
	require.Equal(t, "thank-you on 20 May 2026 12:00 Berlin time", plan.Waiting)
	s, ok := p.Step("thanks-17")
	require.True(t, ok)
	require.Equal(t, dunning.Service, s.Class)
	require.False(t, p.Mergeable("thanks-17"), "it goes into no reminder")

	c.Crossed[0].At = noon.Add(12 * time.Hour) // midnight: it waits for the morning, and so does the close
	plan = p.Plan(c, c.Crossed[0].At)
	morning := time.Date(2026, time.May, 21, 6, 0, 0, 0, time.UTC)
	require.Equal(t, []time.Time{morning, morning}, []time.Time{plan.Items[0].At, plan.Items[1].At.UTC()})
	require.Equal(t, dunning.Thank, plan.Items[0].Act)

	c.InFlight = []dunning.InFlight{{Step: "thanks-17", Act: dunning.Thank, Ref: "a", LookAt: morning.Add(time.Minute)}}
	plan = p.Plan(c, morning)
	require.Equal(t, []dunning.Act{dunning.LookUp}, acts(plan))
	c.InFlight = nil
	c.Taken = append(c.Taken, dunning.Taken{Step: "thanks-17", Act: dunning.Thank, Outcome: dunning.Accepted, At: morning})
	require.Equal(t, []dunning.Act{dunning.Close}, acts(p.Plan(c, morning)), "once per payment")
}

func TestThankYouIsLeftOut(t *testing.T) {
	t.Parallel()
	noon := settledCase().Crossed[0].At
	for name, x := range map[string]struct {
		spoil func(*dunning.Case)
		now   time.Time
		why   string
	}{
		"opted out": {func(c *dunning.Case) { c.Reach[dunning.Email] = dunning.Reach{Reason: "opted out"} }, noon, "opted out"},
		"no zone":   {func(c *dunning.Case) { c.Zone = "" }, noon, "nobody knows the debtor's time zone"},
		"hold": {func(c *dunning.Case) {
			c.Stops = []dunning.Stop{{Kind: dunning.StopHold, From: noon.AddDate(0, 0, -1)}}
		}, noon, "hold since 19 May 2026 — ends when released"},
		"hard stop": {func(c *dunning.Case) {
			c.Stops = []dunning.Stop{{Kind: dunning.StopHard, From: noon.AddDate(0, 0, -1)}}
		}, noon, "hard stop since 19 May 2026 — it does not end"},
		"too late":   {func(*dunning.Case) {}, noon.AddDate(0, 0, 4), "too late: the payment was booked on 20 May 2026 12:00 Berlin time"},
		"not at all": {func(c *dunning.Case) { c.Crossed = nil }, noon, ""},
		"cancelled":  {func(c *dunning.Case) { c.Status = invoice.Cancelled }, noon, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := settledCase()
			x.spoil(&c)
			plan := thanking(t).Plan(c, x.now)
			require.Equal(t, []dunning.Act{dunning.Close}, acts(plan))
			if x.why == "" {
				require.Empty(t, plan.Skips)
				return
			}
			require.Equal(t, []dunning.Skip{{Step: "thanks-17", Act: dunning.Thank, Reason: x.why}}, plan.Skips)
		})
	}
}

func TestThankYouThatIsPutOffDoesNotKeepTheCaseOpenForEver(t *testing.T) {
	t.Parallel()
	p, c := thanking(t), settledCase()
	c.Deferred = []dunning.Deferred{{Step: "thanks-17", Act: dunning.Thank, Reason: "sending is stopped"}}
	plan := p.Plan(c, c.Crossed[0].At)
	require.Equal(t, "sending is stopped", plan.Held[0].Reason)
	require.Equal(t, []dunning.Act{dunning.Close}, acts(plan))
	require.Equal(t, c.Crossed[0].At.AddDate(0, 0, 3), plan.Items[0].At)
	later := p.Plan(c, plan.Items[0].At)
	require.Len(t, later.Skips, 1)
	require.False(t, later.Items[0].At.After(plan.Items[0].At))
}

func TestWhoIsThanked(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]dunning.Act{
		"standard-b2b": dunning.Email, "gentle": dunning.Email, "consumer": dunning.Email, "key-account": "", "order-24h": "", "order-6h": "", "order-48h": "",
	} {
		p, ok := dunning.ShippedPolicy(name)
		require.True(t, ok, name)
		require.Equal(t, by, p.Crossed.Thank, name)
	}
	_, err := dunning.Parse("o.yaml", []byte("policy: o\nversion: 1\nkind: order\ncrossed: {thank: email}\nsteps: [{id: e, class: service, at: expiry+0h, acts: [expire]}]\n"), nil)
	require.ErrorContains(t, err, "an order has no reminders to disregard")
}

func acts(p dunning.Plan) []dunning.Act {
	var all []dunning.Act
	for _, it := range p.Items {
		all = append(all, it.Act)
	}
	return all
}

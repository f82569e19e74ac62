package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	for _, tc := range []struct {
		amount, currency string
		route            dunning.Route
		approval         bool
	}{
		{"25.00", "EUR", dunning.RouteWriteOff, false},
		{"25.01", "EUR", dunning.RouteAgency, false},
		{"4999.99", "EUR", dunning.RouteAgency, false},
		{"5000.00", "EUR", dunning.RouteLawyer, false},
		{"10000.00", "EUR", dunning.RouteLawyer, false},
		{"10000.01", "EUR", dunning.RouteLawyer, true},
		{"4000", "JPY", dunning.RouteWriteOff, false},
		{"800000", "JPY", dunning.RouteLawyer, false},
		{"200.00", "CNY", dunning.RouteWriteOff, false},
		{"100.00", "SEK", dunning.RoutePerson, true},
	} {
		m, err := invoice.ParseMoney(tc.amount, tc.currency)
		require.NoError(t, err)
		c := berlin()
		c.Balance = m
		v := p.Decide(c)
		require.Equal(t, tc.route, v.Route, "%s", m)
		require.Equal(t, tc.approval, v.NeedsApproval, "%s", m)
		require.NotEmpty(t, v.Reason)
		require.Equal(t, m.String(), v.Inputs["balance"])
	}
	c := berlin()
	c.Type = ""
	require.Equal(t, dunning.RoutePerson, p.Decide(c).Route)
}

func TestDates(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	now := utc("2026-05-13 08:00") // a Wednesday before Ascension Day

	_, err := p.PromiseUntil(c, invoice.Date{})
	require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err))
	bare := c
	bare.Zone, bare.Country = "", ""
	until, err := p.PromiseUntil(bare, invoice.NewDate(2026, time.May, 15))
	require.NoError(t, err, "a promise can always be recorded")
	require.Equal(t, utc("2026-05-20 09:00"), until)

	require.Equal(t, utc("2026-05-21 16:00"), p.AcknowledgeBy(c, now))
	require.Equal(t, utc("2026-05-18 16:00"), p.TaskDue(c, "call", now))

	require.Equal(t, c.DueOn, p.PayBy(c, "courtesy", utc("2026-04-29 08:00")))
	require.Equal(t, "2026-05-20", p.PayBy(c, "reminder-1", now).String())
	require.Equal(t, "2026-05-27", p.PayBy(c, "reminder-2", utc("2026-05-20 08:00")).String())
	require.Equal(t, "2026-06-22", p.PlaceOn(c, utc("2026-06-05 08:00")).String())
	require.Equal(t, "2026-06-19", p.PayBy(c, "final-notice", utc("2026-06-05 08:00")).String())

	require.Equal(t, utc("2026-05-13 16:00"), p.WindowEnd(c, "reminder-2", now))
	require.Equal(t, utc("2026-05-13 19:00"), p.WindowEnd(c, "receipt", now))
	night := utc("2026-05-13 20:00")
	require.Equal(t, night, p.WindowEnd(c, "receipt", night), "closed: nothing is valid any more")
	require.Equal(t, utc("2026-05-14 08:00"), p.WindowEnd(c, "reminder-2", utc("2026-05-14 08:00")), "a holiday")

	o := order()
	orders := shipped(t, "order-24h")
	require.Equal(t, o.ExpiresAt, orders.WindowEnd(o, "order-last", utc("2026-04-11 16:00")))
	require.Equal(t, "2026-04-11", orders.PayBy(o, "order-last", utc("2026-04-11 16:00")).String())

	require.True(t, p.Mergeable("reminder-1"))
	require.False(t, p.Mergeable("receipt"))
	require.False(t, p.Mergeable("final-notice"))
	require.False(t, p.Mergeable("call"))
}

func TestExplain(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(2)
	c.Stops = []dunning.Stop{{Kind: dunning.StopDispute, From: utc("2026-05-01 08:00")}}
	rows := p.Explain(c, utc("2026-05-02 08:00"))
	require.Len(t, rows, 11)
	require.Equal(t, "accepted", rows[0].State)
	require.Equal(t, dunning.Row{
		Step: "reminder-2", Title: "second reminder", Channel: dunning.SMS, Template: "reminder-2", At: utc("2026-05-20 07:42").Add(rows[5].At.Sub(rows[5].At.Truncate(time.Minute))),
		Date: "2026-05-20", Time: "09:42", Zone: "Europe/Berlin", State: "planned", Reason: "14 days after the due date 2026-05-06",
	}, rows[5])
	require.Equal(t, "2026-06-22", rows[10].Date, "what needs a decision is shown as if it were approved")
	require.Equal(t, dunning.Place, rows[10].Channel)

	c.Zone = ""
	rows = p.Explain(c, utc("2026-05-02 08:00"))
	require.Equal(t, "held", rows[3].State)
}

func BenchmarkPlan(b *testing.B) {
	p := shipped(b, "standard-b2b")
	fresh, stopped := berlin(), berlin()
	stopped.Taken = upTo(4)
	stopped.Stops = []dunning.Stop{hold("2026-05-08 10:00", "", "2026-05-09 08:00"), hold("2026-05-14 10:00", "2026-05-25 08:00", "")}
	stopped.Contacts = contacts("2026-05-07 08:00", "2026-05-08 08:00", "2026-05-12 08:00")
	b.Run("fresh", func(b *testing.B) {
		for b.Loop() {
			p.Plan(fresh, utc("2026-04-10 08:00"))
		}
	})
	b.Run("stopped", func(b *testing.B) {
		for b.Loop() {
			p.Plan(stopped, utc("2026-05-16 08:00"))
		}
	})
}

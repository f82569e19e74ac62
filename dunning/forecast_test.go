package dunning_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/dunning"
	"dunlin/invoice"
)

// TestForecastIsWhatHappens: for one case the forecast says exactly what the engine then does.
func TestForecastIsWhatHappens(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		if rapid.Bool().Draw(t, "held") {
			until := c.IssuedAt.Add(time.Duration(rapid.IntRange(1, 60*24*60).Draw(t, "hold")) * time.Minute)
			c.Stops = []dunning.Stop{{Kind: dunning.StopHold, From: c.IssuedAt, Until: until}}
		}
		for _, a := range []dunning.Act{dunning.Email, dunning.SMS} {
			if rapid.IntRange(0, 4).Draw(t, "unreachable "+string(a)) == 0 {
				c.Reach[a] = dunning.Reach{Reason: "bounced"}
			}
		}
		s := newSim(t, p, c)
		until := c.IssuedAt.AddDate(0, 0, rapid.IntRange(0, 200).Draw(t, "horizon"))
		forecast := dunning.Forecast([]dunning.Running{{Policy: p, Case: c}}, c.IssuedAt, until)
		again := dunning.Forecast([]dunning.Running{{Policy: p, Case: c}}, c.IssuedAt, until)
		require.Equal(t, forecast, again, "the same cases give the same forecast")
		s.run()
		var did []string
		for _, e := range s.log {
			if e.Outcome != dunning.Skipped && !e.At.After(until) {
				did = append(did, e.At.Format(time.RFC3339)+" "+e.key())
			}
		}
		require.Equal(t, did, told(forecast))
	})
}

func told(forecast []dunning.Foreseen) []string {
	var all []string
	for _, f := range forecast {
		all = append(all, f.At.Format(time.RFC3339)+" "+f.Step+"/"+string(f.Act))
	}
	return all
}

// TestForecastOfAnOrder: the order's own time is kept, and it ends.
func TestForecastOfAnOrder(t *testing.T) {
	t.Parallel()
	c := order()
	forecast := dunning.Forecast([]dunning.Running{{Policy: shipped(t, "order-24h"), Case: c}}, c.IssuedAt, c.IssuedAt.AddDate(0, 0, 3))
	require.NotEmpty(t, forecast)
	last := forecast[len(forecast)-1]
	require.Equal(t, dunning.Expire, last.Act)
	require.False(t, last.At.Before(c.ExpiresAt))
}

// TestForecastOfSiblings: invoices of one debtor share messages, and together they stay below the cap.
func TestForecastOfSiblings(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "invoices")
		var cases []dunning.Running
		now := utc("2026-04-10 08:00")
		for range n {
			c := berlin()
			c.DueOn = c.IssuedOn.AddDays(rapid.IntRange(0, 20).Draw(t, "terms"))
			cases = append(cases, dunning.Running{Policy: p, Case: c})
		}
		forecast := dunning.Forecast(cases, now, now.AddDate(0, 0, 120))
		held := map[string]int{}
		var contacts []time.Time
		for _, f := range forecast {
			for _, cover := range append(f.Covers, dunning.Covering{Case: f.Case, Step: f.Step}) {
				key := fmt.Sprint(cover.Case, cover.Step, f.Act)
				held[key]++
				require.Equal(t, 1, held[key], "%s is told once", key)
			}
			if s, _ := p.Step(f.Step); f.Act.Contacts() && s.Class != dunning.Service {
				contacts = append(contacts, f.At)
			}
		}
		begun := contacts[:0:0]
		for _, at := range contacts {
			if len(begun) == 0 || at.Sub(begun[len(begun)-1]) >= time.Hour {
				begun = append(begun, at)
			}
		}
		for i := range begun {
			if i >= p.Caps.Contacts {
				require.GreaterOrEqual(t, begun[i].Sub(begun[i-p.Caps.Contacts]), time.Duration(p.Caps.Days)*24*time.Hour, "contacts %v", begun)
			}
		}
	})
}

func TestForecastMergesAndSupposes(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	now := utc("2026-05-06 12:00")
	a, b, held, other := berlin(), berlin(), berlin(), berlin()
	held.Stops = []dunning.Stop{{Kind: dunning.StopHold, From: now}}
	for _, c := range []*dunning.Case{&a, &b, &held} {
		c.Taken = taken("receipt/email 2026-04-10 08:00", "courtesy/email 2026-04-29 07:42", "due/email 2026-05-06 07:42")
	}
	other.Status, other.DecisionOn = invoice.Open, &dunning.Decision{Route: dunning.RouteWriteOff}
	other.Taken = a.Taken
	forecast := dunning.Forecast([]dunning.Running{{p, a}, {p, b}, {p, held}, {p, other}}, now, now.AddDate(0, 0, 14))
	require.NotEmpty(t, forecast)
	first := forecast[0]
	require.Equal(t, "reminder-1", first.Step)
	require.Equal(t, []dunning.Covering{{Case: 1, Step: "reminder-1"}}, first.Covers, "what is held is in no message; what is written off neither")
	for _, f := range forecast {
		require.Less(t, f.Case, 2)
	}

	a.InFlight = []dunning.InFlight{{Step: "reminder-1", Act: dunning.Email, Ref: "x", LookAt: now, Unknown: true}}
	for _, f := range dunning.Forecast([]dunning.Running{{p, a}}, now, now.AddDate(0, 0, 3)) {
		require.NotEqual(t, "reminder-1/email", f.Step+"/"+string(f.Act), "what is under way arrives")
	}
}

func BenchmarkForecast(b *testing.B) {
	p := shipped(b, "standard-b2b")
	now := utc("2026-05-01 08:00")
	const cases = 10000
	for b.Loop() {
		for debtor := range cases / 4 {
			var all []dunning.Running
			for n := range 4 {
				c := berlin()
				c.DebtorID = fmt.Sprintf("acme/d-%d", debtor)
				c.DueOn = c.DueOn.AddDays((debtor*7+n*11)%60 - 30)
				all = append(all, dunning.Running{Policy: p, Case: c})
			}
			dunning.Forecast(all, now, now.AddDate(0, 0, 30))
		}
	}
	b.ReportMetric(float64(cases)*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
}

// TestForecastOfAPaymentPlan: nobody pays, so the plan breaks at its first missed instalment, and the
// ladder goes on or a person is asked, as the policy says.
func TestForecastOfAPaymentPlan(t *testing.T) {
	t.Parallel()
	now := utc("2026-05-08 08:00")
	c := berlin()
	c.Taken = taken("receipt/email 2026-04-10 08:00", "courtesy/email 2026-04-29 07:42", "due/email 2026-05-06 07:42")
	c.Stops = []dunning.Stop{{Kind: dunning.StopPlan, From: now}}
	half := invoice.NewMoney(50000, "EUR")
	c.PayPlan = &dunning.PayPlan{N: 1, From: now, Instalments: []dunning.Instalment{
		{N: 1, DueOn: invoice.NewDate(2026, time.May, 20), Amount: half, Open: half}, {N: 2, DueOn: invoice.NewDate(2026, time.June, 20), Amount: half, Open: half},
	}}
	steps := func(p *dunning.Policy) []string {
		var ids []string
		for _, f := range dunning.Forecast([]dunning.Running{{Policy: p, Case: c}}, now, now.AddDate(0, 0, 60)) {
			ids = append(ids, f.Step)
		}
		return ids
	}
	p := shipped(t, "standard-b2b")
	require.Equal(t, []string{"plan-1-agreed", "plan-1-due-1"}, steps(p)[:2])
	require.Contains(t, steps(p), "reminder-1", "the rest is due at once")
	ask := copied(t, p)
	ask.Plans.Broken = dunning.AskPerson
	require.NotContains(t, steps(ask), "reminder-1", "a person decides first")
}

package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// inThree is a payment plan over 1,000.00 EUR, agreed on Monday, 11 May 2026, of which received has come in.
func inThree(received int64) *dunning.PayPlan {
	day := func(month time.Month, d int) invoice.Date { return invoice.NewDate(2026, month, d) }
	eur := func(minor int64) invoice.Money { return invoice.NewMoney(minor, "EUR") }
	return &dunning.PayPlan{N: 1, From: utc("2026-05-11 10:00"), Instalments: dunning.Cover([]dunning.Instalment{
		{N: 1, DueOn: day(time.May, 20), Amount: eur(30000)}, {N: 2, DueOn: day(time.June, 22), Amount: eur(40000)}, {N: 3, DueOn: day(time.July, 20), Amount: eur(30000)},
	}, received)}
}

// onPlan is berlin() with the payment plan in force.
func onPlan(received int64) dunning.Case {
	c := berlin()
	c.Taken = upTo(3)
	c.PayPlan = inThree(received)
	c.Balance.Minor -= received
	c.Stops = []dunning.Stop{{Kind: dunning.StopPlan, From: c.PayPlan.From}}
	return c
}

func TestCover(t *testing.T) {
	t.Parallel()
	open := func(received int64) (left []int64) {
		for _, in := range inThree(received).Instalments {
			left = append(left, in.Open.Minor)
		}
		return left
	}
	require.Equal(t, []int64{30000, 40000, 30000}, open(0))
	require.Equal(t, []int64{20000, 40000, 30000}, open(10000))
	require.Equal(t, []int64{0, 0, 25000}, open(75000), "several at once, early")
	require.Equal(t, []int64{0, 0, 0}, open(200000))
	require.Equal(t, []int64{30000, 40000, 30000}, open(-5), "money taken back covers nothing")
}

func TestPlanSteps(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	for id, want := range map[string]dunning.Step{
		"plan-1-agreed":    {Letter: "P0", Class: dunning.Service, Template: "plan-agreed"},
		"plan-2-due-3":     {Letter: "P3", Class: dunning.Service, Template: "instalment-due", Fallback: dunning.SMS},
		"plan-2-missed-12": {Letter: "Q12", Class: dunning.Reminder, Template: "instalment-missed", Fallback: dunning.SMS},
	} {
		s, ok := p.Step(id)
		require.True(t, ok, id)
		require.Equal(t, want, dunning.Step{Letter: s.Letter, Class: s.Class, Template: s.Template, Fallback: s.Fallback}, id)
		require.False(t, p.Mergeable(id))
	}
	for _, id := range []string{"plan", "plan-1", "plan-0-agreed", "plan-1-due", "plan-1-due-0", "plan-01-due-1", "plan-1-due-x", "plan-1-agreed-1", "plan-1-paid-1", "plan-1-due-1-2"} {
		_, ok := p.Step(id)
		require.False(t, ok, id)
	}
}

func TestPaymentPlan(t *testing.T) {
	t.Parallel()
	p := *shipped(t, "standard-b2b")
	p.Plans = dunning.PlanRules{BreakAfter: 2}
	c := onPlan(0)
	plan := p.Plan(c, utc("2026-05-11 10:00"))
	require.Equal(t, dunning.StagePayPlan, plan.Stage)
	require.Equal(t, "payment plan: instalment 1 of 3, 300.00 EUR, due 20 May", plan.Waiting)
	require.Equal(t, "payment_plan", gateOf(plan, "reminder-1"), "the ladder waits")
	require.Equal(t, "payment plan since 11 May 2026 — ends when it is kept or broken", heldFor(plan, "reminder-1", dunning.Email).Reason)
	_, due := plan.Due("plan-1-agreed", dunning.Email, utc("2026-05-11 10:00"))
	require.True(t, due)
	require.Equal(t, "Sun 2026-05-17 08:00", when(t, plan, "plan-1-due-1", dunning.Email, "Europe/Berlin"), "three days before, in the service window")
	require.Equal(t, "Fri 2026-06-19 08:00", when(t, plan, "plan-1-due-2", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Tue 2026-05-26 09:00", when(t, plan, "plan-1-due-1", dunning.Review, "Europe/Berlin"), "the day and three business days")
	require.Equal(t, dunning.Held{Step: "plan-1-missed-1", Act: dunning.Email, Gate: "instalment", Reason: "only if instalment 1 of 3, 300.00 EUR, due 20 May does not come"}, heldFor(plan, "plan-1-missed-1", dunning.Email))

	paid := onPlan(30000)
	plan = p.Plan(paid, utc("2026-05-16 10:00"))
	require.Equal(t, "payment plan: instalment 2 of 3, 400.00 EUR, due 22 June", plan.Waiting)
	require.Equal(t, "covered", gateOf(plan, "plan-1-due-1"))
	plan = p.Plan(paid, utc("2026-05-18 10:00"))
	require.Equal(t, "instalment 1 is paid", skipOf(plan, "plan-1-due-1", dunning.Email))
	_, review := find(plan, "plan-1-due-1", dunning.Review)
	require.False(t, review)
	part := onPlan(50000)
	require.Contains(t, p.Plan(part, utc("2026-05-18 10:00")).Waiting, "instalment 2 of 3, 200.00 EUR, due 22 June", "what is left of it")

	now := utc("2026-05-27 08:00") // the first was missed; the second miss would break the plan
	plan = p.Plan(c, now)
	_, due = plan.Due("plan-1-missed-1", dunning.Email, now)
	require.True(t, due)
	require.Contains(t, skipOf(plan, "plan-1-due-1", dunning.Email), "too late")
	_, due = p.Plan(c, utc("2026-05-26 08:00")).Due("plan-1-missed-1", dunning.Email, utc("2026-05-26 08:00"))
	require.False(t, due, "the business day after")
	p.Plans.BreakAfter = 1
	require.Equal(t, "the payment plan is broken", heldFor(p.Plan(c, now), "plan-1-missed-1", dunning.Email).Reason)
}

func TestPlanUnderOtherStops(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	now := utc("2026-05-18 10:00")
	for _, tc := range []struct {
		name, gate string
		stage      dunning.Stage
		change     func(c *dunning.Case)
	}{
		{"hold", "hold", dunning.StageHeld, func(c *dunning.Case) { c.Stops = append(c.Stops, hold("2026-05-12 10:00", "", "")) }},
		{"hard stop", "hard_stop", dunning.StageHeld, func(c *dunning.Case) {
			c.Stops = append(c.Stops, dunning.Stop{Kind: dunning.StopHard, From: utc("2026-05-12 10:00")})
		}},
		{"dispute about all", "dispute", dunning.StageDisputed, func(c *dunning.Case) { c.Disputed = c.Balance }},
		{"no zone", "zone_missing", dunning.StagePayPlan, func(c *dunning.Case) { c.Zone = "" }},
		{"no type", "type_missing", dunning.StagePayPlan, func(c *dunning.Case) { c.Type = "" }},
		{"no address", "contact_missing", dunning.StagePayPlan, func(c *dunning.Case) { c.Reach = nil }},
	} {
		c := onPlan(0)
		tc.change(&c)
		plan := p.Plan(c, now)
		require.Equal(t, tc.gate, gateOf(plan, "plan-1-due-1"), tc.name)
		require.Equal(t, tc.stage, plan.Stage, tc.name)
		for _, it := range plan.Items {
			require.False(t, it.Act.Contacts(), "%s: %+v", tc.name, it)
		}
	}
	c := onPlan(0) // a hold with a known end moves what falls into it
	c.Stops = append(c.Stops, hold("2026-05-16 10:00", "2026-05-18 12:00", ""))
	require.Equal(t, "Mon 2026-05-18 14:00", when(t, p.Plan(c, utc("2026-05-16 10:00")), "plan-1-due-1", dunning.Email, "Europe/Berlin"))
}

func TestTheAgreementNamesWhatIsNear(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := onPlan(0)
	c.PayPlan.Instalments[0].DueOn = invoice.NewDate(2026, time.May, 13)
	plan := p.Plan(c, utc("2026-05-11 10:00"))
	require.Equal(t, "the agreement named it already", skipOf(plan, "plan-1-due-1", dunning.Email))
	require.Contains(t, skipOf(p.Plan(c, utc("2026-05-15 10:00")), "plan-1-agreed", dunning.Email), "too late")
}

func TestJudgePlan(t *testing.T) {
	t.Parallel()
	p := *shipped(t, "standard-b2b")
	p.Plans = dunning.PlanRules{BreakAfter: 2}
	for _, tc := range []struct {
		now      string
		received int64
		missed   int
		broken   bool
		kept     bool
	}{
		{"2026-05-20 10:00", 0, 0, false, false},
		{"2026-05-26 06:59", 0, 0, false, false},
		{"2026-05-26 07:00", 0, 1, false, false},
		{"2026-05-26 07:00", 29999, 1, false, false},
		{"2026-05-26 07:00", 30000, 0, false, false},
		{"2026-06-25 07:00", 0, 2, true, false},
		{"2026-06-25 07:00", 30000, 1, false, false},
		{"2026-05-12 07:00", 100000, 0, false, true},
	} {
		missed, broken, kept := p.JudgePlan(onPlan(tc.received), utc(tc.now))
		require.Equal(t, []any{tc.missed, tc.broken, tc.kept}, []any{missed, broken, kept}, "%+v", tc)
	}
	p.Plans = dunning.PlanRules{}
	_, broken, _ := p.JudgePlan(onPlan(0), utc("2026-05-26 07:00"))
	require.True(t, broken, "one missed instalment breaks a plan when the policy says nothing")
	missed, broken, kept := p.JudgePlan(berlin(), utc("2026-05-26 07:00"))
	require.Equal(t, []any{0, false, false}, []any{missed, broken, kept})
}

func TestPlanBrokenLadderGoesOn(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := onPlan(0)
	c.PayPlan = nil
	c.Stops[0].Ended = utc("2026-05-26 07:00")
	c.Taken = append(c.Taken, taken("plan-1-due-1/email 2026-05-17 06:00")...)
	plan := p.Plan(c, utc("2026-05-26 07:00"))
	require.Equal(t, "Mon 2026-06-01 09:42", when(t, plan, "reminder-1", dunning.Email, "Europe/Berlin"), "five days after the end fall on a Sunday")
	it, _ := find(plan, "reminder-1", dunning.Email)
	require.Contains(t, it.Reason, "moved behind the payment plan that ended on 26 May 2026")
	require.Equal(t, dunning.StageOverdue, plan.Stage)
	require.Contains(t, p.Explain(c, utc("2026-05-26 07:00")), dunning.Row{
		Step: "plan-1-due-1", Title: "reminder of instalment 1", Channel: dunning.Email, Template: "instalment-due", At: utc("2026-05-17 06:00"),
		Date: "2026-05-17", Time: "08:00", Zone: "Europe/Berlin", State: "accepted", Reason: "on file",
	})
}

func TestPlanPayBy(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := onPlan(30000)
	require.Equal(t, "2026-06-22", p.PayBy(c, "plan-1-due-2", utc("2026-06-19 08:00")).String())
	require.Equal(t, "2026-06-22", p.PayBy(c, "plan-1-agreed", utc("2026-05-19 08:00")).String(), "the earliest that is open")
	require.Equal(t, "2026-06-26", p.PayBy(c, "plan-1-missed-2", utc("2026-06-26 08:00")).String(), "at once")
}

package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// span reads a length of time.
func span(s string) dunning.Span {
	v, err := dunning.ParseSpan(s)
	if err != nil {
		panic(err)
	}
	return v
}

// at reads an offset.
func at(s string) dunning.Offset {
	v, err := dunning.ParseOffset(s)
	if err != nil {
		panic(err)
	}
	return v
}

// rung is a step of class reminder.
func rung(id, offset string, acts ...dunning.Act) dunning.Step {
	return dunning.Step{
		ID: id, Title: id, Letter: "A", Class: dunning.Reminder, At: at(offset), Acts: acts, Template: "reminder-1",
		Late: dunning.Late{Rule: dunning.LateSend}, MinGap: span("1d"),
	}
}

// with changes a step.
func with(s dunning.Step, change func(s *dunning.Step)) dunning.Step {
	change(&s)
	return s
}

// ladder is a policy of the given steps with the usual windows and no caps but the house's.
func ladder(steps ...dunning.Step) *dunning.Policy {
	week := dunning.Window{From: 9 * 60, To: 18 * 60, Business: true, Gap: span("1d")}
	return &dunning.Policy{
		Name: "test", Version: 1, Kind: invoice.KindInvoice, MergeWindow: span("30m"), BankGrace: span("3bd"),
		Windows: dunning.Windows{Service: dunning.Window{From: 8 * 60, To: 21 * 60, Gap: span("1h")}, Reminder: week, Formal: week},
		Steps:   steps,
	}
}

func heldFor(p dunning.Plan, step string, a dunning.Act) dunning.Held {
	for _, h := range p.Held {
		if h.Step == step && h.Act == a {
			return h
		}
	}
	return dunning.Held{}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	p := ladder(rung("first", "due+7d", dunning.Email),
		with(rung("big", "due+14d", dunning.Email), func(s *dunning.Step) {
			s.When = dunning.Condition{From: dunning.Thresholds{"EUR": 50000}, Groups: []string{"key", "new"}}
		}),
		rung("last", "previous+7d", dunning.Email))
	c := berlin()
	c.Group = "key"
	plan := p.Plan(c, c.IssuedAt)
	_, planned := find(plan, "big", dunning.Email)
	require.True(t, planned)

	c.Group = "old"
	c.Taken = taken("first/email 2026-05-13 07:42")
	plan = p.Plan(c, utc("2026-05-14 08:00"))
	h := heldFor(plan, "big", dunning.Email)
	require.Equal(t, "condition", h.Gate)
	require.Equal(t, "will be skipped: its condition does not hold: the customer group is old, not key or new", h.Reason)
	review, ok := find(plan, "big", dunning.Review)
	require.True(t, ok, "the step after is counted from this one")
	require.Equal(t, "Wed 2026-05-27 09:42", when(t, plan, "last", dunning.Email, "Europe/Berlin"))
	plan = p.Plan(c, review.At)
	require.Contains(t, skipOf(plan, "big", dunning.Email), "the customer group is old")

	c.Group, c.Disputed = "new", invoice.NewMoney(60000, "EUR") // of 1,000.00
	plan = p.Plan(c, review.At)
	require.Contains(t, skipOf(plan, "big", dunning.Email), "400.00 EUR is below 500.00 EUR", "what may be asked for counts")

	rows := p.Explain(c, utc("2026-05-14 08:00"))
	require.Equal(t, "held", rows[1].State)
	require.Contains(t, rows[1].Reason, "its condition does not hold")

	c.Disputed = invoice.Money{}
	p.Steps[0].Late = dunning.Late{Rule: dunning.LateMerge}
	c.Group, c.Taken = "old", nil
	plan = p.Plan(c, utc("2026-05-20 08:00"))
	_, due := plan.Due("first", dunning.Email, utc("2026-05-20 08:00"))
	require.True(t, due, "nothing is merged into a step that is left out")
}

func TestMinimumAmountAndHoldout(t *testing.T) {
	t.Parallel()
	p := ladder(rung("first", "due+7d", dunning.Email), with(rung("notice", "due+30d", dunning.Email), func(s *dunning.Step) { s.Class = dunning.Formal }))
	p.Minimum.Amount = dunning.Thresholds{"EUR": 1000}
	now := utc("2026-05-13 08:00")
	c := berlin()
	c.Balance.Minor = 999
	plan := p.Plan(c, now)
	require.Equal(t, "9.99 EUR is below the least amount to write about, 10.00 EUR", skipOf(plan, "first", dunning.Email))
	_, planned := find(plan, "notice", dunning.Email)
	require.True(t, planned, "formal steps stay")
	c.Balance = invoice.NewMoney(1, "SEK")
	_, due := p.Plan(c, now).Due("first", dunning.Email, now)
	require.True(t, due, "no minimum is set for its currency")

	c = berlin()
	p.Holdout = dunning.Holdout{Share: 5, Steps: []string{"first"}}
	c.Assigned = map[string]string{dunning.HoldoutKey: "yes"}
	require.Equal(t, "left alone: holdout", skipOf(p.Plan(c, now), "first", dunning.Email))
	c.Assigned = map[string]string{"first": "short"}
	p.Steps[0].Variants = []dunning.Variant{{Name: "plain", Template: "reminder-1", Share: 50}, {Name: "short", Template: "reminder-1-short", Share: 50}}
	require.Equal(t, "reminder-1-short", p.Explain(c, now)[0].Template)
}

func TestAnyOfSeveralActs(t *testing.T) {
	t.Parallel()
	p := ladder(with(rung("first", "due+7d", dunning.Email, dunning.SMS, dunning.PhoneTask), func(s *dunning.Step) { s.Done = dunning.DoneAny }), rung("last", "previous+7d", dunning.Email))
	now := utc("2026-05-13 08:00")
	c := berlin()
	plan := p.Plan(c, now)
	_, due := plan.Due("first", dunning.Email, now)
	require.True(t, due)
	require.Equal(t, dunning.Held{Step: "first", Act: dunning.SMS, Gate: "any", Reason: "only if the e-mail does not arrive"}, heldFor(plan, "first", dunning.SMS))
	require.Equal(t, "any", heldFor(plan, "first", dunning.PhoneTask).Gate)

	sent := dunning.Taken{Step: "first", Act: dunning.Email, Outcome: dunning.Accepted, At: now}
	c.Taken = []dunning.Taken{sent}
	plan = p.Plan(c, now.Add(time.Hour))
	require.Equal(t, "any", heldFor(plan, "first", dunning.SMS).Gate, "it may still come back")
	require.Equal(t, "Wed 2026-05-20 09:42", when(t, plan, "last", dunning.Email, "Europe/Berlin"), "counted from the message that arrived")
	plan = p.Plan(c, now.Add(24*time.Hour))
	require.Equal(t, "reached by e-mail", skipOf(plan, "first", dunning.SMS))
	require.Equal(t, "reached by e-mail", skipOf(plan, "first", dunning.PhoneTask))

	later := utc("2026-05-13 14:00")
	c.Taken[0].Outcome = dunning.Rejected // or bounced since
	plan = p.Plan(c, later)
	_, due = plan.Due("first", dunning.SMS, later)
	require.True(t, due, "the next channel takes its place, late rule or not")
	require.Equal(t, "any", heldFor(plan, "first", dunning.PhoneTask).Gate)
	c.Taken = append(c.Taken, dunning.Taken{Step: "first", Act: dunning.SMS, Outcome: dunning.Rejected, At: later})
	_, due = p.Plan(c, later).Due("first", dunning.PhoneTask, later)
	require.True(t, due)

	c.Taken = []dunning.Taken{}
	c.Reach[dunning.Email] = dunning.Reach{Reason: "opted out"}
	plan = p.Plan(c, now)
	require.Equal(t, "opted out", skipOf(plan, "first", dunning.Email))
	_, due = plan.Due("first", dunning.SMS, now)
	require.True(t, due)
	c.InFlight = []dunning.InFlight{{Step: "first", Act: dunning.SMS, Ref: "a1", Unknown: true}}
	plan = p.Plan(c, now)
	require.Equal(t, "in_flight", heldFor(plan, "first", dunning.PhoneTask).Gate)
	require.Equal(t, "in_flight", gateOf(plan, "last"))
}

func TestAllOfMessageAndCall(t *testing.T) {
	t.Parallel()
	p := ladder(rung("first", "due+7d", dunning.Email, dunning.PhoneTask))
	c := berlin()
	c.Reach[dunning.Email] = dunning.Reach{Reason: "bounced"}
	now := utc("2026-05-13 08:00")
	plan := p.Plan(c, now)
	require.Equal(t, "bounced", skipOf(plan, "first", dunning.Email))
	_, due := plan.Due("first", dunning.PhoneTask, now)
	require.True(t, due, "each act has an end of its own")
}

func TestFallbackBySMS(t *testing.T) {
	t.Parallel()
	p := ladder(with(rung("first", "due+7d", dunning.Email), func(s *dunning.Step) { s.Fallback = dunning.SMS }))
	now := utc("2026-05-13 08:00")
	for _, spoil := range []func(c *dunning.Case){
		func(c *dunning.Case) { c.Reach[dunning.Email] = dunning.Reach{Reason: "no e-mail address"} },
		func(c *dunning.Case) { c.Reach[dunning.Email] = dunning.Reach{Reason: "opted out"} },
		func(c *dunning.Case) {
			c.Taken = []dunning.Taken{{Step: "first", Act: dunning.Email, Outcome: dunning.Rejected, At: now}}
		},
	} {
		c := berlin()
		spoil(&c)
		_, due := p.Plan(c, now).Due("first", dunning.SMS, now)
		require.True(t, due, "%+v", c.Reach)
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	p := ladder(with(rung("first", "due+7d", dunning.Email), func(s *dunning.Step) {
		s.Look, s.Late = true, dunning.Late{Rule: dunning.LateSkip, After: span("2d")}
	}), rung("last", "previous+7d", dunning.Email))
	c := berlin()
	plan := p.Plan(c, utc("2026-05-10 08:00"))
	it, ok := find(plan, "first", dunning.Review)
	require.True(t, ok)
	require.Equal(t, dunning.LookRef, it.Ref)
	require.Equal(t, "2026-05-13", it.At.Format(time.DateOnly))
	require.Equal(t, "look", gateOf(plan, "first"))
	require.Equal(t, "look", gateOf(plan, "last"))
	_, ok = find(plan, "first", dunning.Email)
	require.False(t, ok)
	rows := p.Explain(c, utc("2026-05-10 08:00"))
	require.Equal(t, "planned", rows[0].State, "supposing that somebody lets it go")
	require.Contains(t, rows[0].Reason, "after somebody has looked at it")

	c.Looks = []dunning.Look{{Step: "first", Task: "7"}}
	plan = p.Plan(c, utc("2026-05-18 08:00"))
	require.Empty(t, plan.Items, "the late rule waits for the look")
	require.Equal(t, "waits until somebody has looked at it", heldFor(plan, "first", dunning.Email).Reason)

	c.Looks[0].Said, c.Looks[0].At = dunning.LookSend, utc("2026-05-18 08:00")
	plan = p.Plan(c, utc("2026-05-19 08:00"))
	_, due := plan.Due("first", dunning.Email, utc("2026-05-19 08:00"))
	require.True(t, due, "late counts from the word")
	require.Contains(t, skipOf(p.Plan(c, utc("2026-05-21 08:00")), "first", dunning.Email), "too late")

	c.Looks[0].Said = dunning.LookSkip
	plan = p.Plan(c, utc("2026-05-18 08:00"))
	require.Contains(t, skipOf(plan, "first", dunning.Email), "somebody looked at it and left it out")
	_, ok = find(plan, "last", dunning.Email)
	require.True(t, ok)

	early := ladder(with(rung("courtesy", "due-7d", dunning.Email), func(s *dunning.Step) { s.Look = true }))
	c.Looks = []dunning.Look{{Step: "courtesy", Task: "8"}}
	require.Equal(t, "nobody looked at it before the due date", skipOf(early.Plan(c, utc("2026-05-07 08:00")), "courtesy", dunning.Email))
}

func TestNewDue(t *testing.T) {
	t.Parallel()
	formal := func(s *dunning.Step) { s.Class = dunning.Formal }
	p := ladder(with(rung("formal-notice", "due+14d", dunning.Email), func(s *dunning.Step) { formal(s); s.NewDue = span("14d") }),
		rung("call", "due+16d", dunning.PhoneTask), with(rung("final-notice", "due+18d", dunning.Email), formal),
		dunning.Step{ID: "place", Class: dunning.Formal, At: at("due+20d"), Acts: []dunning.Act{dunning.Place}})
	c := berlin()
	plan := p.Plan(c, c.IssuedAt)
	require.Equal(t, "Wed 2026-05-20 09:42", when(t, plan, "formal-notice", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Thu 2026-06-04 09:42", when(t, plan, "call", dunning.PhoneTask, "Europe/Berlin"), "3 June is the new due date")
	it, _ := find(plan, "call", dunning.PhoneTask)
	require.Contains(t, it.Reason, "not before the new due date, 3 June 2026, has passed")
	require.Equal(t, "2026-06-03", p.PayBy(c, "formal-notice", utc("2026-05-20 07:42")).String())

	c.Taken = taken("formal-notice/email 2026-05-26 08:00") // sent late: until 9 June
	plan = p.Plan(c, utc("2026-05-27 08:00"))
	require.Equal(t, "Wed 2026-06-10 09:42", when(t, plan, "call", dunning.PhoneTask, "Europe/Berlin"))
	require.False(t, itemOf(t, plan, "place", dunning.Place).Before(utc("2026-06-10 00:00")))

	p.Steps = p.Steps[:0:0]
	p.Steps = append(p.Steps, with(rung("notice", "due+14d", dunning.Email), func(s *dunning.Step) { formal(s); s.NewDue = span("14d") }),
		dunning.Step{ID: "place", Class: dunning.Formal, At: at("due+17d"), Acts: []dunning.Act{dunning.Place}})
	c.Taken = taken("notice/email 2026-05-26 08:00")
	require.Equal(t, "Wed 2026-06-10 09:42", when(t, p.Plan(c, utc("2026-05-27 08:00")), "place", dunning.Place, "Europe/Berlin"), "the handoff waits, too")
	require.Equal(t, "2026-06-10", p.PlaceOn(c, utc("2026-05-26 08:00")).String())
}

func itemOf(t *testing.T, p dunning.Plan, step string, a dunning.Act) time.Time {
	t.Helper()
	it, ok := find(p, step, a)
	require.True(t, ok, "%s/%s is not planned: %+v", step, a, p)
	return it.At
}

func TestExpiryWithTheBanksLag(t *testing.T) {
	t.Parallel()
	p := *shipped(t, "order-24h")
	p.Expiry.BankLag = span("2h")
	c := order()
	told := c.ExpiresAt // 14:00 in New York
	plan := p.Plan(c, c.IssuedAt)
	it, _ := find(plan, "expire", dunning.Expire)
	require.Equal(t, told.Add(2*time.Hour), it.At)
	require.Equal(t, "the debtor was told 11 April 2026 14:00 New York time, and the bank's lag of 2 hours is over at 11 April 2026 16:00 New York time", it.Reason)
	require.Equal(t, told.Add(2*time.Hour), p.ReallyExpires(c))
	_, due := p.Plan(c, told).Due("expire", dunning.Expire, told)
	require.False(t, due)
	late := p.Plan(c, told.Add(time.Hour))
	for _, it := range late.Items {
		require.False(t, it.Act.Contacts(), "nobody is asked to pay after the time that was told: %+v", it)
	}
	c.Stops = []dunning.Stop{hold("2026-04-11 19:00", "2026-04-11 23:00", "")} // begins within the lag
	it, _ = find(p.Plan(c, utc("2026-04-11 19:30")), "expire", dunning.Expire)
	require.Equal(t, utc("2026-04-11 23:00"), it.At)
	p.Expiry.BankLag = dunning.Span{}
	c.Stops = nil
	it, _ = find(p.Plan(c, c.IssuedAt), "expire", dunning.Expire)
	require.Equal(t, told, it.At)
	require.Equal(t, "the order's time is up", it.Reason)
}

func TestPartDispute(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(7)
	c.Disputed = invoice.NewMoney(20000, "EUR")
	plan := p.Plan(c, utc("2026-05-28 08:00"))
	require.Equal(t, "dispute", gateOf(plan, "decide"))
	require.Equal(t, "dispute", gateOf(plan, "final-notice"))
	require.Equal(t, "dispute", gateOf(plan, "place"))
	require.Contains(t, plan.Waiting, "200.00 EUR is in dispute")
	require.Equal(t, dunning.StageOverdue, plan.Stage)

	c.Taken = upTo(4)
	plan = p.Plan(c, utc("2026-05-20 08:00"))
	_, due := plan.Due("reminder-2", dunning.Email, utc("2026-05-20 08:00"))
	require.True(t, due, "the rest goes on")
	require.Contains(t, plan.Waiting, "; 200.00 EUR of it in dispute")

	for _, balance := range []int64{20000, 15000} {
		c.Balance.Minor = balance
		plan = p.Plan(c, utc("2026-05-20 08:00"))
		require.Empty(t, plan.Items)
		require.Equal(t, dunning.StageDisputed, plan.Stage)
		require.Equal(t, "dispute", gateOf(plan, "reminder-2"))
	}
}

func TestAdopted(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(3) // the due-day note on 6 May was the last
	c.Stops = []dunning.Stop{{Kind: dunning.StopAdopted, From: utc("2026-05-06 07:42"), Ended: utc("2026-05-22 08:00")}}
	now := utc("2026-05-22 08:00")
	plan := p.Plan(c, now)
	_, due := plan.Due("reminder-1", dunning.Email, now)
	require.True(t, due, "no gap of its own")
	it, _ := find(plan, "reminder-1", dunning.Email)
	require.Contains(t, it.Reason, "counted on from where the case stood when it took this policy on 22 May 2026")
	require.Equal(t, "Fri 2026-05-29 09:42", when(t, plan, "reminder-2", dunning.Email, "Europe/Berlin"), "the policy's seven days")
	require.Equal(t, "Fri 2026-06-05 09:42", when(t, plan, "call", dunning.PhoneTask, "Europe/Berlin"))
	require.Equal(t, dunning.StageOverdue, plan.Stage)

	c.Taken[2].At = utc("2026-05-20 08:00")
	c.Stops[0].From = c.Taken[2].At
	plan = p.Plan(c, now)
	require.False(t, itemOf(t, plan, "reminder-1", dunning.Email).Before(utc("2026-05-25 08:00")), "never sooner than its minimum gap")
}

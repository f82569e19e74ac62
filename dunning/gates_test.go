package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

func TestDecisionGates(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	now := utc("2026-06-05 08:00")
	for _, tc := range []struct {
		name     string
		decision *dunning.Decision
		gate     string
	}{
		{"none on file", nil, "approval"},
		{"waits for a person", &dunning.Decision{Route: dunning.RouteLawyer}, "approval"},
		{"no rule", &dunning.Decision{Route: dunning.RoutePerson, Approved: true}, "approval"},
		{"write-off", &dunning.Decision{Route: dunning.RouteWriteOff, Approved: true}, "approval"},
		{"lawyer", &dunning.Decision{Route: dunning.RouteLawyer, Approved: true}, ""},
		{"agency", &dunning.Decision{Route: dunning.RouteAgency, Approved: true}, ""},
	} {
		c := berlin()
		c.Taken = upTo(8)
		c.DecisionOn = tc.decision
		plan := p.Plan(c, now)
		require.Equal(t, tc.gate, gateOf(plan, "final-notice"), tc.name)
		require.Equal(t, dunning.StageDeciding, plan.Stage, tc.name)
		_, planned := find(plan, "final-notice", dunning.Email)
		require.Equal(t, tc.gate == "", planned, tc.name)
		require.NotEmpty(t, gateOf(plan, "place"))
		_, again := find(plan, "decide", dunning.Decide)
		require.False(t, again, "decided once")
	}
}

func TestPlaceGates(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	base := func() dunning.Case {
		c := berlin()
		c.Taken = upTo(10)
		c.DecisionOn = &dunning.Decision{Route: dunning.RouteLawyer, Approved: true}
		return c
	}
	c := base()
	plan := p.Plan(c, utc("2026-06-05 08:00"))
	require.Equal(t, dunning.StageFinalNotice, plan.Stage)
	require.Equal(t, "Mon 2026-06-22 09:42", when(t, plan, "place", dunning.Place, "Europe/Berlin"))

	c = base()
	for i := range c.Taken[8:] {
		c.Taken[8+i].At = utc("2026-06-15 08:00") // sent late: the named day moves
	}
	plan = p.Plan(c, utc("2026-06-21 08:00"))
	require.Equal(t, "Tue 2026-06-30 09:42", when(t, plan, "place", dunning.Place, "Europe/Berlin"))
	require.Equal(t, "2026-06-30", p.PlaceOn(c, utc("2026-06-15 08:00")).String())

	for _, tc := range []struct {
		gate       string
		email, sms dunning.Outcome
	}{
		{"", dunning.Unconfirmed, dunning.Accepted},
		{"", dunning.Covered, dunning.Skipped},
		{"final_notice_unconfirmed", dunning.Unconfirmed, dunning.Skipped},
		{"final_notice_unconfirmed", dunning.Rejected, dunning.Unconfirmed},
		{"final_notice", dunning.Rejected, dunning.Rejected},
		{"final_notice", dunning.Person, dunning.Skipped},
	} {
		c = base()
		c.Taken[8].Outcome, c.Taken[9].Outcome = tc.email, tc.sms
		plan = p.Plan(c, utc("2026-06-22 08:00"))
		require.Equal(t, tc.gate, gateOf(plan, "place"), "%v %v", tc.email, tc.sms)
		_, due := plan.Due("place", dunning.Place, utc("2026-06-22 08:00"))
		require.Equal(t, tc.gate == "", due)
	}

	c = base()
	c.Stops = []dunning.Stop{{Kind: dunning.StopDispute, From: utc("2026-06-21 08:00")}}
	require.Equal(t, "dispute", gateOf(p.Plan(c, utc("2026-06-22 08:00")), "place"))
}

func TestHandoff(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = append(upTo(10), taken("place/place 2026-06-22 07:42")...)
	c.DecisionOn = &dunning.Decision{Route: dunning.RouteLawyer, Approved: true}
	c.Status = invoice.Placed
	c.Handoff = &dunning.Handoff{State: dunning.HandoffSent, Review: utc("2026-06-29 16:00")}
	plan := p.Plan(c, utc("2026-06-23 08:00"))
	require.Equal(t, dunning.StagePlaced, plan.Stage)
	require.Equal(t, "with the lawyer or the agency; should be acknowledged by 29 June 2026 18:00 Berlin time", plan.Waiting)
	require.Len(t, plan.Items, 1)
	require.Equal(t, dunning.Review, plan.Items[0].Act)

	c.Handoff = &dunning.Handoff{State: dunning.HandoffAcknowledged}
	require.Empty(t, p.Plan(c, utc("2026-06-23 08:00")).Items)

	c.Status, c.Handoff = invoice.Open, &dunning.Handoff{State: dunning.HandoffReturned}
	plan = p.Plan(c, utc("2026-06-23 08:00"))
	require.Equal(t, "handoff_returned", gateOf(plan, "place"))
	require.Equal(t, dunning.StageDeciding, plan.Stage)

	c.Handoff = &dunning.Handoff{State: dunning.HandoffRecalled} // paid, recalled, then the payment was returned
	plan = p.Plan(c, utc("2026-07-23 08:00"))
	require.Empty(t, plan.Items)
	require.Equal(t, "exhausted", gateOf(plan, "place"))
}

func TestSettled(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	now := utc("2026-06-25 08:00")
	c := berlin()
	c.Taken = upTo(5)
	c.Balance.Minor = 0
	plan := p.Plan(c, now)
	require.Equal(t, []dunning.Item{{Act: dunning.Close, At: now, Reason: "nothing is owed any more"}}, plan.Items)
	require.Equal(t, dunning.StageSettled, plan.Stage)
	require.Equal(t, "closes: nothing is owed any more", plan.Waiting)

	c = berlin()
	c.Status = invoice.WrittenOff
	require.Equal(t, dunning.Close, p.Plan(c, now).Items[0].Act)

	c = berlin()
	c.Taken = append(upTo(10), taken("place/place 2026-06-22 07:42")...)
	c.Status, c.Balance.Minor = invoice.Paid, 0
	c.Handoff = &dunning.Handoff{State: dunning.HandoffAcknowledged}
	plan = p.Plan(c, now)
	require.Len(t, plan.Items, 2)
	require.Equal(t, dunning.Recall, plan.Items[0].Act)
	require.Equal(t, "place", plan.Items[0].Step)
	require.Equal(t, dunning.Close, plan.Items[1].Act)

	c.Deferred = []dunning.Deferred{{Step: "place", Act: dunning.Recall, NotBefore: now.Add(time.Hour), Reason: "429"}}
	plan = p.Plan(c, now)
	require.Equal(t, now.Add(time.Hour), plan.Items[0].At)
	require.Equal(t, dunning.Close, plan.Items[1].Act, "the end comes after the recall")

	c.Deferred = nil
	c.InFlight = []dunning.InFlight{{Step: "place", Act: dunning.Recall, Ref: "a1", LookAt: now.Add(time.Minute), Unknown: true}}
	plan = p.Plan(c, now)
	require.Len(t, plan.Items, 1)
	require.Equal(t, dunning.LookUp, plan.Items[0].Act)
	require.Equal(t, "in_flight", gateOf(plan, "place"))

	c.InFlight = []dunning.InFlight{{Step: "final-notice", Act: dunning.SMS, Ref: "a2", LookAt: now.Add(time.Minute), Unknown: true}}
	c.Handoff.State = dunning.HandoffRecalled
	plan = p.Plan(c, now)
	require.Equal(t, dunning.Close, plan.Items[0].Act, "a collecting message is not waited for")
}

func TestInFlight(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(4)
	c.InFlight = []dunning.InFlight{{Step: "reminder-2", Act: dunning.Email, Ref: "a1", LookAt: utc("2026-05-20 07:43"), Unknown: true}}
	plan := p.Plan(c, utc("2026-05-20 07:42").Add(30*time.Second))
	require.Equal(t, dunning.SMS, plan.Items[0].Act, "the other act of the step goes on")
	require.Equal(t, dunning.Item{Step: "reminder-2", Act: dunning.LookUp, At: utc("2026-05-20 07:43"), Ref: "a1", Reason: "asks the provider what became of the e-mail"}, plan.Items[1])
	require.Equal(t, "in_flight", gateOf(plan, "call"))
	_, again := find(plan, "reminder-2", dunning.Email)
	require.False(t, again)

	c.InFlight = []dunning.InFlight{{Step: "reminder-2", Act: dunning.Email, Ref: "a1", SiblingN: "INV-9"}}
	c.Taken = append(c.Taken, taken("reminder-2/sms 2026-05-20 07:42")...)
	plan = p.Plan(c, utc("2026-05-20 08:00"))
	require.Empty(t, plan.Items)
	require.Contains(t, plan.Held[0].Reason, "with the message of INV-9")
}

func TestDeferred(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(4)
	c.Deferred = []dunning.Deferred{{Step: "reminder-2", Act: dunning.Email, NotBefore: utc("2026-05-20 09:15"), Reason: "the provider asks to wait"}}
	plan := p.Plan(c, utc("2026-05-20 08:00"))
	it, _ := find(plan, "reminder-2", dunning.Email)
	require.Equal(t, utc("2026-05-20 09:15"), it.At)
	require.Contains(t, it.Reason, "deferred: the provider asks to wait")
	_, due := plan.Due("reminder-2", dunning.SMS, utc("2026-05-20 08:00"))
	require.True(t, due)
	_, due = p.Plan(c, utc("2026-05-20 09:15")).Due("reminder-2", dunning.Email, utc("2026-05-20 09:15"))
	require.True(t, due)

	c.Deferred[0].NotBefore = utc("2026-05-20 17:00") // after hours: the next morning
	require.Equal(t, "Thu 2026-05-21 09:42", when(t, p.Plan(c, utc("2026-05-20 08:00")), "reminder-2", dunning.Email, "Europe/Berlin"))

	c.Deferred[0] = dunning.Deferred{Step: "reminder-2", Act: dunning.Email, Reason: "sending is stopped"}
	plan = p.Plan(c, utc("2026-05-20 08:00"))
	require.Equal(t, "deferred", gateOf(plan, "reminder-2"))
	require.Equal(t, "deferred", gateOf(plan, "call"))
	_, due = plan.Due("reminder-2", dunning.SMS, utc("2026-05-20 08:00"))
	require.True(t, due)
}

func TestDueDateMoved(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(4)
	c.DueOn = invoice.NewDate(2026, time.June, 10)
	plan := p.Plan(c, utc("2026-05-15 08:00"))
	_, again := find(plan, "reminder-1", dunning.Email)
	require.False(t, again)
	require.Equal(t, "Wed 2026-06-24 09:42", when(t, plan, "reminder-2", dunning.Email, "Europe/Berlin"))
	require.Equal(t, dunning.StageBeforeDue, plan.Stage)
}

func TestTextsNameNobody(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"bounced on 2026-05-14": "bounced on 2026-05-14",
		"opted out":             "opted out",
		"address does not work: 550 <a@b.example> unknown": "address does not work",
		"a@b.example is full":                              "its address does not work",
		"address does not work: +49 30 1234567":            "address does not work",
		"no answer from +4915112345678":                    "its address does not work",
	} {
		require.Equal(t, want, dunning.Clean(in), in)
	}
}

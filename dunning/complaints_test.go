package dunning_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// These tests bear the names of what people complain about in dunning systems; docs/complaints.md lists
// all of them and says what answers each.

// A day on which nobody looked is not a reminder lost: it goes once, as soon as somebody looks again.
func TestMissedDayIsMadeUpFor(t *testing.T) {
	t.Parallel()
	s := newSim(t, shipped(t, "standard-b2b"), berlin())
	s.outages = []outage{{utc("2026-05-20 00:00"), utc("2026-05-26 00:00")}} // the second reminder's day among them
	s.run()
	require.Equal(t, dunning.Accepted, s.ends()["reminder-2/email"])
	require.Equal(t, "2026-05-26", invoice.DateOf(s.at("reminder-2/email")).String())
	s.complete()
}

// Nobody is cut off, sued or placed because the system was late: after six weeks of silence the ladder
// goes on with what is next, and each later step keeps its gap.
func TestLateNeverMeansSeverest(t *testing.T) {
	t.Parallel()
	s := newSim(t, shipped(t, "standard-b2b"), berlin())
	s.outages = []outage{{utc("2026-05-10 00:00"), utc("2026-06-24 00:00")}}
	s.run()
	order := []string{"reminder-2/email", "call/phone_task", "decide/decide", "final-notice/email", "place/place"}
	for i, key := range order {
		require.Contains(t, []dunning.Outcome{dunning.Accepted, dunning.Done}, s.ends()[key], key)
		if i > 0 {
			require.GreaterOrEqual(t, s.at(key).Sub(s.at(order[i-1])), 0*time.Hour)
		}
	}
	require.Equal(t, dunning.Skipped, s.ends()["reminder-1/email"], "merged into the second reminder, which was due, too")
	require.GreaterOrEqual(t, s.at("final-notice/email").Sub(s.at("reminder-2/email")), 10*24*time.Hour)
	require.GreaterOrEqual(t, s.at("place/place").Sub(s.at("final-notice/email")), 14*24*time.Hour)
}

// An invoice that is overdue when it arrives is thanked for first; its first reminder waits for the gap.
func TestNoReminderTheMorningAfterTheInvoice(t *testing.T) {
	t.Parallel()
	c := berlin()
	c.IssuedOn, c.DueOn = invoice.NewDate(2026, time.April, 10), invoice.NewDate(2026, time.April, 10)
	s := newSim(t, shipped(t, "standard-b2b"), c)
	s.run()
	receipt, first := s.at("receipt/email"), s.at("reminder-1/email")
	require.False(t, receipt.IsZero())
	require.GreaterOrEqual(t, first.Sub(receipt), 5*24*time.Hour)
}

// What comes due at night or on a Sunday waits for the next open hour of the debtor's own clock; it is
// never dropped.
func TestNothingAtMidnight(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	for _, place := range places {
		c := berlin()
		c.Zone, c.Country, c.Region = place.zone, place.country, place.region
		c.IssuedAt = utc("2026-04-11 23:55") // a Saturday night in London, Sunday morning in Auckland
		s := newSim(t, p, c)
		s.run() // checks the window at each contact
		s.complete()
		require.Equal(t, dunning.Accepted, s.ends()["receipt/email"])
	}
}

// Two of three reminders on Saturday and Sunday would be none: days are counted, and then moved to
// business days with their distance kept.
func TestWeekendBurnsNoReminder(t *testing.T) {
	t.Parallel()
	c := berlin()
	c.DueOn = invoice.NewDate(2026, time.May, 9) // +7 and +14 are Saturdays
	s := newSim(t, shipped(t, "standard-b2b"), c)
	s.run()
	require.Equal(t, "Mon 2026-05-18", s.at("reminder-1/email").Format("Mon 2006-01-02"))
	require.Equal(t, "Tue 2026-05-26", s.at("reminder-2/email").Format("Mon 2006-01-02"), "Whit Monday is closed, too")
}

// A pause with a date ends by itself, and one without ends when somebody says so; neither loses a step.
func TestPauseEndsByItself(t *testing.T) {
	t.Parallel()
	s := newSim(t, shipped(t, "standard-b2b"), berlin())
	s.stop(dunning.StopHold, utc("2026-05-12 08:00"), 10*24*time.Hour, true)
	s.run()
	s.complete()
	require.Equal(t, dunning.Accepted, s.ends()["reminder-1/email"])
	require.False(t, s.at("reminder-1/email").Before(utc("2026-05-22 08:00")))
}

// A bounced address is no silence: the step's fallback takes its place, and when nothing reaches the
// debtor a gate says so by name.
func TestBounceIsHeard(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	s := newSim(t, p, berlin())
	s.fact(utc("2026-05-11 08:00"), func(c *dunning.Case) { c.Reach[dunning.Email] = dunning.Reach{Reason: "bounced"} })
	s.run()
	s.complete()
	require.Equal(t, dunning.Done, s.ends()["reminder-1/phone_task"])

	c := berlin()
	c.Taken = upTo(3)
	c.Reach = map[dunning.Act]dunning.Reach{dunning.Email: {Reason: "bounced"}}
	require.Equal(t, "contact_missing", gateOf(p.Plan(c, utc("2026-05-13 10:00")), "reminder-1"))
}

// A part payment lowers what is asked for and changes nothing else: the ladder goes on.
func TestPartPaidGoesOn(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(4)
	before := p.Plan(c, utc("2026-05-14 10:00"))
	c.Balance.Minor = 1
	require.Equal(t, before.Items, p.Plan(c, utc("2026-05-14 10:00")).Items)
}

// A template's name with a slip in it is found before anybody is written to: with its place in the file,
// and at the policy, not at the first debtor.
func TestTemplateTypoIsFoundFirst(t *testing.T) {
	t.Parallel()
	source := strings.Replace(string(sourceOf(t, "standard-b2b")), "template: reminder-1\n", "template: remindr-1\n", 1)
	_, err := dunning.Parse("mine.yaml", []byte(source), templates{"remindr-1/email": true})
	require.ErrorContains(t, err, "mine.yaml:")
	require.ErrorContains(t, err, `there is no template "remindr-1" for e-mail`)
}

// Without a due date there is nothing to be late for: no reminder is planned, and the gate says what is
// missing.
func TestNoDueDateNoLadder(t *testing.T) {
	t.Parallel()
	c := berlin()
	c.DueOn = invoice.Date{}
	p := shipped(t, "standard-b2b").Plan(c, utc("2026-05-13 10:00"))
	for _, it := range p.Items {
		require.Equal(t, "receipt", it.Step)
	}
	require.NotEmpty(t, p.Held)
}

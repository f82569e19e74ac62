package dunning_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
)

func TestPreviousAnchor(t *testing.T) {
	t.Parallel()
	p := ladder(rung("first", "due+7d", dunning.Email), rung("second", "previous+7d", dunning.Email), rung("third", "previous+3bd", dunning.Email), rung("fourth", "previous+2h", dunning.Email))
	p.Steps[3].MinGap = span("1h")
	c := berlin()
	plan := p.Plan(c, c.IssuedAt)
	require.Equal(t, "Wed 2026-05-13 09:42", when(t, plan, "first", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Wed 2026-05-20 09:42", when(t, plan, "second", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Tue 2026-05-26 09:42", when(t, plan, "third", dunning.Email, "Europe/Berlin"), "Whit Monday is no business day")
	require.Equal(t, "Tue 2026-05-26 11:42", when(t, plan, "fourth", dunning.Email, "Europe/Berlin"))
	it, _ := find(plan, "second", dunning.Email)
	require.Equal(t, "7 days after the first on 13 May 2026", it.Reason)

	for name, tc := range map[string]struct {
		end  dunning.Taken
		now  string
		want string
	}{
		"counted from when it was really taken":        {dunning.Taken{Outcome: dunning.Accepted, At: utc("2026-05-18 12:00")}, "2026-05-18 12:00", "Tue 2026-05-26 09:42"}, // the 25th is Whit Monday
		"a refused one is an end, too":                 {dunning.Taken{Outcome: dunning.Rejected, At: utc("2026-05-15 12:00")}, "2026-05-15 12:00", "Fri 2026-05-22 09:42"},
		"skipped early it counts from its moment":      {dunning.Taken{Outcome: dunning.Skipped, At: utc("2026-04-20 12:00")}, "2026-04-20 12:00", "Wed 2026-05-20 09:42"},
		"skipped late it counts from when it was":      {dunning.Taken{Outcome: dunning.Skipped, At: utc("2026-05-15 12:00")}, "2026-05-15 12:00", "Fri 2026-05-22 09:42"},
		"moved by a stop that was over before its day": {dunning.Taken{Outcome: dunning.Accepted, At: utc("2026-05-14 12:00")}, "2026-05-14 12:00", "Thu 2026-05-21 09:42"},
	} {
		c := berlin()
		tc.end.Step, tc.end.Act = "first", dunning.Email
		c.Taken = []dunning.Taken{tc.end}
		require.Equal(t, tc.want, when(t, p.Plan(c, utc(tc.now)), "second", dunning.Email, "Europe/Berlin"), name)
	}

	c.Taken = nil // overdue and held up: it comes now, the next a week from now
	plan = p.Plan(c, utc("2026-05-19 10:00"))
	require.Equal(t, "Tue 2026-05-26 09:42", when(t, plan, "second", dunning.Email, "Europe/Berlin"))
	c.Contacts = contacts("2026-05-13 05:00", "2026-05-13 06:30") // the house rule moves the first, and the second with it
	plan = p.Plan(c, utc("2026-05-13 07:00"))
	require.Equal(t, "Fri 2026-05-15 09:42", when(t, plan, "first", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Fri 2026-05-22 09:42", when(t, plan, "second", dunning.Email, "Europe/Berlin"))
}

func TestPreviousAnchorBehindAStop(t *testing.T) {
	t.Parallel()
	p := ladder(rung("first", "due+7d", dunning.Email), rung("second", "previous+7d", dunning.Email), rung("third", "due+20d", dunning.Email))
	c := berlin()
	c.Stops = []dunning.Stop{hold("2026-05-12 10:00", "2026-06-02 10:00", "")}
	plan := p.Plan(c, utc("2026-05-12 10:00"))
	require.Equal(t, "Wed 2026-06-03 12:00", when(t, plan, "first", dunning.Email, "Europe/Berlin"), "the end plus a day's gap")
	require.Equal(t, "Wed 2026-06-10 09:42", when(t, plan, "second", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Tue 2026-06-16 09:42", when(t, plan, "third", dunning.Email, "Europe/Berlin"), "six days after the second, as in the policy")

	c.Taken = taken("first/email 2026-05-13 07:42")
	c.Stops = []dunning.Stop{hold("2026-05-18 10:00", "2026-06-02 10:00", "")} // it covers the second
	plan = p.Plan(c, utc("2026-05-18 10:00"))
	require.Equal(t, "Wed 2026-06-03 12:00", when(t, plan, "second", dunning.Email, "Europe/Berlin"))
}

func TestPreviousAnchorNamesTheDays(t *testing.T) {
	t.Parallel()
	p := ladder(rung("first", "due+7d", dunning.Email), rung("second", "previous+10d", dunning.Email),
		with(rung("notice", "previous+5d", dunning.Email), func(s *dunning.Step) { s.Class = dunning.Formal }), dunning.Step{ID: "place", Class: dunning.Formal, At: at("previous+15d"), Acts: []dunning.Act{dunning.Place}})
	c := berlin()
	require.Equal(t, "2026-05-26", p.PayBy(c, "first", utc("2026-05-13 08:00")).String(), "ten days later is a Saturday before Whit Monday")
	require.Equal(t, "2026-06-16", p.PlaceOn(c, utc("2026-06-01 08:00")).String())
}

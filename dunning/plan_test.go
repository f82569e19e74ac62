package dunning_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// find returns the item of a step and act.
func find(p dunning.Plan, step string, a dunning.Act) (dunning.Item, bool) {
	for _, it := range p.Items {
		if it.Step == step && it.Act == a {
			return it, true
		}
	}
	return dunning.Item{}, false
}

func when(t *testing.T, p dunning.Plan, step string, a dunning.Act, zone string) string {
	t.Helper()
	it, ok := find(p, step, a)
	require.True(t, ok, "%s/%s is not planned: %+v", step, a, p)
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	return it.At.In(loc).Format("Mon 2006-01-02 15:04")
}

func gateOf(p dunning.Plan, step string) string {
	for _, h := range p.Held {
		if h.Step == step {
			return h.Gate
		}
	}
	return ""
}

func skipOf(p dunning.Plan, step string, a dunning.Act) string {
	for _, k := range p.Skips {
		if k.Step == step && k.Act == a {
			return k.Reason
		}
	}
	return ""
}

// taken makes ends on file: "receipt/email 2026-04-10 08:00".
func taken(ends ...string) []dunning.Taken {
	var all []dunning.Taken
	for _, e := range ends {
		key, at, _ := strings.Cut(e, " ")
		step, act, _ := strings.Cut(key, "/")
		o := dunning.Accepted
		if act == string(dunning.PhoneTask) || act == string(dunning.Decide) {
			o = dunning.Done
		}
		all = append(all, dunning.Taken{Step: step, Act: dunning.Act(act), Outcome: o, At: utc(at)})
	}
	return all
}

// upTo are the ends of an undisturbed case of berlin().
func upTo(n int) []dunning.Taken {
	return taken("receipt/email 2026-04-10 08:00", "courtesy/email 2026-04-29 07:42", "due/email 2026-05-06 07:42",
		"reminder-1/email 2026-05-13 07:42", "reminder-2/email 2026-05-20 07:42", "reminder-2/sms 2026-05-20 07:42",
		"call/phone_task 2026-05-27 07:42", "decide/decide 2026-06-03 07:42",
		"final-notice/email 2026-06-05 07:42", "final-notice/sms 2026-06-05 07:42")[:n]
}

func TestInstants(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	plan := p.Plan(berlin(), utc("2026-04-10 08:00"))
	require.Equal(t, "Fri 2026-04-10 10:00", when(t, plan, "receipt", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Wed 2026-04-29 09:42", when(t, plan, "courtesy", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Wed 2026-05-20 09:42", when(t, plan, "reminder-2", dunning.SMS, "Europe/Berlin"))
	require.Equal(t, "decision", gateOf(plan, "final-notice"))
	require.Equal(t, "decision", gateOf(plan, "place"))
	require.Equal(t, dunning.StageBeforeDue, plan.Stage)
	require.Equal(t, "receipt by e-mail on 10 April 2026 10:00 Berlin time", plan.Waiting)
	require.Empty(t, plan.Skips)

	c := berlin()
	c.DueOn = invoice.NewDate(2026, time.April, 17) // +14 is 1 May, a holiday before a weekend
	c.IssuedOn = invoice.NewDate(2026, time.March, 20)
	c.IssuedAt = utc("2026-03-20 08:00")
	plan = p.Plan(c, c.IssuedAt)
	it, _ := find(plan, "reminder-2", dunning.Email)
	require.Equal(t, "Mon 2026-05-04 09:42", when(t, plan, "reminder-2", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "14 days after the due date 2026-04-17; moved from 2026-05-01 (Tag der Arbeit) to Monday 2026-05-04", it.Reason)
}

func TestDaylightSaving(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	for _, tc := range []struct{ zone, country, issued, due, step, want, utc string }{
		{"Europe/Berlin", "DE", "2026-03-02", "2026-03-30", "due", "Mon 2026-03-30 09:", "07:"}, // the day after the change
		{"Europe/Berlin", "DE", "2026-03-02", "2026-03-27", "due", "Fri 2026-03-27 09:", "08:"},
		{"Europe/Berlin", "DE", "2026-09-21", "2026-10-26", "due", "Mon 2026-10-26 09:", "08:"},
		{"America/New_York", "US", "2026-02-02", "2026-03-09", "due", "Mon 2026-03-09 09:", "13:"},
		{"America/New_York", "US", "2026-02-02", "2026-03-06", "due", "Fri 2026-03-06 09:", "14:"},
		{"America/New_York", "US", "2026-10-01", "2026-11-02", "due", "Mon 2026-11-02 09:", "14:"},
	} {
		c := berlin()
		c.DebtorID = "acme/d-1"
		c.Zone, c.Country, c.Region = tc.zone, tc.country, ""
		c.IssuedAt = utc(tc.issued + " 12:00")
		c.IssuedOn, _ = invoice.ParseDate(tc.issued)
		c.DueOn, _ = invoice.ParseDate(tc.due)
		plan := p.Plan(c, c.IssuedAt)
		require.True(t, strings.HasPrefix(when(t, plan, tc.step, dunning.Email, tc.zone), tc.want), "%v: %s", tc, when(t, plan, tc.step, dunning.Email, tc.zone))
		require.True(t, strings.HasPrefix(when(t, plan, tc.step, dunning.Email, "UTC")[15:], tc.utc), "%v", tc)
	}
	// Five days over the night in which Berlin loses an hour: never less than 120 hours.
	c := berlin()
	c.IssuedAt, c.IssuedOn, c.DueOn = utc("2026-03-01 08:00"), invoice.NewDate(2026, time.March, 1), invoice.NewDate(2026, time.March, 11)
	c.Taken = taken("receipt/email 2026-03-01 08:00", "courtesy/email 2026-03-04 08:00", "due/email 2026-03-11 08:00", "reminder-1/email 2026-03-25 09:00")
	it, _ := find(p.Plan(c, utc("2026-03-25 10:00")), "reminder-2", dunning.Email)
	require.Equal(t, utc("2026-03-30 09:00"), it.At)
}

func TestMissingData(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	now := utc("2026-04-10 08:00")
	for _, tc := range []struct {
		gate, step string
		spoil      func(c *dunning.Case)
	}{
		{"zone_missing", "receipt", func(c *dunning.Case) { c.Zone = "" }},
		{"zone_missing", "receipt", func(c *dunning.Case) { c.Zone = "Mars/Phobos" }},
		{"type_missing", "receipt", func(c *dunning.Case) { c.Type = "" }},
		{"calendar_missing", "courtesy", func(c *dunning.Case) { c.Country = "" }},
		{"contact_missing", "receipt", func(c *dunning.Case) { c.Reach = nil }},
		{"contact_missing", "receipt", func(c *dunning.Case) {
			c.Reach = map[dunning.Act]dunning.Reach{dunning.Email: {Reason: "opted out"}}
		}},
	} {
		c := berlin()
		tc.spoil(&c)
		plan := p.Plan(c, now)
		require.Equal(t, tc.gate, gateOf(plan, tc.step), "%+v", plan)
		require.Equal(t, tc.gate, gateOf(plan, "call"), "a held step holds the later ones")
		for _, it := range plan.Items {
			require.Equal(t, "receipt", it.Step)
		}
	}
	c := berlin()
	c.Zone, c.Country, c.Region = "Asia/Shanghai", "CN", ""
	c.DueOn = invoice.NewDate(2031, time.March, 3)
	plan := p.Plan(c, now)
	require.Equal(t, "calendar_missing", gateOf(plan, "courtesy"))
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(3)
	c.Reach[dunning.Email] = dunning.Reach{Reason: "address does not work: 550 <max@example.org> unknown"}

	plan := p.Plan(c, utc("2026-05-13 07:50"))
	it, ok := find(plan, "reminder-1", dunning.PhoneTask)
	require.True(t, ok, "the fallback takes the place of the e-mail")
	require.NotContains(t, it.Reason, "example.org")
	require.Empty(t, plan.Skips)

	c.Taken = append(c.Taken, taken("reminder-1/phone_task 2026-05-13 07:50")...)
	plan = p.Plan(c, utc("2026-05-13 07:51"))
	require.Equal(t, "its phone task took its place", skipOf(plan, "reminder-1", dunning.Email))

	plan = p.Plan(c, utc("2026-05-20 07:45"))
	require.NotEmpty(t, skipOf(plan, "reminder-2", dunning.Email), "the SMS says it")
	_, ok = find(plan, "reminder-2", dunning.SMS)
	require.True(t, ok)

	c.Reach[dunning.SMS], c.Reach[dunning.PhoneTask] = dunning.Reach{Reason: "opted out"}, dunning.Reach{Reason: "no phone number"}
	plan = p.Plan(c, utc("2026-05-20 07:45"))
	require.Equal(t, "contact_missing", gateOf(plan, "reminder-2"))
	require.Equal(t, "contact_missing", gateOf(plan, "call"))
}

// TestUnreachableIsShown: what will not be sent stands in the plan before its day, and the case wakes to say so.
func TestUnreachableIsShown(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(1)
	c.Reach[dunning.Email] = dunning.Reach{Reason: "opted out"}
	plan := p.Plan(c, utc("2026-04-15 08:00"))
	require.Contains(t, plan.Held, dunning.Held{Step: "courtesy", Act: dunning.Email, Gate: "unreachable", Reason: "will be skipped: opted out"})
	require.Empty(t, plan.Skips)

	p, err := dunning.Parse("one.yaml", []byte("policy: one\nversion: 1\nkind: invoice\nsteps:\n  - {id: only, letter: A, class: reminder, at: due+7d, acts: [email], template: due}\n"), nil)
	require.NoError(t, err)
	c.Taken = nil
	plan = p.Plan(c, utc("2026-04-15 08:00"))
	require.Equal(t, "unreachable", gateOf(plan, "only"))
	require.Len(t, plan.Items, 1)
	require.Equal(t, dunning.Review, plan.Items[0].Act)
	at := plan.Items[0].At
	require.Equal(t, "2026-05-13", at.Format("2006-01-02"))
	plan = p.Plan(c, at)
	require.Equal(t, "opted out", skipOf(plan, "only", dunning.Email))
	c.Taken = []dunning.Taken{{Step: "only", Act: dunning.Email, Outcome: dunning.Skipped, At: at}}
	require.Equal(t, "exhausted", gateOf(p.Plan(c, at), "only"))
}

func TestBouncedMessageFallsBack(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(4)
	c.Taken[3].Outcome = dunning.Rejected
	c.Reach[dunning.Email] = dunning.Reach{Reason: "bounced"}
	plan := p.Plan(c, utc("2026-05-14 07:00"))
	_, ok := find(plan, "reminder-1", dunning.PhoneTask)
	require.True(t, ok)
	c.Taken = append(c.Taken, taken("reminder-2/sms 2026-05-20 07:42")...)
	plan = p.Plan(c, utc("2026-05-21 07:00"))
	_, ok = find(plan, "reminder-1", dunning.PhoneTask)
	require.False(t, ok, "too late for the fallback: a later step has spoken")
}

func TestCap(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(3)
	c.Contacts = contacts("2026-05-07 08:00", "2026-05-08 08:00", "2026-05-08 08:30", "2026-05-12 08:00")
	plan := p.Plan(c, utc("2026-05-12 09:00"))
	// Three contacts (two within an hour are one); the first leaves the window on the 14th, Ascension Day.
	require.Equal(t, "Fri 2026-05-15 09:42", when(t, plan, "reminder-1", dunning.Email, "Europe/Berlin"))
	it, _ := find(plan, "reminder-1", dunning.Email)
	require.Contains(t, it.Reason, "at most 3 contacts in 7 days")
	_, due := p.Plan(c, utc("2026-05-13 08:00")).Due("reminder-1", dunning.Email, utc("2026-05-13 08:00"))
	require.False(t, due)
	c.Contacts = append(c.Contacts, contacts("2026-05-13 07:50")...)
	_, due = p.Plan(c, utc("2026-05-13 08:00")).Due("reminder-1", dunning.Email, utc("2026-05-13 08:00"))
	require.True(t, due, "minutes after a sibling's message it is the same contact")
}

func TestLateRules(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Taken = upTo(2)

	plan := p.Plan(c, utc("2026-05-06 12:00"))
	_, due := plan.Due("due", dunning.Email, utc("2026-05-06 12:00"))
	require.True(t, due, "later on its day it is still sent")
	plan = p.Plan(c, utc("2026-05-07 08:00"))
	require.Contains(t, skipOf(plan, "due", dunning.Email), "too late: its moment was 6 May 2026 09:42 Berlin time")

	c.Taken = upTo(3)
	plan = p.Plan(c, utc("2026-05-18 08:00"))
	_, due = plan.Due("reminder-1", dunning.Email, utc("2026-05-18 08:00"))
	require.True(t, due, "merge sends once when nothing else is due")
	plan = p.Plan(c, utc("2026-05-20 08:00"))
	require.Contains(t, skipOf(plan, "reminder-1", dunning.Email), "merged into the second reminder")
	_, due = plan.Due("reminder-2", dunning.Email, utc("2026-05-20 08:00"))
	require.True(t, due)

	plan = p.Plan(c, utc("2026-05-23 08:00")) // a Saturday before Whit Monday
	require.Equal(t, "Tue 2026-05-26 09:42", when(t, plan, "reminder-2", dunning.Email, "Europe/Berlin"))
}

func TestImportedLate(t *testing.T) {
	t.Parallel()
	p := *shipped(t, "standard-b2b")
	p.Minimum.Age = dunning.Span{}
	s := newSim(t, &p, berlin())
	s.c.IssuedAt, s.now = utc("2026-06-20 08:00"), utc("2026-06-20 08:00") // six weeks overdue
	s.run()
	ends := s.ends()
	for _, key := range []string{"receipt/email", "courtesy/email", "due/email", "reminder-1/email"} {
		require.Equal(t, dunning.Skipped, ends[key], key)
	}
	require.Equal(t, "2026-06-22", s.at("reminder-2/email").Format(time.DateOnly))
	require.Equal(t, "2026-06-29", s.at("call/phone_task").Format(time.DateOnly))
	require.Equal(t, "2026-07-06", s.at("final-notice/email").Format(time.DateOnly))

	p.Minimum.Age = dunning.Span{N: 3, Unit: dunning.Days}
	s = newSim(t, &p, berlin())
	s.c.IssuedAt, s.now = utc("2026-06-20 08:00"), utc("2026-06-20 08:00")
	s.run()
	require.Equal(t, "2026-06-23", s.at("reminder-2/email").Format(time.DateOnly), "not before the claim is three days old here")
	require.Equal(t, dunning.Skipped, s.ends()["courtesy/email"], "what is late does not wait for the age")
}

func TestShortTerms(t *testing.T) {
	t.Parallel()
	p := *shipped(t, "standard-b2b")
	c := berlin()
	c.DueOn = c.IssuedOn.AddDays(7) // the courtesy note would follow the receipt at once
	p.Minimum.Age = dunning.Span{}
	plan := p.Plan(c, c.IssuedAt)
	require.Contains(t, skipOf(plan, "courtesy", dunning.Email), "less than 5 days after the last message")
	require.Equal(t, "Fri 2026-04-17 09:42", when(t, plan, "due", dunning.Email, "Europe/Berlin"))
	p.Minimum.Age = dunning.Span{N: 3, Unit: dunning.Days}
	require.Equal(t, "on its day the claim is less than 3 days old", skipOf(p.Plan(c, c.IssuedAt), "courtesy", dunning.Email))
}

package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
)

func TestCaps(t *testing.T) {
	t.Parallel()
	now := utc("2026-05-13 08:00")
	mail := func(at, address string, other bool) dunning.Contact {
		return dunning.Contact{At: utc(at), Act: dunning.Email, Address: address, Other: other}
	}
	call := func(at string) dunning.Contact { return dunning.Contact{At: utc(at), Act: dunning.PhoneTask} }
	all := []dunning.Contact{mail("2026-05-08 08:00", "a", false), mail("2026-05-11 08:00", "a", false)}
	for _, tc := range []struct {
		name     string
		caps     dunning.Caps
		contacts []dunning.Contact
		act      dunning.Act
		want     string // "" when it is due now
		why      string
	}{
		{"none", dunning.Caps{}, all, dunning.Email, "", ""},
		{"per debtor, over all channels", dunning.Caps{Contacts: 2, Days: 7}, all, dunning.SMS, "Fri 2026-05-15 10:00", "at most 2 contacts in 7 days"},
		{"another debtor's count for no debtor", dunning.Caps{Contacts: 2, Days: 7}, []dunning.Contact{mail("2026-05-08 08:00", "a", true), mail("2026-05-11 08:00", "a", true)}, dunning.SMS, "", ""},
		{"per channel", dunning.Caps{Channel: dunning.Cap{N: 2, Days: 7}}, all, dunning.Email, "Fri 2026-05-15 10:00", "at most 2 messages by e-mail in 7 days"},
		{"per channel, by another one", dunning.Caps{Channel: dunning.Cap{N: 2, Days: 7}}, all, dunning.SMS, "", ""},
		{"per address", dunning.Caps{Address: dunning.Cap{N: 2, Days: 7}}, []dunning.Contact{mail("2026-05-08 08:00", "a", true), mail("2026-05-11 08:00", "a", false)}, dunning.Email, "Fri 2026-05-15 10:00", "at most 2 contacts at one address in 7 days"},
		{"per address, another address", dunning.Caps{Address: dunning.Cap{N: 2, Days: 7}}, []dunning.Contact{mail("2026-05-08 08:00", "b", true), mail("2026-05-11 08:00", "a", false)}, dunning.Email, "", ""},
		{"two messages at one instant are two", dunning.Caps{Address: dunning.Cap{N: 2, Days: 7}}, []dunning.Contact{mail("2026-05-08 08:00", "a", false), mail("2026-05-08 08:00", "a", false)}, dunning.Email, "Fri 2026-05-15 10:00", "at one address"},
		{"calls", dunning.Caps{Calls: dunning.Cap{N: 1, Days: 7}}, []dunning.Contact{call("2026-05-11 08:00")}, dunning.PhoneTask, "Mon 2026-05-18 10:00", "at most 1 call in 7 days"},
		{"calls leave messages alone", dunning.Caps{Calls: dunning.Cap{N: 1, Days: 7}}, []dunning.Contact{call("2026-05-11 08:00")}, dunning.Email, "", ""},
		{"the house rule", dunning.Caps{}, []dunning.Contact{mail("2026-05-13 06:00", "a", false), mail("2026-05-13 07:00", "b", false)}, dunning.Email, "Fri 2026-05-15 09:42", "at most 2 messages on one day"},
		{"the house rule speaks of the debtor", dunning.Caps{}, []dunning.Contact{mail("2026-05-13 06:00", "a", true), mail("2026-05-13 07:00", "a", false)}, dunning.Email, "", ""},
		{"a day of the debtor's", dunning.Caps{}, []dunning.Contact{mail("2026-05-12 21:30", "a", false), mail("2026-05-13 06:00", "a", false)}, dunning.Email, "", ""},
		{"a call is no message", dunning.Caps{}, []dunning.Contact{mail("2026-05-13 06:00", "a", false), mail("2026-05-13 07:00", "a", false)}, dunning.PhoneTask, "", ""},
	} {
		p := ladder(rung("first", "due+7d", tc.act))
		p.Caps = tc.caps
		c := berlin()
		c.Contacts = tc.contacts
		for _, a := range []dunning.Act{dunning.Email, dunning.SMS, dunning.PhoneTask} {
			c.Reach[a] = dunning.Reach{OK: true, Address: map[dunning.Act]string{dunning.Email: "a", dunning.SMS: "m", dunning.PhoneTask: "m"}[a]}
		}
		plan := p.Plan(c, now)
		if _, due := plan.Due("first", tc.act, now); tc.want == "" {
			require.True(t, due, "%s: %+v", tc.name, plan)
			continue
		}
		require.Equal(t, tc.want, when(t, plan, "first", tc.act, "Europe/Berlin"), tc.name)
		it, _ := find(plan, "first", tc.act)
		require.Contains(t, it.Reason, tc.why, tc.name)
	}
}

// TestTheDayRuleCountsWhatIsPlanned: the third message of a day goes out the next day.
func TestTheDayRuleCountsWhatIsPlanned(t *testing.T) {
	t.Parallel()
	p := ladder(rung("first", "due+7d", dunning.Email, dunning.SMS), with(rung("second", "due+7d", dunning.Email), func(s *dunning.Step) { s.MinGap = span("1h") }))
	plan := p.Plan(berlin(), berlin().IssuedAt)
	require.Equal(t, "Wed 2026-05-13 09:42", when(t, plan, "first", dunning.SMS, "Europe/Berlin"))
	require.Equal(t, "Fri 2026-05-15 09:42", when(t, plan, "second", dunning.Email, "Europe/Berlin"), "Ascension Day between")

	c := berlin() // a note of the due day that finds the day full is void the next day
	early := ladder(rung("due", "due+0d", dunning.Email))
	c.Contacts = contacts("2026-05-06 06:00", "2026-05-06 07:00")
	require.Contains(t, skipOf(early.Plan(c, utc("2026-05-06 07:45")), "due", dunning.Email), "it would come after its day")
}

func TestLookback(t *testing.T) {
	t.Parallel()
	p := ladder()
	require.Equal(t, 2*24*time.Hour, p.Lookback())
	p.Caps = dunning.Caps{Contacts: 3, Days: 7, Calls: dunning.Cap{N: 2, Days: 30}}
	require.Equal(t, 31*24*time.Hour, p.Lookback())
}

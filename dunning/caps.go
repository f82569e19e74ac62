package dunning

import (
	"slices"
	"strconv"
	"time"

	"dunlin/invoice"
)

// messagesPerDay is the house rule: so many reminder or formal messages at most reach a debtor on one
// calendar day of theirs, whatever the policy says.
const messagesPerDay = 2

// sameContact is how close two messages are to count as one contact of the debtor. A channel, an
// address and the day count every message.
const sameContact = time.Hour

// Lookback returns how far back Case.Contacts must reach for the policy's caps.
func (p *Policy) Lookback() time.Duration {
	days := max(p.Caps.Days, p.Caps.Channel.Days, p.Caps.Address.Days, p.Caps.Calls.Days, 1)
	return time.Duration(days+1) * 24 * time.Hour
}

// capFree returns the first moment from t on at which the act stays within every cap, and the cap that
// moved it there, in words.
func (pl *planner) capFree(t time.Time, a Act) (at time.Time, why string) {
	for {
		moved, by := pl.capMove(t, a)
		if !moved.After(t) {
			return t, why
		}
		t, why = moved, by
	}
}

// capMove asks each cap once and returns the latest moment that one of them wants.
func (pl *planner) capMove(t time.Time, a Act) (at time.Time, why string) {
	at = t
	note := func(free time.Time, what, by string, limit Cap) {
		if free.After(at) {
			at, why = free, "at most "+numbered(limit.N, what)+by+" in "+numbered(limit.Days, "day")
		}
	}
	if len(pl.contacts) == 0 {
		return at, ""
	}
	caps := &pl.p.Caps
	if all := (Cap{caps.Contacts, caps.Days}); all.N > 0 {
		note(pl.slide(t, all, pl.starts(t)), "contact", "", all)
	}
	if a != PhoneTask && caps.Channel.N > 0 {
		note(pl.slide(t, caps.Channel, pl.times(func(c *Contact) bool { return !c.Other && c.Act == a })), "message", " by "+a.words(), caps.Channel)
	}
	if address := pl.c.Reach[a].Address; address != "" && caps.Address.N > 0 {
		note(pl.slide(t, caps.Address, pl.times(func(c *Contact) bool { return c.Address == address })), "contact", " at one address", caps.Address)
	}
	if a == PhoneTask {
		if caps.Calls.N > 0 {
			note(pl.slide(t, caps.Calls, pl.times(func(c *Contact) bool { return !c.Other && c.Act == PhoneTask })), "call", "", caps.Calls)
		}
		return at, why
	}
	if free := pl.dayFree(t); free.After(at) {
		at, why = free, "at most "+strconv.Itoa(messagesPerDay)+" messages on one day"
	}
	return at, why
}

// numbered writes a number of things: "1 call", "3 calls".
func numbered(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// slide returns the first moment from t on before which fewer than n of the times lie within the window.
func (pl *planner) slide(t time.Time, limit Cap, times []time.Time) time.Time {
	length := time.Duration(limit.Days) * 24 * time.Hour
	for {
		from := t.Add(-length)
		first, n := 0, 0
		for _, c := range times {
			switch {
			case c.After(t):
			case c.After(from):
				n++
			default:
				first++
			}
		}
		if n < limit.N {
			return t
		}
		t = times[first+n-limit.N].Add(length)
	}
}

// starts returns when the debtor's contacts began: what lies within an hour of an earlier message is part
// of it. Nil when a message at t would be part of one, too.
func (pl *planner) starts(t time.Time) []time.Time {
	all := pl.scratch[:0]
	for i := range pl.contacts {
		c := &pl.contacts[i]
		if c.Other || c.At.After(t) || len(all) > 0 && c.At.Sub(all[len(all)-1]) < sameContact {
			continue
		}
		all = append(all, c.At)
	}
	pl.scratch = all
	if n := len(all); n > 0 && t.Sub(all[n-1]) < sameContact {
		return nil
	}
	return all
}

// times returns when the contacts were that match.
func (pl *planner) times(match func(c *Contact) bool) []time.Time {
	all := pl.scratch[:0]
	for i := range pl.contacts {
		if c := &pl.contacts[i]; match(c) {
			all = append(all, c.At)
		}
	}
	pl.scratch = all
	return all
}

// dayFree returns t, or the next midnight of the debtor's when the day of t has had its messages.
func (pl *planner) dayFree(t time.Time) time.Time {
	if pl.near(t) < messagesPerDay {
		return t
	}
	day := invoice.DateOf(t.In(pl.z.in()))
	from, to := day.At(0, 0, pl.z.in()), day.AddDays(1).At(0, 0, pl.z.in())
	n := 0
	for i := len(pl.contacts) - 1; i >= 0 && !pl.contacts[i].At.Before(from); i-- {
		if c := &pl.contacts[i]; !c.Other && c.Act != PhoneTask && c.At.Before(to) {
			n++
		}
	}
	if n < messagesPerDay {
		return t
	}
	return to
}

// near counts the contacts that may lie on the day of t: no day is longer than 26 hours.
func (pl *planner) near(t time.Time) int {
	n := 0
	for i := len(pl.contacts) - 1; i >= 0; i-- {
		switch away := t.Sub(pl.contacts[i].At); {
		case away > 26*time.Hour:
			return n
		case away > -26*time.Hour:
			n++
		}
	}
	return n
}

// book counts a planned contact, so that later ones stay within the caps.
func (pl *planner) book(at time.Time, a Act) {
	i := len(pl.contacts)
	for i > 0 && pl.contacts[i-1].At.After(at) {
		i--
	}
	pl.contacts = slices.Insert(pl.contacts, i, Contact{At: at, Act: a, Address: pl.c.Reach[a].Address})
}

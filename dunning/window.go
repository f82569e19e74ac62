package dunning

import (
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"dunlin/invoice"
)

// zone is where a debtor is: the clock on the wall and the days on which people work.
type zone struct {
	loc    *time.Location
	days   *calendar
	jitter time.Duration // the debtor's own place in the first part of a window
}

// maxJitter spreads the debtors over the first part of a window.
const maxJitter = 90 * time.Minute

// locations remembers zones by name: reading one costs more than a whole plan.
var locations sync.Map

// Location returns an IANA zone; nil when the name is empty or unknown.
func Location(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	if l, ok := locations.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	locations.Store(name, l)
	return l
}

// zoneOf returns where the case's debtor is; its loc is nil when nobody knows.
func zoneOf(c *Case) zone {
	h := fnv.New64a()
	_, _ = h.Write([]byte(c.DebtorID)) // a hash takes everything
	return zone{
		loc:    Location(c.Zone),
		days:   &calendar{country: c.Country, region: c.Region},
		jitter: time.Duration(h.Sum64()%uint64(maxJitter/time.Second)) * time.Second,
	}
}

// hours are opening hours: a class's contact window, or the office's for acts that contact nobody.
type hours struct {
	from, to int // minutes after midnight
	business bool
	spread   bool // debtors are spread by their jitter
}

// hoursOf returns when an act of a class may happen; false when it may happen at any time.
func (p *Policy) hoursOf(class Class, act Act) (hours, bool) {
	switch {
	case act.Contacts():
		w := p.Windows.Of(class)
		return hours{w.From, w.To, w.Business, class != Service}, true
	case act == Decide || act == Place:
		return hours{p.Windows.Formal.From, 24 * 60, true, true}, true
	}
	return hours{}, false
}

// day returns when the hours open and close on a day; false when they stay closed.
func (z zone) day(d invoice.Date, h hours) (from, to time.Time, ok bool, err error) {
	if h.business {
		why, err := z.days.closed(d)
		if err != nil || why != "" {
			return from, to, false, err
		}
	}
	return d.At(0, h.from, z.loc), d.At(0, h.to, z.loc), true, nil
}

// open says whether t lies within the hours.
func (z zone) open(t time.Time, h hours) (bool, error) {
	from, to, ok, err := z.day(invoice.DateOf(t.In(z.loc)), h)
	return ok && !t.Before(from) && t.Before(to), err
}

// next returns the first moment from t on that lies within the hours. At an opening the debtor's jitter
// is added, so that not everybody is written to in the same second.
func (z zone) next(t time.Time, h hours) (time.Time, error) {
	for d := invoice.DateOf(t.In(z.loc)); ; d = d.AddDays(1) {
		from, to, ok, err := z.day(d, h)
		if err != nil {
			return time.Time{}, err
		}
		switch {
		case !ok || !t.Before(to):
			continue
		case t.After(from):
			return t, nil
		case !h.spread:
			return from, nil
		}
		return from.Add(min(z.jitter, to.Sub(from)-time.Minute)), nil
	}
}

// words returns the zone as people say it: "Berlin time".
func (z zone) words() string {
	if z.loc == nil {
		return "UTC"
	}
	name := z.loc.String()
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ") + " time"
}

// in returns the debtor's zone, or UTC when nobody knows it: for texts and for dates that are no contact.
func (z zone) in() *time.Location {
	if z.loc == nil {
		return time.UTC
	}
	return z.loc
}

// WindowEnd returns when the contact window of a step closes on the debtor's day, and an order's expiry
// when that comes first: a message still queued then must not leave. It returns now when the window is
// closed or nobody knows the zone.
func (p *Policy) WindowEnd(c Case, step string, now time.Time) time.Time {
	s, ok := p.Step(step)
	z := zoneOf(&c)
	if !ok || z.loc == nil {
		return now
	}
	h, _ := p.hoursOf(s.Class, SMS)
	if open, err := z.open(now, h); err != nil || !open {
		return now
	}
	_, end, _, err := z.day(invoice.DateOf(now.In(z.loc)), h)
	if err != nil {
		return now
	}
	if !c.ExpiresAt.IsZero() && c.ExpiresAt.After(now) && c.ExpiresAt.Before(end) {
		end = c.ExpiresAt
	}
	return end.UTC()
}

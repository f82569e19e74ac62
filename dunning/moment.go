package dunning

import (
	"errors"
	"time"

	"dunlin/invoice"
)

// moment is when a step comes by the calendar and the stops alone.
type moment struct {
	policy   time.Time // by anchor and offset, before anything moved it
	nominal  time.Time // the same, counted from where the step before is now
	at       time.Time // within the window of its class, moved by the stops
	since    time.Time // where the step before came or comes, when the step is counted from it
	words    string    // what it is counted from, when that is no offset of the policy
	note     string    // why it moved
	dropped  string    // why a stop ended it for good
	dropKind StopKind
	floor    time.Time // not before this …
	floorWhy string    // … because of this
	young    time.Time // not before this, because the claim is too young; the late rule does not wait for it
	gate     string    // why no moment can be told
	why      string
}

// notBefore raises the moment's floor.
func (m *moment) notBefore(t time.Time, why string) {
	if t.After(m.floor) {
		m.floor, m.floorWhy = t, why
	}
}

// due is when the step should come: what is later than that is late.
func (m *moment) due() time.Time { return later(m.at, m.floor) }

// fix works out when each step comes by the calendar and the stops.
func (pl *planner) fix() {
	pl.moments = make([]moment, len(pl.p.Steps))
	for i := range pl.p.Steps {
		pl.fixOne(i)
	}
	for i := range pl.blocks {
		pl.shift(&pl.blocks[i])
	}
	pl.floors()
}

func (pl *planner) fixOne(i int) {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	switch {
	case s.Has(Expire):
		m.nominal, _ = pl.anchor(s.At)
		m.policy, m.at = m.nominal, m.nominal
		return
	case pl.z.loc == nil:
		m.gate, m.why = "zone_missing", "nobody knows the debtor's time zone"
		return
	case s.At.Anchor == AtPrevious && i > 0:
		pl.follow(i)
		if before := pl.moments[i-1].policy; m.gate == "" {
			m.policy, _ = pl.offset(s.At, before, invoice.DateOf(before.In(pl.z.loc)))
		}
		return
	}
	var err error
	if m.nominal, err = pl.anchor(s.At); err == nil {
		m.at, err = pl.within(s, m.nominal)
		m.policy = m.nominal
	}
	if err != nil {
		pl.noCalendar(m, err)
	}
}

// noCalendar notes that no moment can be told, because business days cannot be.
func (pl *planner) noCalendar(m *moment, err error) {
	m.gate, m.why = "calendar_missing", calendarWords(err)
}

func calendarWords(err error) string {
	if e, ok := errors.AsType[*invoice.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// anchor returns the moment that an offset names, before windows. Days start at midnight of the
// debtor's zone; an issue on the very day is the moment at which collection began.
func (pl *planner) anchor(o Offset) (time.Time, error) {
	var base time.Time
	var day invoice.Date
	switch o.Anchor {
	case AtDue:
		day = pl.c.DueOn
	case AtExpiry:
		base = pl.c.ExpiresAt
		day = invoice.DateOf(base.In(pl.z.in()))
	default:
		base, day = pl.c.IssuedAt, pl.c.IssuedOn
	}
	return pl.offset(o, base, day)
}

func (pl *planner) offset(o Offset, base time.Time, day invoice.Date) (time.Time, error) {
	switch o.Unit {
	case Minutes:
		return base.Add(time.Duration(o.N) * time.Minute), nil
	case Hours:
		return base.Add(time.Duration(o.N) * time.Hour), nil
	case Percent:
		return base.Add(pl.c.ExpiresAt.Sub(base) / 100 * time.Duration(o.N)), nil
	case BusinessDays:
		d, err := pl.businessDay(day, o.N)
		return d.At(0, 0, pl.z.in()), err
	}
	at := day.AddDays(o.N).At(0, 0, pl.z.in())
	if o.N == 0 && (o.Anchor == AtIssue || o.Anchor == AtPrevious) && invoice.DateOf(base.In(pl.z.in())) == day {
		return base, nil
	}
	return at, nil
}

func (pl *planner) businessDay(d invoice.Date, n int) (invoice.Date, error) {
	for ; n < 0; n++ {
		var err error
		if d, err = pl.z.days.before(d); err != nil {
			return d, err
		}
	}
	return pl.z.days.add(d, n)
}

// within moves t to the next moment at which the step may happen.
func (pl *planner) within(s *Step, t time.Time) (time.Time, error) {
	h, bound := pl.p.hoursOf(s.Class, s.Acts[0])
	if !bound {
		return t, nil
	}
	return pl.z.next(t, h)
}

// grown returns when the claim has its least age; zero when the policy asks for none.
func (pl *planner) grown() (time.Time, error) {
	if pl.p.Minimum.Age.IsZero() || pl.z.loc == nil {
		return time.Time{}, nil
	}
	return pl.p.Minimum.Age.atLeast(pl.c.IssuedAt, pl.z)
}

// floors keeps steps from coming before what stands on file allows: the claim's least age, the new due
// date that an earlier step gave, and the word of whoever looks at the message first.
func (pl *planner) floors() {
	var newDue time.Time
	var gave string
	old, noAge := pl.grown()
	for i := range pl.p.Steps {
		s, m := &pl.p.Steps[i], &pl.moments[i]
		if s.At.Anchor == AtPrevious && i > 0 && m.gate == "" && m.dropped == "" {
			pl.follow(i) // the step before has its floor now
		}
		if m.gate != "" || s.Has(Expire) {
			continue
		}
		if !newDue.IsZero() {
			m.notBefore(newDue, gave)
		}
		if s.Class != Service && s.contacts() {
			if noAge != nil {
				pl.noCalendar(m, noAge)
				continue
			}
			m.young = old
		}
		if l := pl.looked(s.ID); l != nil && l.Said == LookSend {
			m.notBefore(l.At, "somebody looked at it on "+pl.clock(l.At))
		}
		if s.NewDue.IsZero() {
			continue
		}
		if sent := pl.sentAt(s); !sent.IsZero() {
			t, err := pl.afterNewDue(s, sent)
			if err != nil {
				pl.gateAfter(i, err)
				return
			}
			newDue, gave = later(newDue, t), pl.newDueWords(t)
		}
	}
}

// gateAfter holds the steps behind one whose new due date no calendar can tell.
func (pl *planner) gateAfter(i int, err error) {
	for j := i + 1; j < len(pl.moments); j++ {
		if pl.moments[j].gate == "" && !pl.p.Steps[j].Has(Expire) {
			pl.noCalendar(&pl.moments[j], err)
		}
	}
}

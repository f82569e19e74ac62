package dunning

import (
	"errors"
	"time"

	"dunlin/invoice"
)

// fix works out when each step comes by the calendar and the stops.
func (pl *planner) fix() {
	pl.moments = make([]moment, len(pl.p.Steps))
	for i := range pl.p.Steps {
		s, m := &pl.p.Steps[i], &pl.moments[i]
		switch {
		case s.Has(Expire):
			m.nominal, _ = pl.anchor(s.At)
			m.at = m.nominal
			continue
		case pl.z.loc == nil:
			m.gate, m.why = "zone_missing", "nobody knows the debtor's time zone"
			continue
		}
		var err error
		if m.nominal, err = pl.anchor(s.At); err == nil {
			m.at, err = pl.within(s, m.nominal)
		}
		if err != nil {
			pl.noCalendar(m, err)
			continue
		}
	}
	pl.join()
	for i := range pl.blocks {
		pl.shift(&pl.blocks[i])
	}
}

// noCalendar notes that no moment can be told, because business days cannot be.
func (pl *planner) noCalendar(m *moment, err error) {
	m.gate, m.why = "calendar_missing", err.Error()
	if e, ok := errors.AsType[*invoice.Error](err); ok {
		m.why = e.Message
	}
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
	if o.N == 0 && o.Anchor == AtIssue && invoice.DateOf(base.In(pl.z.in())) == day {
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

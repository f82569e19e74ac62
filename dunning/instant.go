package dunning

import (
	"time"

	"dunlin/invoice"
)

// instant is when an act comes, and what moved it there.
type instant struct {
	at      time.Time
	without time.Time // when it would come if no minimum gap held it
	notes   []string
}

// sameContact is how close two messages are to count as one contact.
const sameContact = time.Hour

// instant works out when an untaken act comes: its step's moment, not before the gap and the other
// floors, within its hours and below the cap. An instant that has passed stays as it is while the hours
// are open, so that the act is due; otherwise the act waits for the next opening.
func (pl *planner) instant(i int, a Act) (instant, error) {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	h, _ := pl.p.hoursOf(s.Class, a)
	x := instant{at: later(m.at, m.floor)}
	if m.floor.After(m.at) {
		x.notes = append(x.notes, "not before a stop was over")
	}
	if pl.lastPlanned.After(x.at) {
		x.at = pl.lastPlanned
	}
	if d, ok := pl.deferred(s.ID, a); ok && d.NotBefore.After(x.at) {
		x.at = d.NotBefore
		x.notes = append(x.notes, "deferred: "+clean(d.Reason))
	}
	if s.Has(Place) {
		if sent := pl.sentNotice(); !sent.IsZero() {
			on, err := pl.placeOn(sent)
			if err != nil {
				return x, err
			}
			if named := on.At(0, 0, pl.z.loc); named.After(x.at) {
				x.at = named
				x.notes = append(x.notes, "not before the day named in the final notice")
			}
		}
	}
	x.without = later(x.at, pl.now)
	if last := pl.lastContactBut(s); !last.IsZero() && !s.MinGap.IsZero() {
		gap, err := s.MinGap.atLeast(last, pl.z)
		if err != nil {
			return x, err
		}
		if gap.After(x.at) {
			x.at = gap
			x.notes = append(x.notes, s.MinGap.Words()+" after the last contact")
		}
	}
	capped := a.Contacts() && s.Class != Service
	at, err := pl.settle(x.at, h, capped)
	if err != nil {
		return x, err
	}
	if capped && at.After(pl.now) && pl.capFree(later(x.at, pl.now)).After(later(x.at, pl.now)) {
		x.notes = append(x.notes, pl.capWords())
	}
	x.at = at
	return x, nil
}

// settle moves t into the hours, out of every stop and below the cap. A moment that has passed stays as
// it is while now is such a moment, too, so that the act is due; otherwise the next one counts.
func (pl *planner) settle(t time.Time, h hours, capped bool) (time.Time, error) {
	at, err := pl.free(t, h, false)
	if err != nil {
		return at, err
	}
	if at.After(pl.now) {
		return pl.free(t, h, capped)
	}
	from := pl.now
	if opening, _, ok, err := pl.z.day(invoice.DateOf(from.In(pl.z.loc)), h); err == nil && ok && at.Before(opening) {
		if own, err := pl.z.next(opening, h); err == nil && from.After(opening) && from.Before(own) {
			from = opening // late since before today: the debtor's place in the window counts again
		}
	}
	again, err := pl.free(from, h, capped)
	if err == nil && !again.After(pl.now) {
		again, err = pl.free(pl.now, h, capped) // what was free this morning need not be free now
	}
	if err != nil || again.After(pl.now) {
		return again, err
	}
	return at, nil
}

// free returns the first moment from t on within the hours, outside every stop and below the cap.
func (pl *planner) free(t time.Time, h hours, capped bool) (time.Time, error) {
	for {
		at, err := pl.z.next(pl.clear(t), h)
		if err != nil {
			return at, err
		}
		if capped {
			at = pl.capFree(at)
		}
		if at.Equal(t) {
			return at, nil
		}
		if open, err := pl.z.open(at, h); err != nil {
			return at, err
		} else if open && at.Equal(pl.clear(at)) {
			return at, nil
		}
		t = at
	}
}

// clear moves t behind the stops that are in force at t.
func (pl *planner) clear(t time.Time) time.Time {
	for i := range pl.blocks {
		if b := &pl.blocks[i]; !t.Before(b.from) && t.Before(b.end) {
			t = b.end
		}
	}
	return t
}

// capFree returns the first moment from t on at which one more contact stays within the cap. What lies
// within an hour of an earlier contact is part of it.
func (pl *planner) capFree(t time.Time) time.Time {
	limit := pl.p.Caps
	if limit.Contacts == 0 {
		return t
	}
	length := time.Duration(limit.Days) * 24 * time.Hour
	for {
		var first, start time.Time // the oldest contact that counts, and the start of the present one
		n := 0
		part := false
		var window [64]time.Time
		for i := range pl.contacts {
			c := pl.contacts[i].At
			if pl.contacts[i].Other {
				continue
			}
			if !start.IsZero() && c.Sub(start) < sameContact {
				continue
			}
			start = c
			if c.After(t.Add(-length)) && !c.After(t) {
				window[n%len(window)] = c
				n++
				part = t.Sub(c) < sameContact
			}
		}
		if n < limit.Contacts || part {
			return t
		}
		first = window[(n-limit.Contacts)%len(window)]
		t = first.Add(length)
	}
}

// lastContactBut returns when the debtor was last contacted about this case by another step, taken or
// planned before.
func (pl *planner) lastContactBut(s *Step) time.Time {
	last := pl.lastContact
	for i := range pl.c.Taken {
		if t := &pl.c.Taken[i]; t.Step != s.ID && t.Act.Contacts() && t.Outcome.delivered() && t.At.After(last) {
			last = t.At
		}
	}
	return last
}

// noRoom says why an act can only be skipped: a note of before the due date that the gap pushes off its
// day, or an order's reminder that finds no open window before the order expires.
func (pl *planner) noRoom(i int, a Act, x instant) string {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	if !a.Contacts() {
		return ""
	}
	if !pl.expiry.IsZero() && !later(x.at, pl.now).Before(pl.expiry) {
		if i == 0 {
			return "no contact window opens before the order expires"
		}
		return "no contact window opens for it before the order expires: it goes with the receipt"
	}
	if !pl.preDue(m) {
		return ""
	}
	h, _ := pl.p.hoursOf(s.Class, a)
	free, err := pl.z.next(x.without, h)
	if err == nil && invoice.DateOf(free.In(pl.z.loc)).Before(invoice.DateOf(later(x.at, pl.now).In(pl.z.loc))) && pl.gapHeld(s, free) {
		return "it would come less than " + s.MinGap.Words() + " after the last message"
	}
	return ""
}

// gapHeld says whether the minimum gap forbids the step at t.
func (pl *planner) gapHeld(s *Step, t time.Time) bool {
	last := pl.lastContactBut(s)
	if last.IsZero() {
		return false
	}
	gap, err := s.MinGap.atLeast(last, pl.z)
	return err == nil && gap.After(t)
}

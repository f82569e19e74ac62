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

// instant works out when an untaken act comes: its step's moment, not before the gap and the other
// floors, within its hours and below the caps. An instant that has passed stays as it is while the hours
// are open, so that the act is due; otherwise the act waits for the next opening.
func (pl *planner) instant(s *Step, m *moment, a Act) (instant, error) {
	h, _ := pl.p.hoursOf(s.Class, a)
	x := instant{at: m.due()}
	if m.floor.After(m.at) {
		x.notes = append(x.notes, m.floorWhy)
	}
	if m.young.After(x.at) {
		x.at = m.young
		x.notes = append(x.notes, "not before the claim is "+pl.p.Minimum.Age.Words()+" old")
	}
	if pl.lastPlanned.After(x.at) {
		x.at = pl.lastPlanned
	}
	if d, ok := pl.deferred(s.ID, a); ok && d.NotBefore.After(x.at) {
		x.at = d.NotBefore
		x.notes = append(x.notes, "deferred: "+clean(d.Reason))
	}
	if err := pl.afterNotice(s, &x); err != nil {
		return x, err
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
	capped := act{a, a.Contacts() && s.Class != Service}
	at, err := pl.settle(x.at, h, capped)
	if err != nil {
		return x, err
	}
	if capped.capped && at.After(pl.now) {
		if _, why := pl.capFree(later(x.at, pl.now), a); why != "" {
			x.notes = append(x.notes, why)
		}
	}
	x.at = at
	return x, nil
}

// afterNotice keeps an act behind what was written to the debtor: the new due date that a step before
// gave, and for a placement the day that the final notice named.
func (pl *planner) afterNotice(s *Step, x *instant) error {
	if pl.newDue.After(x.at) {
		x.at = pl.newDue
		x.notes = append(x.notes, pl.newDueWords(pl.newDue))
	}
	if !s.Has(Place) {
		return nil
	}
	sent := pl.sentNotice()
	if sent.IsZero() {
		return nil
	}
	on, err := pl.placeOn(sent)
	if err != nil {
		return err
	}
	if named := on.At(0, 0, pl.z.loc); named.After(x.at) {
		x.at = named
		x.notes = append(x.notes, "not before the day named in the final notice")
	}
	return nil
}

// act is an act for which a free moment is looked for, and whether the caps count it.
type act struct {
	act    Act
	capped bool
}

// settle moves t into the hours, out of every stop and below the caps. A moment that has passed stays as
// it is while now is such a moment, too, so that the act is due; otherwise the next one counts.
func (pl *planner) settle(t time.Time, h hours, a act) (time.Time, error) {
	at, err := pl.free(t, h, act{})
	if err != nil {
		return at, err
	}
	if at.After(pl.now) {
		return pl.free(t, h, a)
	}
	from := pl.now
	if opening, _, ok, err := pl.z.day(invoice.DateOf(from.In(pl.z.loc)), h); err == nil && ok && at.Before(opening) {
		if own, err := pl.z.next(opening, h); err == nil && from.After(opening) && from.Before(own) {
			from = opening // late since before today: the debtor's place in the window counts again
		}
	}
	again, err := pl.free(from, h, a)
	if err == nil && !again.After(pl.now) {
		again, err = pl.free(pl.now, h, a) // what was free this morning need not be free now
	}
	if err != nil || again.After(pl.now) {
		return again, err
	}
	return at, nil
}

// free returns the first moment from t on within the hours, outside every stop and below the caps.
func (pl *planner) free(t time.Time, h hours, a act) (time.Time, error) {
	for {
		at, err := pl.z.next(pl.clear(t), h)
		if err != nil {
			return at, err
		}
		if a.capped {
			at, _ = pl.capFree(at, a.act)
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

// lastContactBut returns when the debtor was last contacted about this case by another step, taken or
// planned before.
func (pl *planner) lastContactBut(s *Step) time.Time {
	last := pl.lastContact
	for i := range pl.c.Taken {
		called := pl.c.Taken[i].Act == PhoneTask && pl.c.Taken[i].Outcome == Person // on the call list since then
		if t := &pl.c.Taken[i]; t.Step != s.ID && t.Act.Contacts() && (called || t.Outcome.delivered()) && t.At.After(last) {
			last = t.At
		}
	}
	return last
}

// noRoom says why an act can only be skipped: a note of before the due date that the gap, the caps or the
// claim's least age push off its day, or an order's reminder that finds no open window before the order expires.
func (pl *planner) noRoom(s *Step, m *moment, first bool, a Act, x instant) string {
	if !a.Contacts() {
		return ""
	}
	if !pl.expiry.IsZero() && !later(x.at, pl.now).Before(pl.expiry) {
		if first {
			return "no contact window opens before the order expires"
		}
		return "no contact window opens for it before the order expires: it goes with the receipt"
	}
	if m.words != "" || !pl.preDue(m) {
		return ""
	}
	day := invoice.DateOf(later(x.at, pl.now).In(pl.z.loc))
	if m.young.After(m.at) && invoice.DateOf(m.at.In(pl.z.loc)).Before(day) {
		return "on its day the claim is less than " + pl.p.Minimum.Age.Words() + " old"
	}
	h, _ := pl.p.hoursOf(s.Class, a)
	free, err := pl.z.next(x.without, h)
	switch {
	case err != nil || !invoice.DateOf(free.In(pl.z.loc)).Before(day):
	case pl.gapHeld(s, free):
		return "it would come less than " + s.MinGap.Words() + " after the last message"
	case pl.c.DueOn.Before(day) && s.Class != Service:
		if uncapped, err := pl.free(x.without, h, act{}); err == nil && invoice.DateOf(uncapped.In(pl.z.loc)).Before(day) {
			return "it would come after its day, because the debtor has been written to so often"
		}
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

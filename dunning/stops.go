package dunning

import (
	"time"

	"dunlin/invoice"
)

// end returns when the stop ended or will end; zero when nobody knows yet.
func (s *Stop) end() time.Time {
	switch {
	case s.Ended.IsZero():
		return s.Until
	case s.Until.IsZero() || s.Ended.Before(s.Until):
		return s.Ended
	}
	return s.Until
}

// inForce says whether nothing may be sent at t because of the stop.
func (s *Stop) inForce(t time.Time) bool {
	if t.Before(s.From) {
		return false
	}
	return s.Kind == StopHard || s.end().IsZero() || t.Before(s.end())
}

func (pl *planner) hardStop() *Held {
	for i := range pl.c.Stops {
		if s := &pl.c.Stops[i]; s.Kind == StopHard && s.inForce(pl.now) {
			return &Held{Gate: string(StopHard), Reason: pl.stopWords(s)}
		}
	}
	return nil
}

// openStop returns the first stop in force whose end nobody knows. A payment plan stops the ladder and
// not its own messages; a dispute about all that is open stops both.
func (pl *planner) openStop(ladder bool) *Held {
	for i := range pl.c.Stops {
		if s := &pl.c.Stops[i]; s.inForce(pl.now) && s.end().IsZero() && (ladder || s.Kind != StopPlan) {
			return &Held{Gate: string(s.Kind), Reason: pl.stopWords(s)}
		}
	}
	switch {
	case pl.disputedWhole():
		return &Held{Gate: string(StopDispute), Reason: "all that is open is in dispute — ends when resolved"}
	case ladder && pl.c.PayPlan != nil:
		return &Held{Gate: string(StopPlan), Reason: "a payment plan is in force since " + pl.day(pl.c.PayPlan.From)}
	}
	return nil
}

// block is a time without a gap in which some stop was in force.
type block struct {
	from, end time.Time
	stops     []*Stop
}

// join makes blocks of the stops whose end is known. A stop of no length covers nothing.
func (pl *planner) join() {
	grown, _ := pl.grown() // what is wrong with the calendar, the steps say themselves
	for i := range pl.c.Stops {
		s := &pl.c.Stops[i]
		end := s.end()
		if s.Kind == StopAdopted && s.From.Before(pl.c.IssuedAt) {
			end = later(end, grown) // enrolled: its ladder counts on from when it may first be spoken of
		}
		if s.Kind == StopHard || end.IsZero() || !s.From.Before(end) {
			continue
		}
		if n := len(pl.blocks); n > 0 && !s.From.After(pl.blocks[n-1].end) {
			b := &pl.blocks[n-1]
			b.end, b.stops = later(b.end, end), append(b.stops, s)
			continue
		}
		pl.blocks = append(pl.blocks, block{s.From, end, []*Stop{s}})
	}
}

// resume returns when a step may come after the block: at the end of each stop plus the step's gap; a
// promise has had its grace and needs none, and a change of policy is no pause.
func (b *block) resume(gap Span, z zone) (time.Time, *Stop, error) {
	var at time.Time
	var by *Stop
	for _, s := range b.stops {
		t := s.end()
		if s.Kind != StopPromise && s.Kind != StopAdopted {
			var err error
			if t, err = gap.atLeast(t, z); err != nil {
				return t, s, err
			}
		}
		if by == nil || !t.Before(at) {
			at, by = t, s
		}
	}
	return later(at, b.end), by, nil
}

// covers says whether a step at t was held by the block. When the case took another policy at its end,
// every step still to come counts from there, and was due neither before nor during it.
func (b *block) covers(t time.Time) bool {
	for _, s := range b.stops {
		if s.Kind == StopAdopted {
			return true
		}
	}
	return !t.Before(b.from)
}

// shift moves the steps that a block covered, and what must keep its distance to them. A block that
// covered no step moves none.
func (pl *planner) shift(b *block) {
	pl.shiftExpiry(b)
	prev := -1   // the last step that this block moved, when the next must keep its distance
	waited := -1 // the last step that could not come before this block was over
	for i := range pl.p.Steps {
		s, m := &pl.p.Steps[i], &pl.moments[i]
		if m.gate != "" || m.dropped != "" || s.Has(Expire) {
			continue
		}
		if s.At.Anchor == AtPrevious && i > 0 {
			if prev = pl.followIn(i, waited == i-1, b); prev == i {
				waited = i
			}
			if prev == i || m.gate != "" {
				continue
			}
		}
		pending := m.at.Before(b.end) && !pl.takenBefore(s, b.end)
		covered := pending && b.covers(m.at)
		if covered && pl.preDue(m) {
			pl.shiftPreDue(i, b)
			waited = i
			continue
		}
		if pending && !covered && pl.floorBehind(s, m, b) {
			waited = i
		}
		if prev < 0 && !covered {
			continue
		}
		if prev = pl.shiftOne(i, prev, covered, b); prev == i {
			waited = i
		}
	}
}

// shiftExpiry lets an order's expiry wait for the end of what was in force at its time.
func (pl *planner) shiftExpiry(b *block) {
	if !pl.expiry.IsZero() && !pl.expiry.Before(b.from) && pl.expiry.Before(b.end) {
		pl.expiry = b.end
	}
}

// floorBehind keeps a step that was due and untaken when the block began from coming before its end, and
// says whether it is such a step. What was too late by then stays so.
func (pl *planner) floorBehind(s *Step, m *moment, b *block) bool {
	if pl.preDue(m) || pl.takenBefore(s, b.from) || pl.lateBefore(s, m, b.from) {
		return false
	}
	floor, _, err := b.resume(s.MinGap, pl.z)
	if err == nil {
		m.notBefore(floor, "not before a stop was over")
	}
	return err == nil
}

// followIn lets a step follow the one before, to which alone it keeps its distance. It returns its index
// when the block took it behind its end, by itself or because the one before waited for that; otherwise -1.
func (pl *planner) followIn(i int, waited bool, b *block) int {
	if moved := pl.follow(i); (moved || waited) && !pl.moments[i].at.Before(b.end) {
		return i
	}
	return -1
}

// shiftOne moves one step and returns its index when the next must keep its distance to it.
func (pl *planner) shiftOne(i, prev int, covered bool, b *block) int {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	target, note := m.at, m.note
	if covered {
		at, by, err := b.resume(s.MinGap, pl.z)
		if err != nil {
			pl.noCalendar(m, err)
			return -1
		}
		if prev >= 0 { // the first covered step keeps the gap, the others keep their distance to it
			at = b.end
		}
		if at.After(target) {
			target, note = at, pl.movedBehind(by)
		}
	}
	if prev >= 0 {
		if kept := pl.distance(prev, i); kept.After(target) {
			target, note = kept, "keeps its distance to the "+pl.p.Steps[prev].Title
		}
	}
	if !target.After(m.at) {
		return -1
	}
	at, err := pl.within(s, target)
	if err != nil {
		pl.noCalendar(m, err)
		return -1
	}
	m.at, m.note = at, note
	return i
}

// distance returns where the policy puts step i when step prev is where it is now.
func (pl *planner) distance(prev, i int) time.Time {
	a, b := &pl.moments[prev], &pl.moments[i]
	if pl.c.Kind == invoice.KindOrder {
		return a.at.Add(b.policy.Sub(a.policy))
	}
	loc := pl.z.loc
	n := invoice.DateOf(a.policy.In(loc)).DaysUntil(invoice.DateOf(b.policy.In(loc)))
	return invoice.DateOf(a.at.In(loc)).AddDays(n).At(0, 0, loc)
}

// shiftPreDue ends a covered step of before the due date, unless the stop ended on the same day.
func (pl *planner) shiftPreDue(i int, b *block) {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	day := invoice.DateOf(m.at.In(pl.z.loc))
	at, err := pl.within(s, b.end)
	if err == nil && invoice.DateOf(at.In(pl.z.loc)) == day {
		m.at, m.note = at, "moved behind the "+b.stops[len(b.stops)-1].Kind.words()
		return
	}
	m.dropKind = b.stops[0].Kind
	m.dropped = "its day, " + day.String() + ", passed " + b.stops[0].Kind.during()
	m.at = b.end
}

// preDue says whether a step speaks of a due date that is still to come, so that it is void later.
func (pl *planner) preDue(m *moment) bool {
	return pl.c.Kind == invoice.KindInvoice && !pl.c.DueOn.Before(invoice.DateOf(m.nominal.In(pl.z.loc)))
}

// takenBefore says whether an act of the step was done before t.
func (pl *planner) takenBefore(s *Step, t time.Time) bool {
	for i := range pl.c.Taken {
		if k := &pl.c.Taken[i]; k.Step == s.ID && k.Outcome != Skipped && k.At.Before(t) {
			return true
		}
	}
	return false
}

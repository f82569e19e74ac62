package dunning

import (
	"slices"
	"time"
)

// ladder plans the steps that have not been taken, in the policy's order. A step that is held holds
// every later one, except an order's expiry.
func (pl *planner) ladder() {
	if stop := pl.openStop(true); stop != nil && !pl.assume {
		pl.holdAll(*stop)
		return
	}
	pl.fix()
	pl.judgeLate()
	for i := range pl.p.Steps {
		pl.step(i)
	}
}

// step plans one step: skipped, held, or its acts with their instants.
func (pl *planner) step(i int) {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	untaken := pl.untaken(s)
	defer pl.holdBehindFlight(s)
	if s.Has(Expire) {
		pl.expire(s, i, untaken)
		return
	}
	if s.At.Anchor == AtPrevious && i > 0 && m.gate == "" && m.dropped == "" {
		pl.follow(i) // the caps may have moved the step before; the next counts from one that was skipped, too
	}
	switch {
	case m.dropped != "":
		pl.drop(s, m, untaken)
		return
	case pl.fates[i].skip != "":
		pl.skipAll(s, untaken, pl.fates[i].skip)
		return
	}
	if pl.gate == nil {
		pl.gate = pl.closedGate(i, untaken)
	}
	if pl.gate != nil {
		pl.holdActs(s, untaken)
		pl.heldLate(i, time.Time{})
		return
	}
	if gate, why := pl.unfit(s); why != "" {
		pl.leaveOut(i, untaken, gate, why)
		return
	}
	w := pl.ways(s, untaken)
	if w.held != nil {
		pl.gate = w.held
		pl.holdActs(s, untaken)
		pl.heldLate(i, time.Time{})
		return
	}
	if s.Look && !pl.assume && pl.look(i, w, untaken) {
		return
	}
	pl.take(s, m, i, w)
	if s.Has(Decide) && len(untaken) > 0 && !pl.assume {
		pl.gate = &Held{Step: s.ID, Gate: "decision", Reason: "waits for the decision"}
	}
}

func (pl *planner) skipAll(s *Step, acts []Act, why string) {
	for _, a := range acts {
		pl.skip(s.ID, a, why)
	}
}

// holdActs holds the acts behind the gate that is closed.
func (pl *planner) holdActs(s *Step, acts []Act) {
	reason := pl.gate.Reason
	if pl.gate.Step != s.ID && pl.gate.Gate != "decision" {
		reason = "waits for " + pl.title(pl.gate.Step) + ": " + reason
	}
	for _, a := range acts {
		pl.hold(Held{Step: s.ID, Act: a, Gate: pl.gate.Gate, Reason: reason})
	}
}

// holdBehindFlight lets later steps wait until a message of this one has an end.
func (pl *planner) holdBehindFlight(s *Step) {
	if pl.gate != nil {
		return
	}
	for i := range pl.c.InFlight {
		if f := &pl.c.InFlight[i]; f.Step == s.ID {
			pl.gate = &Held{Step: s.ID, Gate: "in_flight", Reason: flightWords(f)}
			return
		}
	}
}

// drop ends a step that a stop has made void, as soon as the stop is over.
func (pl *planner) drop(s *Step, m *moment, untaken []Act) {
	for _, a := range untaken {
		if m.at.After(pl.now) {
			pl.hold(Held{Step: s.ID, Act: a, Gate: string(m.dropKind), Reason: "will be skipped: " + m.dropped})
		} else {
			pl.skip(s.ID, a, m.dropped)
		}
	}
}

// take plans the acts of a step that nothing holds.
func (pl *planner) take(s *Step, m *moment, rank int, w ways) {
	var last time.Time
	var void string
	for _, a := range w.acts {
		at, why := pl.takeOne(s, m, rank, a)
		last, void = later(last, at), why
	}
	pl.out.Skips = append(pl.out.Skips, w.skips...)
	for _, h := range w.waits {
		if void != "" { // what cannot come by the first channel cannot by the next
			pl.skip(s.ID, h.Act, void)
		} else {
			pl.hold(h)
		}
	}
	if last.IsZero() {
		return
	}
	pl.lastPlanned = last
	if rank < len(pl.planned) {
		pl.planned[rank] = last
	}
	if !s.contacts() {
		return
	}
	pl.lastContact = last
	if rank < len(pl.p.Steps) && rank == pl.p.noticeOf(pl.c) {
		pl.noticeSent = last
	}
	if !s.NewDue.IsZero() {
		t, err := pl.afterNewDue(s, last)
		if err != nil {
			pl.gate = &Held{Step: s.ID, Gate: "calendar_missing", Reason: calendarWords(err)}
			return
		}
		pl.newDue = later(pl.newDue, t)
	}
}

// takeOne plans one act and returns when it comes, zero when it is skipped or held, and why the step can
// only be skipped.
func (pl *planner) takeOne(s *Step, m *moment, rank int, a way) (at time.Time, void string) {
	if d, ok := pl.deferred(s.ID, a.act); ok && d.NotBefore.IsZero() {
		pl.gate = &Held{Step: s.ID, Gate: "deferred", Reason: clean(d.Reason)}
		pl.holdActs(s, []Act{a.act})
		pl.heldLate(rank, time.Time{})
		return at, ""
	}
	x, err := pl.instant(s, m, a.act)
	if err != nil {
		pl.noCalendar(m, err)
		pl.gate = &Held{Step: s.ID, Gate: m.gate, Reason: m.why}
		pl.holdActs(s, []Act{a.act})
		return at, ""
	}
	own := []Act{a.act} // what ends when the act does not come
	if untaken := pl.untaken(s); a.instead != "" && len(untaken) > 0 {
		own = untaken
	}
	if why := pl.noRoom(s, m, rank == 0, a.act, x); why != "" {
		pl.skipAll(s, own, why)
		return at, why
	}
	why, due := a.unreachable, m.at // another channel says it: this act ends on the step's day
	if why == "" {
		why = pl.putOff(s, m, rank, x)
		void, due = why, m.due()
	}
	switch {
	case why != "" && due.After(pl.now):
		for _, act := range own {
			pl.hold(Held{Step: s.ID, Act: act, Gate: gateOfSkip(a), Reason: "will be skipped: " + why})
		}
		pl.skippedAt(s, due)
		return at, ""
	case why != "":
		pl.skipAll(s, own, why)
		return at, void
	}
	pl.item(Item{Step: s.ID, Act: a.act, At: x.at.UTC(), Reason: pl.reason(s, m, a, x)}, rank)
	at = later(x.at, pl.now)
	if a.act.Contacts() && s.Class != Service {
		pl.book(at, a.act)
	}
	return at, ""
}

// gateOfSkip names what stands against an act that will be skipped.
func gateOfSkip(a way) string {
	if a.unreachable != "" {
		return "unreachable"
	}
	return "late"
}

// skippedAt notes that an act is skipped at a moment to come: no later step comes before it.
func (pl *planner) skippedAt(s *Step, at time.Time) {
	pl.lastPlanned = later(pl.lastPlanned, at)
	pl.ends = append(pl.ends, Item{Step: s.ID, Act: Review, At: at.UTC(), Reason: "what cannot be sent is skipped by then"})
}

// reviewSkips plans a look at each moment at which something is skipped, unless something else comes then:
// a skip that is put on file later may find another case, with a stop in force or another address.
func (pl *planner) reviewSkips() {
	for _, l := range pl.lates {
		pl.lateLooks(l)
	}
	for _, end := range pl.ends {
		if !slices.ContainsFunc(pl.out.Items, func(it Item) bool { return it.At.Equal(end.At) }) {
			pl.item(end, -1)
		}
	}
}

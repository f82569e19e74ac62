package dunning

import (
	"time"
)

// ladder plans the steps that have not been taken, in the policy's order. A step that is held holds
// every later one, except an order's expiry.
func (pl *planner) ladder() {
	if stop := pl.openStop(); stop != nil && !pl.assume {
		pl.holdAll(*stop)
		return
	}
	pl.fix()
	pl.judgeLate()
	pl.contacts = append(make([]Contact, 0, len(pl.c.Contacts)+len(pl.p.Steps)), pl.c.Contacts...)
	for i := range pl.p.Steps {
		pl.step(i)
	}
}

// step plans one step: skipped, held, or its acts with their instants.
func (pl *planner) step(i int) {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	untaken := pl.untaken(s)
	defer pl.holdBehindFlight(s)
	switch {
	case s.Has(Expire):
		pl.expire(s, i, untaken)
		return
	case m.dropped != "":
		pl.drop(s, m, untaken)
		return
	case pl.fates[i].skip != "":
		for _, a := range untaken {
			pl.skip(s.ID, a, pl.fates[i].skip)
		}
		return
	}
	if pl.gate == nil {
		pl.gate = pl.closedGate(i, untaken)
	}
	if pl.gate != nil {
		pl.holdActs(s, untaken)
		return
	}
	w := pl.ways(s, untaken)
	if w.held != nil {
		pl.gate = w.held
		pl.holdActs(s, untaken)
		return
	}
	pl.take(i, w)
	if s.Has(Decide) && len(untaken) > 0 && !pl.assume {
		pl.gate = &Held{Step: s.ID, Gate: "decision", Reason: "waits for the decision"}
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

// expire ends an order at its time, or at the end of the hold, dispute or promise that was in force then.
func (pl *planner) expire(s *Step, i int, untaken []Act) {
	if len(untaken) == 0 || pl.c.ExpiresAt.IsZero() {
		return
	}
	at := pl.expiry.Add(pl.moments[i].nominal.Sub(pl.c.ExpiresAt))
	reason := "the order's time is up"
	if at.After(pl.c.ExpiresAt) {
		reason += "; a stop was in force at " + pl.clock(pl.c.ExpiresAt)
	}
	if d, ok := pl.deferred(s.ID, Expire); ok {
		if d.NotBefore.IsZero() {
			pl.hold(Held{Step: s.ID, Act: Expire, Gate: "deferred", Reason: clean(d.Reason)})
			return
		}
		at = later(at, d.NotBefore)
	}
	pl.item(Item{Step: s.ID, Act: Expire, At: at.UTC(), Reason: reason}, i)
}

// take plans the acts of a step that nothing holds.
func (pl *planner) take(i int, w ways) {
	s := &pl.p.Steps[i]
	var last time.Time
	for _, a := range w.acts {
		if d, ok := pl.deferred(s.ID, a.act); ok && d.NotBefore.IsZero() {
			pl.hold(Held{Step: s.ID, Act: a.act, Gate: "deferred", Reason: clean(d.Reason)})
			pl.gate = &Held{Step: s.ID, Gate: "deferred", Reason: clean(d.Reason)}
			continue
		}
		x, err := pl.instant(i, a.act)
		if err != nil {
			pl.noCalendar(&pl.moments[i], err)
			pl.gate = &Held{Step: s.ID, Gate: "calendar_missing", Reason: pl.moments[i].why}
			pl.hold(Held{Step: s.ID, Act: a.act, Gate: pl.gate.Gate, Reason: pl.gate.Reason})
			continue
		}
		if why := pl.noRoom(i, a.act, x); why != "" {
			pl.skip(s.ID, a.act, why)
			continue
		}
		if a.unreachable != "" { // another channel says it: this act ends when the step is due
			if pl.moments[i].at.After(pl.now) {
				pl.hold(Held{Step: s.ID, Act: a.act, Gate: "unreachable", Reason: "will be skipped: " + a.unreachable})
				pl.lastSkip = later(pl.lastSkip, pl.moments[i].at)
			} else {
				pl.skip(s.ID, a.act, a.unreachable)
			}
			continue
		}
		pl.item(Item{Step: s.ID, Act: a.act, At: x.at.UTC(), Reason: pl.reason(i, a, x)}, i)
		last = later(last, later(x.at, pl.now))
	}
	for _, sk := range w.skips {
		pl.skip(s.ID, sk.Act, sk.Reason)
	}
	if last.IsZero() {
		return
	}
	pl.lastPlanned = last
	if s.contacts() {
		pl.lastContact = last
		if s.Class != Service {
			pl.contacts = append(pl.contacts, Contact{At: last, Act: w.acts[0].act})
		}
		if i == pl.p.notice() {
			pl.noticeSent = last
		}
	}
}

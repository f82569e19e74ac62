package dunning

import (
	"time"

	"dunlin/invoice"
)

// closedGate returns what holds a step whose time is its own: missing data, the decision, the notice.
func (pl *planner) closedGate(i int, untaken []Act) *Held {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	if len(untaken) == 0 && !pl.refused(s) {
		return nil
	}
	hold := func(gate, reason string) *Held { return &Held{Step: s.ID, Gate: gate, Reason: reason} }
	switch {
	case m.gate != "":
		return hold(m.gate, m.why)
	case s.contacts() && pl.c.Type == "":
		return hold("type_missing", "nobody knows whether the debtor is a business or a consumer")
	}
	if pl.c.Disputed.Positive() && s.Class == Formal && !pl.assume {
		return hold(string(StopDispute), pl.c.Disputed.String()+" is in dispute: nothing formal goes out until that is resolved")
	}
	if why := pl.staleFeed(s, m); why != "" {
		return hold(GateStaleFeed, why)
	}
	decide := pl.p.find(Decide, 0)
	if decide < 0 || i <= decide || pl.assume {
		return nil
	}
	switch d := pl.c.DecisionOn; {
	case d == nil:
		return hold("approval", "no decision is on file")
	case d.Route == RoutePerson:
		return hold("approval", "no rule decides this claim: a person does")
	case !d.Approved:
		return hold("approval", "the decision ("+d.Route.words()+") waits for a person's approval")
	case d.Route == RouteWriteOff:
		return hold("approval", "the claim is to be written off")
	}
	if s.Has(Place) {
		return pl.noticeGate(hold)
	}
	return nil
}

// noticeGate returns why the claim must not be placed yet: the final notice has not certainly gone out.
func (pl *planner) noticeGate(hold func(gate, reason string) *Held) *Held {
	n := pl.p.noticeOf(pl.c)
	if n < 0 {
		return nil
	}
	s := &pl.p.Steps[n]
	unconfirmed, ended := false, false
	for _, t := range pl.c.Taken {
		if t.Step != s.ID || !t.Act.Contacts() {
			continue
		}
		switch t.Outcome {
		case Accepted, Covered:
			return nil
		case Unconfirmed:
			unconfirmed = true
		}
		ended = true
	}
	switch {
	case unconfirmed:
		return hold("final_notice_unconfirmed", "nobody knows whether the "+s.Title+" arrived")
	case ended && len(pl.untaken(s)) == 0:
		return hold("final_notice", "the "+s.Title+" did not go out")
	}
	return hold("final_notice", "waits for the "+s.Title)
}

// sentNotice returns when the last message of the final notice went out or may have; the latest counts,
// because each message named its own day.
func (pl *planner) sentNotice() time.Time {
	sent := pl.noticeSent
	if n := pl.p.noticeOf(pl.c); n >= 0 {
		sent = later(sent, pl.sentAt(&pl.p.Steps[n]))
	}
	return sent
}

// sentAt returns when the last message of a step went out, or may have; zero when none did.
func (pl *planner) sentAt(s *Step) time.Time {
	var sent time.Time
	for i := range pl.c.Taken {
		if t := &pl.c.Taken[i]; t.Step == s.ID && t.Act.Contacts() && t.Outcome.delivered() {
			sent = later(sent, t.At)
		}
	}
	return sent
}

// noticeOf returns the final notice of this case: of several, for debtors of different kinds, the last
// whose condition holds or that went out.
func (p *Policy) noticeOf(c *Case) int {
	last := p.notice()
	if last < 0 || p.Steps[last].When.IsZero() {
		return last
	}
	f := c.features()
	for i := last; i >= 0; i-- {
		s := &p.Steps[i]
		if !s.sends() || s.Class != p.Steps[last].Class {
			continue
		}
		if ok, _ := s.When.Holds(f); ok {
			return i
		}
		for k := range c.Taken {
			if t := &c.Taken[k]; t.Step == s.ID && t.Outcome != Skipped {
				return i
			}
		}
	}
	return last
}

// ways are the acts by which a step is taken.
type ways struct {
	acts  []way
	skips []Skip
	waits []Held // acts that only come when another does not arrive
	held  *Held  // nothing reaches the debtor
}

// way is one act, by itself or for another whose channel does not work.
type way struct {
	act         Act
	instead     string // why it takes the place of the step's own channels
	unreachable string // its channel does not work and another says it
}

// ways finds out how a step can be taken: by its own channels, by its fallback, or not at all.
func (pl *planner) ways(s *Step, untaken []Act) ways {
	var w ways
	if !s.contacts() {
		for _, a := range untaken {
			w.acts = append(w.acts, way{act: a})
		}
		return w
	}
	fallback, fell := Taken{}, false
	if s.Fallback != "" {
		fallback, fell = pl.taken(s.ID, s.Fallback)
	}
	switch {
	case fell:
		for _, a := range untaken {
			w.skips = append(w.skips, Skip{s.ID, a, "its " + fallback.Act.words() + " took its place"})
		}
		return w
	case s.Fallback != "" && pl.inFlight(s.ID, s.Fallback):
		return ways{held: &Held{Step: s.ID, Gate: "in_flight", Reason: "its " + s.Fallback.words() + " is under way"}}
	case len(untaken) == 0:
		if pl.c.Reach[s.Fallback].OK && pl.refused(s) && !pl.wentOn(s) {
			w.acts = append(w.acts, way{act: s.Fallback, instead: "its message was refused or bounced"})
		}
		return w
	}
	if s.Done == DoneAny && len(s.Acts) > 1 {
		if w, ok := pl.firstWay(s, untaken); ok {
			return w
		}
	}
	return pl.ownWays(s, untaken)
}

// ownWays finds out how the acts that have no end yet can be taken when each has an end of its own.
func (pl *planner) ownWays(s *Step, untaken []Act) (w ways) {
	reached := pl.told(s) || pl.leftOut(s)
	for _, a := range untaken {
		reached = reached || pl.c.Reach[a].OK
	}
	switch {
	case reached, pl.otherChannel(s) && !pl.c.Reach[s.Fallback].OK:
		for _, a := range untaken {
			w.acts = append(w.acts, way{act: a, unreachable: pl.unreachable(a)})
		}
	case pl.c.Reach[s.Fallback].OK:
		w.acts = append(w.acts, way{act: s.Fallback, instead: pl.unreachable(untaken[0])})
	default:
		w.held = &Held{Step: s.ID, Gate: "contact_missing", Reason: pl.unreachable(untaken[0])}
	}
	return w
}

// refused says whether every message of the step so far was refused, so that nobody was told.
func (pl *planner) refused(s *Step) bool {
	refused := false
	for _, a := range s.Acts {
		if pl.inFlight(s.ID, a) {
			return false
		}
		switch t, _ := pl.taken(s.ID, a); t.Outcome {
		case Rejected:
			refused = true
		case Accepted, Covered, Unconfirmed, Done, Person:
			return false
		}
	}
	return refused
}

// told says whether a message of the step reached the debtor, or may have.
func (pl *planner) told(s *Step) bool {
	for _, a := range s.Acts {
		if t, _ := pl.taken(s.ID, a); t.Outcome.delivered() || t.Outcome == Person || pl.inFlight(s.ID, a) {
			return true
		}
	}
	return false
}

// leftOut says whether a channel of the step that works was skipped: the debtor can be reached, and what is
// left of the step waits for no address.
func (pl *planner) leftOut(s *Step) bool {
	for _, a := range s.Acts {
		if t, _ := pl.taken(s.ID, a); t.Outcome == Skipped && pl.c.Reach[a].OK {
			return true
		}
	}
	return false
}

// wentOn says whether a later step has spoken to the debtor: then it is too late for a fallback.
func (pl *planner) wentOn(s *Step) bool {
	for _, t := range pl.c.Taken {
		if t.Outcome.delivered() && t.Act.Contacts() && pl.p.index(t.Step) > pl.p.index(s.ID) {
			return true
		}
	}
	return false
}

// otherChannel says whether a message could reach the debtor by a channel that this step does not use.
func (pl *planner) otherChannel(s *Step) bool {
	for _, a := range [...]Act{Email, SMS} {
		if !s.Has(a) && pl.c.Reach[a].OK {
			return true
		}
	}
	return false
}

// unreachable returns why a channel cannot be used, "" when it can. It names no address.
func (pl *planner) unreachable(a Act) string {
	r := pl.c.Reach[a]
	switch {
	case r.OK:
		return ""
	case r.Reason == "":
		return "no address for " + a.words() + " is on file"
	}
	return clean(r.Reason)
}

// placeOn returns the day on which the claim is handed over when the notice goes out at sent: not before
// a new due date that the notice gives has passed.
func (pl *planner) placeOn(sent time.Time) (invoice.Date, error) {
	place, notice := pl.p.find(Place, 0), pl.p.noticeOf(pl.c)
	days := 14
	if place >= 0 && notice >= 0 {
		if n, ok := pl.p.between(notice, place); ok {
			days = max(1, n)
		}
	}
	on := invoice.DateOf(sent.In(pl.z.in())).AddDays(days)
	if notice >= 0 && !pl.p.Steps[notice].NewDue.IsZero() {
		due, err := pl.newDueOn(&pl.p.Steps[notice], sent)
		if err != nil {
			return due, err
		}
		if !due.Before(on) {
			on = due.AddDays(1)
		}
	}
	return pl.z.days.add(on, 0)
}

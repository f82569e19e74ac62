package dunning

import (
	"time"

	"dunlin/invoice"
)

// LookRef marks the review at which somebody is asked to look at a step's message before it goes out.
const LookRef = "look"

// looked returns the latest look at a step; nil when nobody was asked yet.
func (pl *planner) looked(step string) *Look {
	for i := len(pl.c.Looks) - 1; i >= 0; i-- {
		if l := &pl.c.Looks[i]; l.Step == step {
			return l
		}
	}
	return nil
}

// look plans a step that a person looks at first, and says whether that is all that can be planned. When
// the step would come, a review asks for the look; then the step and all later ones wait for the word.
func (pl *planner) look(i int, w ways, untaken []Act) bool {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	if len(w.acts) == 0 || pl.started(s) {
		return false
	}
	l := pl.looked(s.ID)
	switch {
	case l != nil && l.Said == LookSend:
		return false
	case l != nil && l.Said == LookSkip:
		pl.skipAll(s, untaken, "somebody looked at it and left it out on "+pl.clock(l.At))
		return true
	case pl.preDue(m) && pl.c.DueOn.Before(invoice.DateOf(pl.now.In(pl.z.loc))):
		pl.skipAll(s, untaken, "nobody looked at it before the due date")
		return true
	case l == nil:
		return pl.askForLook(s, m, i, w, untaken)
	}
	pl.lookUntilDue(s, m)
	pl.gate = &Held{Step: s.ID, Gate: LookRef, Reason: "waits until somebody has looked at it"}
	pl.holdActs(s, untaken)
	return true
}

// askForLook plans the review; false when no act of the step can come anyway.
func (pl *planner) askForLook(s *Step, m *moment, rank int, w ways, untaken []Act) bool {
	var at time.Time
	for _, a := range w.acts {
		d, deferred := pl.deferred(s.ID, a.act)
		x, err := pl.instant(s, m, a.act)
		if err != nil {
			return false
		}
		void := deferred && d.NotBefore.IsZero() || a.unreachable != "" || pl.noRoom(s, m, rank == 0, a.act, x) != "" || pl.putOff(s, m, rank, x) != ""
		if !void && (at.IsZero() || x.at.Before(at)) {
			at = x.at
		}
	}
	if at.IsZero() {
		return false
	}
	pl.lookUntilDue(s, m)
	pl.item(Item{Step: s.ID, Act: Review, At: at.UTC(), Ref: LookRef, Reason: "somebody looks at the " + s.Title + " before it goes out"}, rank)
	pl.gate = &Held{Step: s.ID, Gate: LookRef, Reason: "somebody looks at it first, on " + pl.clock(at)}
	pl.holdActs(s, untaken)
	return true
}

// lookUntilDue plans the end of the wait for somebody who looks at what speaks of a due date to come.
func (pl *planner) lookUntilDue(s *Step, m *moment) {
	if pl.preDue(m) {
		at := pl.c.DueOn.AddDays(1).At(0, 0, pl.z.loc)
		pl.ends = append(pl.ends, Item{Step: s.ID, Act: Review, At: at.UTC(), Reason: "it is void after the due date"})
	}
}

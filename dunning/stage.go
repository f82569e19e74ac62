package dunning

import (
	"dunlin/invoice"
)

// stage is the coarse state of the case now.
func (pl *planner) stage() Stage {
	c := pl.c
	if c.Status.Settled() || !c.Balance.Positive() {
		return StageSettled
	}
	if s, ok := pl.stopStage(); ok {
		return s
	}
	if c.PayPlan != nil {
		return StagePayPlan
	}
	if h := c.Handoff; h != nil {
		switch h.State {
		case HandoffSent, HandoffAcknowledged:
			return StagePlaced
		case HandoffReturned:
			return StageDeciding
		}
	}
	switch {
	case c.Status == invoice.Placed:
		return StagePlaced
	case c.Kind == invoice.KindOrder:
		return StageOrder
	case pl.noticeTaken():
		return StageFinalNotice
	case c.DecisionOn != nil || pl.decideDue():
		return StageDeciding
	case c.DueOn.Before(invoice.DateOf(pl.now.In(pl.z.in()))):
		return StageOverdue
	}
	return StageBeforeDue
}

// stopStage is the stage that a stop in force gives; a dispute shows before a promise, that before a
// hold, and that before a payment plan.
func (pl *planner) stopStage() (Stage, bool) {
	found := Stage("")
	if pl.disputedWhole() {
		found = StageDisputed
	}
	for i := range pl.c.Stops {
		s := &pl.c.Stops[i]
		if !s.inForce(pl.now) {
			continue
		}
		switch {
		case s.Kind == StopHard:
			return StageHeld, true
		case s.Kind == StopDispute:
			found = StageDisputed
		case s.Kind == StopPromise && found != StageDisputed:
			found = StagePromised
		case s.Kind == StopPlan && found == "":
			found = StagePayPlan
		case s.Kind != StopPlan && (found == "" || found == StagePayPlan):
			found = StageHeld
		}
	}
	return found, found != ""
}

func (pl *planner) noticeTaken() bool {
	n := pl.p.noticeOf(pl.c)
	if n < 0 {
		return false
	}
	for _, a := range []Act{Email, SMS} {
		if t, _ := pl.taken(pl.p.Steps[n].ID, a); t.Outcome.delivered() {
			return true
		}
	}
	return false
}

func (pl *planner) decideDue() bool {
	n := pl.p.find(Decide, 0)
	if n < 0 {
		return false
	}
	if _, ok := pl.taken(pl.p.Steps[n].ID, Decide); ok {
		return true
	}
	for _, it := range pl.out.Items {
		if it.Act == Decide && !it.At.After(pl.now) {
			return true
		}
	}
	return false
}

// longestStop is the stop in force that a person must know of: the hard stop, else the one that ends
// last; a payment plan only when nothing else is in force.
func (pl *planner) longestStop() (longest *Stop) {
	for i := range pl.c.Stops {
		if s := &pl.c.Stops[i]; s.inForce(pl.now) && (longest == nil || s.outlasts(longest)) {
			longest = s
		}
	}
	return longest
}

func (s *Stop) outlasts(o *Stop) bool {
	if (s.Kind == StopHard) != (o.Kind == StopHard) {
		return s.Kind == StopHard
	}
	if (s.Kind == StopPlan) != (o.Kind == StopPlan) {
		return o.Kind == StopPlan
	}
	return !o.end().IsZero() && (s.end().IsZero() || s.end().After(o.end()))
}

// waiting says in one line what the case waits for, and what of it is in dispute.
func (pl *planner) waiting() string {
	line := pl.waitsFor()
	if pl.c.Disputed.Positive() && pl.out.Stage != StageSettled && pl.out.Stage != StageDisputed {
		line += "; " + pl.c.Disputed.String() + " of it in dispute"
	}
	return line
}

func (pl *planner) waitsFor() string {
	if pl.out.Stage == StagePayPlan && pl.c.PayPlan != nil {
		return pl.planWords()
	}
	if s := pl.longestStop(); s != nil && pl.out.Stage != StageSettled {
		line := "held: " + pl.stopWords(s)
		if s.Kind != StopHard && !s.end().IsZero() {
			if next := pl.nextWords(); next != "" {
				line += "; then " + next
			}
		}
		return line
	}
	if len(pl.out.Items) > 0 && pl.out.Items[0].Act == LookUp {
		it := pl.out.Items[0]
		return "waits for the provider's word about " + pl.title(it.Step) + "; looks it up on " + pl.clock(it.At)
	}
	if pl.out.Stage == StagePlaced {
		line := "with the lawyer or the agency"
		if h := pl.c.Handoff; h != nil && !h.Review.IsZero() {
			line += "; should be acknowledged by " + pl.clock(h.Review)
		}
		return line
	}
	if next := pl.nextWords(); next != "" {
		return next
	}
	if len(pl.out.Held) > 0 {
		h := pl.out.Held[0]
		return "held: " + pl.title(h.Step) + ": " + h.Reason
	}
	if len(pl.out.Items) > 0 {
		it := pl.out.Items[0]
		return it.Reason + " on " + pl.clock(it.At)
	}
	return "waits to be woken"
}

// nextWords names the next act of the ladder or the end: "second reminder by e-mail and SMS on 14 May
// 2026 09:20 Berlin time".
func (pl *planner) nextWords() string {
	for i, it := range pl.out.Items {
		switch it.Act {
		case LookUp, Review:
			continue
		case Close:
			return "closes: " + it.Reason
		case Recall:
			return "recalls the placement: " + it.Reason
		case Email, SMS, PhoneTask:
			by := it.Act.words()
			if i+1 < len(pl.out.Items) {
				if n := pl.out.Items[i+1]; n.Step == it.Step && n.At.Equal(it.At) && n.Act.Contacts() {
					by += " and " + n.Act.words()
				}
			}
			return pl.title(it.Step) + " by " + by + " on " + pl.clock(it.At)
		}
		return pl.title(it.Step) + " on " + pl.clock(it.At)
	}
	return ""
}

func (pl *planner) title(step string) string {
	if s, ok := pl.p.Step(step); ok {
		return s.Title
	}
	return title(step)
}

package dunning

import (
	"slices"

	"dunlin/invoice"
)

// asked returns what may be asked for: the balance without what is in dispute.
func (c *Case) asked() invoice.Money {
	m := c.Balance
	if c.Disputed.Currency == m.Currency && c.Disputed.Positive() {
		m.Minor -= min(m.Minor, c.Disputed.Minor)
	}
	return m
}

// features returns what the conditions of steps are tested on.
func (c *Case) features() Features {
	return Features{
		Creditor: c.Creditor, Group: c.Group, Kind: c.Kind, Country: c.Country, Type: c.Type, History: c.History, Amount: c.asked(),
	}
}

// disputedWhole says whether nothing is left that is not in dispute.
func (pl *planner) disputedWhole() bool {
	return pl.c.Disputed.Positive() && !pl.c.asked().Positive()
}

// unfit says why a step is not for this case, and by which rule; "" when it is. What has begun goes on.
func (pl *planner) unfit(s *Step) (gate, why string) {
	least, bounded := pl.least(s)
	if s.When.IsZero() && !bounded && pl.c.Assigned == nil || pl.started(s) {
		return "", ""
	}
	if pl.c.Assigned[HoldoutKey] != "" && slices.Contains(pl.p.Holdout.Steps, s.ID) {
		return "holdout", "left alone: holdout"
	}
	if ok, why := s.When.Holds(pl.c.features()); !ok {
		return "condition", "its condition does not hold: " + why
	}
	if asked := pl.c.asked(); bounded && asked.Minor < least {
		return "minimum", asked.String() + " is below the least amount to write about, " + invoice.NewMoney(least, asked.Currency).String()
	}
	return "", ""
}

// least returns the amount below which the step is not worth writing; false when there is none. Formal
// steps and the decision stay.
func (pl *planner) least(s *Step) (int64, bool) {
	if len(pl.p.Minimum.Amount) == 0 || s.Class != Reminder || !s.contacts() {
		return 0, false
	}
	minor, ok := pl.p.Minimum.Amount[pl.c.Balance.Currency]
	return minor, ok
}

// started says whether something of the step was tried already.
func (pl *planner) started(s *Step) bool {
	for i := range pl.c.Taken {
		if t := &pl.c.Taken[i]; t.Step == s.ID && t.Outcome != Skipped {
			return true
		}
	}
	for i := range pl.c.InFlight {
		if pl.c.InFlight[i].Step == s.ID {
			return true
		}
	}
	return false
}

// leaveOut skips a step that is not for this case once it is due; until then the rule may still change
// its mind, and the step is shown with what stands against it.
func (pl *planner) leaveOut(i int, untaken []Act, gate, why string) {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	if len(untaken) == 0 {
		return
	}
	// Later steps wait for the judgement, as they would for the step.
	if at := later(m.due(), pl.lastPlanned); at.After(pl.now) {
		pl.lastPlanned = at
		for _, a := range untaken {
			pl.hold(Held{Step: s.ID, Act: a, Gate: gate, Reason: "will be skipped: " + why})
		}
		pl.item(Item{Step: s.ID, Act: Review, At: at.UTC(), Reason: "whether the " + s.Title + " comes is judged on its day"}, -1)
		pl.heldLate(i, at)
		return
	}
	pl.skipAll(s, untaken, why)
}

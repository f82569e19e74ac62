package dunning

import "time"

// MergeMost is how many invoices at most are told in one message besides the sender's own: more are
// neither read nor written while a claim is good.
const MergeMost = 40

// MergeFor returns how far ahead siblings' steps are told in one message; business days do not occur here.
func (p *Policy) MergeFor() time.Duration {
	unit := 24 * time.Hour
	switch p.MergeWindow.Unit {
	case Minutes:
		unit = time.Minute
	case Hours:
		unit = time.Hour
	}
	return unit * time.Duration(p.MergeWindow.N)
}

// Firmer says whether step a comes later in the ladder than step b, and so speaks in a firmer tone.
func (p *Policy) Firmer(a, b string) bool { return p.index(a) > p.index(b) }

// Joins returns the step of a sibling's case that goes into a message of the given act and class that
// leaves now, because its own plan holds it by the end of the merge window; false when there is none.
// A sibling whose plan has skips puts them on file first.
func (p *Policy) Joins(plan Plan, act Act, class Class, by time.Time) (Step, bool) {
	if len(plan.Skips) > 0 {
		return Step{}, false
	}
	for _, it := range plan.Items {
		s, ok := p.Step(it.Step)
		if ok && it.Act == act && !it.At.After(by) && s.Class == class && p.Mergeable(it.Step) {
			return s, true
		}
	}
	return Step{}, false
}

// Stopped says whether a stop that nobody has ended yet is on file, also one that ends within the merge
// window: such a case goes into no sibling's message.
func (c *Case) Stopped() bool {
	for i := range c.Stops {
		if c.Stops[i].Ended.IsZero() {
			return true
		}
	}
	return false
}

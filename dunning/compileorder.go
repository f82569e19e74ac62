package dunning

import (
	"dunlin/invoice"
)

// planned returns where each step stands when nothing moves it: what is counted from the step before is
// counted on from that step's anchor. A step without an anchor cannot be placed.
func (p *Policy) planned() []Offset {
	all := make([]Offset, len(p.Steps))
	for i := range p.Steps {
		all[i] = p.Steps[i].At
		if all[i].Anchor != AtPrevious {
			continue
		}
		if i == 0 || all[i-1].Anchor == "" || all[i-1].Unit == Percent {
			all[i] = Offset{}
			continue
		}
		all[i] = Offset{Anchor: all[i-1].Anchor, N: all[i-1].minutes() + p.Steps[i].At.minutes(), Unit: Minutes}
	}
	return all
}

// follows checks that step i can come after the steps before it.
func (r *reader) follows(v *value, i int, p *Policy, planned []Offset) {
	s := &p.Steps[i]
	for j := range i {
		before := &p.Steps[j]
		switch {
		case before.Has(Place) || before.Has(Expire):
			r.wrong(v, "move it up", "nothing can follow the step %q: it ends our part", before.ID)
			return
		case (s.Has(Decide) && before.Has(Decide)) || (s.Has(Place) && before.Has(Place)):
			r.wrong(v, "keep one", "the step %q does the same", before.ID)
			return
		}
	}
	if i > 0 {
		r.inTime(v.get("at"), &p.Steps[i-1], s, planned[i-1], planned[i])
	}
	switch {
	case i == 0 && s.At.Anchor == AtPrevious:
		r.wrong(v.get("at"), "count from issue, due or expiry", "no step comes before the first")
	case s.Has(Expire) && p.Kind == invoice.KindInvoice:
		r.wrong(v.get("acts"), "expiry belongs to kind: order", "an invoice does not expire")
	case (s.Has(Decide) || s.Has(Place)) && p.Kind == invoice.KindOrder:
		r.wrong(v.get("acts"), "an unpaid order expires; it is not collected", "an order is neither decided nor placed")
	case s.Has(Place):
		r.placeFollows(v, i, p)
	case s.Late.Rule == LateMerge && !sendsAfter(p, i):
		r.wrong(v.get("late").get("rule"), "write send or skip", "no later step sends a message that this one could merge into")
	}
}

func (r *reader) placeFollows(v *value, i int, p *Policy) {
	decide := p.find(Decide, 0)
	if decide < 0 || decide > i {
		r.wrong(v, "add a step with acts: [decide] before it", "a claim is placed only after a decision")
		return
	}
	depends := false
	for j := decide + 1; j < i; j++ {
		if s := &p.Steps[j]; s.sends() && s.Class == Formal {
			if s.When.IsZero() {
				return
			}
			depends = true
		}
	}
	if depends {
		r.wrong(v, "drop its when, or add a formal message without one", "the final notice before it depends on a condition: a claim is placed only after one that was sent")
		return
	}
	r.wrong(v, "add a formal message between the decision and the handoff", "a claim is placed only after a final notice that names the day")
}

// inTime checks that a step is not planned before its predecessor, nor within its own minimum gap.
func (r *reader) inTime(v *value, before, s *Step, a, b Offset) {
	if a.Anchor == "" || b.Anchor == "" {
		return
	}
	if order := map[Anchor]int{AtIssue: 0, AtDue: 1, AtExpiry: 1}; order[b.Anchor] < order[a.Anchor] {
		r.wrong(v, "put the steps in the order in which they come", "%s comes before %s of the step %q", s.At, before.At, before.ID)
		return
	}
	if a.Anchor != b.Anchor || (a.Unit == Percent) != (b.Unit == Percent) {
		return
	}
	apart := b.minutes() - a.minutes()
	gap := Offset{N: s.MinGap.N, Unit: s.MinGap.Unit}.minutes()
	switch {
	case apart < 0:
		r.wrong(v, "put the steps in the order in which they come", "%s comes before %s of the step %q", s.At, before.At, before.ID)
	case before.contacts() && s.contacts() && a.Unit != Percent && apart < gap:
		r.wrong(v, "move it, or lower its min_gap", "%s cannot follow %s of the step %q: the minimum gap is %s", s.At, before.At, before.ID, s.MinGap.Words())
	}
}

func sendsAfter(p *Policy, i int) bool {
	for j := i + 1; j < len(p.Steps); j++ {
		if p.Steps[j].sends() {
			return true
		}
	}
	return false
}

// minutes compares offsets of one anchor; a business day counts like a day, a share like a minute.
func (o Offset) minutes() int {
	switch o.Unit {
	case Days, BusinessDays:
		return o.N * 24 * 60
	case Hours:
		return o.N * 60
	}
	return o.N
}

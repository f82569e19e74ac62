package dunning

import (
	"dunlin/invoice"
)

// follows checks that step i can come after the steps before it.
func (r *reader) follows(path string, i int, p *Policy) {
	s := &p.Steps[i]
	for j := range i {
		before := &p.Steps[j]
		switch {
		case before.Has(Place) || before.Has(Expire):
			r.wrong(path, "move it up", "nothing can follow the step %q: it ends our part", before.ID)
			return
		case (s.Has(Decide) && before.Has(Decide)) || (s.Has(Place) && before.Has(Place)):
			r.wrong(path, "keep one", "the step %q does the same", before.ID)
			return
		}
	}
	if i > 0 {
		r.inTime(path, &p.Steps[i-1], s)
	}
	switch {
	case s.Has(Expire) && p.Kind == invoice.KindInvoice:
		r.wrong(path+".acts", "expiry belongs to kind: order", "an invoice does not expire")
	case (s.Has(Decide) || s.Has(Place)) && p.Kind == invoice.KindOrder:
		r.wrong(path+".acts", "an unpaid order expires; it is not collected", "an order is neither decided nor placed")
	case s.Has(Place):
		r.placeFollows(path, i, p)
	case s.Late.Rule == LateMerge && !sendsAfter(p, i):
		r.wrong(path+".late.rule", "write send or skip", "no later step sends a message that this one could merge into")
	}
}

func (r *reader) placeFollows(path string, i int, p *Policy) {
	decide := p.find(Decide, 0)
	if decide < 0 || decide > i {
		r.wrong(path, "add a step with acts: [decide] before it", "a claim is placed only after a decision")
		return
	}
	for j := decide + 1; j < i; j++ {
		if s := &p.Steps[j]; s.sends() && s.Class == Formal {
			return
		}
	}
	r.wrong(path, "add a formal message between the decision and the handoff", "a claim is placed only after a final notice that names the day")
}

// inTime checks that a step is not planned before its predecessor, nor within its own minimum gap.
func (r *reader) inTime(path string, before, s *Step) {
	a, b := before.At, s.At
	if a.Anchor == "" || b.Anchor == "" {
		return
	}
	if order := map[Anchor]int{AtIssue: 0, AtDue: 1, AtExpiry: 1}; order[b.Anchor] < order[a.Anchor] {
		r.wrong(path+".at", "put the steps in the order in which they come", "%s comes before %s of the step %q", b, a, before.ID)
		return
	}
	if a.Anchor != b.Anchor || (a.Unit == Percent) != (b.Unit == Percent) {
		return
	}
	apart := b.minutes() - a.minutes()
	gap := Offset{N: s.MinGap.N, Unit: s.MinGap.Unit}.minutes()
	switch {
	case apart < 0:
		r.wrong(path+".at", "put the steps in the order in which they come", "%s comes before %s of the step %q", b, a, before.ID)
	case before.contacts() && s.contacts() && a.Unit != Percent && apart < gap:
		r.wrong(path+".at", "move it, or lower its min_gap", "%s cannot follow %s of the step %q: the minimum gap is %s", b, a, before.ID, s.MinGap.Words())
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

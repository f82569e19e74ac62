package dunning

import (
	"time"

	"dunlin/invoice"
)

// follow counts a step from where the step before came or comes, and says whether that moved it. It is
// asked again whenever the step before has moved, and never moves a step forward.
func (pl *planner) follow(i int) bool {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	if before := &pl.moments[i-1]; before.gate != "" {
		m.gate, m.why = before.gate, before.why
		return false
	}
	since := pl.cameAt(i - 1)
	if !since.After(m.since) {
		return false
	}
	nominal, err := pl.offset(s.At, since, invoice.DateOf(since.In(pl.z.loc)))
	if err != nil {
		pl.noCalendar(m, err)
		return false
	}
	at, err := pl.within(s, nominal)
	if err != nil {
		pl.noCalendar(m, err)
		return false
	}
	if !at.After(m.at) {
		return false
	}
	m.since, m.nominal, m.at, m.note = since, nominal, at, ""
	return true
}

// cameAt returns from when a step counts that is anchored to step i: from that one's last end on file,
// or from where it is planned now. What is untaken cannot have come before now; what was skipped counts
// from its own moment at the earliest, however early it was known.
func (pl *planner) cameAt(i int) time.Time {
	s, m := &pl.p.Steps[i], &pl.moments[i]
	var ended, taken time.Time
	for k := range pl.c.Taken {
		if t := &pl.c.Taken[k]; t.Step == s.ID {
			ended = later(ended, t.At)
			if t.Outcome != Skipped {
				taken = later(taken, t.At)
			}
		}
	}
	by, arrived := pl.arrived(s)
	switch {
	case arrived:
		return later(by.At, pl.planned[i])
	case len(pl.untaken(s)) > 0:
		return later(later(later(m.due(), pl.now), taken), pl.planned[i])
	case taken.IsZero():
		return later(later(m.due(), ended), pl.planned[i])
	}
	return later(ended, pl.planned[i])
}

// between returns how many civil days the policy puts between two steps, and whether it says so: only
// steps that hang on one anchor in the end have a distance.
func (p *Policy) between(from, to int) (int, bool) {
	a, n := p.position(from)
	b, m := p.position(to)
	return m - n, a == b
}

// position returns the anchor a step hangs on in the end and its distance to it in days. A step counted
// from the one before hangs on what that one does.
func (p *Policy) position(i int) (Anchor, int) {
	days := 0
	for ; i > 0 && p.Steps[i].At.Anchor == AtPrevious; i-- {
		days += p.Steps[i].At.days()
	}
	return p.Steps[i].At.Anchor, days + p.Steps[i].At.days()
}

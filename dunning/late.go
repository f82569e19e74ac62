package dunning

import (
	"slices"
	"time"
)

// fate is what a late rule makes of a step.
type fate struct {
	skip string // why it is skipped; "" when it stays
}

// tolerance is how late a step may be before its late rule counts, unless the policy says otherwise.
const tolerance = time.Hour

// judgeLate applies the late rules, the last step first, because a step merges only into a later one
// that stays. Whatever the rule, a step that was due ends: taken, held, or skipped with a reason.
func (pl *planner) judgeLate() {
	pl.fates = make([]fate, len(pl.p.Steps))
	into := "" // the nearest later sending step that is due and stays
	for i := len(pl.p.Steps) - 1; i >= 0; i-- {
		s, m := &pl.p.Steps[i], &pl.moments[i]
		if m.gate != "" || m.dropped != "" || s.Has(Expire) || m.due().After(pl.now) {
			continue
		}
		untaken := pl.untaken(s)
		if len(untaken) == 0 || pl.begun(s) {
			continue
		}
		pl.fates[i].skip = pl.late(s, m, into)
		if pl.fates[i].skip == "" && s.sends() && len(untaken) == len(s.Acts) && pl.reaches(s) && pl.goes(i, s, untaken) {
			into = s.Title
		}
	}
}

// begun says whether the step is beyond its late rule: somebody is looking at it, or a channel was tried
// in its time, and what is left takes the place of what was refused.
func (pl *planner) begun(s *Step) bool {
	if l := pl.looked(s.ID); l != nil && l.Said != LookSend {
		return true
	}
	_, arrived := pl.arrived(s)
	return arrived || pl.refused(s)
}

// goes says whether a due step really comes: no gate of its own is closed, its condition holds, and
// nobody has to look at it first.
func (pl *planner) goes(i int, s *Step, untaken []Act) bool {
	if _, why := pl.unfit(s); why != "" {
		return false
	}
	if l := pl.looked(s.ID); s.Look && !pl.assume && (l == nil || l.Said != LookSend) {
		return false
	}
	return pl.closedGate(i, untaken) == nil
}

// reaches says whether the step can be taken by some channel.
func (pl *planner) reaches(s *Step) bool {
	for _, a := range s.Acts {
		if pl.c.Reach[a].OK {
			return true
		}
	}
	return pl.c.Reach[s.Fallback].OK
}

// late returns why the step is skipped now, "" when it stays.
func (pl *planner) late(s *Step, m *moment, into string) string {
	limit, err := pl.lateFrom(s, m)
	if err != nil || !pl.now.After(limit) {
		return ""
	}
	switch {
	case s.Late.Rule == LateSkip:
		return "too late: its moment was " + pl.clock(m.at)
	case s.Late.Rule == LateMerge && into != "":
		return "merged into the " + into + ", which is due too"
	}
	return ""
}

// lateFrom returns when the step's late rule begins to count.
func (pl *planner) lateFrom(s *Step, m *moment) (time.Time, error) {
	if s.Late.After.IsZero() {
		return m.due().Add(tolerance), nil
	}
	return s.Late.After.atLeast(m.due(), pl.z)
}

// lateBefore says whether a step ended as late before t, whether or not that is on file.
func (pl *planner) lateBefore(s *Step, m *moment, t time.Time) bool {
	if s.Late.Rule != LateSkip || pl.begun(s) {
		return false
	}
	limit, err := pl.lateFrom(s, m)
	return err == nil && limit.Before(t)
}

// putOff says whether gap or caps put an act off for so long that its late rule ends it; where that is not
// certain yet, it asks for a look.
func (pl *planner) putOff(s *Step, m *moment, rank int, x instant) (why string) {
	if s.Late.Rule == LateSend || rank >= len(pl.p.Steps) || pl.begun(s) {
		return ""
	}
	limit, err := pl.lateFrom(s, m)
	if err != nil || !x.at.After(limit) {
		return ""
	}
	if s.Late.Rule == LateSkip {
		return "too late: it could only come on " + pl.clock(x.at)
	}
	pl.lates = append(pl.lates, lateness{rank, x.at})
	return ""
}

// heldLate notes that a gate holds a step that may end as late meanwhile. Where the next step is counted
// from that, the case is looked at then; otherwise the next look is soon enough.
func (pl *planner) heldLate(i int, until time.Time) {
	if i+1 < len(pl.p.Steps) && pl.p.Steps[i].Late.Rule != LateSend && pl.p.Steps[i+1].At.Anchor == AtPrevious {
		pl.lates = append(pl.lates, lateness{i, until})
	}
}

// lateness is a step that does not come before a moment, zero when nobody knows when it comes: until then
// its late rule may end it.
type lateness struct {
	step  int
	until time.Time
}

// lateLooks asks for a look at the moments at which the late rule may end a step: one to be merged ends
// when a later one is due.
func (pl *planner) lateLooks(l lateness) {
	s, m := &pl.p.Steps[l.step], &pl.moments[l.step]
	if m.gate != "" || m.dropped != "" || pl.floats(l.step) || pl.begun(s) || len(pl.untaken(s)) == 0 {
		return
	}
	limit, err := pl.lateFrom(s, m)
	if err != nil {
		return
	}
	look := func(at time.Time, why string) {
		if at.After(pl.now) && (l.until.IsZero() || at.Before(l.until)) {
			pl.ends = append(pl.ends, Item{Step: s.ID, Act: Review, At: at.Add(time.Second).UTC(), Reason: why})
		}
	}
	if s.Late.Rule == LateSkip {
		look(limit, "whether the "+s.Title+" is too late")
		return
	}
	for k := l.step + 1; k < len(pl.p.Steps); k++ {
		if n := &pl.moments[k]; pl.p.Steps[k].sends() && n.gate == "" && n.dropped == "" && !pl.floats(k) {
			look(later(n.due(), limit), "whether the "+pl.p.Steps[k].Title+" says it, too")
		}
	}
}

// floats says whether a step is counted from one that has not come yet, and so is not late.
func (pl *planner) floats(i int) bool {
	if i == 0 || pl.p.Steps[i].At.Anchor != AtPrevious {
		return false
	}
	before := &pl.p.Steps[i-1]
	if _, arrived := pl.arrived(before); arrived {
		return false
	}
	return slices.ContainsFunc(pl.untaken(before), func(a Act) bool {
		return !slices.ContainsFunc(pl.out.Skips, func(k Skip) bool { return k.Step == before.ID && k.Act == a })
	})
}

package dunning

import (
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

// putOff says whether gap or caps put an act off for so long that its late rule ends it, and asks for a
// look at the moments at which the rule may do so: a step to be merged ends when a later one is due.
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
	for i := rank + 1; i < len(pl.p.Steps); i++ {
		n := &pl.moments[i]
		if next := later(n.due(), limit); pl.p.Steps[i].sends() && n.gate == "" && n.dropped == "" && next.After(pl.now) && next.Before(x.at) {
			pl.item(Item{Step: s.ID, Act: Review, At: next.Add(time.Second).UTC(), Reason: "whether the " + pl.p.Steps[i].Title + " says it, too"}, -1)
		}
	}
	return ""
}

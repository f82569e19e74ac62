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
		if m.gate != "" || m.dropped != "" || s.Has(Expire) || m.at.After(pl.now) {
			continue
		}
		untaken := pl.untaken(s)
		if len(untaken) == 0 {
			continue
		}
		pl.fates[i].skip = pl.late(s, m, into)
		if pl.fates[i].skip == "" && s.sends() && len(untaken) == len(s.Acts) && pl.reaches(s) && pl.closedGate(i, untaken) == nil {
			into = s.Title
		}
	}
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
	base := later(m.at, m.floor)
	limit := base.Add(tolerance)
	if !s.Late.After.IsZero() {
		var err error
		if limit, err = s.Late.After.atLeast(base, pl.z); err != nil {
			return ""
		}
	}
	if !pl.now.After(limit) {
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

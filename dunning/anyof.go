package dunning

import (
	"time"
)

// bounceWait is how long the other channels of a step wait for a message to come back before they are
// skipped: most that do not arrive are returned within it.
const bounceWait = 24 * time.Hour

// arrived returns the end by which a step of which any act is enough has reached the debtor.
func (pl *planner) arrived(s *Step) (Taken, bool) {
	if s.Done != DoneAny || len(s.Acts) < 2 {
		return Taken{}, false
	}
	for i := range pl.c.Taken {
		if t := &pl.c.Taken[i]; t.Step == s.ID && (t.Outcome.delivered() || t.Outcome == Person) {
			return *t, true
		}
	}
	return Taken{}, false
}

// firstWay plans a step of which any act is enough: the first channel that works goes, the later ones
// wait for it, and end when it has arrived. False when no channel of its own is left.
func (pl *planner) firstWay(s *Step, untaken []Act) (ways, bool) {
	wait := func(acts []Act, gate, why string) ways {
		var w ways
		for _, a := range acts {
			w.waits = append(w.waits, Held{Step: s.ID, Act: a, Gate: gate, Reason: why})
		}
		return w
	}
	if by, ok := pl.arrived(s); ok {
		why := "reached by " + by.Act.words()
		if over := by.At.Add(bounceWait); over.After(pl.now) && !pl.wentOn(s) && by.Act != PhoneTask {
			pl.item(Item{Step: s.ID, Act: Review, At: over.UTC(), Reason: "the other channels are not needed unless the " + by.Act.words() + " comes back by then"}, -1)
			return wait(untaken, "any", why+"; will be skipped unless that comes back"), true
		}
		var w ways
		for _, a := range untaken {
			w.skips = append(w.skips, Skip{s.ID, a, why})
		}
		return w, true
	}
	if pl.wentOn(s) && len(untaken) < len(s.Acts) {
		var w ways
		for _, a := range untaken {
			w.skips = append(w.skips, Skip{s.ID, a, "a later step has spoken since"})
		}
		return w, true
	}
	for _, a := range s.Acts {
		if pl.inFlight(s.ID, a) {
			return wait(untaken, "in_flight", "only if the "+a.words()+" does not arrive"), true
		}
	}
	var w ways
	for i, a := range untaken {
		why := pl.unreachable(a)
		w.acts = append(w.acts, way{act: a, unreachable: why})
		if why == "" {
			w.waits = wait(untaken[i+1:], "any", "only if the "+a.words()+" does not arrive").waits
			return w, true
		}
	}
	return ways{}, false
}

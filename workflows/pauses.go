package workflows

import (
	"time"

	"dunlin/collection"
	"dunlin/dunning"
)

// pauses keeps a case from spinning. An act may be answered "not now" while the newest plan still says
// "now": the clocks of PostgreSQL and Temporal differ, or a gate and the plan disagree. Asking again at
// once would turn the case into a loop, so:
//
//   - the plan that still holds the same act at the same instant with the same seq: nothing has moved,
//     the act is put off by a minute, then two, then four, up to an hour;
//   - with a higher seq something has moved (a claim that expired, say): it may be tried again at once,
//     but from the third time on it is put off in the same way;
//   - any newer snapshot brought by a signal forgets all of it.
//
// Other acts of the plan go on meanwhile.
type pauses map[dunning.Item]pause

type pause struct {
	tries int
	until time.Time
}

const (
	firstPause   = time.Minute
	longestPause = time.Hour
	freeTries    = 2 // tries at once while the seq moves
)

// due returns when an item may be tried.
func (p pauses) due(it dunning.Item) time.Time {
	if u := p[key(it)].until; u.After(it.At) {
		return u
	}
	return it.At
}

// note remembers that the act planned with planSeq was tried at now, and what the newest plan says of it after that.
func (p pauses) note(it dunning.Item, planSeq int64, newest collection.Snapshot, now time.Time) {
	k := key(it)
	if !holds(newest.Plan, k) {
		delete(p, k)
		return
	}
	was := p[k]
	was.tries++
	if newest.Seq == planSeq || was.tries > freeTries {
		was.until = now.Add(min(longestPause, firstPause<<min(was.tries-1, 6)))
	}
	p[k] = was
}

func holds(plan dunning.Plan, k dunning.Item) bool {
	for _, it := range plan.Items {
		if key(it) == k {
			return true
		}
	}
	return false
}

// key leaves out the words, which may change without anything having moved, and makes instants comparable.
func key(it dunning.Item) dunning.Item {
	it.Reason = ""
	it.At = it.At.UTC().Truncate(0)
	return it
}

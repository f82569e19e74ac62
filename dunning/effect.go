package dunning

import (
	"slices"
	"time"
)

// Effect is what another policy would change for one running case.
type Effect struct {
	Before []Row `json:"before"` // what comes under its own policy
	After  []Row `json:"after"`  // what would come under the other
	First  int   `json:"first"`  // index of the first difference; -1: there is none
}

// EffectOf compares what comes for a case under the policy it follows with what would come under another
// one, supposing in both that decisions are approved and messages arrive. What has been taken stays
// taken; a new policy does not go back behind the last step that was.
func EffectOf(old, next *Policy, c Case, now time.Time) Effect {
	e := Effect{Before: old.ahead(c, now), First: -1}
	joined := c
	joined.Taken = slices.Clone(c.Taken)
	last := -1
	for _, t := range c.Taken {
		if t.Outcome != Skipped {
			last = max(last, next.index(t.Step))
		}
	}
	for i := range max(last, 0) { // a case joins behind its last step
		for _, a := range next.Steps[i].Acts {
			joined.Taken = append(joined.Taken, Taken{Step: next.Steps[i].ID, Act: a, Outcome: Skipped, At: now})
		}
	}
	e.After = next.ahead(joined, now)
	for i := range max(len(e.Before), len(e.After)) {
		if i >= len(e.Before) || i >= len(e.After) || !e.Before[i].same(e.After[i]) {
			e.First = i
			break
		}
	}
	return e
}

// ahead are the acts that come, with what holds the others.
func (p *Policy) ahead(c Case, now time.Time) []Row {
	return slices.DeleteFunc(p.Explain(c, now), func(r Row) bool { return r.State != "planned" && r.State != "held" })
}

// same says whether a debtor would notice no difference.
func (r Row) same(o Row) bool {
	return r.Step == o.Step && r.Channel == o.Channel && r.Template == o.Template && r.State == o.State && r.At.Equal(o.At)
}

package dunning

import "fmt"

// Join returns the acts of the policy that end as skipped when a case that followed old takes it: those
// of the steps before the one taken last, and what that step did not have to do under old. A step is the
// same when its id is, or, where the policy does not know the id, when its messages have the same template.
// Decisions, placements and expiries are never skipped; what comes after the stand is left alone.
func (p *Policy) Join(old *Policy, taken []Taken) []Skip {
	at, whole := p.stand(old, taken)
	why := fmt.Sprintf("the case joined %s v%d behind it", p.Name, p.Version)
	var behind []Skip
	for i := 0; i <= at; i++ {
		s := &p.Steps[i]
		before, _ := old.Step(s.ID)
		for _, a := range s.Acts {
			if !a.Contacts() || hasEnd(taken, s.ID, a) || i == at && !whole && before.Has(a) {
				continue
			}
			behind = append(behind, Skip{Step: s.ID, Act: a, Reason: why})
		}
	}
	return behind
}

// stand returns the step at which a case joins the policy: the last one that was taken, or -1. whole says
// that it was taken under another id, so that nothing of it is left to do.
func (p *Policy) stand(old *Policy, taken []Taken) (at int, whole bool) {
	at = -1
	for _, t := range taken {
		if t.Outcome == Skipped {
			continue
		}
		if i := p.index(t.Step); i >= 0 {
			if i >= at {
				at, whole = i, false
			}
			continue
		}
		if i := p.told(old, t.Step); i > at {
			at, whole = i, true
		}
	}
	return at, whole
}

// told returns the last step that says what a step of another policy has said, or -1.
func (p *Policy) told(old *Policy, step string) int {
	was, ok := old.Step(step)
	if !ok || was.Template == "" {
		return -1
	}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		if p.Steps[i].Template == was.Template {
			return i
		}
	}
	return -1
}

func hasEnd(taken []Taken, step string, a Act) bool {
	for _, t := range taken {
		if t.Step == step && t.Act == a {
			return true
		}
	}
	return false
}

package dunning_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/dunning"
)

// world drives several cases at once. Those of one debtor count each other's contacts, those of others
// at the same address count them for the address; nobody is told of a contact but by the next plan.
type world struct {
	t     *rapid.T
	cases []*sim
}

func newWorld(t *rapid.T, p *dunning.Policy) *world {
	w := &world{t: t}
	first := drawFeaturedCase(t)
	for i := range rapid.IntRange(2, 5).Draw(t, "cases") {
		c := cloned(first)
		c.IssuedAt = first.IssuedAt.Add(time.Duration(rapid.IntRange(0, 5*24*60).Draw(t, "later")) * time.Minute)
		c.DueOn = first.DueOn.AddDays(rapid.IntRange(0, 4).Draw(t, "due later"))
		if rapid.IntRange(0, 3).Draw(t, "other debtor") == 0 {
			c.DebtorID = fmt.Sprintf("acme/other-%d", i)
		}
		s := newSim(t, p, c)
		drawStops(t, s)
		w.cases = append(w.cases, s)
	}
	for _, s := range w.cases {
		s.feed = func(contact dunning.Contact) { w.tell(s, contact) }
	}
	return w
}

// tell puts a contact into the log of every other case that shares the debtor or the address.
func (w *world) tell(from *sim, contact dunning.Contact) {
	for _, s := range w.cases {
		own := s.c.DebtorID == from.c.DebtorID
		if s == from || !own && contact.Address == "" {
			continue
		}
		told := contact
		told.Other = !own
		s.c.Contacts = append(s.c.Contacts, told)
	}
}

// run lets whatever comes first happen, case by case.
func (w *world) run() {
	limit := w.cases[0].now.AddDate(10, 0, 0) // one contact in 14 days, shared by five cases, takes years
	for _, s := range w.cases {
		s.replan()
	}
	for range 20000 {
		var next *sim
		var when time.Time
		for _, s := range w.cases {
			if at, what := s.next(); what != "" && at.Before(limit) && (next == nil || at.Before(when)) {
				next, when = s, at
			}
		}
		if next == nil {
			return
		}
		next.once()
	}
	require.FailNow(w.t, "the cases do not come to rest")
}

// TestSiblingsKeepTheCapsTogether: whatever the policy, several invoices of one debtor and of others at
// the same address stay together within the caps and the house rule, and each case still ends.
func TestSiblingsKeepTheCapsTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, drawPolicy(t))
		w.run() // checks caps and the day at each contact
		for _, s := range w.cases {
			s.complete()
		}
	})
}

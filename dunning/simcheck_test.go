package dunning_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// stillOwed checks that nobody is asked for an instalment that is covered.
func (s *sim) stillOwed(step string) {
	if s.c.PayPlan == nil {
		return
	}
	for _, in := range s.c.PayPlan.Instalments {
		if strings.HasSuffix(step, fmt.Sprintf("-due-%d", in.N)) || strings.HasSuffix(step, fmt.Sprintf("-missed-%d", in.N)) {
			require.True(s.t, in.Open.Positive(), "%s asks for what is covered", step)
		}
	}
}

// keepsDistance checks what stands between a step and what was written before: the step before of one
// that is counted from it, and a new due date that was given.
func (s *sim) keepsDistance(step dunning.Step) {
	today := invoice.DateOf(s.local())
	if strings.HasPrefix(step.ID, "plan-") {
		return
	}
	for i := range s.p.Steps {
		before := s.p.Steps[i]
		if before.ID == step.ID {
			break
		}
		for _, e := range s.log {
			day := invoice.DateOf(e.At.In(s.local().Location()))
			if e.Step != before.ID || e.Outcome == dunning.Skipped {
				continue
			}
			if s.p.Steps[i+1].ID == step.ID && step.At.Anchor == dunning.AtPrevious && step.At.Unit == dunning.Days && before.Done != dunning.DoneAny {
				require.False(s.t, today.Before(day.AddDays(step.At.N)), "%s on %s is too close to %s on %s", step.ID, today, before.ID, day)
			}
			if e.Outcome == dunning.Accepted && !before.NewDue.IsZero() {
				require.True(s.t, day.AddDays(before.NewDue.N).Before(today), "%s on %s, before the new due date of %s on %s", step.ID, today, before.ID, day)
			}
		}
	}
}

// inWindow checks the hours by the wall clock alone, and weekends; holidays have tests of their own.
func (s *sim) inWindow(step dunning.Step) {
	at := s.local()
	minute := at.Hour()*60 + at.Minute()
	from, to := 9*60, 18*60
	if step.Class == dunning.Service {
		from, to = 8*60, 21*60
	} else if s.c.Country != "CN" {
		require.False(s.t, at.Weekday() == time.Saturday || at.Weekday() == time.Sunday, "%s on a weekend: %s", step.ID, at)
	}
	require.True(s.t, minute >= from && minute < to, "%s outside its window: %s", step.ID, at)
}

func (s *sim) keepsGap(step dunning.Step) {
	for _, e := range s.log {
		told := e.Outcome == dunning.Accepted || e.Outcome == dunning.Done
		if e.Step == step.ID || !e.Act.Contacts() || !told || s.c.Kind == invoice.KindOrder {
			continue
		}
		earliest := e.At.In(s.local().Location()).AddDate(0, 0, step.MinGap.N)
		if step.MinGap.Unit == dunning.Hours {
			earliest = e.At.Add(time.Duration(step.MinGap.N) * time.Hour)
		}
		require.False(s.t, s.now.Before(earliest), "%s at %s comes too soon after %s at %s", step.ID, s.now, e.Step, e.At)
	}
}

// keepsCap counts anew what the caps allow, with the contact that is about to be made.
func (s *sim) keepsCap(step dunning.Step, a dunning.Act) {
	if step.Class == dunning.Service {
		return
	}
	within := func(limit dunning.Cap, counts func(c dunning.Contact) bool) {
		n := 1
		for _, c := range s.c.Contacts {
			if counts(c) && c.At.After(s.now.Add(-time.Duration(limit.Days)*24*time.Hour)) {
				n++
			}
		}
		require.True(s.t, limit.N == 0 || n <= limit.N, "%s by %s is one too many: %d in %d days", step.ID, a, n, limit.Days)
	}
	caps, address := s.p.Caps, s.c.Reach[a].Address
	if a == dunning.PhoneTask {
		within(caps.Calls, func(c dunning.Contact) bool { return !c.Other && c.Act == a })
	} else {
		within(caps.Channel, func(c dunning.Contact) bool { return !c.Other && c.Act == a })
		s.keepsDay(step)
	}
	if address != "" {
		within(caps.Address, func(c dunning.Contact) bool { return c.Address == address })
	}
	var started time.Time
	n := 1
	for _, contact := range s.c.Contacts {
		c := contact.At
		if !contact.Other && (started.IsZero() || c.Sub(started) >= time.Hour) {
			started = c
			if c.After(s.now.Add(-time.Duration(caps.Days) * 24 * time.Hour)) {
				n++
			}
		}
	}
	if caps.Contacts == 0 || s.now.Sub(started) < time.Hour {
		return // part of a contact that had begun
	}
	require.LessOrEqual(s.t, n, caps.Contacts, "%s is one contact too many in %d days", step.ID, caps.Days)
}

// keepsDay checks the house rule: at most two reminder or formal messages on a day of the debtor's.
func (s *sim) keepsDay(step dunning.Step) {
	n := 1
	for _, c := range s.c.Contacts {
		if !c.Other && c.Act != dunning.PhoneTask && invoice.DateOf(c.At.In(s.local().Location())) == invoice.DateOf(s.local()) {
			n++
		}
	}
	require.LessOrEqual(s.t, n, 2, "%s is one message too many on %s", step.ID, s.local())
}

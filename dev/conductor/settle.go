package conductor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"dunlin/dev/temporal"
)

// How often the database is asked whether all is done: soon at first, as most acts take some
// milliseconds.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// settle moves the cases that are due and waits until nothing is due any more and all is quiet. It
// returns how many cases were due. While nobody works there is nothing to wait for.
func (c *Conductor) settle(ctx context.Context) (total int, err error) {
	seen, pause, progress := cases{}, firstPause, time.Now()
	for !c.isAway() {
		now, err := c.Clock.Now(ctx)
		if err != nil {
			return total, err
		}
		due, err := c.Cases.Due(ctx, now)
		if err != nil {
			return total, err
		}
		quiet := false
		if len(due) == 0 {
			if quiet, err = c.Cases.Quiet(ctx); err != nil || quiet {
				return total, err
			}
		}
		fresh, changed := seen.note(due)
		total += fresh
		if changed {
			pause, progress = firstPause, time.Now()
		} else if time.Since(progress) > c.Patience {
			return total, &StuckError{Now: now, Cases: due, lags: seen}
		}
		if err := c.move(ctx, seen, now); err != nil {
			return total, err
		}
		select {
		case <-ctx.Done():
			return total, ctx.Err()
		case <-time.After(pause):
		}
		pause = min(pause*3/2, lastPause)
	}
	return total, nil
}

// cases remembers the due cases and when to move which.
type cases map[string]*moving

type moving struct {
	at   time.Time // the act it was due for
	next time.Time // when to move it again, should it still be due
	wait time.Duration
	lag  time.Duration
	gone bool
}

// note takes over a list of due cases. It returns how many of them are due for an act not seen before, and
// whether anything is different from the last time.
func (s cases) note(due []Case) (fresh int, changed bool) {
	listed := make(map[string]bool, len(due))
	for _, d := range due {
		listed[d.WorkflowID] = true
		if m := s[d.WorkflowID]; m == nil || !m.at.Equal(d.At) {
			s[d.WorkflowID] = &moving{at: d.At, wait: 20 * time.Millisecond}
			fresh, changed = fresh+1, true
		}
	}
	for id := range s {
		if !listed[id] {
			delete(s, id)
			changed = true
		}
	}
	return fresh, changed
}

// move brings the clocks of the due cases up to the lab's, several at once. A case that stays due is
// looked at again in growing distances: it may have been busy, or not started yet.
func (c *Conductor) move(ctx context.Context, due cases, now time.Time) error {
	read := time.Now()
	lab := func() time.Time { return now.Add(time.Since(read)) } // it ticks, and only we set it
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		first error
		slots = make(chan struct{}, c.Parallel)
	)
	for id, m := range due {
		if read.Before(m.next) {
			continue
		}
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			lag, err := c.Mover.CatchUp(ctx, id, lab)
			m.lag, m.gone = lag, errors.Is(err, temporal.ErrGone)
			m.next, m.wait = time.Now().Add(m.wait), min(m.wait*2, time.Second)
			if err != nil && !m.gone {
				mu.Lock()
				defer mu.Unlock()
				first = errors.Join(first, err)
			}
		})
	}
	all.Wait()
	return first
}

// StuckError says that the lab cannot go on, because due cases do not act.
type StuckError struct {
	Now   time.Time // on the lab's clock
	Cases []Case    // those due; none if a wake or a message is stuck instead
	lags  cases
}

// Error lists the cases.
func (e *StuckError) Error() string {
	when := e.Now.UTC().Format("2 January 2006 15:04")
	if len(e.Cases) == 0 {
		return "the lab cannot go on from " + when + ": no case is due, but a wake is not delivered or a message not answered; look for both in the worker's log"
	}
	list := slices.Clone(e.Cases)
	slices.SortFunc(list, func(a, b Case) int { return a.At.Compare(b.At) })
	lines := make([]string, 0, len(list))
	for _, d := range list {
		lines = append(lines, fmt.Sprintf("  %s, due %s%s", d.WorkflowID, d.At.UTC().Format("2 January 15:04:05"), e.lags.explain(d.WorkflowID)))
	}
	return fmt.Sprintf("the lab cannot go on from %s: %d case(s) are due and do not act (is a worker running? the Temporal UI shows what each waits for):\n%s",
		when, len(list), strings.Join(lines, "\n"))
}

func (s cases) explain(id string) string {
	switch m := s[id]; {
	case m == nil:
		return ""
	case m.gone:
		return ", its workflow does not run"
	case m.lag > time.Second:
		return ", its clock lags " + m.lag.Round(time.Second).String() + " behind: something is in flight"
	default:
		return ", its clock is up to date"
	}
}

func call(ctx context.Context, e Event) error {
	if err := e.Do(ctx); err != nil {
		return fmt.Errorf("the event %q of %s: %w", e.Name, e.At.UTC().Format(time.RFC3339), err)
	}
	return nil
}

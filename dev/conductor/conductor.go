// Package conductor moves a lab through time: the lab's clock, which is the product's business clock, and
// the clocks of the workflows behind it.
//
// It takes everything due within the same quarter of an hour, sets the lab clock to the end of that
// quarter, fast-forwards exactly the cases that are due, waits until all is quiet, and goes on with the
// next. So the case with nothing to do costs nothing, and no workflow's clock ever runs ahead of the
// lab's: it lags, and catches up when its next act is due.
package conductor

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Clock is the lab's clock: the wall clock plus a stored offset, so it ticks.
type Clock interface {
	// Now returns the lab's time.
	Now(ctx context.Context) (time.Time, error)
	// Advance sets the clock forward to an instant. It never moves back: a past instant changes nothing.
	Advance(ctx context.Context, to time.Time) error
}

// Case is an open case whose next act is due.
type Case struct {
	WorkflowID string
	At         time.Time // when that act is due
}

// Cases is what the product's database knows about the cases.
type Cases interface {
	// NextDue returns the earliest instant at which an open case is due; false if none ever is.
	NextDue(ctx context.Context) (time.Time, bool, error)
	// Due lists the open cases due at or before an instant, each with its earliest act.
	Due(ctx context.Context, until time.Time) ([]Case, error)
	// Quiet reports that no wake waits for delivery and no message is on its way.
	Quiet(ctx context.Context) (bool, error)
}

// Mover brings a workflow's own clock up to the lab's: temporal.Skipper.
type Mover interface {
	// CatchUp starts to move the clock and returns how far it lagged, 0 if not at all. It wraps
	// temporal.ErrGone if the workflow does not run (yet, or any more).
	CatchUp(ctx context.Context, workflowID string, now func() time.Time) (time.Duration, error)
}

// Event is something scripted: a payment on its day, a worker that is killed.
type Event struct {
	At   time.Time
	Name string // for errors and progress
	Do   func(ctx context.Context) error
}

// Options says whom to conduct, and how.
type Options struct {
	Clock Clock
	Cases Cases
	Mover Mover
	// Window is the time taken at one go. Defaults to 15 minutes.
	Window time.Duration
	// Parallel is how many clocks are moved at once. Defaults to 8.
	Parallel int
	// Patience is how long to wait without any progress before giving up with a StuckError. It must be longer
	// than the time a Temporal server takes to hand the work of a killed worker to another. Defaults to 2 minutes.
	Patience time.Duration
	// Progress, if set, is told the lab's time after each step, and how many cases were due in it.
	Progress func(now time.Time, due int)
}

// Conductor moves one lab. Its methods may be called concurrently; they take turns.
type Conductor struct {
	Options
	turn  sync.Mutex
	state sync.Mutex
	away  bool
}

// New returns a conductor.
func New(o Options) *Conductor {
	if o.Window == 0 {
		o.Window = 15 * time.Minute
	}
	if o.Parallel == 0 {
		o.Parallel = 8
	}
	if o.Patience == 0 {
		o.Patience = 2 * time.Minute
	}
	if o.Progress == nil {
		o.Progress = func(time.Time, int) {}
	}
	return &Conductor{Options: o}
}

// SetAway tells that nobody works: while it is on, time passes without waiting for the cases, and what
// falls due piles up. An event switches it on when it stops the worker, and off after the worker is back.
func (c *Conductor) SetAway(away bool) {
	c.state.Lock()
	defer c.state.Unlock()
	c.away = away
}

func (c *Conductor) isAway() bool {
	c.state.Lock()
	defer c.state.Unlock()
	return c.away
}

// Travel moves the lab to an instant. Each event is called when everything due before it is done; those
// at the same instant in the given order, those in the past at once, those after the end not at all.
func (c *Conductor) Travel(ctx context.Context, to time.Time, events ...Event) error {
	c.turn.Lock()
	defer c.turn.Unlock()
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	moved := time.Now()
	for {
		due, err := c.settle(ctx)
		if err != nil {
			return err
		}
		now, err := c.Clock.Now(ctx)
		if err != nil {
			return err
		}
		if c.Progress(now, due); due > 0 {
			moved = time.Now()
		}
		stop := to
		if len(events) > 0 && !events[0].At.After(to) {
			stop = events[0].At
		}
		if !stop.After(now) {
			if len(events) == 0 || events[0].At.After(to) {
				return nil
			}
			if err := call(ctx, events[0]); err != nil {
				return err
			}
			events, moved = events[1:], time.Now()
			continue
		}
		next, err := c.next(ctx, stop)
		if err != nil {
			return err
		}
		if next.After(now) {
			err, moved = c.Clock.Advance(ctx, next), time.Now()
		} else if time.Since(moved) < c.Patience {
			time.Sleep(firstPause) // something fell due just now
		} else {
			err = &StuckError{Now: now}
		}
		if err != nil {
			return err
		}
	}
}

// next returns the end of the next window in which something is due, at most stop.
func (c *Conductor) next(ctx context.Context, stop time.Time) (time.Time, error) {
	if c.isAway() {
		return stop, nil
	}
	due, any, err := c.Cases.NextDue(ctx)
	if err != nil || !any || !due.Before(stop) {
		return stop, err
	}
	return minTime(stop, due.Truncate(c.Window).Add(c.Window)), nil
}

// Settle waits until everything due by now is done and all is quiet.
func (c *Conductor) Settle(ctx context.Context) error {
	c.turn.Lock()
	defer c.turn.Unlock()
	_, err := c.settle(ctx)
	return err
}

// Follow keeps the cases in step with a clock that merely ticks, until ctx ends: their own clocks may
// lag, so that without it nothing would happen when the lab's time comes. It looks every second, and
// rests while the lab travels.
func (c *Conductor) Follow(ctx context.Context) error {
	seen := cases{}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if !c.turn.TryLock() {
			continue
		}
		err := c.follow(ctx, seen)
		c.turn.Unlock()
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
}

func (c *Conductor) follow(ctx context.Context, seen cases) error {
	now, err := c.Clock.Now(ctx)
	if err != nil {
		return err
	}
	due, err := c.Cases.Due(ctx, now)
	if err != nil {
		return err
	}
	seen.note(due)
	return c.move(ctx, seen, now)
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

package faults_test

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dev/conductor"
)

// quietMonday is noon of the first Monday of next July, in Berlin: no step of the following 80 days meets
// a weekend or a holiday there, whenever the tests are run.
func quietMonday() time.Time {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	day := time.Date(time.Now().Year()+1, time.July, 1, 12, 0, 0, 0, berlin)
	for day.Weekday() != time.Monday {
		day = day.AddDate(0, 0, 1)
	}
	return day.UTC()
}

// clock is the lab's, for the conductor.
type clock struct{ w *world }

func (c clock) Now(ctx context.Context) (time.Time, error) { return c.w.books.Now(ctx) }
func (c clock) Advance(ctx context.Context, to time.Time) error {
	if err := c.w.books.SetLabClock(ctx, to); err != nil {
		return err
	}
	return c.w.readClock(ctx)
}

func (w *world) readClock(ctx context.Context) error {
	var micros int64
	err := w.pool.QueryRow(ctx, `SELECT (extract(epoch FROM clock_offset) * 1000000)::bigint FROM system`).Scan(&micros)
	w.offset.Store(micros)
	return err
}

// now is the lab's time.
func (w *world) now() time.Time {
	return time.Now().Round(0).Add(time.Duration(w.offset.Load()) * time.Microsecond).UTC()
}

// cases tell the conductor what is due; providers' reports count as well.
type cases struct{ w *world }

func (c cases) NextDue(ctx context.Context) (time.Time, bool, error) {
	at, any, err := c.w.books.NextDue(ctx)
	if _, next := c.w.sandbox.Pending(); !next.IsZero() && (!any || next.Before(at)) {
		return next, true, err
	}
	return at, any, err
}

func (c cases) Due(ctx context.Context, until time.Time) (all []conductor.Case, _ error) {
	due, err := c.w.books.Due(ctx, until)
	for _, d := range due {
		all = append(all, conductor.Case{WorkflowID: collection.WorkflowID(d.Key, d.Cycle), At: d.At})
	}
	return all, err
}

func (c cases) Quiet(ctx context.Context) (bool, error) {
	if due, _ := c.w.sandbox.Pending(); due > 0 {
		return false, nil
	}
	return c.w.books.Quiet(ctx)
}

// follow keeps the cases' own clocks in step with the lab's between two travels, through outages, too.
func (w *world) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if w.conductor.Follow(ctx) != nil {
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// travel moves the lab to so many days after its creation.
func (w *world) travel(days float64, events ...conductor.Event) {
	w.t.Helper()
	require.NoError(w.t, w.conductor.Travel(w.t.Context(), w.day(days), events...))
}

func (w *world) settle() {
	w.t.Helper()
	require.NoError(w.t, w.conductor.Settle(w.t.Context()))
}

func (w *world) day(n float64) time.Time {
	return w.begin.Add(time.Duration(n * 24 * float64(time.Hour)))
}

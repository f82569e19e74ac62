package temporal_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"dunlin/dev/temporal"
)

// A whole collection life of 120 days with eight acts takes seconds.
func TestFastForward(t *testing.T) {
	t.Parallel()
	l := sharedLab(t)
	s := temporal.NewSkipper(l.client, l.server.Namespace())
	begin := time.Now()
	var plan []time.Time
	for i := range 8 {
		plan = append(plan, begin.Add(days(15*(i+1))))
	}
	run := start(t, l.client, plan)
	_, err := s.FastForward(t.Context(), run.GetID(), days(121))
	require.NoError(t, err)
	var acted []time.Time
	require.NoError(t, run.Get(t.Context(), &acted))
	t.Logf("120 days in %v", time.Since(begin).Round(time.Millisecond))
	require.Len(t, acted, 8)
	for i := range acted {
		require.WithinDuration(t, plan[i], acted[i], 30*time.Second)
		require.False(t, acted[i].Before(plan[i]), "act %d was early", i)
	}
	_, err = s.FastForward(t.Context(), run.GetID(), time.Hour)
	require.ErrorIs(t, err, temporal.ErrGone)
	_, err = s.VirtualNow(t.Context(), run.GetID())
	require.ErrorIs(t, err, temporal.ErrGone)
	_, err = s.VirtualNow(t.Context(), "never started")
	require.ErrorIs(t, err, temporal.ErrGone)
}

// A fast-forward stops at its end, before a timer that is due later.
func TestStopsAtTheEnd(t *testing.T) {
	t.Parallel()
	l := sharedLab(t)
	s := temporal.NewSkipper(l.client, l.server.Namespace())
	begin := time.Now()
	run := start(t, l.client, []time.Time{begin.Add(days(10)), begin.Add(days(20))})
	id, err := s.FastForward(t.Context(), run.GetID(), days(15))
	require.NoError(t, err)
	require.NoError(t, s.WaitFastForward(t.Context(), run.GetID(), id))
	require.Len(t, l.actsOf(run.GetID()), 1)
	virtual, err := s.VirtualNow(t.Context(), run.GetID())
	require.NoError(t, err)
	require.WithinDuration(t, begin.Add(days(15)), virtual, time.Minute)
}

// A plan that arrives at a workflow whose own clock lags behind the lab's is kept to by the lab's time.
func TestSignalToLaggingWorkflow(t *testing.T) {
	t.Parallel()
	l := sharedLab(t)
	s := temporal.NewSkipper(l.client, l.server.Namespace())
	lab := clock(days(40))
	run := start(t, l.client, []time.Time{time.Now().Add(days(300))}) // its clock is 40 days behind

	due := lab.now().Add(days(10))
	require.NoError(t, l.client.SignalWorkflow(t.Context(), run.GetID(), "", "plan", []time.Time{due}))
	lag, err := s.CatchUp(t.Context(), run.GetID(), lab.now)
	require.NoError(t, err)
	require.InDelta(t, days(40).Seconds(), lag.Seconds(), 60)
	require.Eventually(t, func() bool { // it has reached the lab's time, and nothing is due yet
		virtual, err := s.VirtualNow(t.Context(), run.GetID())
		require.NoError(t, err)
		return lab.now().Sub(virtual) < time.Minute
	}, 10*time.Second, 5*time.Millisecond)
	require.Empty(t, l.actsOf(run.GetID()))

	lab.set(days(51))
	_, err = s.CatchUp(t.Context(), run.GetID(), lab.now)
	require.NoError(t, err)
	var acted []time.Time
	require.NoError(t, run.Get(t.Context(), &acted))
	require.Len(t, acted, 1)
	require.False(t, acted[0].Before(due))
	require.True(t, acted[0].Before(lab.now()))
}

// A workflow started in the lab catches up with its clock by itself, taking what is due on the way.
func TestStartAtLabClock(t *testing.T) {
	t.Parallel()
	l := sharedLab(t)
	s := temporal.NewSkipper(l.client, l.server.Namespace())
	lab := clock(days(30))
	c, err := client.Dial(l.server.ClientOptions(lab.offset))
	require.NoError(t, err)
	defer c.Close()
	late, next := lab.now().Add(-days(1)), lab.now().Add(days(5))
	run := start(t, c, []time.Time{late, next})
	require.Eventually(t, func() bool {
		virtual, err := s.VirtualNow(t.Context(), run.GetID())
		require.NoError(t, err)
		now := lab.now()
		require.False(t, virtual.After(now), "it never leads")
		return now.Sub(virtual) < 10*time.Second
	}, 10*time.Second, 5*time.Millisecond)
	acts := l.actsOf(run.GetID())
	require.Len(t, acts, 1, "what was due is done, what comes is not")
	require.False(t, acts[0].Before(late))
}

// However often and concurrently the lab moves, no workflow's clock is ever ahead of it.
func TestNeverLeads(t *testing.T) {
	t.Parallel()
	l := sharedLab(t)
	s := temporal.NewSkipper(l.client, l.server.Namespace())
	lab := clock(days(1))
	c, err := client.Dial(l.server.ClientOptions(lab.offset))
	require.NoError(t, err)
	defer c.Close()
	var all sync.WaitGroup
	for range 4 {
		plan := []time.Time{lab.now().Add(days(2)), lab.now().Add(days(4)), lab.now().Add(days(900))}
		run := start(t, c, plan)
		all.Go(func() {
			for n := range 12 {
				lab.set(days(2 + n))
				_, err := s.CatchUp(t.Context(), run.GetID(), lab.now)
				require.NoError(t, err)
				virtual, err := s.VirtualNow(t.Context(), run.GetID())
				require.NoError(t, err)
				require.False(t, virtual.After(lab.now()))
			}
		})
	}
	all.Wait()
}

// labClock is the wall clock plus an offset that only grows.
type labClock struct{ d atomic.Int64 }

func clock(d time.Duration) *labClock {
	c := &labClock{}
	c.set(d)
	return c
}

func (c *labClock) set(d time.Duration) {
	for {
		old := c.d.Load()
		if old >= int64(d) || c.d.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}
func (c *labClock) offset() time.Duration { return time.Duration(c.d.Load()) }
func (c *labClock) now() time.Time        { return time.Now().Add(c.offset()) }

package conductor_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"dunlin/dev/conductor"
	"dunlin/dev/temporal"
)

// walk acts at each instant of its plan, like a case.
func walk(ctx workflow.Context, plan []time.Time) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	for _, at := range plan {
		if err := workflow.NewTimer(ctx, at.Sub(workflow.Now(ctx))).Get(ctx, nil); err != nil {
			return err
		}
		if err := workflow.ExecuteActivity(ctx, "act", at).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// lab is a database of cases and a clock, in memory.
type lab struct {
	queue  string
	mu     sync.Mutex
	plans  map[string][]time.Time // what is still to do, by workflow
	late   time.Duration          // the latest act behind its instant
	early  int                    // acts before their instant
	acts   int
	offset atomic.Int64
}

func (l *lab) now() time.Time                         { return time.Now().Add(l.ahead()) }
func (l *lab) ahead() time.Duration                   { return time.Duration(l.offset.Load()) }
func (l *lab) Now(context.Context) (time.Time, error) { return l.now(), nil }
func (l *lab) Quiet(context.Context) (bool, error)    { return true, nil }
func (l *lab) Advance(_ context.Context, to time.Time) error {
	l.offset.Store(int64(max(time.Until(to), l.ahead())))
	return nil
}
func (l *lab) NextDue(context.Context) (time.Time, bool, error) { return l.next() }

func (l *lab) next() (first time.Time, any bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, plan := range l.plans {
		if len(plan) > 0 && (!any || plan[0].Before(first)) {
			first, any = plan[0], true
		}
	}
	return first, any, nil
}

func (l *lab) Due(_ context.Context, until time.Time) (due []conductor.Case, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, plan := range l.plans {
		if len(plan) > 0 && !plan[0].After(until) {
			due = append(due, conductor.Case{WorkflowID: id, At: plan[0]})
		}
	}
	return due, nil
}

func (l *lab) act(ctx context.Context, at time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := activity.GetInfo(ctx).WorkflowExecution.ID
	l.plans[id] = slices.DeleteFunc(l.plans[id], func(t time.Time) bool { return t.Equal(at) })
	l.acts++
	l.late = max(l.late, l.now().Sub(at))
	if l.now().Before(at) {
		l.early++
	}
	return nil
}

func (l *lab) worker(t *testing.T, c client.Client) worker.Worker {
	t.Helper()
	w := worker.New(c, l.queue, worker.Options{})
	w.RegisterWorkflow(walk)
	w.RegisterActivityWithOptions(l.act, activity.RegisterOptions{Name: "act"})
	require.NoError(t, w.Start())
	return w
}

var server = sync.OnceValues(func() (*temporal.Server, error) {
	return temporal.Start(context.Background(), temporal.Options{Lab: true, UIPort: temporal.NoUI})
})

// setup starts n cases with the given plans on a real server and returns the conductor of their lab.
func setup(t *testing.T, plans map[string][]time.Time, patience time.Duration) (*lab, *conductor.Conductor, client.Client) {
	t.Helper()
	s, err := server()
	require.NoError(t, err)
	l := &lab{queue: uuid.NewString(), plans: map[string][]time.Time{}}
	c, err := client.Dial(s.ClientOptions(l.ahead))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	for id, plan := range plans {
		id = l.queue + "/" + id // tests that are repeated share the server
		l.plans[id] = plan
		_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: l.queue}, walk, plan)
		require.NoError(t, err)
	}
	return l, conductor.New(conductor.Options{
		Clock: l, Cases: l, Mover: temporal.NewSkipper(c, s.Namespace()), Patience: patience,
	}), c
}

func days(n float64) time.Duration { return time.Duration(n * 24 * float64(time.Hour)) }

// Sixty cases with ten acts each over 150 days, at the pace of the demo.
func TestWholeLife(t *testing.T) {
	const cases, acts = 60, 10
	random := rand.New(rand.NewPCG(1, 2))
	begin, plans := time.Now(), map[string][]time.Time{}
	for i := range cases {
		var plan []time.Time
		for range acts {
			day := days(float64(random.IntN(149) + 1))
			plan = append(plan, begin.Add(day).Truncate(24*time.Hour).Add(9*time.Hour+time.Duration(random.IntN(9*60*60))*time.Second))
		}
		slices.SortFunc(plan, time.Time.Compare)
		plans["whole/"+string(rune('A'+i/26))+string(rune('a'+i%26))] = plan
	}
	l, c, client := setup(t, plans, 30*time.Second)
	w := l.worker(t, client)
	defer w.Stop()
	steps := 0
	c.Progress = func(time.Time, int) { steps++ }
	travel := time.Now()
	require.NoError(t, c.Travel(t.Context(), begin.Add(days(151))))
	t.Logf("%d acts of %d cases in %d steps: %v", l.acts, cases, steps, time.Since(travel).Round(time.Millisecond))
	require.Equal(t, cases*acts, l.acts)
	require.Zero(t, l.early)
	require.Less(t, l.late, 16*time.Minute)
}

// Events happen in order and at their instant, after everything due before them.
func TestEvents(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	l, c, client := setup(t, map[string][]time.Time{"events": {begin.Add(days(2)), begin.Add(days(4))}}, 30*time.Second)
	w := l.worker(t, client)
	defer w.Stop()
	var told []string
	event := func(day float64, name string) conductor.Event {
		return conductor.Event{At: begin.Add(days(day)), Name: name, Do: func(context.Context) error {
			require.WithinDuration(t, begin.Add(days(day)), l.now(), 15*time.Minute)
			require.False(t, l.now().Before(begin.Add(days(day))))
			told = append(told, name)
			require.Equal(t, map[string]int{"one": 0, "three": 1, "three again": 1}[name], l.acts)
			return nil
		}}
	}
	require.NoError(t, c.Travel(t.Context(), begin.Add(days(5)), event(3, "three"), event(9, "never"), event(3, "three again"), event(1, "one")))
	require.Equal(t, []string{"one", "three", "three again"}, told)
	require.Equal(t, 2, l.acts)
	require.ErrorContains(t, c.Travel(t.Context(), begin.Add(days(6)), conductor.Event{
		At: begin, Name: "past", Do: func(context.Context) error { return context.Canceled },
	}), `"past"`)
}

// While the worker is away time passes; what fell due is done when it is back.
func TestAway(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	l, c, client := setup(t, map[string][]time.Time{
		"away/1": {begin.Add(days(1)), begin.Add(days(3))}, "away/2": {begin.Add(days(2))},
	}, 30*time.Second)
	require.NoError(t, c.Travel(t.Context(), begin.Add(days(4)),
		conductor.Event{At: begin.Add(days(0.5)), Do: func(context.Context) error { c.SetAway(true); return nil }},
		conductor.Event{At: begin.Add(days(2.5)), Do: func(context.Context) error {
			require.Zero(t, l.acts)
			w := l.worker(t, client)
			t.Cleanup(w.Stop)
			c.SetAway(false)
			return nil
		}}))
	require.Equal(t, 3, l.acts)
}

// A lab that cannot go on says which cases hold it up.
func TestStuck(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	l, c, _ := setup(t, map[string][]time.Time{"stuck/1": {begin.Add(days(1))}}, 300*time.Millisecond)
	l.mu.Lock()
	l.plans["stuck/never started"] = []time.Time{begin.Add(days(1))}
	l.mu.Unlock()
	err := c.Travel(t.Context(), begin.Add(days(2)))
	var stuck *conductor.StuckError
	require.ErrorAs(t, err, &stuck)
	require.Len(t, stuck.Cases, 2)
	require.ErrorContains(t, err, "stuck/1, due")
	require.ErrorContains(t, err, "stuck/never started")
	require.ErrorContains(t, err, "does not run")
}

// Follow lets a lagging case act when the lab's time merely ticks on to its instant.
func TestFollow(t *testing.T) {
	t.Parallel()
	l, c, client := setup(t, map[string][]time.Time{"follow": {time.Now().Add(days(1) + 2*time.Second)}}, 30*time.Second)
	w := l.worker(t, client)
	defer w.Stop()
	require.NoError(t, l.Advance(t.Context(), time.Now().Add(days(1)))) // its own clock is a day behind now
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Follow(ctx) }()
	require.Eventually(t, func() bool { l.mu.Lock(); defer l.mu.Unlock(); return l.acts == 1 }, 20*time.Second, 20*time.Millisecond)
	stop()
	require.NoError(t, <-done)
	require.Zero(t, l.early)
}

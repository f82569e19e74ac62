package temporal_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"dunlin/dev/temporal"
)

// queue is the task queue of the tests.
const queue = "walk"

// walk is a tiny case: it waits for one instant after the other and acts at each. A signal replaces the
// instants that are left. It returns the times of its own clock at which it acted.
func walk(ctx workflow.Context, plan []time.Time) (acted []time.Time, err error) {
	replaced := workflow.GetSignalChannel(ctx, "plan")
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	for len(plan) > 0 {
		waiting, cancel := workflow.WithCancel(ctx)
		due := workflow.NewTimer(waiting, plan[0].Sub(workflow.Now(ctx)))
		fired := false
		workflow.NewSelector(ctx).
			AddFuture(due, func(workflow.Future) { fired = true }).
			AddReceive(replaced, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, &plan) }).
			Select(ctx)
		cancel()
		if !fired {
			continue
		}
		if err := workflow.ExecuteActivity(ctx, "act", workflow.Now(ctx)).Get(ctx, nil); err != nil {
			return nil, err
		}
		acted, plan = append(acted, workflow.Now(ctx)), plan[1:]
	}
	return acted, nil
}

// lab is a server with a worker, shared by the tests of one run.
type lab struct {
	server *temporal.Server
	client client.Client
	mu     sync.Mutex
	acts   map[string][]time.Time // by workflow: the workflow's clock at each act
}

var shared = sync.OnceValues(func() (*lab, error) {
	s, err := temporal.Start(context.Background(), temporal.Options{Lab: true, UIPort: temporal.NoUI})
	if err != nil {
		return nil, err
	}
	return newLab(s)
})

func newLab(s *temporal.Server) (*lab, error) {
	l := &lab{server: s, acts: map[string][]time.Time{}}
	var err error
	if l.client, err = client.Dial(s.ClientOptions(nil)); err != nil {
		return nil, err
	}
	w := worker.New(l.client, queue, worker.Options{})
	w.RegisterWorkflow(walk)
	w.RegisterActivityWithOptions(l.act, activity.RegisterOptions{Name: "act"})
	return l, w.Start()
}

func (l *lab) act(ctx context.Context, virtual time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := activity.GetInfo(ctx).WorkflowExecution.ID
	l.acts[id] = append(l.acts[id], virtual)
	return nil
}

func (l *lab) actsOf(id string) []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acts[id]
}

func sharedLab(t *testing.T) *lab {
	t.Helper()
	l, err := shared()
	require.NoError(t, err)
	return l
}

func start(t *testing.T, c client.Client, plan []time.Time) client.WorkflowRun {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: uuid.NewString(), TaskQueue: queue}, walk, plan)
	require.NoError(t, err)
	return run
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

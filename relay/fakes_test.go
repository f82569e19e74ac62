package relay_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func caseN(number string) collection.Case {
	return collection.Case{Key: invoice.Key{Creditor: "acme", Number: number}, Cycle: 1}
}

func id(c collection.Case) string { return collection.WorkflowID(c.Key, c.Cycle) }

// wake is an open case with news; started says whether its workflow was started before.
func wake(number, signal string, seq int64, started bool) collection.Wake {
	return collection.Wake{
		Case: caseN(number), DebtorID: "D1", Amount: invoice.NewMoney(120000, "EUR"), DueOn: invoice.NewDate(2026, time.May, 14),
		Signal: signal, Started: started,
		Snapshot: collection.Snapshot{Seq: seq, Balance: invoice.NewMoney(70000, "EUR"), Plan: dunning.Plan{Stage: dunning.StageOverdue}},
	}
}

type failure struct {
	number  string
	reason  string
	refused bool
}

// fakeOutbox hands out wakes as a database would: leased ones are not handed out again until they failed.
type fakeOutbox struct {
	mu        sync.Mutex
	wakes     []collection.Wake
	standing  map[string]collection.Standing // by workflow ID
	started   []string                       // "number run"
	delivered []string                       // "number seq"
	failed    []failure
	claims    []int // max of each claim
	changed   chan struct{}
	startErr  error
}

func newOutbox(wakes ...collection.Wake) *fakeOutbox {
	o := &fakeOutbox{wakes: wakes, standing: map[string]collection.Standing{}, changed: make(chan struct{}, 1000)}
	for _, w := range wakes {
		o.standing[id(w.Case)] = collection.Standing{Case: w.Case, Open: true, Started: w.Started}
	}
	return o
}

func (o *fakeOutbox) ClaimWakes(_ context.Context, max int) ([]collection.Wake, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.claims = append(o.claims, max)
	n := min(max, len(o.wakes))
	got := slices.Clone(o.wakes[:n])
	o.wakes = o.wakes[n:]
	return got, nil
}

func (o *fakeOutbox) Started(_ context.Context, c collection.Case, runID string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.startErr != nil {
		return o.startErr
	}
	o.started = append(o.started, c.Number+" "+runID)
	return nil
}

func (o *fakeOutbox) Delivered(_ context.Context, w collection.Wake) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.delivered = append(o.delivered, fmt.Sprint(w.Number, " ", w.Snapshot.Seq))
	o.changed <- struct{}{}
	return nil
}

func (o *fakeOutbox) Failed(_ context.Context, w collection.Wake, reason string, refused bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failed = append(o.failed, failure{w.Number, reason, refused})
	if !refused {
		o.wakes = append(o.wakes, w)
	}
	o.changed <- struct{}{}
	return nil
}

func (o *fakeOutbox) Standing(_ context.Context, c collection.Case) (collection.Standing, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s, ok := o.standing[id(c)]
	if !ok {
		return s, invoice.Unknown("number", "%s does not exist", c.Number)
	}
	return s, nil
}

func (o *fakeOutbox) Listen(ctx context.Context) (<-chan struct{}, error) {
	rings := make(chan struct{})
	go func() {
		<-ctx.Done()
		close(rings)
	}()
	return rings, nil
}

// fakeTemporal knows which workflows run, and answers as the server does.
type fakeTemporal struct {
	mu        sync.Mutex
	status    map[string]enums.WorkflowExecutionStatus
	listed    []string
	starts    []client.StartWorkflowOptions
	inputs    []collection.Input
	signals   []string // "number/cycle name seq"
	err       error    // answers everything while set
	described int
}

func newTemporal(running ...string) *fakeTemporal {
	t := &fakeTemporal{status: map[string]enums.WorkflowExecutionStatus{}}
	for _, w := range running {
		t.status[w] = enums.WORKFLOW_EXECUTION_STATUS_RUNNING
		t.listed = append(t.listed, w)
	}
	return t
}

func (t *fakeTemporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return nil, t.err
	}
	status, exists := t.status[o.ID]
	running := status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	if running || (exists && o.WorkflowIDReusePolicy == enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE) {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "request", "run-0")
	}
	t.status[o.ID] = enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	t.starts = append(t.starts, o)
	t.inputs = append(t.inputs, args[0].(collection.Input))
	run := &mocks.WorkflowRun{}
	run.On("GetRunID").Return(fmt.Sprint("run-", len(t.starts)))
	return run, nil
}

func (t *fakeTemporal) SignalWorkflow(_ context.Context, workflowID, _, name string, arg any) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return t.err
	}
	if t.status[workflowID] != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return serviceerror.NewNotFound("workflow execution already completed")
	}
	c, _ := collection.ParseWorkflowID(workflowID)
	t.signals = append(t.signals, fmt.Sprint(c.Number, " ", name, " ", arg.(collection.Snapshot).Seq))
	return nil
}

func (t *fakeTemporal) DescribeWorkflowExecution(_ context.Context, workflowID, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.described++
	if t.err != nil {
		return nil, t.err
	}
	status, ok := t.status[workflowID]
	if !ok {
		return nil, serviceerror.NewNotFound("no such workflow")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{Status: status}}, nil
}

func (t *fakeTemporal) ListWorkflow(context.Context, *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	answer := &workflowservice.ListWorkflowExecutionsResponse{}
	for _, w := range t.listed {
		answer.Executions = append(answer.Executions, &workflow.WorkflowExecutionInfo{Execution: &common.WorkflowExecution{WorkflowId: w}})
	}
	return answer, t.err
}

func (t *fakeTemporal) set(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
}

var errAway = serviceerror.NewUnavailable("connection refused")

var errOdd = errors.New("payload too odd")

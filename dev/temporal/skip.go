package temporal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// Time skipping, an experimental feature of the server: a workflow has a clock of its own, which is the
// wall clock plus what was skipped so far. A fast-forward moves it by a duration: whenever the workflow
// has nothing in flight, the server skips to its next timer, and at last to the end of the duration; then
// the clock ticks at the pace of the wall clock again. The clock never runs ahead of the end that was
// asked for; while work is in flight it lags behind.

// maxSkips bounds the skips of one fast-forward: while a provider is down, each pause between two attempts
// is skipped as well. After the last one the clock just ticks until the next fast-forward.
const maxSkips = 500

// ErrGone says that a workflow is unknown to the server or has ended, so that it has no clock to move.
var ErrGone = errors.New("the workflow has ended or was never started")

// StartAtLabClock is a dial option under which every workflow that is started begins a fast-forward by
// the given offset: lab clock minus wall clock, asked at each start. Its first task still runs on the wall
// clock; then it catches up with the lab's time, taking whatever is due on the way.
func StartAtLabClock(offset func() time.Duration) grpc.DialOption {
	return grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any,
		conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
	) error {
		atLabClock(req, offset)
		return invoke(ctx, method, req, reply, conn, opts...)
	})
}

// startAtLabClock is the same on the server's side: it holds for every client, so that a worker needs to
// know nothing of labs.
func startAtLabClock(offset func() time.Duration) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		atLabClock(req, offset)
		return handle(ctx, req)
	}
}

// atLabClock makes a start begin with a fast-forward, unless it asks for one of its own.
func atLabClock(req any, offset func() time.Duration) {
	switch r := req.(type) {
	case *workflowservice.StartWorkflowExecutionRequest:
		if d := offset(); d > 0 && r.TimeSkippingConfig == nil {
			r.TimeSkippingConfig = skipping(d, uuid.NewString())
		}
	case *workflowservice.SignalWithStartWorkflowExecutionRequest:
		if d := offset(); d > 0 && r.TimeSkippingConfig == nil {
			r.TimeSkippingConfig = skipping(d, uuid.NewString())
		}
	}
}

func skipping(d time.Duration, id string) *commonpb.TimeSkippingConfig {
	return &commonpb.TimeSkippingConfig{
		Enabled:             true,
		FastForwardConfig:   &commonpb.FastForwardConfig{Id: id, Duration: durationpb.New(d)},
		MaxSessionSkipCount: maxSkips,
	}
}

// Skipper moves the clocks of the workflows in one namespace of a server started as a lab.
type Skipper struct {
	client    client.Client
	namespace string
}

// NewSkipper returns a Skipper that speaks through c.
func NewSkipper(c client.Client, namespace string) *Skipper {
	return &Skipper{client: c, namespace: namespace}
}

// FastForward moves a workflow's clock on by d, which must be positive, and returns the id to wait for.
// It replaces a fast-forward that is still going on. ErrGone if the workflow does not run.
func (s *Skipper) FastForward(ctx context.Context, workflowID string, d time.Duration) (id string, err error) {
	id = uuid.NewString()
	_, err = s.client.WorkflowService().UpdateWorkflowExecutionOptions(ctx, &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace:                s.namespace,
		WorkflowExecution:        &commonpb.WorkflowExecution{WorkflowId: workflowID},
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{TimeSkippingConfig: skipping(d, id)},
		UpdateMask:               &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
	})
	if err != nil {
		return "", asGone("fast-forwarding", workflowID, err)
	}
	return id, nil
}

// VirtualNow returns the time on a workflow's own clock. ErrGone if the workflow does not run.
func (s *Skipper) VirtualNow(ctx context.Context, workflowID string) (time.Time, error) {
	now, _, err := s.look(ctx, workflowID)
	return now, err
}

// look returns the time on a workflow's clock, and whether a fast-forward is on its way.
func (s *Skipper) look(ctx context.Context, workflowID string) (now time.Time, moving bool, err error) {
	wall := time.Now()
	d, err := s.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return time.Time{}, false, asGone("looking at the clock of", workflowID, err)
	}
	if d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return time.Time{}, false, fmt.Errorf("%s: %w", workflowID, ErrGone)
	}
	if info := d.GetWorkflowExtendedInfo().GetTimeSkippingInfo(); info != nil {
		return info.GetCurrentTime().AsTime(), info.GetEffectiveConfig().GetEnabled(), nil
	}
	return wall, false, nil // nothing was ever skipped
}

// CatchUp fast-forwards a workflow to the lab clock and returns how far it lagged behind, 0 if it did not.
// An earlier fast-forward that is still on its way is left alone: its next skip could come between our look
// at the clock and the new start from there, and the workflow would run ahead of the lab. Call again to
// go on. ErrGone if the workflow does not run.
func (s *Skipper) CatchUp(ctx context.Context, workflowID string, now func() time.Time) (lag time.Duration, err error) {
	lab := now() // first: while we look, the workflow's clock ticks on, which errs on the safe side
	virtual, moving, err := s.look(ctx, workflowID)
	if err != nil {
		return 0, err
	}
	if lag = lab.Sub(virtual); lag <= 0 || moving {
		return max(lag, 0), nil
	}
	_, err = s.FastForward(ctx, workflowID, lag)
	return lag, err
}

// WaitFastForward waits until a fast-forward has reached its end. ErrGone if the workflow ended first.
func (s *Skipper) WaitFastForward(ctx context.Context, workflowID, id string) error {
	for {
		r, err := s.client.WorkflowService().PollWorkflowExecutionTimeSkipping(ctx, &workflowservice.PollWorkflowExecutionTimeSkippingRequest{
			Namespace:         s.namespace,
			WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID},
			FastForwardId:     id,
		})
		if err != nil {
			return asGone("waiting for the fast-forward of", workflowID, err)
		}
		switch r.GetFastForwardPollingResult() {
		case enumspb.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED:
			return nil
		case enumspb.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED:
			if _, err := s.VirtualNow(ctx, workflowID); err != nil {
				return err
			}
			return fmt.Errorf("the fast-forward of %s cannot complete: %s", workflowID, r.GetFailedReason())
		}
	}
}

// asGone translates the server's two ways of saying that a workflow does not run.
func asGone(doing, workflowID string, err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return fmt.Errorf("%s: %w", workflowID, ErrGone)
	}
	return fmt.Errorf("%s %s: %w", doing, workflowID, err)
}

//go:build failpoint

package main

import (
	"context"
	"sync"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"google.golang.org/grpc"

	"dunlin/internal/failpoint"
)

// injectFaults adds the two places that lie inside the SDK:
//
//	F5/<activity>  the server has an activity's answer; until the place was passed, no workflow task of
//	               this process is answered, so that a kill surely comes before the next one
//	F11/wft        the workflow task that completes a case is about to be answered
func injectFaults(o *client.Options) {
	f := &faults{activities: map[string]string{}}
	o.ConnectionOptions.DialOptions = append(o.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(f.call))
	o.Interceptors = append(o.Interceptors, f)
}

type faults struct {
	interceptor.InterceptorBase
	answering  sync.RWMutex // held while an activity's answer is under way
	mu         sync.Mutex
	activities map[string]string // task token → name
}

func (f *faults) call(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, next grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	switch r := req.(type) {
	case *workflowservice.RespondActivityTaskCompletedRequest:
		f.answering.Lock()
		defer f.answering.Unlock()
		if err := next(ctx, method, req, reply, conn, opts...); err != nil {
			return err
		}
		return failpoint.Hit("F5/" + f.take(r.TaskToken))
	case *workflowservice.RespondWorkflowTaskCompletedRequest:
		if completes(r) {
			if err := failpoint.Hit("F11/wft"); err != nil {
				return err
			}
		}
		f.answering.RLock()
		defer f.answering.RUnlock()
		return next(ctx, method, req, reply, conn, opts...)
	}
	return next(ctx, method, req, reply, conn, opts...)
}

func completes(r *workflowservice.RespondWorkflowTaskCompletedRequest) bool {
	for _, c := range r.Commands {
		if c.CommandType == enums.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION {
			return true
		}
	}
	return false
}

func (f *faults) take(token []byte) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := f.activities[string(token)]
	delete(f.activities, string(token))
	return name
}

// InterceptActivity notes which activity a task token belongs to.
func (f *faults) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &faultyActivity{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, faults: f}
}

type faultyActivity struct {
	interceptor.ActivityInboundInterceptorBase
	faults *faults
}

// ExecuteActivity runs the activity.
func (a *faultyActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	a.faults.mu.Lock()
	a.faults.activities[string(info.TaskToken)] = info.ActivityType.Name
	a.faults.mu.Unlock()
	return a.Next.ExecuteActivity(ctx, in)
}

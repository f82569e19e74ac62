//go:build failpoint

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/command/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// TestMain lets the test binary play a worker that answers the server twice: an activity, then the
// workflow task that completes the case.
func TestMain(m *testing.M) {
	if os.Getenv("FAULTS_CHILD") == "" {
		os.Exit(m.Run())
	}
	f := &faults{activities: map[string]string{"t1": "SendSMS"}}
	answered := func(_ context.Context, _ string, req, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
		fmt.Printf("%T\n", req)
		return nil
	}
	_ = f.call(context.Background(), "", &workflowservice.RespondActivityTaskCompletedRequest{TaskToken: []byte("t1")}, nil, nil, answered)
	_ = f.call(context.Background(), "", &workflowservice.RespondWorkflowTaskCompletedRequest{
		Commands: []*command.Command{{CommandType: enums.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION}},
	}, nil, nil, answered)
	os.Exit(0)
}

func TestFaultsInsideTheSDK(t *testing.T) {
	t.Parallel()
	const activity, task = "*workflowservice.RespondActivityTaskCompletedRequest\n", "*workflowservice.RespondWorkflowTaskCompletedRequest\n"
	for rule, want := range map[string]string{
		"":                    activity + task,
		"F5/SendEmail:1:kill": activity + task,
		"F5/SendSMS:1:kill":   activity, // the server has it, and no workflow task was answered after it
		"F5:1:kill":           activity,
		"F11/wft:1:kill":      activity,
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "FAULTS_CHILD=1", "FAILPOINT="+rule)
			out, _ := cmd.Output()
			require.Equal(t, want, string(out))
		})
	}
}

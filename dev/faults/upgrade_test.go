package faults_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"dunlin/collection"
	"dunlin/invoice"
)

// promote makes the worker's build the one that all cases run on, as soon as its worker has shown itself.
func (w *world) promote() {
	w.t.Helper()
	var out string
	require.Eventually(w.t, func() bool {
		var err error
		out, err = w.dunlin("", "migrate", "--lab", "--promote")
		return err == nil
	}, 60*time.Second, 500*time.Millisecond, "%s", out)
	require.Contains(w.t, out, "build "+w.build+" is the current version")
}

// TestUpgrade kills a worker of the old build and lets one of the new build go on: the case that was
// open runs on it, from where it stood.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t, server, namespace(assigned.Add(1)))
	w.startAPI("")
	w.build = "one"
	w.worker.start("")
	w.promote()
	w.issue("INV-1", 1)
	w.travel(5)
	before := w.sent(1)
	require.NotEmpty(t, before)

	w.worker.kill()
	w.build = "two"
	w.worker.start("")
	w.promote()
	w.travel(45)
	after := w.sent(1)
	require.Greater(t, len(after), len(before))
	require.Equal(t, before, after[:len(before)], "nothing is said again")
	d, err := w.client.DescribeWorkflowExecution(t.Context(), collection.WorkflowID(invoice.Key{Creditor: "acme", Number: "INV-1"}, 1), "")
	require.NoError(t, err)
	require.Equal(t, "two", d.WorkflowExecutionInfo.GetVersioningInfo().GetDeploymentVersion().GetBuildId())
	w.sound()
}

// TestRepair ends a case behind Dunlin's back: verify names it, --repair starts it again, and it goes on
// with its next step.
func TestRepair(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.issue("INV-1", 1)
	w.travel(1)
	before := w.sent(1)
	id := collection.WorkflowID(invoice.Key{Creditor: "acme", Number: "INV-1"}, 1)
	require.NoError(t, w.client.TerminateWorkflow(t.Context(), id, "", "somebody pressed the button"))

	out, err := w.dunlin("", "verify")
	require.Error(t, err, "a case is missing")
	require.Contains(t, out, "acme/INV-1")
	_, err = w.dunlin("", "verify", "--repair")
	_ = err // it found something, and says so by its exit code; whether it helped is seen next
	w.eventually("INV-1", 1, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
	w.travel(45)
	after := w.sent(1)
	require.Greater(t, len(after), len(before))
	require.Equal(t, before, after[:len(before)], "nothing is said again")
	out, err = w.dunlin("", "verify")
	require.NoError(t, err, out)
	w.sound()
}

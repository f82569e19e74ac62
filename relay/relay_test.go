package relay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"dunlin/collection"
	"dunlin/relay"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// relayUntil runs a relay until the outbox has filed n results.
func relayUntil(t *testing.T, o *fakeOutbox, temporal *fakeTemporal, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	r := relay.New(o, temporal, relay.Config{Poll: time.Millisecond, BackoffMin: time.Millisecond, BackoffMax: 4 * time.Millisecond, Logger: quiet})
	go func() { ended <- r.Run(ctx) }()
	for range n {
		select {
		case <-o.changed:
		case <-time.After(10 * time.Second):
			t.Fatal("the relay stands still")
		}
	}
	cancel()
	require.NoError(t, <-ended)
}

func TestStartsACaseOnceWithItsSnapshot(t *testing.T) {
	t.Parallel()
	o, temporal := newOutbox(wake("INV-1", collection.SignalIssued, 1, false)), newTemporal()
	relayUntil(t, o, temporal, 1)
	require.Equal(t, []string{"INV-1 run-1"}, o.started)
	require.Equal(t, []string{"INV-1 1"}, o.delivered)
	require.Empty(t, temporal.signals, "the start carries the snapshot")
	require.Equal(t, int64(1), temporal.inputs[0].Snapshot.Seq)

	opts := temporal.starts[0]
	require.Equal(t, "collect/acme/INV-1/1", opts.ID)
	require.Equal(t, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, opts.WorkflowIDReusePolicy)
	require.Equal(t, enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL, opts.WorkflowIDConflictPolicy)
	require.True(t, opts.WorkflowExecutionErrorWhenAlreadyStarted)
	require.Zero(t, opts.WorkflowExecutionTimeout)
	require.Zero(t, opts.StartDelay)
	require.Equal(t, "invoice INV-1: 1,200.00 EUR due 2026-05-14", opts.StaticSummary)
	require.Equal(t, "acme", opts.Priority.FairnessKey)
	stage, _ := opts.TypedSearchAttributes.GetKeyword(collection.AttrStage)
	require.Equal(t, "overdue", stage)
	balance, _ := opts.TypedSearchAttributes.GetInt64(collection.AttrBalance)
	require.Equal(t, int64(70000), balance)
}

func TestSignalsARunningCaseOnce(t *testing.T) {
	t.Parallel()
	o, temporal := newOutbox(wake("INV-1", collection.SignalPayment, 7, true)), newTemporal("collect/acme/INV-1/1")
	relayUntil(t, o, temporal, 1)
	require.Equal(t, []string{"INV-1 payment 7"}, temporal.signals)
	require.Equal(t, []string{"INV-1 7"}, o.delivered)
	require.Empty(t, temporal.starts)
}

func TestAlreadyStarted(t *testing.T) {
	t.Parallel()
	t.Run("is success when the database agrees, and the case gets the newer snapshot", func(t *testing.T) {
		t.Parallel()
		o, temporal := newOutbox(wake("INV-1", collection.SignalPayment, 3, false)), newTemporal("collect/acme/INV-1/1")
		relayUntil(t, o, temporal, 1)
		require.Equal(t, []string{"INV-1 run-0"}, o.started)
		require.Equal(t, []string{"INV-1 payment 3"}, temporal.signals)
		require.Equal(t, []string{"INV-1 3"}, o.delivered)
	})
	t.Run("of a cycle that is closed ends the wake", func(t *testing.T) {
		t.Parallel()
		o, temporal := newOutbox(wake("INV-1", collection.SignalPayment, 3, false)), newTemporal("collect/acme/INV-1/1")
		o.standing["collect/acme/INV-1/1"] = collection.Standing{Case: caseN("INV-1")}
		relayUntil(t, o, temporal, 1)
		require.Empty(t, o.started)
		require.Empty(t, temporal.signals)
		require.Equal(t, []string{"INV-1 3"}, o.delivered)
	})
}

func TestAClosedCycleIsNotStarted(t *testing.T) {
	t.Parallel()
	w := wake("INV-1", collection.SignalPayment, 3, false)
	w.Snapshot.Closed = true
	o, temporal := newOutbox(w), newTemporal()
	relayUntil(t, o, temporal, 1)
	require.Empty(t, temporal.starts)
	require.Len(t, o.delivered, 1)
}

func TestASignalThatFindsNoWorkflow(t *testing.T) {
	t.Parallel()
	completed := func() *fakeTemporal {
		temporal := newTemporal()
		temporal.status["collect/acme/INV-1/1"] = enums.WORKFLOW_EXECUTION_STATUS_TERMINATED
		return temporal
	}
	t.Run("is delivered when the cycle is closed", func(t *testing.T) {
		t.Parallel()
		o := newOutbox(wake("INV-1", collection.SignalPayment, 9, true))
		o.standing["collect/acme/INV-1/1"] = collection.Standing{Case: caseN("INV-1")}
		relayUntil(t, o, completed(), 1)
		require.Equal(t, []string{"INV-1 9"}, o.delivered)
	})
	t.Run("is refused when it is open", func(t *testing.T) {
		t.Parallel()
		o, temporal := newOutbox(wake("INV-1", collection.SignalPayment, 9, true)), completed()
		relayUntil(t, o, temporal, 1)
		require.Len(t, o.failed, 1)
		require.True(t, o.failed[0].refused)
		require.Contains(t, o.failed[0].reason, "verify --repair")
		require.Empty(t, temporal.starts, "only a repair starts a case twice")
	})
	t.Run("starts it again when it is a repair", func(t *testing.T) {
		t.Parallel()
		o, temporal := newOutbox(wake("INV-1", collection.SignalLookAgain, 9, true)), completed()
		relayUntil(t, o, temporal, 1)
		require.Equal(t, []string{"INV-1 9"}, o.delivered)
		require.Equal(t, []string{"INV-1 run-1"}, o.started)
		require.Equal(t, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, temporal.starts[0].WorkflowIDReusePolicy)
		require.Equal(t, enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL, temporal.starts[0].WorkflowIDConflictPolicy)
	})
}

func TestWhileTemporalIsAwayNothingIsCountedAndOneWakeProbes(t *testing.T) {
	t.Parallel()
	for _, away := range []error{
		errAway, serviceerror.NewNamespaceNotFound("dunlin"), serviceerror.NewPermissionDenied("no", ""), context.DeadlineExceeded,
		fmt.Errorf("wrapped: %w", errAway), serviceerror.NewResourceExhausted(enums.RESOURCE_EXHAUSTED_CAUSE_RPS_LIMIT, "slow down"),
	} {
		o, temporal := newOutbox(wake("INV-1", collection.SignalPayment, 2, true)), newTemporal("collect/acme/INV-1/1")
		temporal.set(away)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		r := relay.New(o, temporal, relay.Config{Poll: time.Millisecond, BackoffMin: time.Millisecond, BackoffMax: 4 * time.Millisecond, Logger: quiet})
		go func() { ended <- r.Run(ctx) }()
		for range 5 {
			<-o.changed
		}
		temporal.set(nil)
		require.Eventually(t, func() bool {
			o.mu.Lock()
			defer o.mu.Unlock()
			return len(o.delivered) == 1
		}, 10*time.Second, time.Millisecond)
		cancel()
		require.NoError(t, <-ended)
		for _, f := range o.failed {
			require.False(t, f.refused, away)
		}
		require.Equal(t, []string{"INV-1 payment 2"}, temporal.signals)
		require.Contains(t, o.claims, 1, "while Temporal is away a single wake tries")
	}
}

func TestABusyWorkflowIsTriedAgainWithoutSlowingTheOthers(t *testing.T) {
	t.Parallel()
	o, temporal := newOutbox(wake("INV-1", collection.SignalPayment, 2, true)), newTemporal("collect/acme/INV-1/1")
	temporal.set(serviceerror.NewResourceExhausted(enums.RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW, "workflow is closing"))
	relayUntil(t, o, temporal, 3)
	require.NotContains(t, o.claims, 1)
	require.False(t, o.failed[0].refused)
}

func TestWhatTemporalRefusesIsCounted(t *testing.T) {
	t.Parallel()
	for _, no := range []error{serviceerror.NewInvalidArgument("too large"), errOdd} {
		o, temporal := newOutbox(wake("INV-1", collection.SignalIssued, 1, false)), newTemporal()
		temporal.set(no)
		relayUntil(t, o, temporal, 1)
		require.Equal(t, []failure{{"INV-1", no.Error(), true}}, o.failed)
	}
}

func TestAFailureOfTheDatabaseIsNotTemporals(t *testing.T) {
	t.Parallel()
	o, temporal := newOutbox(wake("INV-1", collection.SignalIssued, 1, false), wake("INV-2", collection.SignalPayment, 1, true)), newTemporal("collect/acme/INV-2/1")
	o.startErr = errors.New("connection lost")
	relayUntil(t, o, temporal, 1)
	require.Equal(t, []string{"INV-2 1"}, o.delivered)
	require.Empty(t, o.failed, "the lease of the other ends by itself")
}

func TestManyWakesAllArrive(t *testing.T) {
	t.Parallel()
	const n = 200
	var wakes []collection.Wake
	for i := range n {
		wakes = append(wakes, wake(fmt.Sprint("INV-", i), collection.SignalIssued, 1, false))
	}
	o, temporal := newOutbox(wakes...), newTemporal()
	relayUntil(t, o, temporal, n)
	require.Len(t, o.delivered, n)
	require.Len(t, temporal.starts, n)
}

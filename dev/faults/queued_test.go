package faults_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/workflows"
)

type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}

var _ sdklog.Logger = silent{}

// A reminder that waits in its provider's queue, as after an outage, must not keep a paid case from its
// end: it is taken out of the queue. Here nobody serves the queue of e-mails at all.
func TestAPaymentDoesNotWaitBehindAQueuedMessage(t *testing.T) {
	t.Parallel()
	o := server.ClientOptions(nil)
	o.Namespace, o.Logger = namespace(assigned.Add(1)), silent{}
	c, err := client.Dial(o)
	require.NoError(t, err)
	defer c.Close()

	const queue = collection.QueueCases
	w := worker.New(c, queue, worker.Options{})
	workflows.Register(w)
	closed := collection.Snapshot{Seq: 3, Status: invoice.Paid, Closed: true}
	w.RegisterActivityWithOptions(func(context.Context, collection.Act) (collection.Answer, error) {
		return collection.Answer{Outcome: collection.Outcome(dunning.Done), Snapshot: closed}, nil
	}, activity.RegisterOptions{Name: collection.CloseCase})
	require.NoError(t, w.Start())
	defer w.Stop()

	k := collection.Case{Key: invoice.Key{Creditor: "acme", Number: "QUEUED"}, Cycle: 1}
	plan := func(act dunning.Act) dunning.Plan {
		return dunning.Plan{Items: []dunning.Item{{Step: "reminder-1", Act: act, At: time.Now().UTC().Add(-time.Minute)}}}
	}
	in := collection.Input{Case: k, Amount: invoice.NewMoney(100, "EUR"), Snapshot: collection.Snapshot{Seq: 1, Status: invoice.Open, Plan: plan(dunning.Email)}}
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: collection.WorkflowID(k.Key, 1), TaskQueue: queue}, collection.CollectInvoice, in)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		d, err := c.DescribeWorkflowExecution(t.Context(), run.GetID(), "")
		return err == nil && len(d.PendingActivities) == 1
	}, 20*time.Second, 20*time.Millisecond, "the reminder is in its queue")

	require.NoError(t, c.SignalWorkflow(t.Context(), run.GetID(), "", collection.SignalPayment, collection.Snapshot{Seq: 2, Status: invoice.Paid, Plan: plan(dunning.Close)}))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, run.Get(ctx, nil), "the case ends although nobody took the reminder")
}

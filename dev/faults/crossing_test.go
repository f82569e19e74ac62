package faults_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"

	"dunlin/collection"
	"dunlin/dev/audit"
	"dunlin/dev/sandbox"
	"dunlin/invoice"
	"dunlin/relay"
)

// TestPaymentWhileInFlight pays while the reminder is with the provider (F9). What was claimed before the
// payment is recorded as crossed, and the answer waits for it or says that it may still arrive.
func TestPaymentWhileInFlight(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		stands   time.Duration // how long the worker stands still after the payment
		inFlight bool          // what the answer says
	}{
		{"released in time", 2 * time.Second, false},
		{"for longer than anybody waits", 15 * time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "F9/email:2:pause")
			require.NoError(t, w.sandbox.SetRules(sandbox.Rule{Webhooks: &sandbox.Webhooks{Never: true}}))
			w.issue("INV-1", 1)
			moved := make(chan error, 1)
			go func() { moved <- w.conductor.Travel(t.Context(), w.day(25)) }()
			w.awaitFault("F9/email", "pause")
			begin := time.Now()
			time.AfterFunc(c.stands, w.release)
			r := w.payNow(t)
			require.GreaterOrEqual(t, time.Since(begin), min(c.stands, collection.HTTPTimeout+collection.DeadlineSlop))
			require.Equal(t, c.inFlight, r.MessageInFlight)
			require.NoError(t, <-moved)
			w.settle()
			w.closed("INV-1", 1)
			require.Equal(t, []string{"email A", "email B"}, w.sent(1))
			v, err := w.books.Case(t.Context(), key("INV-1"))
			require.NoError(t, err)
			require.True(t, v.Messages[1].Crossed, "%+v", v.Messages)
			require.Equal(t, 1, w.sound().Faults.PaymentsInFlight)
		})
	}
}

// TestPaymentBeforeTheProviderTakesIt lets the provider think for three seconds: it takes the reminder
// after the payment was committed, and before its answer.
func TestPaymentBeforeTheProviderTakesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	require.NoError(t, w.sandbox.SetRules(sandbox.Rule{Name: "slow", Channel: "email", Nth: 2, Fault: sandbox.Slow, Delay: sandbox.Duration(3 * time.Second)}))
	w.issue("INV-1", 1)
	moved := make(chan error, 1)
	go func() { moved <- w.conductor.Travel(t.Context(), w.day(25)) }()
	require.Eventually(t, func() bool { return w.sandbox.Applied("slow") == 1 }, 60*time.Second, 10*time.Millisecond)
	require.False(t, w.payNow(t).MessageInFlight)
	require.NoError(t, <-moved)
	w.settle()
	w.closed("INV-1", 1)
	require.Equal(t, []string{"email A", "email B"}, w.sent(1))
	r := w.sound()
	require.Equal(t, 1, r.Crossed)
	require.Equal(t, 1, r.Faults.PaymentsInFlight)
}

// payNow pays on the command line, whose answer waits.
func (w *world) payNow(t *testing.T) invoice.Receipt {
	t.Helper()
	out, err := w.dunlin("", "pay", "acme/INV-1", "1200.00", "EUR", "--key", "bank-1", "--json")
	require.NoError(t, err)
	r := receipt(t, out)
	require.Equal(t, invoice.Paid, r.Status)
	w.acks = append(w.acks, audit.Ack{Kind: "payment", Creditor: "acme", Number: "INV-1", Key: "bank-1", At: w.now(), Stops: true, InFlight: r.MessageInFlight})
	return r
}

// TestTimerAndPaymentTogether lets a timer and a payment reach the case in one workflow task (F10): no
// worker runs while the timer fires and the payment is signalled.
func TestTimerAndPaymentTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	w.issue("INV-1", 1)
	w.travel(20)
	w.idle("INV-1")
	w.worker.kill()
	w.conductor.SetAway(true)
	w.travel(24) // courtesy note was due on day 23
	fired := func() bool { return w.count("INV-1", enums.EVENT_TYPE_TIMER_FIRED) == 2 }
	require.Eventually(t, fired, 60*time.Second, 100*time.Millisecond, "the timer did not fire")
	w.payNow(t)
	w.relayAlone(t, func() bool { return w.count("INV-1", enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED) == 1 })
	w.worker.start("")
	w.conductor.SetAway(false)
	w.settle()
	w.closed("INV-1", 1)
	require.Equal(t, 2, w.seenTogether("INV-1"), "timer and payment did not meet in one workflow task")
	require.Equal(t, []string{"email A"}, w.sent(1))
	w.sound()
}

// relayAlone runs the relay without a worker until something is so.
func (w *world) relayAlone(t *testing.T, until func() bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- relay.New(w.books, w.client, relay.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}).Run(ctx)
	}()
	require.Eventually(t, until, 60*time.Second, 50*time.Millisecond)
	stop()
	require.NoError(t, <-ended)
}

// count counts events of the first cycle.
func (w *world) count(number string, kind enums.EventType) int {
	n := 0
	for _, e := range w.history(number, 1) {
		if e.GetEventType() == kind {
			n++
		}
	}
	return n
}

// seenTogether is the most that any successful workflow task saw of fired timers and signals.
func (w *world) seenTogether(number string) (most int) {
	events := w.history(number, 1)
	done := map[int64]*history.WorkflowTaskCompletedEventAttributes{}
	for _, e := range events {
		if a := e.GetWorkflowTaskCompletedEventAttributes(); a != nil {
			done[a.GetStartedEventId()] = a
		}
	}
	together := 0
	for _, e := range events {
		switch e.GetEventType() {
		case enums.EVENT_TYPE_TIMER_FIRED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
			together++
		case enums.EVENT_TYPE_WORKFLOW_TASK_STARTED:
			if done[e.GetEventId()] != nil {
				most, together = max(most, together), 0
			}
		}
	}
	return most
}

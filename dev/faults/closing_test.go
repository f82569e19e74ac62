package faults_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"dunlin/collection"
	"dunlin/invoice"
)

// takeBack returns the payment of a number, while its case is closing.
func (w *world) takeBack(t *testing.T, number string) {
	t.Helper()
	fact := invoice.Fact{Invoice: key(number), Key: "back-" + number, Actor: "bank"}
	r, err := w.books.ReturnPayment(t.Context(), invoice.Return{Fact: fact, Payment: "bank-" + number})
	require.NoError(t, err)
	require.Equal(t, 2, r.Cycle, "the first cycle was closed")
	w.told("return", fact, false)
}

// payAndStand books the payment of a number without waiting for its case, which a failpoint stops.
func (w *world) payAndStand(t *testing.T, number string) {
	t.Helper()
	w.idle(number)
	fact := invoice.Fact{Invoice: key(number), Key: "bank-" + number, Actor: "bank"}
	_, err := w.books.Pay(t.Context(), invoice.Payment{Fact: fact, Amount: eur(amount)})
	require.NoError(t, err)
	w.told("payment", fact, false)
}

// goesOn checks that the second cycle takes the steps that the first one had left, and can be paid.
func (w *world) goesOn(t *testing.T, number string) {
	t.Helper()
	w.settle()
	w.closed(number, 1)
	w.eventually(number, 2, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
	w.travel(60)
	require.Equal(t, []string{"email A", "email B", "email C"}, w.sent(1)[:3])
	require.ElementsMatch(t, []string{"email D", "email E", "sms E"}, without(without(w.sent(1)[3:], "email G"), "sms G"))
	fact := invoice.Fact{Invoice: key(number), Key: "bank-again", Actor: "bank"}
	_, err := w.books.Pay(t.Context(), invoice.Payment{Fact: fact, Amount: eur(amount)})
	require.NoError(t, err)
	w.told("payment", fact, false)
	w.settle()
	w.closed(number, 2)
	w.sound()
}

// TestReturnWhileClosing takes the payment back while CloseCase has closed the case in the database and
// has not answered (F11).
func TestReturnWhileClosing(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]string{"it answers": "pause", "it is killed": "kill"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "F11:1:"+mode)
			w.issue("INV-1", 1)
			w.travel(31)
			w.payAndStand(t, "INV-1")
			w.awaitFault("F11", mode)
			w.takeBack(t, "INV-1")
			w.release()
			w.goesOn(t, "INV-1")
		})
	}
}

// TestFactsDuringTheLastTask posts facts while the workflow task that completes the case is under way
// (F11/wft). A signal by hand makes the server refuse that task once.
func TestFactsDuringTheLastTask(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, mode string
		byHand     bool
	}{
		{"a returned payment", "pause", false},
		{"a returned payment and a signal by hand", "pause", true},
		{"a returned payment and a kill", "kill", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "F11/wft:1:"+c.mode)
			w.issue("INV-1", 1)
			w.travel(31)
			w.payAndStand(t, "INV-1")
			w.awaitFault("F11/wft", c.mode)
			w.takeBack(t, "INV-1")
			if c.byHand {
				require.NoError(t, w.client.SignalWorkflow(t.Context(), collection.WorkflowID(key("INV-1"), 1), "", collection.SignalPayment, nil))
			}
			w.release()
			w.goesOn(t, "INV-1")
			refused := false
			for _, e := range w.history("INV-1", 1) {
				refused = refused || e.GetWorkflowTaskFailedEventAttributes().GetCause() == enums.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
			}
			require.True(t, refused || !c.byHand, "the server refuses a completion that has not seen every signal")
		})
	}
}

// TestFactsBeforeTheCloseCommits takes the payment back while the wake of the payment is on its way: the
// case is not closed, and goes on in its first cycle.
func TestFactsBeforeTheCloseCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "F7/payment:1:pause")
	w.issue("INV-1", 1)
	w.travel(31)
	w.payAndStand(t, "INV-1")
	w.awaitFault("F7/payment", "pause")
	fact := invoice.Fact{Invoice: key("INV-1"), Key: "back", Actor: "bank"}
	r, err := w.books.ReturnPayment(t.Context(), invoice.Return{Fact: fact, Payment: "bank-INV-1"})
	require.NoError(t, err)
	require.Equal(t, 1, r.Cycle)
	w.told("return", fact, false)
	time.Sleep(100 * time.Millisecond) // the older snapshot is read by now, and stands still
	w.release()
	w.settle()
	w.eventually("INV-1", 1, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
	w.travel(46)
	require.ElementsMatch(t, reminders, w.sent(1))
	w.sound()
}

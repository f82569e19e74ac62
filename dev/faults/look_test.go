package faults_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"

	"dunlin/collection"
	"dunlin/dev/audit"
	"dunlin/dev/sandbox"
	"dunlin/relay"
)

// sound lets the audit and the product's own verification compare everything, and fails the test for
// whatever they find. A killed worker's last task may take the server ten seconds to hand out again.
func (w *world) sound() audit.Report {
	w.t.Helper()
	var r audit.Report
	for begin := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		books, err := audit.Load(w.t.Context(), w.url)
		require.NoError(w.t, err)
		r, err = audit.Run(w.t.Context(), audit.Evidence{
			Books: books, Log: w.sandbox.Log(), Acks: w.acks, Cases: audit.Temporal{Client: w.client, Namespace: w.namespace}, Kills: w.worker.deaths(),
		})
		require.NoError(w.t, err)
		if len(r.Findings) == 0 || time.Since(begin) > 30*time.Second {
			break
		}
	}
	require.Empty(w.t, r.Findings)
	require.Positive(w.t, r.Checked)
	verified, err := relay.Verify(w.t.Context(), w.books, w.client, relay.VerifyConfig{Namespace: w.namespace})
	require.NoError(w.t, err)
	require.True(w.t, verified.OK, verified.Text())
	return r
}

// sent lists what the providers took for a debtor, in order: "email" or "sms" with the first reference.
func (w *world) sent(n int) (all []string) {
	for _, e := range w.taken(n) {
		all = append(all, fmt.Sprintf("%s %s", e.Kind, reference(e)))
	}
	return all
}

// taken are the entries themselves.
func (w *world) taken(n int) (all []sandbox.Entry) {
	d := debtor(n)
	for _, e := range w.sandbox.Log() {
		if e.Accepted && e.Kind != sandbox.KindWebhook && (e.To == d.Contacts[0].Address || e.To == d.Contacts[1].Address) {
			all = append(all, e)
		}
	}
	return all
}

// reference is the letter of the step that a message names first.
func reference(e sandbox.Entry) string {
	if m := letter.FindStringSubmatch(e.Text); m != nil {
		return m[1]
	}
	return "?"
}

// closed waits until the workflow of a cycle has completed.
func (w *world) closed(number string, cycle int) {
	w.t.Helper()
	w.eventually(number, cycle, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED)
}

func (w *world) eventually(number string, cycle int, want enums.WorkflowExecutionStatus) {
	w.t.Helper()
	id := collection.WorkflowID(key(number), cycle)
	require.Eventually(w.t, func() bool {
		d, err := w.client.DescribeWorkflowExecution(w.t.Context(), id, "")
		return err == nil && d.GetWorkflowExecutionInfo().GetStatus() == want
	}, 60*time.Second, 50*time.Millisecond, "%s does not become %s", id, want)
}

// idle waits until the first cycle has nothing under way but its timer: a webhook may have told the
// database the end of an act whose activity has not answered yet.
func (w *world) idle(number string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		d, err := w.client.DescribeWorkflowExecution(w.t.Context(), collection.WorkflowID(key(number), 1), "")
		return err == nil && len(d.GetPendingActivities()) == 0 && d.GetPendingWorkflowTask() == nil
	}, 60*time.Second, 20*time.Millisecond, "%s does not come to rest", number)
}

// history reads a cycle's events.
func (w *world) history(number string, cycle int) (all []*history.HistoryEvent) {
	w.t.Helper()
	pages := w.client.GetWorkflowHistory(w.t.Context(), collection.WorkflowID(key(number), cycle), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for pages.HasNext() {
		e, err := pages.Next()
		require.NoError(w.t, err)
		all = append(all, e)
	}
	return all
}

// events counts the events of a kind in a case file.
func (w *world) events(number, kind string) int {
	w.t.Helper()
	v, err := w.books.Case(w.t.Context(), key(number))
	require.NoError(w.t, err)
	n := 0
	for _, e := range v.Events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// signals are the names of a cycle's signals.
func (w *world) signals(number string, cycle int) (names []string) {
	for _, e := range w.history(number, cycle) {
		if s := e.GetWorkflowExecutionSignaledEventAttributes(); s != nil {
			names = append(names, s.GetSignalName())
		}
	}
	return names
}

func without[T comparable](all []T, x T) []T {
	return slices.DeleteFunc(slices.Clone(all), func(y T) bool { return y == x })
}

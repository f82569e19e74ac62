package faults_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dev/sandbox"
)

var letter = regexp.MustCompile(`\bRef \S+/([A-Z])\b`)

// The messages of the first 16 days after the due date: A receipt, B courtesy, C due, D and E reminders.
var reminders = []string{"email A", "email B", "email C", "email D", "email E", "sms E"}

// TestKilledWhileSending kills the worker at each place of a send. The message goes out once: where the
// provider has it, its word is enough; where it certainly has not, it is sent again.
func TestKilledWhileSending(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, place, at string
		silent          bool // no webhooks: what happened is found by looking it up
		lookedUp        bool // the worker dies without knowing
	}{
		{name: "F1 email, before the call", place: "F1/email", at: "2", lookedUp: true},
		{name: "F1 sms, before the call", place: "F1/sms", at: "1", lookedUp: true},
		{name: "F2 email, before the answer is read", place: "F2/email", at: "2"},
		{name: "F2 email, and no webhook comes", place: "F2/email", at: "2", silent: true, lookedUp: true},
		{name: "F2 sms, before the answer is read", place: "F2/sms", at: "1"},
		{name: "F2 sms, and no webhook comes", place: "F2/sms", at: "1", silent: true, lookedUp: true},
		{name: "F3 email, before finish", place: "F3/email", at: "2"},
		{name: "F3 sms, before finish", place: "F3/sms", at: "1", silent: true, lookedUp: true},
		{name: "F4 email, after finish", place: "F4/email", at: "2"},
		{name: "F4 sms, after finish", place: "F4/sms", at: "1"},
		{name: "F5 email, before the workflow knows", place: "F5/SendEmail", at: "2"},
		{name: "F5 sms, before the workflow knows", place: "F5/SendSMS", at: "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.place+":"+c.at+":kill")
			if c.silent {
				require.NoError(t, w.sandbox.SetRules(sandbox.Rule{Webhooks: &sandbox.Webhooks{Never: true}}))
			}
			w.issue("INV-1", 1)
			w.travel(46)
			w.awaitFault(c.place, "kill") // the last one comes when nothing is left to wait for
			w.settle()
			require.ElementsMatch(t, reminders, w.sent(1))
			if c.lookedUp {
				channel := "email"
				if strings.HasSuffix(c.place, "sms") {
					channel = "sms"
				}
				require.Equal(t, 1, w.events("INV-1", channel+"_unknown"))
			}
			w.pay("INV-1")
			w.closed("INV-1", 1)
			require.Equal(t, 1, w.worker.deaths())
			r := w.sound()
			require.Equal(t, 1, r.Outcomes.Paid)
			require.Zero(t, r.Unconfirmed)
		})
	}
}

// TestFormalNoticeIsNeverRepeated kills the worker before the call of a formal notice: even with the
// proof that it never left, a person decides.
func TestFormalNoticeIsNeverRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "F1/email:6:kill")
	w.issue("INV-1", 1)
	w.travel(63)
	w.awaitFault("F1/email", "kill")
	require.Equal(t, append(append([]string{}, reminders...), "sms G"), w.sent(1))
	v, err := w.books.Case(t.Context(), key("INV-1"))
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(v.Tasks, func(x collection.TaskView) bool {
		return x.Kind == collection.TaskUnconfirmed && x.Step == "final-notice"
	}), "%+v", v.Tasks)
	w.pay("INV-1")
	w.closed("INV-1", 1)
	w.sound()
}

// TestKilledWhilePlacing does the same to the case file on its way to the agency, and to its recall.
func TestKilledWhilePlacing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		place      string
		placements int // that the agency got
	}{{"F1/place", 0}, {"F2/place", 1}, {"F3/place", 1}, {"F4/place", 1}, {"F2/recall", 2}} {
		t.Run(c.place, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.place+":1:kill")
			w.issue("INV-1", 1)
			w.travel(95)
			if c.place == "F2/recall" {
				w.pay("INV-1")
			}
			w.awaitFault(c.place, "kill")
			n := 0
			for _, e := range w.sandbox.Log() {
				if e.Accepted && e.Kind == sandbox.KindEmail && e.To == acme.Agency.Email {
					n++
				}
			}
			require.Equal(t, c.placements, n)
			if c.place != "F2/recall" {
				w.pay("INV-1")
			}
			w.closed("INV-1", 1)
			w.sound()
		})
	}
}

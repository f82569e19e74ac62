package faults_test

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"

	"dunlin/dev/conductor"
	"dunlin/dev/temporal"
	"dunlin/invoice"
)

// TestTemporalDown stops the Temporal server: every command answers as always, and its effect happens
// once the server is back.
func TestTemporalDown(t *testing.T) {
	t.Parallel()
	o := temporal.Options{Lab: true, UIPort: temporal.NoUI, DBFile: t.TempDir() + "/temporal.db"}
	s, err := temporal.Start(t.Context(), o)
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(s.FrontendAddress())
	require.NoError(t, err)
	o.Port, err = strconv.Atoi(port)
	require.NoError(t, err)
	w := emptyWorld(t, s, s.Namespace())
	w.startAPI("")
	w.worker.start("")
	for n := range 3 {
		w.issue(fmt.Sprintf("INV-%d", n+1), n+1)
	}
	w.travel(2)
	require.NoError(t, s.Stop())

	for _, args := range [][]string{
		{"pay", "acme/INV-1", "1200.00", "EUR", "--key", "bank-1"},
		{"hold", "acme/INV-2", "--key", "h"},
		{"due", "acme/INV-3", invoice.DateOf(w.now()).AddDays(10).String()},
		w.issuing("INV-4", 4),
	} {
		begin := time.Now()
		_, err := w.dunlin("", args...)
		require.NoError(t, err)
		require.Less(t, time.Since(begin), 10*time.Second, "%v waits for Temporal", args)
	}
	status, err := w.post("/v1/invoices/acme/INV-4/payments", "part-1", `{"amount":{"amount":"200.00","currency":"EUR"}}`)
	require.NoError(t, err)
	require.Equal(t, 201, status)

	s, err = temporal.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Stop() })
	w.closed("INV-1", 1)
	w.eventually("INV-4", 1, enums.WORKFLOW_EXECUTION_STATUS_RUNNING)
	w.travel(30)
	require.Equal(t, []string{"email A"}, w.sent(1), "paid")
	require.Equal(t, []string{"email A"}, w.sent(2), "on hold")
	require.Equal(t, []string{"email A", "email B", "email C", "email D", "email E", "sms E"}, w.sent(3), "due earlier")
	require.Equal(t, []string{"email A", "email B"}, w.sent(4))
	w.sound()
}

// TestWorkerAwayForDays lets nobody work for six days, over two steps of each of five invoices: commands
// answer meanwhile, nothing is missed afterwards, and nobody gets two letters at once.
func TestWorkerAwayForDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "")
	for n := range 5 {
		w.issue(fmt.Sprintf("INV-%d", n+1), n+1)
	}
	w.travel(36) // before the first reminder, on day 37
	away := func(day float64) {
		w.worker.kill()
		w.conductor.SetAway(true)
		w.travel(day)
	}
	back := func() {
		w.worker.start("")
		w.conductor.SetAway(false)
	}
	away(39)
	for _, args := range [][]string{{"pay", "acme/INV-1", "1200.00", "EUR", "--key", "bank-1"}, {"hold", "acme/INV-2", "--key", "h"}, w.issuing("INV-6", 6)} {
		_, err := w.dunlin("", args...)
		require.NoError(t, err)
	}
	w.travel(45.2) // the second reminder was due on day 44
	back()
	w.travel(72, conductor.Event{At: w.day(50), Name: "release", Do: func(ctx context.Context) error {
		_, err := w.books.Release(ctx, invoice.Release{Fact: invoice.Fact{Invoice: key("INV-2"), Key: "r"}})
		return err
	}})
	require.Equal(t, []string{"email A", "email B", "email C"}, w.sent(1), "paid while nobody worked")
	w.closed("INV-1", 1)
	for n := 2; n <= 5; n++ {
		w.drips(n)
	}
	require.Equal(t, []string{"email B", "email C"}, w.sent(6), "a receipt that is six days late is skipped")
	w.sound()
}

// drips fails when a debtor got letters of two steps within the reminders' smallest gap of five days.
func (w *world) drips(n int) {
	w.t.Helper()
	var last time.Time
	step := ""
	for _, e := range w.taken(n) {
		if r := reference(e); r != step {
			if step != "" && step != "A" {
				require.GreaterOrEqual(w.t, e.Lab.Sub(last), 5*24*time.Hour-12*time.Hour, "debtor %d: %s follows %s", n, r, step)
			}
			step, last = r, e.Lab
		}
	}
	require.Contains(w.t, w.sent(n), "email E", "the second reminder is not missed")
}

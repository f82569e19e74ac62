package faults_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

// TestKilledAfterTheCommit kills whoever told a fact before it was answered (F6): the fact is on file all
// the same, telling it again changes nothing, and its effect happens by itself.
func TestKilledAfterTheCommit(t *testing.T) {
	t.Parallel()
	payment := []string{"pay", "acme/INV-1", "1200.00", "EUR", "--key", "bank-1"}
	again := func(t *testing.T, w *world, args []string) {
		t.Helper()
		out, err := w.dunlin("", append(args, "--json")...)
		require.NoError(t, err)
		require.True(t, receipt(t, out).Repeated, out)
	}
	for _, c := range []struct {
		name, place string
		tell        func(t *testing.T, w *world) // until the kill
		check       func(t *testing.T, w *world) // that the effect happens, and that telling it again is harmless
	}{
		{
			name: "pay on the command line", place: "F6/payment",
			tell: func(t *testing.T, w *world) { w.killed(t, "F6/payment", payment) },
			check: func(t *testing.T, w *world) {
				w.closed("INV-1", 1)
				again(t, w, payment)
				require.Equal(t, []string{"email A"}, w.sent(1))
			},
		},
		{
			name: "pay through the API", place: "F6/payment",
			tell: func(t *testing.T, w *world) {
				w.api.kill()
				w.startAPI("F6/payment:1:kill")
				_, err := w.post("/v1/invoices/acme/INV-1/payments", "bank-1", `{"amount":{"amount":"1200.00","currency":"EUR"}}`)
				require.Error(t, err, "the API was killed before it answered")
				<-w.api.done
				w.startAPI("")
			},
			check: func(t *testing.T, w *world) {
				w.closed("INV-1", 1)
				again(t, w, payment)
			},
		},
		{
			name: "hold", place: "F6/hold",
			tell: func(t *testing.T, w *world) { w.killed(t, "F6/hold", []string{"hold", "acme/INV-1", "--key", "h1"}) },
			check: func(t *testing.T, w *world) {
				again(t, w, []string{"hold", "acme/INV-1", "--key", "h1"})
				w.travel(40)
				require.Equal(t, []string{"email A"}, w.sent(1))
				require.Contains(t, w.signals("INV-1", 1), "hold")
			},
		},
		{
			name: "issue", place: "F6/issue",
			tell: func(t *testing.T, w *world) { w.killed(t, "F6/issue", w.issuing("INV-2", 2)) },
			check: func(t *testing.T, w *world) {
				again(t, w, w.issuing("INV-2", 2))
				w.travel(46)
				require.ElementsMatch(t, reminders, w.sent(2))
			},
		},
		{
			name: "opt out", place: "F6/opt_out",
			tell: func(t *testing.T, w *world) {
				w.killed(t, "F6/opt_out", []string{"optout", "acme", "email", debtor(1).Contacts[0].Address})
			},
			check: func(t *testing.T, w *world) {
				w.travel(46)
				require.Equal(t, []string{"email A", "sms E"}, w.sent(1))
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "")
			w.issue("INV-1", 1)
			w.travel(2)
			c.tell(t, w)
			w.awaitFault(c.place, "kill")
			c.check(t, w)
			w.sound()
		})
	}
}

// TestKilledOnTheWay kills the relay between a fact and its case: F7 and F8 on a payment, F12 and F13 on
// the start of the case.
func TestKilledOnTheWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, failpoint, place string
		signals                []string
	}{
		{"F7 before the relay looks", "F7/payment:1:kill", "F7/payment", []string{"payment"}},
		{"F8 after the signal", "F8/payment:1:kill", "F8/payment", nil}, // once more, unless the case is over by then
		{"F12 before the start", "F12:1:kill", "F12", []string{"payment"}},
		{"F13 after the start", "F13:1:kill", "F13", []string{"issued", "payment"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.failpoint)
			w.issue("INV-1", 1)
			w.travel(31)
			require.Equal(t, []string{"email A", "email B", "email C"}, w.sent(1))
			w.idle("INV-1")
			w.pay("INV-1")
			w.awaitFault(c.place, "kill")
			require.Equal(t, 1, w.worker.deaths())
			w.closed("INV-1", 1)
			if c.signals != nil {
				require.Equal(t, c.signals, w.signals("INV-1", 1))
			}
			w.sound()
		})
	}
}

// killed runs a command that its failpoint kills.
func (w *world) killed(t *testing.T, place string, args []string) {
	t.Helper()
	out, err := w.dunlin(place+":1:kill", args...)
	require.ErrorContains(t, err, "signal: killed")
	require.Empty(t, out, "nothing was answered")
}

// issuing is the command line that issues invoice number of debtor n.
func (w *world) issuing(number string, n int) []string {
	r := w.issued(number, n)
	d := r.Debtor
	return []string{
		"issue", "--creditor", acme.ID, "--number", number, "--debtor", d.ID, "--total", "1200.00 EUR", "--issued-on", r.Invoice.IssuedOn.String(), "--due-on", r.Invoice.DueOn.String(),
		"--debtor-name", d.Name, "--debtor-type", string(d.Type), "--debtor-country", d.Country, "--debtor-region", d.Region, "--debtor-zone", d.Zone, "--debtor-language", d.Language,
		"--contact-name", d.Contacts[0].Name, "--email", d.Contacts[0].Address, "--sms", d.Contacts[1].Address,
	}
}

func receipt(t *testing.T, out string) (r invoice.Receipt) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(out), &r), out)
	return r
}

// post sends JSON to the API under an Idempotency-Key.
func (w *world) post(path, key, body string) (status int, err error) {
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.apiURL()+path, bytes.NewBufferString(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := (&http.Client{Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return res.StatusCode, fmt.Errorf("%s answered %s", path, res.Status)
	}
	return res.StatusCode, nil
}

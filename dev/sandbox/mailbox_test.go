package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"dunlin/dev/sandbox"

	"github.com/stretchr/testify/require"
)

func call(t *testing.T, method, url, body string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text), res.Header
}

func TestMailbox(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{}, sandbox.Rule{Name: "lost", Recipient: "*@lost.example", Fault: sandbox.ResetAfter})
	m := letter("a-1", "ap@debtor.example")
	m.Subject, m.HTML = `<script>alert("x")</script>`, `<p>Good day</p><script>alert("x")</script>`
	b.mail.SendEmail(t.Context(), m, time.Now())
	b.mail.SendEmail(t.Context(), letter("a-2", "ap@lost.example"), time.Now())
	b.phone.SendSMS(t.Context(), text("a-3", mobile), time.Now())
	b.heard(t, 7)

	code, page, header := call(t, http.MethodGet, b.URL()+"/?m=1", "")
	require.Equal(t, 200, code)
	require.NotContains(t, page, "<script>alert")
	require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Contains(t, page, `sandbox="" src="/messages/1/html"`)
	_, html, header := call(t, http.MethodGet, b.URL()+"/messages/1/html", "")
	require.Equal(t, m.HTML, html)
	require.True(t, strings.HasPrefix(header.Get("Content-Security-Policy"), "sandbox;"))

	_, page, _ = call(t, http.MethodGet, b.URL()+"/?trouble=1", "")
	require.Contains(t, page, "ap@lost.example")
	require.Contains(t, page, "taken, answer lost")
	require.NotContains(t, page, "ap@debtor.example")
	_, page, _ = call(t, http.MethodGet, b.URL()+"/?channel=sms", "")
	require.Contains(t, page, mobile[1:])
	require.NotContains(t, page, "ap@lost.example")
	_, page, _ = call(t, http.MethodGet, b.URL()+"/?q=DEBTOR", "")
	require.NotContains(t, page, mobile[1:])

	file := b.Log()[0].Attachments[0]
	_, data, header := call(t, http.MethodGet, b.URL()+"/messages/1/files/"+file.SHA256, "")
	require.Equal(t, "<p>1</p>", data)
	require.Contains(t, header.Get("Content-Disposition"), "attachment")
	for _, wrong := range []string{"/messages/99/html", "/messages/x/html", "/messages/1/files/x", "/nothing"} {
		code, _, _ := call(t, http.MethodGet, b.URL()+wrong, "")
		require.Equal(t, 404, code, wrong)
	}
}

// TestControl steers the sandbox as another process would.
func TestControl(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	code, answer, _ := call(t, http.MethodPut, b.URL()+"/control/rules", `[{"name":"slow","fault":"slow","delay":"1ms","times":1,"webhooks":{"duplicates":1}}]`)
	require.Equal(t, 204, code, answer)
	for _, bad := range []string{`[{"fault":"nonsense"}]`, `[{"outcome":"nonsense"}]`, `[{"channel":"fax"}]`, `[{"probability":2}]`, `[{"unknown":1}]`, `{`, `[{"recipient":"[x"}]`} {
		code, _, _ := call(t, http.MethodPost, b.URL()+"/control/rules", bad)
		require.Equal(t, 400, code, bad)
	}
	b.phone.SendSMS(t.Context(), text("a", mobile), time.Now())
	b.heard(t, 6)
	_, answer, _ = call(t, http.MethodGet, b.URL()+"/control/rules", "")
	require.Contains(t, answer, `"applied":1`)
	code, answer, _ = call(t, http.MethodPost, b.URL()+"/control/inbound", fmt.Sprintf(`{"from":%q,"to":"+4930111111","body":"STOP"}`, mobile))
	require.Equal(t, 200, code, answer)
	var entries []sandbox.Entry
	_, answer, _ = call(t, http.MethodGet, b.URL()+"/control/log?after=1&kind=inbound", "")
	require.NoError(t, json.Unmarshal([]byte(answer), &entries))
	require.Len(t, entries, 1)
	require.Equal(t, "STOP", entries[0].Text)
	code, _, _ = call(t, http.MethodPut, b.URL()+"/control/webhooks", `{"events":"","inbound":""}`)
	require.Equal(t, 204, code)
	_, answer, _ = call(t, http.MethodGet, b.URL()+"/control/pending", "")
	require.Contains(t, answer, `"messages":2`)
	_, answer, _ = call(t, http.MethodGet, b.URL()+"/control/account", "")
	require.Contains(t, answer, b.PublicKey())
}

func TestStockHook(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{}, sandbox.Rule{Channel: sandbox.KindStock, Nth: 1, Fault: sandbox.ErrorBefore})
	post := func() int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL()+"/shop/stock", strings.NewReader(`{"order":"O-1"}`))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", "k-1")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, 503, post())
	require.Equal(t, 200, post())
	log := b.Log()
	require.Equal(t, []bool{false, true}, []bool{log[0].Accepted, log[1].Accepted})
	require.Equal(t, "k-1", log[1].Attempt)
}

// TestChanceIsSeeded: the same requests meet the same faults, whatever else arrives between them.
func TestChanceIsSeeded(t *testing.T) {
	t.Parallel()
	fates := func(seed uint64, noise bool) (out string, hits int) {
		b := setup(t, sandbox.Config{Seed: seed}, sandbox.Rule{Probability: 0.3, Fault: sandbox.ErrorBefore})
		for i := range 100 {
			if noise {
				b.phone.SendSMS(t.Context(), text("n", mobile), time.Now())
			}
			r := b.phone.SendSMS(t.Context(), text("a", fmt.Sprintf("+49151%08d", i)), time.Now())
			out += string(r.Kind[:3])
			if r.Kind != "accepted" {
				hits++
			}
		}
		return out, hits
	}
	one, hits := fates(1, false)
	again, _ := fates(1, true)
	other, _ := fates(2, false)
	require.Equal(t, one, again)
	require.NotEqual(t, one, other)
	require.InDelta(t, 30, hits, 15)
}

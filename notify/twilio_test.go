package notify_test

import (
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"dunlin/collection"
	"dunlin/notify"

	"github.com/stretchr/testify/require"
)

func TestTwilioAnswers(t *testing.T) {
	t.Parallel()
	said := func(status, code int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"code":%d,"message":%q,"more_info":"","status":%d}`, code, text, status)
		}
	}
	for _, r := range []row{
		{name: "taken", answer: status(201, `{"sid":"SM1","status":"queued"}`), want: collection.Result{Kind: collection.SendAccepted, ProviderID: "SM1"}},
		{name: "taken, garbled", answer: status(201, `{"sid":`), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "taken, empty", answer: status(200, ``), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "taken, no SID", answer: status(201, `{}`), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "taken, broken off", answer: brokenOff("201 Created"), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "opted out", answer: said(400, 21610, "Attempt to send to unsubscribed recipient"), want: collection.Result{Kind: collection.SendRejected, OptedOut: true, Reason: "21610"}},
		{name: "no number", answer: said(400, 21211, "The 'To' number +4915112345678 is not a valid phone number."), want: collection.Result{Kind: collection.SendRejected, BadAddress: true, Reason: "number … is not"}},
		{name: "not a mobile", answer: said(400, 21614, ""), want: collection.Result{Kind: collection.SendRejected, BadAddress: true}},
		{name: "region not allowed", answer: said(400, 21408, ""), want: collection.Result{Kind: collection.SendRejected}},
		{name: "limited", answer: status(429, `{"code":20429}`, "Retry-After", "7"), want: collection.Result{Kind: collection.SendUnsent}, wait: 7 * time.Second},
		{name: "token refused", answer: said(401, 20003, "Authenticate"), want: collection.Result{Kind: collection.SendUnsent, StopLine: true}},
		{name: "forbidden", answer: status(403, "no JSON"), want: collection.Result{Kind: collection.SendUnsent, StopLine: true}},
		{name: "server error", answer: said(500, 20500, ""), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "server error in HTML", answer: status(502, "<html>"), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "reset", answer: reset, want: collection.Result{Kind: collection.SendUnknown}},
		{name: "sent elsewhere", answer: status(302, "", "Location", "/"), want: collection.Result{Kind: collection.SendUnsent, StopLine: true}},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, r.answer)
			r.check(t, twilio(t, p.URL).SendSMS(t.Context(), sms("a-1"), time.Now()), p.requests.Load())
		})
	}
}

func TestTwilioRequest(t *testing.T) {
	t.Parallel()
	p := newProvider(t, status(201, `{"sid":"SM1"}`))
	s := twilio(t, p.URL)
	for _, c := range []struct {
		valid time.Duration
		want  string
	}{{90 * time.Minute, "5400"}, {20 * time.Hour, "36000"}, {300 * time.Millisecond, "1"}, {-time.Hour, "1"}} {
		m := sms("a-1")
		m.ValidFor = c.valid
		require.Equal(t, collection.SendAccepted, s.SendSMS(t.Context(), m, time.Now()).Kind)
		form, err := url.ParseQuery(p.body.Load().(string))
		require.NoError(t, err)
		require.Equal(t, c.want, form.Get("ValidityPeriod"))
		require.Equal(t, m.To, form.Get("To"))
		require.Equal(t, m.From, form.Get("From"))
		require.Equal(t, m.Body, form.Get("Body"))
		require.Equal(t, public+"/webhooks/twilio/status?attempt=a-1#rc=3&rp=all", form.Get("StatusCallback"))
	}
	user, password, _ := p.last.Load().BasicAuth()
	require.Equal(t, []string{account, token}, []string{user, password})
	require.Equal(t, "/2010-04-01/Accounts/"+account+"/Messages.json", p.last.Load().URL.Path)
	m := sms("a-2")
	m.From = "MG0123"
	s.SendSMS(t.Context(), m, time.Now())
	require.Contains(t, p.body.Load().(string), "MessagingServiceSid=MG0123")
}

func TestTwilioCertainlyUnsent(t *testing.T) {
	t.Parallel()
	got := twilio(t, closedPort(t)).SendSMS(t.Context(), sms("a"), time.Now())
	require.Equal(t, collection.SendUnsent, got.Kind, got.Reason)
	var requests atomic.Int32
	got = twilio(t, untrusted(t, &requests)).SendSMS(t.Context(), sms("a"), time.Now())
	require.Equal(t, collection.SendUnsent, got.Kind, got.Reason)
	require.Zero(t, requests.Load())
	p := newProvider(t, status(201, `{"sid":"SM1"}`))
	got = twilio(t, p.URL).SendSMS(t.Context(), sms("a"), time.Now().Add(-collection.ClaimValid))
	require.Equal(t, collection.SendUnsent, got.Kind)
	require.Zero(t, p.requests.Load())
}

func TestTwilioReusedConnection(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			status(201, `{"sid":"SM1"}`)(w, r)
			return
		}
		reset(w, r)
	})
	s := twilio(t, p.URL)
	require.Equal(t, "SM1", s.SendSMS(t.Context(), sms("a"), time.Now()).ProviderID)
	require.Equal(t, collection.SendUnknown, s.SendSMS(t.Context(), sms("b"), time.Now()).Kind)
	require.Equal(t, int32(2), p.requests.Load())
}

func TestTwilioFind(t *testing.T) {
	t.Parallel()
	now := time.Now()
	const to = "+4915112345678"
	one := func(sid, body string, created time.Time) string {
		return fmt.Sprintf(`{"sid":%q,"to":%q,"body":%q,"direction":"outbound-api","date_created":%q}`, sid, to, body, created.UTC().Format(time.RFC1123Z))
	}
	// The list has two pages; messages without a date of sending are missing from the filtered one.
	list := func(filtered, first, second string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			path := r.URL.Path
			switch {
			case r.URL.Query().Get("DateSent>") != "":
				_, _ = fmt.Fprintf(w, `{"messages":[%s],"next_page_uri":null}`, filtered)
			case r.URL.Query().Get("Page") == "1":
				_, _ = fmt.Fprintf(w, `{"messages":[%s],"next_page_uri":null}`, second)
			default:
				_, _ = fmt.Fprintf(w, `{"messages":[%s],"next_page_uri":"%s?To=x&Page=1&PageToken=t"}`, first, path)
			}
		}
	}
	other := one("SM0", "Acme: INV-11/C, XINV-1/C", now)
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		age    time.Duration
		want   collection.Finding
		fails  bool
	}{
		{name: "sent", answer: list(other+","+one("SM1", "Acme: INV-1/C.", now), "", ""), age: time.Second, want: collection.Finding{Evidence: collection.Found, ProviderID: "SM1"}},
		{name: "still queued, on the second page", answer: list("", other, one("SM2", "Acme: INV-1/C", now)), age: time.Hour, want: collection.Finding{Evidence: collection.Found, ProviderID: "SM2"}},
		{name: "not there", answer: list("", one("SM0", "INV-11/C", now), one("SM9", "INV-2/C", now)), age: time.Hour, want: collection.Finding{Evidence: collection.Absent}},
		{name: "something like it", answer: list("", other, ""), age: time.Hour, want: collection.Finding{Evidence: collection.Nothing}},
		{name: "an older one", answer: list("", one("SM3", "INV-1/C", now.Add(-72*time.Hour)), ""), age: time.Hour, want: collection.Finding{Evidence: collection.Absent}},
		{name: "too young", answer: list("", "", ""), age: time.Minute, want: collection.Finding{Evidence: collection.Nothing}},
		{name: "no answer", answer: status(503, ""), age: time.Hour, fails: true},
		{name: "a list without end", answer: func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"messages":[],"next_page_uri":%q}`, r.URL.Path)
		}, age: time.Hour, fails: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, c.answer)
			got, err := twilio(t, p.URL).Find(t.Context(), collection.LookUp{Attempt: "a", Recipient: to, Reference: "INV-1/C", ClaimedAt: now, Age: c.age})
			if c.fails {
				require.Error(t, err)
				require.Equal(t, collection.Nothing, got.Evidence)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"INV-1/C": true, "发票INV-1/C金额": true, "(INV-1/C)": true, "XINV-1/C, INV-1/C": true,
		"XINV-1/C": false, "INV-1/CD": false, "2026/INV-1/C": false, "": false,
	} {
		require.Equal(t, want, notify.Mentions(text, "INV-1/C"), text)
	}
}

package notify_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dunlin/collection"
	"dunlin/message"
	"dunlin/notify"

	"github.com/stretchr/testify/require"
)

const (
	account = "AC0123456789abcdef0123456789abcdef"
	token   = "test-token"
	public  = "https://dunlin.example"
)

// provider counts the requests that reach it; what it answers is up to the test.
type provider struct {
	*httptest.Server
	requests atomic.Int32
	last     atomic.Pointer[http.Request]
	body     atomic.Value
}

func newProvider(t *testing.T, answer http.HandlerFunc) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.requests.Add(1)
		body, _ := io.ReadAll(r.Body)
		p.body.Store(string(body))
		p.last.Store(r)
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// reset takes the request and then tears the connection down.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// brokenOff promises more than it sends.
func brokenOff(status string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = buf.WriteString("HTTP/1.1 " + status + "\r\nContent-Length: 500\r\n\r\n{\"sid\":\"SM")
		_ = buf.Flush()
		_ = conn.Close()
	}
}

func status(code int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func sendGrid(t *testing.T, base string, change ...func(*notify.SendGridConfig)) *notify.SendGrid {
	t.Helper()
	cfg := notify.SendGridConfig{APIKey: "SG.key", BaseURL: base, LoopbackOnly: true}
	for _, f := range change {
		f(&cfg)
	}
	s, err := notify.NewSendGrid(cfg)
	require.NoError(t, err)
	return s
}

func twilio(t *testing.T, base string) *notify.Twilio {
	t.Helper()
	s, err := notify.NewTwilio(notify.TwilioConfig{AccountSID: account, AuthToken: token, BaseURL: base, PublicBase: public, LoopbackOnly: true})
	require.NoError(t, err)
	return s
}

func email(attempt string) message.Email {
	return message.Email{
		AttemptID: attempt, FromName: "Acme GmbH", FromAddress: "billing@acme.example", ReplyTo: "ar@acme.example",
		ToName: "王小明", ToAddress: "ap@debtor.example", Subject: "Invoice INV-1 · 发票", Text: "Dear Sir or Madam", HTML: "<p>Dear Sir or Madam</p>",
		Attachments: []message.Attachment{{Name: "invoice.html", Type: "text/html", Data: []byte("<p>1</p>")}},
	}
}

func sms(attempt string) message.SMS {
	return message.SMS{AttemptID: attempt, From: "+4930111111", To: "+4915112345678", Body: "Acme: invoice INV-1/C is due.", ValidFor: 90 * time.Minute}
}

// row is one line of the tables of answers.
type row struct {
	name   string
	answer http.HandlerFunc
	want   collection.Result // Reason: a part of it
	wait   time.Duration     // RetryAt, from now
}

func (r row) check(t *testing.T, got collection.Result, requests int32) {
	t.Helper()
	require.Equal(t, int32(1), requests, "one request per attempt")
	require.Equal(t, r.want.Kind, got.Kind, got.Reason)
	require.Equal(t, r.want.ProviderID, got.ProviderID)
	require.Equal(t, r.want.StopLine, got.StopLine)
	require.Equal(t, r.want.OptedOut, got.OptedOut)
	require.Equal(t, r.want.BadAddress, got.BadAddress)
	require.Contains(t, got.Reason, r.want.Reason)
	if r.wait == 0 {
		require.True(t, got.RetryAt.IsZero())
		return
	}
	require.WithinDuration(t, time.Now().Add(r.wait), got.RetryAt, 8*time.Second)
}

// closedPort is an address at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return "http://" + l.Addr().String()
}

// untrusted speaks TLS under a certificate that nobody knows.
func untrusted(t *testing.T, requests *atomic.Int32) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	require.True(t, strings.HasPrefix(s.URL, "https://"))
	return s.URL
}

package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dunlin/collection"
	"dunlin/notify"

	"github.com/stretchr/testify/require"
)

func TestSendGridAnswers(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	said := func(field, text string) string {
		return fmt.Sprintf(`{"errors":[{"field":%q,"message":%q,"help":null}]}`, field, text)
	}
	for _, r := range []row{
		{name: "taken", answer: status(202, "", "X-Message-Id", "abc"), want: collection.Result{Kind: collection.SendAccepted, ProviderID: "abc"}},
		{name: "taken without an id", answer: status(202, ""), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "200 from something between", answer: status(200, "<html>", "X-Message-Id", "abc"), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "limited until a time", answer: status(429, "", "X-RateLimit-Reset", in(40*time.Second)), want: collection.Result{Kind: collection.SendUnsent}, wait: 40 * time.Second},
		{name: "limited for seconds", answer: status(429, "", "Retry-After", "20"), want: collection.Result{Kind: collection.SendUnsent}, wait: 20 * time.Second},
		{name: "limited by a clock gone wrong", answer: status(429, "", "X-RateLimit-Reset", in(900*time.Hour)), want: collection.Result{Kind: collection.SendUnsent}, wait: time.Hour},
		{name: "limited without a time", answer: status(429, ""), want: collection.Result{Kind: collection.SendUnsent}, wait: 30 * time.Second},
		{name: "key refused", answer: status(401, said("", "authorization required")), want: collection.Result{Kind: collection.SendUnsent, StopLine: true, Reason: "authorization required"}},
		{name: "sender refused", answer: status(403, ""), want: collection.Result{Kind: collection.SendUnsent, StopLine: true}},
		{name: "nobody there", answer: status(404, ""), want: collection.Result{Kind: collection.SendUnsent, StopLine: true}},
		{name: "sent elsewhere", answer: status(307, "", "Location", "/v3/mail/send"), want: collection.Result{Kind: collection.SendUnsent, StopLine: true}},
		{name: "bad address", answer: status(400, said("personalizations.0.to.0.email", "Does not contain a valid address.")), want: collection.Result{Kind: collection.SendRejected, BadAddress: true, Reason: "valid address"}},
		{name: "bad content", answer: status(400, said("content.0.value", "The content value must be a string")), want: collection.Result{Kind: collection.SendRejected}},
		{name: "too large", answer: status(413, ""), want: collection.Result{Kind: collection.SendRejected}},
		{name: "server error", answer: status(500, ""), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "unavailable", answer: status(503, ""), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "reset", answer: reset, want: collection.Result{Kind: collection.SendUnknown}},
		{name: "answer broken off", answer: brokenOff("202 Accepted"), want: collection.Result{Kind: collection.SendUnknown}},
		{name: "answer broken off after its id", answer: brokenOff("202 Accepted\r\nX-Message-Id: abc"), want: collection.Result{Kind: collection.SendAccepted, ProviderID: "abc"}},
		{name: "not HTTP", answer: garbage, want: collection.Result{Kind: collection.SendUnknown}},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, r.answer)
			got := sendGrid(t, p.URL).SendEmail(t.Context(), email("a-1"), time.Now())
			r.check(t, got, p.requests.Load())
		})
	}
}

func garbage(w http.ResponseWriter, _ *http.Request) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = buf.WriteString("what?\r\n\r\n")
	_ = buf.Flush()
	_ = conn.Close()
}

func TestSendGridRequest(t *testing.T) {
	t.Parallel()
	p := newProvider(t, status(202, "", "X-Message-Id", "abc"))
	require.Equal(t, collection.SendAccepted, sendGrid(t, p.URL).SendEmail(t.Context(), email("a-1"), time.Now()).Kind)
	r := p.last.Load()
	require.Equal(t, "/v3/mail/send", r.URL.Path)
	require.Equal(t, "Bearer SG.key", r.Header.Get("Authorization"))
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	var sent map[string]any
	require.NoError(t, json.Unmarshal([]byte(p.body.Load().(string)), &sent))
	require.Equal(t, map[string]any{"X-Entity-Ref-ID": "a-1"}, sent["headers"])
	to := sent["personalizations"].([]any)[0].(map[string]any)
	require.Equal(t, map[string]any{"attempt_id": "a-1"}, to["custom_args"])
	require.Equal(t, []any{map[string]any{"email": "ap@debtor.example", "name": "王小明"}}, to["to"])
	require.Len(t, sent["content"], 2)
	require.Len(t, sent["attachments"], 1)
	require.Equal(t, map[string]any{"email": "ar@acme.example"}, sent["reply_to"])
}

func TestSendGridCertainlyUnsent(t *testing.T) {
	t.Parallel()
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		got := sendGrid(t, closedPort(t)).SendEmail(t.Context(), email("a"), time.Now())
		require.Equal(t, collection.SendUnsent, got.Kind, got.Reason)
		require.False(t, got.RetryAt.IsZero())
	})
	t.Run("certificate unknown", func(t *testing.T) {
		t.Parallel()
		var requests atomic.Int32
		got := sendGrid(t, untrusted(t, &requests)).SendEmail(t.Context(), email("a"), time.Now())
		require.Equal(t, collection.SendUnsent, got.Kind, got.Reason)
		require.Zero(t, requests.Load())
	})
	t.Run("claim too old", func(t *testing.T) {
		t.Parallel()
		p := newProvider(t, status(202, "", "X-Message-Id", "abc"))
		got := sendGrid(t, p.URL).SendEmail(t.Context(), email("a"), time.Now().Add(-collection.ClaimValid))
		require.Equal(t, collection.SendUnsent, got.Kind)
		require.Contains(t, got.Reason, "claim expired")
		require.Zero(t, p.requests.Load())
	})
	t.Run("told to stop before it began", func(t *testing.T) {
		t.Parallel()
		p := newProvider(t, status(202, "", "X-Message-Id", "abc"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.Equal(t, collection.SendUnsent, sendGrid(t, p.URL).SendEmail(ctx, email("a"), time.Now()).Kind)
		require.Zero(t, p.requests.Load())
	})
	t.Run("a header that breaks its line", func(t *testing.T) {
		t.Parallel()
		p := newProvider(t, status(202, "", "X-Message-Id", "abc"))
		m := email("a")
		m.ToName = "x\r\nBcc: all@debtor.example"
		require.Equal(t, collection.SendRejected, sendGrid(t, p.URL).SendEmail(t.Context(), m, time.Now()).Kind)
		require.Zero(t, p.requests.Load())
	})
}

// TestSendGridHangs gives up while the provider is still thinking.
func TestSendGridHangs(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	p := newProvider(t, func(http.ResponseWriter, *http.Request) { close(arrived); <-release })
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	got := sendGrid(t, p.URL).SendEmail(ctx, email("a"), time.Now())
	require.Equal(t, collection.SendUnknown, got.Kind, got.Reason)
	require.Equal(t, int32(1), p.requests.Load())
}

// TestReusedConnection resets the second request of a kept connection: the transport must not repeat it.
func TestReusedConnection(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			status(202, "", "X-Message-Id", "first")(w, r)
			return
		}
		reset(w, r)
	})
	s := sendGrid(t, p.URL)
	require.Equal(t, "first", s.SendEmail(t.Context(), email("a"), time.Now()).ProviderID)
	require.Equal(t, collection.SendUnknown, s.SendEmail(t.Context(), email("b"), time.Now()).Kind)
	require.Equal(t, int32(2), p.requests.Load())
}

// TestSendGridConcurrently is the reason not to use the SDK's own client, which mixes messages up.
func TestSendGridConcurrently(t *testing.T) {
	t.Parallel()
	const workers, each = 8, 200
	var mu sync.Mutex
	got := map[string]string{}
	p := newProvider(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	p.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			Personalizations []struct {
				To   []struct{ Email string }
				Args map[string]string `json:"custom_args"`
			}
		}
		if json.NewDecoder(r.Body).Decode(&m) != nil || len(m.Personalizations) != 1 {
			w.WriteHeader(400)
			return
		}
		attempt, to := m.Personalizations[0].Args["attempt_id"], m.Personalizations[0].To[0].Email
		mu.Lock()
		defer mu.Unlock()
		if _, twice := got[attempt]; twice {
			to = "twice"
		}
		got[attempt] = to
		w.Header().Set("X-Message-Id", "id-"+attempt)
		w.WriteHeader(202)
	})
	s := sendGrid(t, p.URL)
	var wg sync.WaitGroup
	var wrong atomic.Int32
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				id := fmt.Sprintf("%d-%d", w, i)
				m := email(id)
				m.ToAddress = id + "@debtor.example"
				if s.SendEmail(t.Context(), m, time.Now()).ProviderID != "id-"+id {
					wrong.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.Zero(t, wrong.Load())
	require.Len(t, got, workers*each)
	for id, to := range got {
		require.Equal(t, id+"@debtor.example", to)
	}
}

func TestSendGridFind(t *testing.T) {
	t.Parallel()
	activity := func(c *notify.SendGridConfig) { c.Activity = true }
	young, old := time.Minute, collection.AbsenceAfter
	for _, c := range []struct {
		name   string
		off    bool
		answer http.HandlerFunc
		age    time.Duration
		want   collection.Finding
		fails  bool
	}{
		{name: "there", answer: status(200, `{"messages":[{"msg_id":"abc.filter-1","status":"delivered"}]}`), age: young, want: collection.Finding{Evidence: collection.Found, ProviderID: "abc"}},
		{name: "lacking, old enough", answer: status(200, `{"messages":[]}`), age: old, want: collection.Finding{Evidence: collection.Absent}},
		{name: "lacking, too young", answer: status(200, `{"messages":[]}`), age: young, want: collection.Finding{Evidence: collection.Nothing}},
		{name: "not a list", answer: status(200, `{}`), age: old, fails: true},
		{name: "limited", answer: status(429, `{}`), age: old, fails: true},
		{name: "not bought", off: true, age: old, want: collection.Finding{Evidence: collection.Nothing}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, c.answer)
			s := sendGrid(t, p.URL, activity)
			if c.off {
				s = sendGrid(t, p.URL)
			}
			got, err := s.Find(t.Context(), collection.LookUp{Attempt: "a-1", Age: c.age})
			if c.fails {
				require.Error(t, err)
				require.Equal(t, collection.Nothing, got.Evidence)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			if !c.off {
				require.Equal(t, `(unique_args['attempt_id']="a-1")`, p.last.Load().URL.Query().Get("query"))
			}
		})
	}
}

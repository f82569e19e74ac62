package sandbox_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"dunlin/collection"
	"dunlin/dev/sandbox"
	"dunlin/message"
	"dunlin/notify"

	"github.com/stretchr/testify/require"
)

// bench is a sandbox, the product's real senders in front of it, and the product's real webhook readers
// behind it.
type bench struct {
	*sandbox.Server
	mail  *notify.SendGrid
	phone *notify.Twilio

	mu         sync.Mutex
	deliveries []collection.Delivery
	refused    int // webhooks with a wrong signature
	stale      int
	down       int // so many webhooks are answered with 503 first
	news       chan struct{}
}

func setup(t *testing.T, cfg sandbox.Config, rules ...sandbox.Rule) *bench {
	t.Helper()
	b := &bench{news: make(chan struct{}, 1)}
	var err error
	b.Server, err = sandbox.New(cfg)
	require.NoError(t, err)
	require.NoError(t, b.SetRules(rules...))
	require.NoError(t, b.Start(t.Context()))
	t.Cleanup(func() { _ = b.Close() })
	key, sid, token := b.Account()

	mux := http.NewServeMux()
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	events, err := notify.NewEventReader(notify.EventWebhookConfig{PublicKeys: []string{b.PublicKey()}})
	require.NoError(t, err)
	reader, err := notify.NewTwilioReader(notify.TwilioWebhookConfig{AuthTokens: []string{token}, PublicBase: web.URL})
	require.NoError(t, err)
	b.mount(mux, notify.SendGridEventsPath, func(r *http.Request, body []byte) ([]collection.Delivery, error) {
		got, err := events.Read(r.Header, body, time.Now())
		if got.Stale {
			b.stale++
		}
		return got.Deliveries, err
	})
	b.mount(mux, notify.TwilioStatusPath, func(r *http.Request, body []byte) ([]collection.Delivery, error) {
		return reader.Status(r.RequestURI, r.Header, body, time.Now())
	})
	b.mount(mux, notify.TwilioInboundPath, func(r *http.Request, body []byte) ([]collection.Delivery, error) {
		in, err := reader.Inbound(r.RequestURI, r.Header, body, time.Now())
		return in.Deliveries, err
	})
	b.SetWebhooks(web.URL+notify.SendGridEventsPath, web.URL+notify.TwilioInboundPath)

	b.mail, err = notify.NewSendGrid(notify.SendGridConfig{APIKey: key, BaseURL: b.URL(), Activity: true, LoopbackOnly: true})
	require.NoError(t, err)
	b.phone, err = notify.NewTwilio(notify.TwilioConfig{AccountSID: sid, AuthToken: token, BaseURL: b.URL(), PublicBase: web.URL, LoopbackOnly: true})
	require.NoError(t, err)
	return b
}

func (b *bench) mount(mux *http.ServeMux, path string, read func(*http.Request, []byte) ([]collection.Delivery, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.down > 0 {
			b.down--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		got, err := read(r, body)
		if err != nil {
			b.refused++
			w.WriteHeader(http.StatusForbidden)
			return
		}
		b.deliveries = append(b.deliveries, got...)
		select {
		case b.news <- struct{}{}:
		default:
		}
	})
}

// heard waits until n reports have come and returns their kinds.
func (b *bench) heard(t *testing.T, n int) []collection.DeliveryKind {
	t.Helper()
	for {
		b.mu.Lock()
		var kinds []collection.DeliveryKind
		for _, d := range b.deliveries {
			kinds = append(kinds, d.Kind)
		}
		b.mu.Unlock()
		if len(kinds) >= n {
			return kinds
		}
		select {
		case <-b.news:
		case <-time.After(10 * time.Second):
			t.Fatalf("%d of %d reports came", len(kinds), n)
		}
	}
}

func letter(attempt, to string) message.Email {
	return message.Email{
		AttemptID: attempt, FromName: "Acme GmbH", FromAddress: "billing@acme.example", ReplyTo: "ar@acme.example", ToName: "Li Na", ToAddress: to,
		Subject: "Invoice INV-1", Text: "Invoice INV-1/C is due.", HTML: "<p>Invoice INV-1/C is due.</p>",
		Attachments: []message.Attachment{{Name: "statement.html", Type: "text/html", Data: []byte("<p>1</p>")}},
	}
}

func text(attempt, to string) message.SMS {
	return message.SMS{AttemptID: attempt, From: "+4930111111", To: to, Body: "Acme: invoice INV-1/C is due.", ValidFor: time.Hour}
}

const mobile = "+4915112345678"

func TestMailThereAndBack(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	got := b.mail.SendEmail(t.Context(), letter("a-1", "ap@debtor.example"), time.Now())
	require.Equal(t, collection.SendAccepted, got.Kind, got.Reason)
	require.Equal(t, []collection.DeliveryKind{collection.Processed, collection.Delivered}, b.heard(t, 2))
	require.Equal(t, "a-1", b.deliveries[0].Attempt)
	require.Equal(t, got.ProviderID, b.deliveries[0].ProviderID)
	e := b.Log()[0]
	require.Equal(t, []any{"email", "ap@debtor.example", "a-1", true, got.ProviderID, 202}, []any{e.Kind, e.To, e.Attempt, e.Accepted, e.ProviderID, e.Status})
	require.Equal(t, "Invoice INV-1/C is due.", e.Text)
	file, err := b.File(e.Attachments[0].SHA256)
	require.NoError(t, err)
	require.Equal(t, "<p>1</p>", string(file))
	found, err := b.mail.Find(t.Context(), collection.LookUp{Attempt: "a-1"})
	require.NoError(t, err)
	require.Equal(t, collection.Finding{Evidence: collection.Found, ProviderID: got.ProviderID}, found)
	found, err = b.mail.Find(t.Context(), collection.LookUp{Attempt: "a-2", Age: time.Hour})
	require.NoError(t, err)
	require.Equal(t, collection.Absent, found.Evidence)
}

func TestTextThereAndBack(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	got := b.phone.SendSMS(t.Context(), text("a-1", mobile), time.Now())
	require.Equal(t, collection.SendAccepted, got.Kind, got.Reason)
	require.Equal(t, []collection.DeliveryKind{collection.Processed, collection.Processed, collection.Delivered}, b.heard(t, 3))
	require.Equal(t, "a-1", b.deliveries[0].Attempt)
	require.Equal(t, 3600, b.Log()[0].ValidFor)
	look := collection.LookUp{Attempt: "a-1", Recipient: mobile, Reference: "INV-1/C", ClaimedAt: time.Now(), Age: time.Hour}
	found, err := b.phone.Find(t.Context(), look)
	require.NoError(t, err)
	require.Equal(t, collection.Finding{Evidence: collection.Found, ProviderID: got.ProviderID}, found)
	look.Reference = "INV-2/C"
	found, err = b.phone.Find(t.Context(), look)
	require.NoError(t, err)
	require.Equal(t, collection.Absent, found.Evidence)
}

// TestPages reads a list that is longer than a page.
func TestPages(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	for range 1003 {
		require.Equal(t, collection.SendAccepted, b.phone.SendSMS(t.Context(), message.SMS{AttemptID: "x", From: "+4930111111", To: mobile, Body: "INV-7/C", ValidFor: time.Hour}, time.Now()).Kind)
	}
	look := collection.LookUp{Recipient: mobile, Reference: "INV-1/C", ClaimedAt: time.Now(), Age: time.Hour}
	found, err := b.phone.Find(t.Context(), look)
	require.NoError(t, err)
	require.Equal(t, collection.Absent, found.Evidence)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault    sandbox.Fault
		want     collection.ResultKind
		accepted bool
		smsOnly  bool
	}{
		{fault: sandbox.OK, want: collection.SendAccepted, accepted: true},
		{fault: sandbox.Slow, want: collection.SendAccepted, accepted: true},
		{fault: sandbox.RateLimited, want: collection.SendUnsent},
		{fault: sandbox.ErrorBefore, want: collection.SendUnknown},
		{fault: sandbox.ErrorAfter, want: collection.SendUnknown, accepted: true},
		{fault: sandbox.ResetBefore, want: collection.SendUnknown},
		{fault: sandbox.ResetAfter, want: collection.SendUnknown, accepted: true},
		{fault: sandbox.HangAfter, want: collection.SendUnknown, accepted: true},
		{fault: sandbox.Garbled, want: collection.SendUnknown, accepted: true},
		{fault: sandbox.Unauthorized, want: collection.SendUnsent},
		{fault: sandbox.TooLarge, want: collection.SendRejected},
		{fault: sandbox.BadRequest, want: collection.SendRejected},
		{fault: sandbox.OptedOut, want: collection.SendRejected, smsOnly: true},
	} {
		rule := sandbox.Rule{Name: "fault", Fault: c.fault, Delay: sandbox.Duration(50 * time.Millisecond)}
		if c.smsOnly {
			rule.Channel = sandbox.KindSMS
		}
		for _, channel := range []string{sandbox.KindEmail, sandbox.KindSMS} {
			if c.smsOnly && channel == sandbox.KindEmail {
				continue
			}
			t.Run(channel+" "+string(c.fault), func(t *testing.T) {
				t.Parallel()
				b := setup(t, sandbox.Config{}, rule)
				var got collection.Result
				if channel == sandbox.KindSMS {
					got = b.phone.SendSMS(t.Context(), text("a", mobile), time.Now())
				} else {
					got = b.mail.SendEmail(t.Context(), letter("a", "ap@debtor.example"), time.Now())
				}
				require.Equal(t, c.want, got.Kind, got.Reason)
				require.Equal(t, c.fault == sandbox.OptedOut, got.OptedOut)
				require.Equal(t, c.fault == sandbox.Unauthorized, got.StopLine)
				require.Equal(t, c.fault == sandbox.RateLimited, !got.RetryAt.IsZero())
				e := b.Log()[0]
				require.Equal(t, c.accepted, e.Accepted)
				require.Equal(t, c.fault, e.Fault)
				require.Equal(t, 1, b.Applied("fault"))
				if c.accepted { // a lost answer still reports back, by attempt id
					b.heard(t, 2)
					require.Equal(t, "a", b.deliveries[0].Attempt)
				}
			})
		}
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]collection.DeliveryKind{
		sandbox.OutcomeBounce: collection.Bounced, sandbox.OutcomeBlocked: collection.Undelivered, sandbox.OutcomeDropped: collection.Dropped, sandbox.OutcomeSpamReport: collection.SpamReport,
		sandbox.OutcomeUnsubscribe: collection.OptOut, sandbox.OutcomeDeferred: collection.Delivered,
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sandbox.Config{}, sandbox.Rule{Outcome: outcome})
			b.mail.SendEmail(t.Context(), letter("a", "ap@debtor.example"), time.Now())
			n := map[string]int{sandbox.OutcomeDropped: 1, sandbox.OutcomeBounce: 2, sandbox.OutcomeBlocked: 2}[outcome]
			if n == 0 {
				n = 3
			}
			kinds := b.heard(t, n)
			require.Equal(t, want, kinds[n-1])
		})
	}
	b := setup(t, sandbox.Config{}, sandbox.Rule{Outcome: sandbox.OutcomeUndelivered})
	b.phone.SendSMS(t.Context(), text("a", mobile), time.Now())
	require.Equal(t, collection.Undelivered, b.heard(t, 3)[2])
	require.Contains(t, b.deliveries[2].Reason, "30003")
}

func TestWebhooksTravelBadly(t *testing.T) {
	t.Parallel()
	t.Run("repeated with other ids, the last first", func(t *testing.T) {
		t.Parallel()
		b := setup(t, sandbox.Config{}, sandbox.Rule{Webhooks: &sandbox.Webhooks{Duplicates: 2, Reversed: true}})
		b.mail.SendEmail(t.Context(), letter("a", "ap@debtor.example"), time.Now())
		kinds := b.heard(t, 6)
		require.Equal(t, []collection.DeliveryKind{collection.Delivered, collection.Delivered, collection.Delivered, collection.Processed, collection.Processed, collection.Processed}, kinds)
		keys := map[string]bool{}
		for _, d := range b.deliveries {
			keys[d.DedupeKey] = true
		}
		require.Len(t, keys, 2)
	})
	t.Run("forged", func(t *testing.T) {
		t.Parallel()
		b := setup(t, sandbox.Config{}, sandbox.Rule{Webhooks: &sandbox.Webhooks{Forged: true}})
		b.mail.SendEmail(t.Context(), letter("a", "ap@debtor.example"), time.Now())
		b.phone.SendSMS(t.Context(), text("a", mobile), time.Now())
		require.Len(t, b.heard(t, 5), 5)
		require.Equal(t, 5, b.refused)
	})
	t.Run("stale", func(t *testing.T) {
		t.Parallel()
		b := setup(t, sandbox.Config{}, sandbox.Rule{Webhooks: &sandbox.Webhooks{Stale: true}})
		b.mail.SendEmail(t.Context(), letter("a", "ap@debtor.example"), time.Now())
		b.heard(t, 2)
		require.Equal(t, 2, b.stale)
	})
	t.Run("never", func(t *testing.T) {
		t.Parallel()
		b := setup(t, sandbox.Config{}, sandbox.Rule{Webhooks: &sandbox.Webhooks{Never: true}})
		b.mail.SendEmail(t.Context(), letter("a", "ap@debtor.example"), time.Now())
		due, next := b.Pending()
		require.Zero(t, due)
		require.True(t, next.IsZero())
	})
	t.Run("while we are down", func(t *testing.T) {
		t.Parallel()
		b := setup(t, sandbox.Config{})
		b.down = 3
		b.mail.SendEmail(t.Context(), letter("a", "ap@debtor.example"), time.Now())
		require.Len(t, b.heard(t, 2), 2)
	})
	t.Run("days later, on the lab's clock", func(t *testing.T) {
		t.Parallel()
		clock := &labClock{now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
		b := setup(t, sandbox.Config{LabTime: clock.read}, sandbox.Rule{Webhooks: &sandbox.Webhooks{Delay: sandbox.Duration(30 * time.Hour)}})
		b.mail.SendEmail(t.Context(), letter("a", "ap@debtor.example"), time.Now())
		due, next := b.Pending()
		require.Zero(t, due)
		require.Equal(t, clock.read().Add(30*time.Hour), next)
		clock.add(30 * time.Hour)
		require.Equal(t, []collection.DeliveryKind{collection.Processed}, b.heard(t, 1))
		require.Equal(t, clock.read(), b.deliveries[0].At)
		clock.add(30 * time.Hour)
		b.heard(t, 2)
	})
}

type labClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *labClock) read() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *labClock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

func TestInboundStop(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	send := func() collection.Result { return b.phone.SendSMS(t.Context(), text("a", mobile), time.Now()) }
	say := func(word string) {
		t.Helper()
		status, err := b.Inbound(t.Context(), sandbox.InboundSMS{From: mobile, To: "+4930111111", Body: word})
		require.NoError(t, err)
		require.Equal(t, 200, status)
	}
	say("STOP")
	require.Equal(t, collection.OptOut, b.heard(t, 1)[0])
	require.Equal(t, mobile, b.deliveries[0].Address)
	got := send()
	require.Equal(t, collection.SendRejected, got.Kind)
	require.True(t, got.OptedOut)
	say("START")
	require.Equal(t, collection.SendAccepted, send().Kind)
	status, err := b.Inbound(t.Context(), sandbox.InboundSMS{From: mobile, To: "+4930111111", Body: "STOP", Forged: true})
	require.NoError(t, err)
	require.Equal(t, 403, status)
	require.Equal(t, collection.SendAccepted, send().Kind)
}

func TestDirKeepsEverything(t *testing.T) {
	t.Parallel()
	cfg := sandbox.Config{Dir: t.TempDir()}
	b := setup(t, cfg)
	b.mail.SendEmail(t.Context(), letter("a", "ap@debtor.example"), time.Now())
	b.phone.SendSMS(t.Context(), text("b", mobile), time.Now())
	b.heard(t, 5)
	require.Eventually(t, func() bool { due, _ := b.Pending(); return due == 0 }, 5*time.Second, time.Millisecond)
	before := b.Log()
	require.NoError(t, b.Close())
	again := setup(t, cfg)
	require.Equal(t, before, again.Log())
	found, err := again.mail.Find(t.Context(), collection.LookUp{Attempt: "a"})
	require.NoError(t, err)
	require.Equal(t, collection.Found, found.Evidence)
	file, err := again.File(before[0].Attachments[0].SHA256)
	require.NoError(t, err)
	require.Equal(t, "<p>1</p>", string(file))
}

func TestMailSendIsStrict(t *testing.T) {
	t.Parallel()
	b := setup(t, sandbox.Config{})
	const good = `{"personalizations":[{"to":[{"email":"a@x.example"}]}],"from":{"email":"b@x.example"},"subject":"s","content":[{"type":"text/plain","value":"v"}]}`
	post := func(body string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL()+"/v3/mail/send", strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer SG.sandbox")
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, 202, post(good))
	for old, bad := range map[string]string{
		`"email":"a@x.example"`: `"email":"nobody"`, `"subject":"s"`: `"subject":""`, `"value":"v"`: `"value":""`, `"from":{"email":"b@x.example"},`: ``,
		`[{"to":[{"email":"a@x.example"}]}]`: `[]`, `"subject"`: `"subjekt"`, `"text/plain","value":"v"}`: `"text/html","value":"v"},{"type":"text/plain","value":"v"}`,
	} {
		require.Contains(t, good, old)
		require.Equal(t, 400, post(strings.Replace(good, old, bad, 1)), bad)
	}
}

package notify_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/notify"

	"github.com/stretchr/testify/require"
)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return k
}

func public64(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(der)
}

func signEvents(t *testing.T, k *ecdsa.PrivateKey, at time.Time, body []byte) http.Header {
	t.Helper()
	stamp := strconv.FormatInt(at.Unix(), 10)
	digest := sha256.Sum256(append([]byte(stamp), body...))
	der, err := ecdsa.SignASN1(rand.Reader, k, digest[:])
	require.NoError(t, err)
	h := http.Header{}
	h.Set("X-Twilio-Email-Event-Webhook-Timestamp", stamp)
	h.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(der))
	return h
}

const batch = `[{"email":"ap@debtor.example","timestamp":1795000000,"event":"processed","sg_event_id":"e1","sg_message_id":"abc.recvd-1-2-0","attempt_id":"a-1"},
{"email":"ap@debtor.example","timestamp":1795000001,"event":"bounce","type":"bounce","status":"5.1.1","reason":"550 ap@debtor.example unknown","sg_event_id":"e2","sg_message_id":"abc.recvd-1-2-0","attempt_id":"a-1"},
{"email":"ap@debtor.example","timestamp":1795000001,"event":"bounce","type":"blocked","reason":"busy","sg_event_id":"e3","sg_message_id":"abc.recvd-1-2-0","attempt_id":"a-1"},
{"email":"ap@debtor.example","timestamp":1795000002,"event":"open","sg_event_id":"e4"},
{"email":"ap@debtor.example","timestamp":1795000003,"event":"unsubscribe","sg_event_id":"e5","sg_message_id":"abc.x"},
{"email":"ap@debtor.example","timestamp":1795000004,"event":"spamreport","attempt_id":"a-1"}]` + "\r\n"

func TestEventsAreRead(t *testing.T) {
	t.Parallel()
	k, next := newKey(t), newKey(t)
	r, err := notify.NewEventReader(notify.EventWebhookConfig{PublicKeys: []string{public64(t, &k.PublicKey), public64(t, &next.PublicKey)}})
	require.NoError(t, err)
	now := time.Now()
	for _, signer := range []*ecdsa.PrivateKey{k, next} {
		got, err := r.Read(signEvents(t, signer, now, []byte(batch)), []byte(batch), now)
		require.NoError(t, err)
		require.False(t, got.Stale)
		var kinds []collection.DeliveryKind
		keys := map[string]bool{}
		for _, d := range got.Deliveries {
			kinds = append(kinds, d.Kind)
			keys[d.DedupeKey] = true
			require.Equal(t, invoice.Email, d.Channel)
			require.Equal(t, "ap@debtor.example", d.Address)
			require.NotContains(t, d.Reason, "@")
		}
		require.Equal(t, []collection.DeliveryKind{collection.Processed, collection.Bounced, collection.Undelivered, collection.OptOut, collection.SpamReport}, kinds)
		require.Len(t, keys, 5)
		require.Equal(t, "abc", got.Deliveries[0].ProviderID)
		require.Equal(t, "a-1", got.Deliveries[0].Attempt)
		require.Equal(t, time.Unix(1795000000, 0).UTC(), got.Deliveries[0].At)
	}
}

// TestRepeatedEvents: a repetition comes with a new sg_event_id and must get the same key.
func TestRepeatedEvents(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	r, err := notify.NewEventReader(notify.EventWebhookConfig{PublicKeys: []string{public64(t, &k.PublicKey)}})
	require.NoError(t, err)
	key := func(body string) string {
		got, err := r.Read(signEvents(t, k, time.Now(), []byte(body)), []byte(body), time.Now())
		require.NoError(t, err)
		return got.Deliveries[0].DedupeKey
	}
	first := key(`[{"email":"a@x.example","timestamp":1,"event":"delivered","sg_event_id":"e1","attempt_id":"a"}]`)
	require.Equal(t, first, key(`[{"attempt_id":"a","sg_event_id":"e2","email":"a@x.example","timestamp":1,"event":"delivered"}]`))
	require.NotEqual(t, first, key(`[{"email":"a@x.example","timestamp":2,"event":"delivered","attempt_id":"a"}]`))
	require.NotEqual(t, first, key(`[{"email":"a@x.example","timestamp":1,"event":"processed","attempt_id":"a"}]`))
}

func TestEventsForged(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	r, err := notify.NewEventReader(notify.EventWebhookConfig{PublicKeys: []string{public64(t, &k.PublicKey)}})
	require.NoError(t, err)
	body := []byte(`[{"email":"a@x.example","timestamp":1,"event":"delivered","attempt_id":"a"}]`)
	now := time.Now()
	good := signEvents(t, k, now, body)
	refused := func(h http.Header, b []byte) {
		t.Helper()
		_, err := r.Read(h, b, now)
		require.ErrorIs(t, err, notify.ErrSignature)
	}
	for i := range body {
		flipped := slices.Clone(body)
		flipped[i] ^= 1
		refused(good, flipped)
	}
	der, err := base64.StdEncoding.DecodeString(good.Get("X-Twilio-Email-Event-Webhook-Signature"))
	require.NoError(t, err)
	for i := range der {
		flipped := slices.Clone(der)
		flipped[i] ^= 1
		h := good.Clone()
		h.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(flipped))
		refused(h, body)
	}
	trailing := good.Clone()
	trailing.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(append(slices.Clone(der), 0)))
	refused(trailing, body)
	moved := good.Clone()
	moved.Set("X-Twilio-Email-Event-Webhook-Timestamp", strconv.FormatInt(now.Unix()+1, 10))
	refused(moved, body)
	refused(http.Header{}, body)
	refused(signEvents(t, newKey(t), now, body), body)
	refused(good, append(slices.Clone(body), '\r', '\n'))
}

func TestEventsStaleAndBroken(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	r, err := notify.NewEventReader(notify.EventWebhookConfig{PublicKeys: []string{public64(t, &k.PublicKey)}})
	require.NoError(t, err)
	now := time.Now()
	for age, stale := range map[time.Duration]bool{0: false, 9 * time.Minute: false, 25 * time.Hour: true, -25 * time.Hour: true} {
		got, err := r.Read(signEvents(t, k, now.Add(-age), []byte(`[]`)), []byte(`[]`), now)
		require.NoError(t, err)
		require.Equal(t, stale, got.Stale, age)
	}
	for _, body := range []string{`{}`, `[1]`, `[{"event":"delivered","timestamp":"x"}]`, ``} {
		_, err := r.Read(signEvents(t, k, now, []byte(body)), []byte(body), now)
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err), body)
	}
}

// TestOneBrokenEvent: it does not keep the others of its batch from us.
func TestOneBrokenEvent(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	r, err := notify.NewEventReader(notify.EventWebhookConfig{PublicKeys: []string{public64(t, &k.PublicKey)}})
	require.NoError(t, err)
	body := []byte(`[{"event":"delivered","timestamp":"x"},7,{"email":"a@x.example","timestamp":1,"event":"bounce","attempt_id":"a"}]`)
	got, err := r.Read(signEvents(t, k, time.Now(), body), body, time.Now())
	require.NoError(t, err)
	require.Len(t, got.Deliveries, 1)
	require.Equal(t, collection.Bounced, got.Deliveries[0].Kind)
}

func TestEventKeys(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	for name, text := range map[string]string{"RSA": public64(t, &private.PublicKey), "P-384": public64(t, &p384.PublicKey), "base64": "!", "DER": "AAAA", "empty": ""} {
		_, err := notify.NewEventReader(notify.EventWebhookConfig{PublicKeys: []string{text}})
		require.ErrorContains(t, err, "sendgrid.webhook_keys[0]", name)
	}
}

// signTwilio signs as Twilio does, written a second time here.
func signTwilio(key, url string, form url.Values) http.Header {
	names := make([]string, 0, len(form))
	for k := range form {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		url += k + form.Get(k)
	}
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte(url))
	return http.Header{"X-Twilio-Signature": {base64.StdEncoding.EncodeToString(mac.Sum(nil))}}
}

func twilioReader(t *testing.T, base string) *notify.TwilioReader {
	t.Helper()
	r, err := notify.NewTwilioReader(notify.TwilioWebhookConfig{AuthTokens: []string{"old-token", token}, PublicBase: base})
	require.NoError(t, err)
	return r
}

const target = "/webhooks/twilio/status?attempt=a-1"

func TestStatusCallback(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r := twilioReader(t, public)
	for state, want := range map[string]collection.DeliveryKind{"queued": collection.Processed, "sent": collection.Processed, "delivered": collection.Delivered, "undelivered": collection.Undelivered, "failed": collection.Undelivered} {
		form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {state}, "To": {"+4915112345678"}, "ErrorCode": {"30003"}, "ErrorMessage": {"Unreachable"}}
		for _, signed := range []string{public + target, "https://dunlin.example:443" + target} {
			got, err := r.Status(target, signTwilio(token, signed, form), []byte(form.Encode()), now)
			require.NoError(t, err)
			require.Len(t, got, 1)
			require.Equal(t, want, got[0].Kind)
			require.Equal(t, "a-1", got[0].Attempt)
			require.Equal(t, "SM1", got[0].ProviderID)
			require.Equal(t, "30003 Unreachable", got[0].Reason)
		}
	}
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"failed"}, "ErrorCode": {"21610"}, "To": {"+4915112345678"}}
	got, err := r.Status(target, signTwilio("old-token", public+target, form), []byte(form.Encode()), now)
	require.NoError(t, err)
	require.Equal(t, []collection.DeliveryKind{collection.Undelivered, collection.OptOut}, []collection.DeliveryKind{got[0].Kind, got[1].Kind})
	require.NotEqual(t, got[0].DedupeKey, got[1].DedupeKey)
	form.Set("MessageStatus", "unheard-of")
	got, err = r.Status(target, signTwilio(token, public+target, form), []byte(form.Encode()), now)
	require.NoError(t, err)
	require.Empty(t, got)
}

// TestTwilioVector is the example of Twilio's documentation.
func TestTwilioVector(t *testing.T) {
	t.Parallel()
	r, err := notify.NewTwilioReader(notify.TwilioWebhookConfig{AuthTokens: []string{"12345"}, PublicBase: "https://mycompany.com"})
	require.NoError(t, err)
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"}}
	_, err = r.Status("/myapp.php?foo=1&bar=2", http.Header{"X-Twilio-Signature": {"RSOYDt4T1cUTdK1PDd93/VVr8B8="}}, []byte(form.Encode()), time.Now())
	require.NoError(t, err)
}

func TestTwilioForged(t *testing.T) {
	t.Parallel()
	r := twilioReader(t, public)
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"sent"}}
	body := []byte(form.Encode())
	good := signTwilio(token, public+target, form)
	refused := func(at string, h http.Header, b []byte) {
		t.Helper()
		_, err := r.Status(at, h, b, time.Now())
		require.ErrorIs(t, err, notify.ErrSignature)
	}
	for i := range body {
		flipped := slices.Clone(body)
		flipped[i] ^= 1
		refused(target, good, flipped)
	}
	refused("/webhooks/twilio/status?attempt=a-2", good, body)
	refused(target, http.Header{}, body)
	refused(target, http.Header{"X-Twilio-Signature": {"not base64"}}, body)
	refused(target, signTwilio("", public+target, form), body)
	refused(target, signTwilio(token, "https://evil.example"+target, form), body)
	refused(target, good, append(slices.Clone(body), []byte("&MessageStatus=failed")...))
	refused("https://evil.example"+target, good, body)
	twice := target + "&attempt=a-2"
	refused(twice, signTwilio(token, public+twice, form), body)
	refused(target, good, []byte("%zz"))
}

func TestTwilioReaderConfiguration(t *testing.T) {
	t.Parallel()
	for field, cfg := range map[string]notify.TwilioWebhookConfig{
		"twilio.auth_token":  {AuthTokens: []string{token, ""}, PublicBase: public},
		"auth_token":         {PublicBase: public},
		"twilio.public_base": {AuthTokens: []string{token}},
		"public_base":        {AuthTokens: []string{token}, PublicBase: "http://dunlin.example"},
	} {
		_, err := notify.NewTwilioReader(cfg)
		require.ErrorContains(t, err, field)
	}
}

func TestInbound(t *testing.T) {
	t.Parallel()
	const at = notify.TwilioInboundPath
	r := twilioReader(t, public)
	for _, c := range []struct {
		body, verdict string
		word          notify.Word
		kind          collection.DeliveryKind
	}{
		{body: "Stop.", word: notify.WordStop, kind: collection.OptOut},
		{body: "退订", word: notify.WordStop, kind: collection.OptOut},
		{body: "start", word: notify.WordStart, kind: collection.OptIn},
		{body: "HELP", word: notify.WordHelp},
		{body: "I have paid", word: notify.WordText},
		{body: "leave me alone", verdict: "STOP", word: notify.WordStop, kind: collection.OptOut},
	} {
		form := url.Values{"MessageSid": {"SM1"}, "From": {"+4915112345678"}, "To": {"+4930111111"}, "Body": {c.body}}
		if c.verdict != "" {
			form.Set("OptOutType", c.verdict)
		}
		in, err := r.Inbound(at, signTwilio(token, public+at, form), []byte(form.Encode()), time.Now())
		require.NoError(t, err)
		require.Equal(t, c.word, in.Word, c.body)
		if c.kind == "" {
			require.Empty(t, in.Deliveries)
			continue
		}
		require.Equal(t, c.kind, in.Deliveries[0].Kind)
		require.Equal(t, "+4915112345678", in.Deliveries[0].Address)
		require.Equal(t, invoice.SMS, in.Deliveries[0].Channel)
	}
	_, err := r.Inbound(at, http.Header{}, nil, time.Now())
	require.ErrorIs(t, err, notify.ErrSignature)
}

func TestReadWord(t *testing.T) {
	t.Parallel()
	for word, texts := range map[notify.Word][]string{
		notify.WordStop: {
			"STOP", "stop", " Stop. ", "Please stop texting", "please stop texting me!!", "UNSUBSCRIBE", "退订", "退订。", "ＴＤ", "td", "R", "ABMELDEN", "Stopp!",
			"Don’t text me", "Bitte keine SMS mehr", "请不要再发了", "opt-out", "Stop sending this",
		},
		notify.WordStart: {"START", "Unstop", "anmelden"},
		notify.WordHelp:  {"help", "Hilfe?", "INFO"},
		notify.WordText:  {"", "yes", "I paid on Monday", "We cannot stop the transfer", "Stopping by tomorrow", "Bitte um Rückruf", "Restart?"},
	} {
		for _, text := range texts {
			require.Equal(t, word, notify.ReadWord(text), text)
		}
	}
}

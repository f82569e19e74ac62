package sandbox

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // Twilio's scheme
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report is one thing that a provider says about a message.
type report struct {
	event  string
	fields map[string]string // e-mail: further keys of the event
	code   int               // SMS: error code
	copy   bool              // said before, with another event id
	forged bool
	stale  bool
}

// mailFates and smsFates are what is reported about a message, in order.
var mailFates = map[string][]report{
	OutcomeDelivered:   {{event: "processed"}, {event: "delivered", fields: map[string]string{"response": "250 OK"}}},
	OutcomeBounce:      {{event: "processed"}, {event: "bounce", fields: map[string]string{"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 The email account that you tried to reach does not exist."}}},
	OutcomeBlocked:     {{event: "processed"}, {event: "bounce", fields: map[string]string{"type": "blocked", "status": "4.7.1", "reason": "421 4.7.1 refused for now"}}},
	OutcomeDropped:     {{event: "dropped", fields: map[string]string{"reason": "Bounced Address", "status": "5.0.0"}}},
	OutcomeDeferred:    {{event: "processed"}, {event: "deferred", fields: map[string]string{"response": "451 4.3.0 try again later", "attempt": "1"}}, {event: "delivered", fields: map[string]string{"response": "250 OK"}}},
	OutcomeSpamReport:  {{event: "processed"}, {event: "delivered"}, {event: "spamreport"}},
	OutcomeUnsubscribe: {{event: "processed"}, {event: "delivered"}, {event: "unsubscribe"}},
}

var smsFates = map[string][]report{
	OutcomeDelivered:   {{event: "queued"}, {event: "sent"}, {event: "delivered"}},
	OutcomeUndelivered: {{event: "queued"}, {event: "sent"}, {event: "undelivered", code: 30003}},
	OutcomeFailed:      {{event: "queued"}, {event: "failed", code: 30008}},
}

func (s *Server) mailReports(m *mailMessage, outcome string) *parcel {
	return &parcel{mail: m, reports: slices.Clone(mailFates[outcome])}
}

func (s *Server) smsReports(m *textMessage, outcome string) *parcel {
	return &parcel{text: m, reports: slices.Clone(smsFates[outcome])}
}

// postEvents sends one batch of the Event Webhook.
func (s *Server) postEvents(ctx context.Context, batch []*parcel) (status int, err error) {
	s.mu.Lock()
	to := s.hooks.events
	s.mu.Unlock()
	events := make([]map[string]any, 0, len(batch))
	for _, p := range batch {
		events = append(events, p.mail.event(p.reports[0], p.time(s)))
	}
	body, err := json.Marshal(events)
	if err != nil {
		return 0, err
	}
	head := batch[0].reports[0]
	signer, stamp := s.key, time.Now()
	if head.forged {
		signer = s.forger
	}
	if head.stale {
		stamp = stamp.Add(-24 * time.Hour)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if err := signEvents(req.Header, signer, stamp, body); err != nil {
		return 0, err
	}
	return s.posts.do(req)
}

func signEvents(h http.Header, key *ecdsa.PrivateKey, at time.Time, body []byte) error {
	stamp := strconv.FormatInt(at.Unix(), 10)
	digest := sha256.Sum256(append([]byte(stamp), body...))
	der, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return err
	}
	h.Set("X-Twilio-Email-Event-Webhook-Timestamp", stamp)
	h.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(der))
	return nil
}

func (m *mailMessage) event(r report, at time.Time) map[string]any {
	e := map[string]any{
		"email": m.to, "timestamp": at.Unix(), "event": r.event, "sg_event_id": newEventID(),
		"sg_message_id": m.storedID(), "smtp-id": "<" + m.id + "@sandbox>",
	}
	for k, v := range m.args {
		e[k] = v
	}
	for k, v := range r.fields {
		e[k] = v
	}
	return e
}

// postStatus sends one status callback.
func (s *Server) postStatus(ctx context.Context, m *textMessage, r report) (status int, err error) {
	form := url.Values{
		"AccountSid": {s.cfg.AccountSID}, "ApiVersion": {"2010-04-01"}, "MessageSid": {m.sid}, "SmsSid": {m.sid},
		"MessageStatus": {r.event}, "SmsStatus": {r.event}, "To": {m.to}, "From": {m.from},
	}
	if r.code != 0 {
		form.Set("ErrorCode", strconv.Itoa(r.code))
		form.Set("ErrorMessage", smsErrors[r.code])
	}
	to, _, _ := strings.Cut(m.callback, "#")
	return s.postForm(ctx, to, form, r.forged)
}

var smsErrors = map[int]string{30003: "Unreachable destination handset", 30008: "Unknown error"}

func (s *Server) postForm(ctx context.Context, to string, form url.Values, forged bool) (status int, err error) {
	token := s.cfg.AuthToken
	if forged {
		token = "forged"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", signForm(token, to, form))
	req.Header.Set("I-Twilio-Idempotency-Token", hex.EncodeToString(random(16)))
	return s.posts.do(req)
}

// signForm is base64(HMAC-SHA1(token, URL and sorted parameters)).
func signForm(token, to string, form url.Values) string {
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, to)
	for _, k := range keys {
		_, _ = io.WriteString(mac, k+form.Get(k))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

package notify

import (
	"crypto/ecdsa"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
)

// SendGridEventsPath is where SendGrid's Event Webhook must arrive, below the public base.
const SendGridEventsPath = "/webhooks/sendgrid"

// WebhookBodyLimit is the most bytes of a webhook that anybody needs to read.
const WebhookBodyLimit = 2 << 20

// freshFor is how old a signed batch may be before it counts as stale. SendGrid repeats a batch for up
// to a day under its first timestamp, so an old one is no proof of a replay.
const freshFor = 10 * time.Minute

// EventWebhookConfig says who may report about e-mails.
type EventWebhookConfig struct {
	PublicKeys []string // required: verification keys, base64 of DER; two while a key is being changed
}

// EventReader reads SendGrid's signed Event Webhook.
type EventReader struct {
	keys []*ecdsa.PublicKey
}

// NewEventReader checks the keys.
func NewEventReader(cfg EventWebhookConfig) (*EventReader, error) {
	if len(cfg.PublicKeys) == 0 {
		return nil, invoice.Invalid("sendgrid.webhook_keys", "is missing").WithHint("switch the signed Event Webhook on and copy its verification key")
	}
	r := &EventReader{}
	for i, text := range cfg.PublicKeys {
		k, err := parseECDSAKey("sendgrid.webhook_keys["+strconv.Itoa(i)+"]", text)
		if err != nil {
			return nil, err
		}
		r.keys = append(r.keys, k)
	}
	return r, nil
}

// Events are what one request of the Event Webhook reported.
type Events struct {
	Deliveries []collection.Delivery
	Stale      bool // signed long ago, or ahead of our clock: take it as status only, and limit its rate
}

// Read verifies the body, byte by byte as received, and returns what it reports. It answers
// ErrSignature, or an invalid input for a signed body in which no event can be read.
func (r *EventReader) Read(header http.Header, body []byte, now time.Time) (Events, error) {
	timestamp := header.Get("X-Twilio-Email-Event-Webhook-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || !verifyECDSA(r.keys, timestamp, body, header.Get("X-Twilio-Email-Event-Webhook-Signature")) {
		return Events{}, ErrSignature
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return Events{}, invoice.Invalid("body", "is not a list of events")
	}
	age := now.Sub(time.Unix(seconds, 0))
	out := Events{Stale: age > freshFor || age < -freshFor}
	var broken error
	for _, one := range raw {
		d, ok, err := readEvent(one)
		if err != nil {
			broken = err
		} else if ok {
			out.Deliveries = append(out.Deliveries, d)
		}
	}
	// One event that cannot be read must not cost the others: a refused batch is repeated as a whole, for a
	// day, and then lost.
	if broken != nil && len(out.Deliveries) == 0 {
		return Events{}, broken
	}
	return out, nil
}

// event is the part of an event that means something to us.
type event struct {
	Event     string      `json:"event"`
	Email     string      `json:"email"`
	Timestamp json.Number `json:"timestamp"`
	MessageID string      `json:"sg_message_id"`
	Attempt   string      `json:"attempt_id"`
	Reason    string      `json:"reason"`
	Response  string      `json:"response"`
	Status    string      `json:"status"`
	Type      string      `json:"type"` // of a bounce: "bounce" or "blocked"
}

var eventKinds = map[string]collection.DeliveryKind{
	"processed":         collection.Processed,
	"delivered":         collection.Delivered,
	"deferred":          collection.Deferral,
	"bounce":            collection.Bounced,
	"dropped":           collection.Dropped,
	"spamreport":        collection.SpamReport,
	"unsubscribe":       collection.OptOut,
	"group_unsubscribe": collection.OptOut,
	"group_resubscribe": collection.OptIn,
}

// readEvent returns false for events that mean nothing to us, such as opens and clicks.
func readEvent(raw json.RawMessage) (collection.Delivery, bool, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return collection.Delivery{}, false, invoice.Invalid("body", "holds an event that cannot be read")
	}
	kind, known := eventKinds[e.Event]
	if !known {
		return collection.Delivery{}, false, nil
	}
	if kind == collection.Bounced && e.Type == "blocked" {
		kind = collection.Undelivered // refused for now: the address itself may be good
	}
	seconds, err := e.Timestamp.Int64()
	if err != nil {
		return collection.Delivery{}, false, invoice.Invalid("body.timestamp", "%q is not a time", e.Timestamp)
	}
	id := e.Attempt
	if id == "" {
		id = e.MessageID
	}
	reason := strings.TrimSpace(e.Reason + " " + e.Response)
	return collection.Delivery{
		Provider: "sendgrid",
		// Not sg_event_id: repeated deliveries have been seen with new ones.
		DedupeKey:  dedupeKey("sendgrid", id, e.Event, e.Email, e.Timestamp.String(), reason),
		Attempt:    e.Attempt,
		ProviderID: messageID(e.MessageID),
		Kind:       kind,
		Address:    e.Email,
		Channel:    invoice.Email,
		Reason:     redact(strings.TrimSpace(e.Status + " " + reason)),
		At:         time.Unix(seconds, 0).UTC(),
		Raw:        raw,
	}, true, nil
}

// messageID cuts SendGrid's stored id down to the X-Message-Id that answered the send.
func messageID(stored string) string {
	id, _, _ := strings.Cut(stored, ".")
	return id
}

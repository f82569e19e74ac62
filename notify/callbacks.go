package notify

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
)

// TwilioWebhookConfig says who may report about SMS, and under which address.
type TwilioWebhookConfig struct {
	AuthTokens []string // required: the account's auth token; two while it is being changed
	PublicBase string   // required: where Twilio reaches us; the Host header is not believed
}

// TwilioReader reads Twilio's signed webhooks.
type TwilioReader struct {
	tokens []string
	base   *url.URL
}

// NewTwilioReader checks tokens and base. An empty token would verify what anybody signs with nothing.
func NewTwilioReader(cfg TwilioWebhookConfig) (*TwilioReader, error) {
	if len(cfg.AuthTokens) == 0 {
		return nil, invoice.Invalid("twilio.auth_token", "is missing")
	}
	for _, t := range cfg.AuthTokens {
		if strings.TrimSpace(t) == "" {
			return nil, invoice.Invalid("twilio.auth_token", "is empty").WithHint("anybody could sign with an empty token")
		}
	}
	base := strings.TrimRight(cfg.PublicBase, "/")
	if err := checkBase("twilio.public_base", base, false); err != nil {
		return nil, err
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, invoice.Invalid("twilio.public_base", "%q is not a URL", cfg.PublicBase)
	}
	return &TwilioReader{tokens: cfg.AuthTokens, base: u}, nil
}

// Status reads a status callback. The request target is the path and query as received, and now stands
// in for the time that Twilio does not tell. It answers ErrSignature, or an invalid input.
func (r *TwilioReader) Status(target string, header http.Header, body []byte, now time.Time) ([]collection.Delivery, error) {
	form, err := r.verify(target, header, body)
	if err != nil {
		return nil, err
	}
	status, sid := form.Get("MessageStatus"), form.Get("MessageSid")
	kind, known := statusKinds[status]
	if !known {
		return nil, nil
	}
	query, err := url.Parse(target)
	if err != nil {
		return nil, invoice.Invalid("query", "cannot be read")
	}
	code := form.Get("ErrorCode")
	d := collection.Delivery{
		Provider:   "twilio",
		DedupeKey:  dedupeKey("twilio", sid, status, code),
		Attempt:    query.Query().Get("attempt"),
		ProviderID: sid,
		Kind:       kind,
		Address:    form.Get("To"),
		Channel:    invoice.SMS,
		Reason:     redact(strings.TrimSpace(code + " " + form.Get("ErrorMessage"))),
		At:         now,
		Raw:        body,
	}
	out := []collection.Delivery{d}
	if code == "21610" {
		d.Kind, d.DedupeKey = collection.OptOut, dedupeKey("twilio", sid, "opt-out")
		out = append(out, d)
	}
	return out, nil
}

// Queued and sending say that Twilio has the message, which is what an attempt without an answer needs.
var statusKinds = map[string]collection.DeliveryKind{
	"accepted":    collection.Processed,
	"scheduled":   collection.Processed,
	"queued":      collection.Processed,
	"sending":     collection.Processed,
	"sent":        collection.Processed,
	"delivered":   collection.Delivered,
	"read":        collection.Delivered,
	"undelivered": collection.Undelivered,
	"failed":      collection.Undelivered,
	"canceled":    collection.Undelivered,
}

// Inbound is an SMS that somebody sent to us.
type Inbound struct {
	From, To   string
	Body       string
	Word       Word                  // what it asks for
	Deliveries []collection.Delivery // an opt-out or an opt-in, or nothing
}

// Inbound reads an SMS sent to us. Twilio's own verdict (OptOutType) goes before our word lists. Twilio
// answers STOP, START and HELP itself: reply with an empty response.
func (r *TwilioReader) Inbound(target string, header http.Header, body []byte, now time.Time) (Inbound, error) {
	form, err := r.verify(target, header, body)
	if err != nil {
		return Inbound{}, err
	}
	in := Inbound{From: form.Get("From"), To: form.Get("To"), Body: form.Get("Body")}
	if in.Word = Word(strings.ToLower(form.Get("OptOutType"))); in.Word == "" {
		in.Word = ReadWord(in.Body)
	}
	kind, ok := map[Word]collection.DeliveryKind{WordStop: collection.OptOut, WordStart: collection.OptIn}[in.Word]
	if !ok {
		return in, nil
	}
	sid := form.Get("MessageSid")
	in.Deliveries = []collection.Delivery{{
		Provider: "twilio", DedupeKey: dedupeKey("twilio", sid, "inbound"), ProviderID: sid, Kind: kind,
		Address: in.From, Channel: invoice.SMS, Reason: "answered by SMS", At: now, Raw: body,
	}}
	return in, nil
}

// verify checks the signature and returns the parameters. A repeated key is refused: only its first
// value would be signed.
func (r *TwilioReader) verify(target string, header http.Header, body []byte) (url.Values, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, ErrSignature
	}
	u, err := url.Parse(target)
	if err != nil || u.Host != "" || !strings.HasPrefix(target, "/") {
		return nil, ErrSignature
	}
	for _, values := range []url.Values{form, u.Query()} {
		for _, v := range values {
			if len(v) > 1 {
				return nil, ErrSignature
			}
		}
	}
	if !verifyTwilio(r.tokens, r.spellings(target), form, header.Get("X-Twilio-Signature")) {
		return nil, ErrSignature
	}
	return form, nil
}

// spellings are the URLs that Twilio may have signed: it writes the default port in some requests and
// leaves it out in others.
func (r *TwilioReader) spellings(target string) []string {
	port := map[string]string{"https": "443", "http": "80"}[r.base.Scheme]
	own := r.base.String() + target
	switch r.base.Port() {
	case "":
		with := *r.base
		with.Host += ":" + port
		return []string{own, with.String() + target}
	case port:
		without := *r.base
		without.Host = strings.TrimSuffix(without.Host, ":"+port)
		return []string{own, without.String() + target}
	}
	return []string{own}
}

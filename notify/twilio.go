package notify

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/message"

	twilio "github.com/twilio/twilio-go/rest/api/v2010"
)

// TwilioBase is where Twilio listens.
const TwilioBase = "https://api.twilio.com"

// TwilioStatusPath and TwilioInboundPath are where Twilio's webhooks must arrive, below the public base.
const (
	TwilioStatusPath  = "/webhooks/twilio/status"
	TwilioInboundPath = "/webhooks/twilio/inbound"
)

// retryCallback asks Twilio to repeat a status callback that failed; without it there is one try only.
// The fragment is read by Twilio and never sent.
const retryCallback = "#rc=3&rp=all"

// The bounds of ValidityPeriod, in seconds.
const (
	validShortest = 1
	validLongest  = 36000
)

// TwilioConfig says how to reach Twilio, and how Twilio reaches us.
type TwilioConfig struct {
	AccountSID   string // required, "AC…"
	AuthToken    string // required: also signs the webhooks
	APIKey       string // optional, "SK…": used for requests instead of the token, together with APISecret
	APISecret    string // required with APIKey
	BaseURL      string // default TwilioBase
	PublicBase   string // required: where our webhooks are reached from outside, e.g. https://dunlin.example
	LoopbackOnly bool   // refuse every host but this machine (labs)
}

var accountSID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)

// WithDefaults fills what may be left out.
func (c TwilioConfig) WithDefaults() TwilioConfig {
	if c.BaseURL == "" {
		c.BaseURL = TwilioBase
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	c.PublicBase = strings.TrimRight(c.PublicBase, "/")
	return c
}

// Validate names the first field that is wrong.
func (c TwilioConfig) Validate() error {
	c = c.WithDefaults()
	switch {
	case !accountSID.MatchString(c.AccountSID):
		return invoice.Invalid("twilio.account_sid", "is not an account SID").WithHint("AC and 32 hexadecimal digits")
	case c.AuthToken == "":
		return invoice.Invalid("twilio.auth_token", "is missing").WithHint("without it anybody could sign our webhooks")
	case (c.APIKey == "") != (c.APISecret == ""):
		return invoice.Invalid("twilio.api_secret", "API key and secret come together").WithHint("set both, or neither")
	}
	if err := checkBase("twilio.base_url", c.BaseURL, c.LoopbackOnly); err != nil {
		return err
	}
	return checkBase("twilio.public_base", c.PublicBase, false)
}

// Twilio sends SMS. It is safe for concurrent use.
type Twilio struct {
	cfg  TwilioConfig
	line *twilioLine
}

// NewTwilio checks the configuration and returns a sender; it does not connect.
func NewTwilio(cfg TwilioConfig) (*Twilio, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.WithDefaults()
	line, err := newTwilioLine(cfg)
	if err != nil {
		return nil, err
	}
	return &Twilio{cfg: cfg, line: line}, nil
}

// SendSMS makes the one request of the attempt m.AttemptID, unless its claim (claimedAt, with its
// monotonic reading) is older than collection.ClaimValid when the first byte would leave.
func (t *Twilio) SendSMS(ctx context.Context, m message.SMS, claimedAt time.Time) collection.Result {
	if m.AttemptID == "" || m.From == "" || m.To == "" || m.Body == "" {
		return rejected("the message has no attempt id, sender, recipient or text")
	}
	f := &flight{claimedAt: claimedAt}
	if f.late() {
		return unsent(errClaimExpired.Error())
	}
	ctx, cancel := context.WithTimeout(f.watch(ctx), collection.HTTPTimeout)
	defer cancel()
	call := t.line.call(ctx)
	sent, err := twilio.NewApiServiceWithClient(call).CreateMessage(t.params(m))
	if refusal, ok := errors.AsType[*twilioError](err); ok {
		return twilioAnswer(refusal, time.Now())
	}
	switch {
	case err != nil && call.answered:
		return unknown("answered, but not in Twilio's words")
	case err != nil:
		return f.lost(err)
	case sent.Sid == nil || *sent.Sid == "":
		return unknown("answered without a message SID")
	}
	return accepted(*sent.Sid)
}

func (t *Twilio) params(m message.SMS) *twilio.CreateMessageParams {
	p := (&twilio.CreateMessageParams{}).SetTo(m.To).SetBody(m.Body).
		SetValidityPeriod(validity(m.ValidFor)).SetStatusCallback(t.callback(m.AttemptID))
	if strings.HasPrefix(m.From, "MG") {
		return p.SetMessagingServiceSid(m.From)
	}
	return p.SetFrom(m.From)
}

// callback carries the attempt id, so that even an SMS whose answer was lost reports back by name.
func (t *Twilio) callback(attempt string) string {
	return t.cfg.PublicBase + TwilioStatusPath + "?attempt=" + url.QueryEscape(attempt) + retryCallback
}

// validity turns the rest of the contact window into whole seconds that Twilio accepts.
func validity(d time.Duration) int {
	return int(min(max(d/time.Second, validShortest), validLongest))
}

package notify

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/message"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/mail"
)

// SendGridBase is where SendGrid listens. Accounts in the EU use https://api.eu.sendgrid.com.
const SendGridBase = "https://api.sendgrid.com"

// attemptArg is the custom argument that comes back with every event. SendGrid keeps custom arguments
// for long and cannot erase them: nothing but our opaque id goes in.
const attemptArg = "attempt_id"

// SendGridConfig says how to reach SendGrid.
type SendGridConfig struct {
	APIKey       string // required; needs the scope mail.send, with Activity also messages.read
	BaseURL      string // default SendGridBase
	Activity     bool   // the account has bought the Email Activity API: lost answers are looked up there, too
	LoopbackOnly bool   // refuse every host but this machine (labs)
}

// WithDefaults fills what may be left out.
func (c SendGridConfig) WithDefaults() SendGridConfig {
	if c.BaseURL == "" {
		c.BaseURL = SendGridBase
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	return c
}

// Validate names the first field that is wrong.
func (c SendGridConfig) Validate() error {
	if c.APIKey == "" || !headerSafe(c.APIKey) {
		return invoice.Invalid("sendgrid.api_key", "is missing or holds a line break")
	}
	return checkBase("sendgrid.base_url", c.WithDefaults().BaseURL, c.LoopbackOnly)
}

// SendGrid sends e-mail through SendGrid's v3 API. It is safe for concurrent use: every send builds a
// request of its own, because the SDK's client keeps the message it is sending in shared state.
type SendGrid struct {
	cfg    SendGridConfig
	client *rest.Client
}

// NewSendGrid checks the configuration and returns a sender; it does not connect.
func NewSendGrid(cfg SendGridConfig) (*SendGrid, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &SendGrid{cfg: cfg.WithDefaults(), client: &rest.Client{HTTPClient: newHTTPClient(cfg.LoopbackOnly)}}, nil
}

// SendEmail makes the one request of the attempt m.AttemptID, unless its claim (claimedAt, with its
// monotonic reading) is older than collection.ClaimValid when the first byte would leave.
func (s *SendGrid) SendEmail(ctx context.Context, m message.Email, claimedAt time.Time) collection.Result {
	body, refusal := sendGridBody(m)
	if refusal != "" {
		return rejected(refusal)
	}
	f := &flight{claimedAt: claimedAt}
	if f.late() {
		return unsent(errClaimExpired.Error())
	}
	ctx, cancel := context.WithTimeout(f.watch(ctx), collection.HTTPTimeout)
	defer cancel()
	req := s.request(rest.Post, "/v3/mail/send")
	req.Body = body
	res, err := s.client.SendWithContext(ctx, req)
	if res == nil {
		return f.lost(err)
	}
	return sendGridAnswer(res, time.Now()) // err beside an answer: its body broke off, its status is known
}

func (s *SendGrid) request(method rest.Method, path string) rest.Request {
	req := sendgrid.GetRequest(s.cfg.APIKey, path, s.cfg.BaseURL)
	req.Method = method
	return req
}

// sendGridBody writes the request. The refusal says why a message cannot be sent as it is.
func sendGridBody(m message.Email) (body []byte, refusal string) {
	if refusal := refuseEmail(m); refusal != "" {
		return nil, refusal
	}
	p := mail.NewPersonalization()
	p.AddTos(mail.NewEmail(m.ToName, m.ToAddress))
	p.SetCustomArg(attemptArg, m.AttemptID)
	msg := mail.NewV3Mail().SetFrom(mail.NewEmail(m.FromName, m.FromAddress)).AddPersonalizations(p)
	msg.Subject = m.Subject
	msg.SetHeader("X-Entity-Ref-ID", m.AttemptID)
	if m.ReplyTo != "" {
		msg.SetReplyTo(mail.NewEmail("", m.ReplyTo))
	}
	msg.AddContent(mail.NewContent("text/plain", m.Text))
	if m.HTML != "" {
		msg.AddContent(mail.NewContent("text/html", m.HTML))
	}
	for _, a := range m.Attachments {
		msg.AddAttachment(mail.NewAttachment().SetFilename(a.Name).SetType(a.Type).SetDisposition("attachment").
			SetContent(base64.StdEncoding.EncodeToString(a.Data)))
	}
	// Debtors are not tracked, and a pay link stays the link that was written.
	off := false
	msg.SetTrackingSettings(mail.NewTrackingSettings().
		SetClickTracking(mail.NewClickTrackingSetting().SetEnable(off).SetEnableText(off)).
		SetOpenTracking(mail.NewOpenTrackingSetting().SetEnable(off)))
	body, err := json.Marshal(msg)
	if err != nil {
		return nil, "the message cannot be written as JSON"
	}
	return body, ""
}

// refuseEmail finds what no provider may be given.
func refuseEmail(m message.Email) string {
	switch {
	case m.AttemptID == "":
		return "the message has no attempt id"
	case m.ToAddress == "" || m.FromAddress == "":
		return "the message has no recipient or no sender"
	case m.Subject == "" || m.Text == "":
		return "the message has no subject or no text"
	case !headerSafe(m.AttemptID, m.FromName, m.FromAddress, m.ReplyTo, m.ToName, m.ToAddress, m.Subject):
		return "a header of the message holds a line break"
	}
	for _, a := range m.Attachments {
		if a.Name == "" || !headerSafe(a.Name, a.Type) {
			return "an attachment has no usable file name"
		}
	}
	return ""
}

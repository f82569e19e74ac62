package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"dunlin/activities"
	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/message"
	"dunlin/notify"
)

// providers are the ways out of this process. In a lab none of them leaves this machine.
type providers struct {
	email activities.EmailSender
	sms   activities.SMSSender
	hooks hookPoster
}

func newProviders(c config, lab bool) (providers, error) {
	c.SendGrid.LoopbackOnly, c.SMTP.LoopbackOnly, c.Twilio.LoopbackOnly = lab, lab, lab
	p := providers{hooks: newHookPoster(lab)}
	if c.Email == "smtp" {
		s, err := notify.NewSMTP(c.SMTP)
		if err != nil {
			return p, err
		}
		p.email = emailer{s}
	} else {
		s, err := notify.NewSendGrid(c.SendGrid)
		if err != nil {
			return p, err
		}
		p.email = emailer{s}
	}
	if c.Twilio.AccountSID == "" {
		p.sms = noSMS{}
		return p, nil
	}
	t, err := notify.NewTwilio(c.Twilio)
	p.sms = texter{t}
	return p, err
}

// emailProvider is what SendGrid and SMTP of notify have in common.
type emailProvider interface {
	SendEmail(ctx context.Context, m message.Email, claimedAt time.Time) collection.Result
	Find(ctx context.Context, q collection.LookUp) (collection.Finding, error)
}

// emailer gives a provider of notify the names that the acts use.
type emailer struct{ emailProvider }

// FindEmail asks the provider about one of its messages.
func (e emailer) FindEmail(ctx context.Context, q collection.LookUp) (collection.Finding, error) {
	return e.Find(ctx, q)
}

type texter struct{ *notify.Twilio }

// FindSMS asks the provider about one of its messages.
func (t texter) FindSMS(ctx context.Context, q collection.LookUp) (collection.Finding, error) {
	return t.Find(ctx, q)
}

// noSMS stands where no SMS provider is configured: it stops the line, so that SMS steps are held with
// this reason, one alert says so, and everything else goes on.
type noSMS struct{}

// SendSMS answers that nothing was sent.
func (noSMS) SendSMS(context.Context, message.SMS, time.Time) collection.Result {
	return collection.Result{
		Kind: collection.SendUnsent, StopLine: true,
		Reason: "no SMS provider is configured: set TWILIO_ACCOUNT_SID for the worker, then resume sending",
	}
}

// FindSMS finds nothing.
func (noSMS) FindSMS(context.Context, collection.LookUp) (collection.Finding, error) {
	return collection.Finding{Evidence: collection.Nothing}, nil
}

// hookTimeout is how long a creditor's system may take to answer.
const hookTimeout = 10 * time.Second

// hookPoster calls creditors' own systems. It follows no redirect: the address is the creditor's word.
type hookPoster struct {
	client *http.Client
	lab    bool
}

func newHookPoster(lab bool) hookPoster {
	return hookPoster{lab: lab, client: &http.Client{
		Timeout:       hookTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// mostAnswer is how much of an answer is read, in bytes; a decision is short.
const mostAnswer = 1 << 16

// Post makes the call and returns the answer's body; any answer of the 200s is success. The receiver knows
// repetitions by Idempotency-Key.
func (p hookPoster) Post(ctx context.Context, h collection.Hook) ([]byte, error) {
	if p.lab {
		if err := notify.OnlyLoopback(h.URL); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(h.Body))
	if err != nil {
		return nil, invoice.Invalid("stock_hook", "is not a URL")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", h.ID)
	req.Header.Set("Dunlin-Event", h.Kind)
	answer, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return nil, fmt.Errorf("the receiver answered %s", answer.Status)
	}
	return body, err
}

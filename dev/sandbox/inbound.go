package sandbox

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// InboundSMS is an SMS that somebody sends to us.
type InboundSMS struct {
	From       string `json:"from"`
	To         string `json:"to"`
	Body       string `json:"body"`
	OptOutType string `json:"opt_out_type,omitempty"` // "STOP", "START" or "HELP": Twilio's own verdict, where switched on
	Forged     bool   `json:"forged,omitempty"`       // with a wrong signature
}

// Inbound delivers an SMS to our webhook and returns its answer. As at Twilio, STOP and START also
// close and open the number for what we send.
func (s *Server) Inbound(ctx context.Context, m InboundSMS) (status int, err error) {
	now := time.Now()
	text := &textMessage{sid: newSID(), from: m.From, to: m.To, body: m.Body, direction: "inbound", state: "received", created: now, sent: now}
	s.mu.Lock()
	to := s.hooks.inbound
	s.sms = append(s.sms, text)
	if !m.Forged {
		s.consent(m.From, m.To, orElse(m.OptOutType, m.Body))
	}
	s.mu.Unlock()
	form := url.Values{
		"AccountSid": {s.cfg.AccountSID}, "ApiVersion": {"2010-04-01"}, "MessageSid": {text.sid}, "SmsSid": {text.sid},
		"SmsMessageSid": {text.sid}, "SmsStatus": {"received"}, "NumMedia": {"0"}, "NumSegments": {"1"}, "From": {m.From}, "To": {m.To}, "Body": {m.Body},
	}
	if m.OptOutType != "" {
		form.Set("OptOutType", m.OptOutType)
	}
	if to == "" {
		err = fmt.Errorf("no address for inbound SMS is set")
	} else {
		status, err = s.postForm(ctx, to, form, m.Forged)
	}
	e := Entry{Kind: KindInbound, From: m.From, To: m.To, Text: m.Body, Accepted: true, Status: status, ProviderID: text.sid, Forged: m.Forged}
	if err != nil {
		e.Error = err.Error()
	}
	s.log.append(s.stamp(e))
	return status, err
}

// consent keeps Twilio's own opt-out list; the lock is held.
func (s *Server) consent(number, sender, word string) {
	switch strings.ToUpper(strings.Trim(word, " .!\n")) {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		s.optedOut[number+" "+sender] = true
	case "START", "YES", "UNSTOP":
		delete(s.optedOut, number+" "+sender)
	}
}

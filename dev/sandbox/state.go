package sandbox

import (
	"strings"
	"time"
)

// progress moves the message to what the report says, whoever hears it.
func (s *Server) progress(p *parcel, r report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.move(p.mail, p.text, r.event, r.code, time.Now())
}

var finalState = map[string]bool{"delivered": true, "undelivered": true, "failed": true, "bounce": true, "dropped": true, "spamreport": true, "unsubscribe": true}

// move never takes a message back from its end, except on to spam report and unsubscription.
func (s *Server) move(m *mailMessage, t *textMessage, event string, code int, at time.Time) {
	switch {
	case m != nil:
		if !finalState[m.state] || event == "spamreport" || event == "unsubscribe" {
			m.state = event
		}
	case t != nil:
		if t.sent.IsZero() && event != "queued" && event != "failed" {
			t.sent = at
		}
		if !finalState[t.state] {
			t.state, t.code = event, code
		}
	}
}

// recall rebuilds what the sandbox knows from its log.
func (s *Server) recall() {
	mails, texts := map[string]*mailMessage{}, map[string]*textMessage{}
	for _, e := range s.log.after(0) {
		switch e.Kind {
		case KindEmail:
			if e.Accepted {
				m := &mailMessage{
					id: e.ProviderID, attempt: e.Attempt, from: e.From, to: e.To, subject: e.Subject, state: "processing",
					args: map[string]string{"attempt_id": e.Attempt}, at: e.At,
				}
				s.mails, mails[e.ProviderID] = append(s.mails, m), m
			}
		case KindSMS:
			if e.Accepted {
				t := &textMessage{sid: e.ProviderID, to: e.To, from: e.From, body: e.Text, direction: "outbound-api", state: "queued", created: e.At, attempt: e.Attempt}
				s.sms, texts[e.ProviderID] = append(s.sms, t), t
			}
		case KindInbound:
			s.sms = append(s.sms, &textMessage{sid: e.ProviderID, to: e.To, from: e.From, body: e.Text, direction: "inbound", state: "received", created: e.At, sent: e.At})
			if !e.Forged {
				s.consent(e.From, e.To, e.Text)
			}
		case KindWebhook:
			if !e.Forged {
				s.move(mails[e.ProviderID], texts[e.ProviderID], e.Event, 0, e.At)
			}
			if why := map[string]string{"bounce": "Bounced Address", "spamreport": "Spam Reporting Address", "unsubscribe": "Unsubscribed Address"}[e.Event]; why != "" {
				s.dead[strings.ToLower(e.To)] = why
			}
		}
	}
}

// states returns the newest state of every message by provider id.
func (s *Server) states() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]string, len(s.mails)+len(s.sms))
	for _, m := range s.mails {
		out[m.id] = m.state
	}
	for _, t := range s.sms {
		out[t.sid] = t.state
	}
	return out
}

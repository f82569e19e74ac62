package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// mailLimit is the most that SendGrid takes, attachments included.
const mailLimit = 30 << 20

// mailMessage is an e-mail that was taken.
type mailMessage struct {
	id, attempt, from, to, subject, state string
	args                                  map[string]string
	at                                    time.Time
}

// mailSend is POST /v3/mail/send.
func (s *Server) mailSend(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+s.cfg.SendGridKey {
		s.log.append(s.stamp(Entry{Kind: KindEmail, Status: http.StatusUnauthorized, Error: "wrong API key"}))
		refuseMail(w, http.StatusUnauthorized, 0, "The provided authorization grant is invalid, expired, or revoked")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mailLimit))
	if err != nil {
		s.log.append(s.stamp(Entry{Kind: KindEmail, Status: http.StatusRequestEntityTooLarge, Error: err.Error()}))
		refuseMail(w, http.StatusRequestEntityTooLarge, 0, "payload too large")
		return
	}
	m, problem := readMail(r.Header.Get("Content-Type"), body)
	e := s.mailEntry(m)
	if problem != nil {
		e.Status, e.Error = http.StatusBadRequest, problem.field+": "+problem.message
		s.log.append(s.stamp(e))
		writeJSON(w, http.StatusBadRequest, mailErrors(problem))
		return
	}
	rule := s.decide(e)
	s.slow(r, rule)
	e.Fault, e.Rule, e.Status, e.Accepted = rule.Fault, rule.Name, rule.status(), rule.Fault.takes()
	if e.Accepted {
		e.ProviderID = newMessageID()
	}
	if rule.Fault == OK || rule.Fault == Slow || rule.Fault == Garbled {
		e.Status = http.StatusAccepted
	}
	e = s.log.append(s.stamp(e))
	if e.Accepted {
		s.takeMail(e, m, rule)
	}
	s.answer(w, r, rule, words{
		good: func(w http.ResponseWriter) {
			w.Header().Set("X-Message-Id", e.ProviderID)
			w.WriteHeader(http.StatusAccepted)
		},
		refuse: refuseMail, garbled: http.StatusOK, limits: setLimits,
	})
}

func readMail(contentType string, body []byte) (mailRequest, *mailProblem) {
	var m mailRequest
	if !strings.HasPrefix(contentType, "application/json") {
		return m, &mailProblem{"", "Content-Type should be application/json."}
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, &mailProblem{"", "Bad Request: " + err.Error()}
	}
	return m, m.check()
}

func (s *Server) mailEntry(m mailRequest) Entry {
	e := Entry{Kind: KindEmail, Subject: m.Subject}
	if m.From != nil {
		e.From = m.From.String()
	}
	if m.ReplyTo != nil {
		e.ReplyTo = m.ReplyTo.Email
	}
	for _, p := range m.Personalizations {
		for _, a := range append(append(append([]address(nil), p.To...), p.CC...), p.BCC...) {
			if e.To == "" {
				e.To = a.Email
			} else {
				e.CC = append(e.CC, a.Email)
			}
		}
		e.Subject = orElse(p.Subject, e.Subject)
		e.Attempt = orElse(p.CustomArgs["attempt_id"], e.Attempt)
	}
	e.Attempt = orElse(e.Attempt, m.CustomArgs["attempt_id"])
	for _, c := range m.Content {
		switch c.Type {
		case "text/plain":
			e.Text = c.Value
		case "text/html":
			e.HTML = c.Value
		}
	}
	for _, a := range m.Attachments {
		data, err := base64.StdEncoding.DecodeString(a.Content)
		if err == nil {
			e.Attachments = append(e.Attachments, s.log.keep(a.Filename, a.Type, data))
		}
	}
	return e
}

func refuseMail(w http.ResponseWriter, status, _ int, reason string) {
	writeJSON(w, status, mailErrors(&mailProblem{"", reason}))
}

func mailErrors(p *mailProblem) any {
	one := map[string]any{"message": p.message, "field": nil, "help": nil}
	if p.field != "" {
		one["field"] = p.field
	}
	return map[string]any{"errors": []any{one}}
}

// takeMail keeps the message and schedules what will be reported about it.
func (s *Server) takeMail(e Entry, m mailRequest, rule Rule) {
	args := map[string]string{}
	for k, v := range m.CustomArgs {
		args[k] = v
	}
	for _, p := range m.Personalizations {
		for k, v := range p.CustomArgs {
			args[k] = v
		}
	}
	s.mu.Lock()
	msg := &mailMessage{id: e.ProviderID, attempt: e.Attempt, from: e.From, to: e.To, subject: e.Subject, state: "processing", args: args, at: e.At}
	s.mails = append(s.mails, msg)
	outcome := orElse(rule.Outcome, OutcomeDelivered)
	if why := s.dead[strings.ToLower(e.To)]; why != "" {
		outcome = OutcomeDropped
	}
	if why := map[string]string{OutcomeBounce: "Bounced Address", OutcomeSpamReport: "Spam Reporting Address", OutcomeUnsubscribe: "Unsubscribed Address"}[outcome]; why != "" {
		s.dead[strings.ToLower(e.To)] = why
	}
	s.mu.Unlock()
	s.posts.schedule(s.mailReports(msg, outcome), rule.Webhooks)
}

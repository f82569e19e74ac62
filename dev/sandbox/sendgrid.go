package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"time"
)

// mailLimit is the most that SendGrid takes, attachments included.
const mailLimit = 30 << 20

type address struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
}

func (a address) String() string {
	if a.Name == "" {
		return a.Email
	}
	return a.Name + " <" + a.Email + ">"
}

// mailRequest holds every key of the v3 mail send request; those that do not matter here stay raw.
type mailRequest struct {
	Personalizations []struct {
		To         []address         `json:"to"`
		CC         []address         `json:"cc"`
		BCC        []address         `json:"bcc"`
		From       *address          `json:"from"`
		Subject    string            `json:"subject"`
		Headers    map[string]string `json:"headers"`
		CustomArgs map[string]string `json:"custom_args"`
		Rest       json.RawMessage   `json:"substitutions"`
		Data       json.RawMessage   `json:"dynamic_template_data"`
		SendAt     int64             `json:"send_at"`
	} `json:"personalizations"`
	From        *address          `json:"from"`
	ReplyTo     *address          `json:"reply_to"`
	ReplyToList []address         `json:"reply_to_list"`
	Subject     string            `json:"subject"`
	Content     []mailContent     `json:"content"`
	Attachments []mailAttachment  `json:"attachments"`
	TemplateID  string            `json:"template_id"`
	Headers     map[string]string `json:"headers"`
	Categories  []string          `json:"categories"`
	CustomArgs  map[string]string `json:"custom_args"`
	SendAt      int64             `json:"send_at"`
	BatchID     string            `json:"batch_id"`
	Asm         json.RawMessage   `json:"asm"`
	IPPool      string            `json:"ip_pool_name"`
	Settings    json.RawMessage   `json:"mail_settings"`
	Tracking    json.RawMessage   `json:"tracking_settings"`
}

type mailContent struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type mailAttachment struct {
	Content     string `json:"content"`
	Type        string `json:"type"`
	Filename    string `json:"filename"`
	Disposition string `json:"disposition"`
	ContentID   string `json:"content_id"`
}

// mailMessage is an e-mail that was taken.
type mailMessage struct {
	id, attempt, from, to, subject, state string
	args                                  map[string]string
	at                                    time.Time
}

var reservedHeaders = regexp.MustCompile(`(?i)^(x-sg-id|x-sg-eid|received|dkim-signature|content-type|content-transfer-encoding|to|from|subject|reply-to|cc|bcc)$`)

// mailProblem is SendGrid's form of a refusal.
type mailProblem struct{ field, message string }

// check finds what SendGrid refuses with 400.
func (m mailRequest) check() *mailProblem {
	if len(m.Personalizations) == 0 || len(m.Personalizations) > 1000 {
		return &mailProblem{"personalizations", "The personalizations field is required and must have at least one personalization."}
	}
	if m.From == nil || !validAddress(m.From.Email) {
		return &mailProblem{"from.email", "The from object must be provided for every email send. It is an object that requires the email parameter, but may also contain a name parameter."}
	}
	args := 0
	for i, p := range m.Personalizations {
		at := fmt.Sprintf("personalizations.%d.", i)
		if len(p.To) == 0 {
			return &mailProblem{at + "to", "The to array is required for all personalization objects, and must have at least one email object with a valid email address."}
		}
		seen := map[string]bool{}
		for kind, list := range map[string][]address{"to": p.To, "cc": p.CC, "bcc": p.BCC} {
			for n, a := range list {
				if !validAddress(a.Email) {
					return &mailProblem{fmt.Sprintf("%s%s.%d.email", at, kind, n), "Does not contain a valid address."}
				}
				if seen[strings.ToLower(a.Email)] {
					return &mailProblem{at + kind, "Each email address in the personalization block should be unique between to, cc, and bcc."}
				}
				seen[strings.ToLower(a.Email)] = true
			}
		}
		if p.Subject == "" && m.Subject == "" && m.TemplateID == "" {
			return &mailProblem{"subject", "The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined."}
		}
		for k, v := range p.CustomArgs {
			args += len(k) + len(v)
		}
	}
	if args > 10_000 {
		return &mailProblem{"custom_args", "The custom arguments are too large."}
	}
	for name, value := range m.Headers {
		if reservedHeaders.MatchString(name) || strings.ContainsAny(name+value, "\r\n") {
			return &mailProblem{"headers", "The header " + name + " cannot be set."}
		}
	}
	return m.checkContent()
}

func (m mailRequest) checkContent() *mailProblem {
	if len(m.Content) == 0 && m.TemplateID == "" {
		return &mailProblem{"content", "Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block."}
	}
	order := map[string]int{"text/plain": 0, "text/html": 1}
	last := -1
	for i, c := range m.Content {
		at := fmt.Sprintf("content.%d.", i)
		if c.Type == "" || strings.ContainsAny(c.Type, ";\r\n") {
			return &mailProblem{at + "type", "The content type must be a string at least one character in length."}
		}
		if c.Value == "" {
			return &mailProblem{at + "value", "The content value must be a string at least one character in length."}
		}
		rank, known := order[c.Type]
		if !known {
			rank = 2
		}
		if rank < last {
			return &mailProblem{"content", "If present, text/plain and text/html may only be provided once, text/plain first."}
		}
		last = rank
	}
	for i, a := range m.Attachments {
		at := fmt.Sprintf("attachments.%d.", i)
		if _, err := base64.StdEncoding.DecodeString(a.Content); err != nil || a.Content == "" {
			return &mailProblem{at + "content", "The attachment content must be base64 encoded."}
		}
		if a.Filename == "" || strings.ContainsAny(a.Type, ";\r\n") {
			return &mailProblem{at + "filename", "The filename is required for every attachment."}
		}
	}
	return nil
}

func validAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
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

var activityQuery = regexp.MustCompile(`^\(?\s*(unique_args\['([^']+)'\]|msg_id|to_email)\s*(=|LIKE)\s*"([^"]*)"\s*\)?$`)

// mailActivity is GET /v3/messages, the Email Activity API.
func (s *Server) mailActivity(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+s.cfg.SendGridKey {
		refuseMail(w, http.StatusUnauthorized, 0, "authorization required")
		return
	}
	q := activityQuery.FindStringSubmatch(r.URL.Query().Get("query"))
	if q == nil {
		writeJSON(w, http.StatusBadRequest, mailErrors(&mailProblem{"query", "the sandbox cannot read this query"}))
		return
	}
	s.mu.Lock()
	found := []any{}
	for _, m := range s.mails {
		if m.answers(q[1], q[2], q[4]) {
			found = append(found, map[string]any{"from_email": m.from, "msg_id": m.storedID(), "subject": m.subject, "to_email": m.to,
				"status": m.state, "opens_count": 0, "clicks_count": 0, "last_event_time": m.at.Format(time.RFC3339)})
		}
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"messages": found})
}

func (m *mailMessage) answers(column, arg, value string) bool {
	switch {
	case arg != "":
		return m.args[arg] == value
	case column == "msg_id":
		return strings.HasPrefix(m.storedID(), strings.TrimSuffix(value, "%"))
	}
	return strings.EqualFold(m.to, value)
}

// storedID is the id under which SendGrid keeps a message: the X-Message-Id is its beginning only.
func (m *mailMessage) storedID() string { return m.id + ".recvd-sandbox-1-0.0" }

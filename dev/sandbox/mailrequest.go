package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
)

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

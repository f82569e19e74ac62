package notify

import (
	"bytes"
	"errors"
	"net/textproto"
	"regexp"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/message"

	"github.com/wneessen/go-mail"
)

// smtpMessage writes the mail. Its Message-ID is made of the attempt id: the receiving side sees a
// repetition as the same message.
func smtpMessage(m message.Email) (msg *mail.Msg, id, refusal string) {
	if refusal := refuseEmail(m); refusal != "" {
		return nil, "", refusal
	}
	_, domain, _ := strings.Cut(m.FromAddress, "@")
	id = m.AttemptID + "@" + domain
	msg = mail.NewMsg()
	if msg.FromFormat(m.FromName, m.FromAddress) != nil {
		return nil, "", "the sender is not an e-mail address"
	}
	if msg.AddToFormat(m.ToName, m.ToAddress) != nil {
		return nil, "", "the recipient is not an e-mail address"
	}
	if m.ReplyTo != "" && msg.ReplyTo(m.ReplyTo) != nil {
		return nil, "", "the reply address is not an e-mail address"
	}
	msg.SetMessageIDWithValue(id)
	msg.SetDate()
	msg.SetGenHeader("X-Entity-Ref-ID", m.AttemptID)
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		msg.AttachReadSeeker(a.Name, bytes.NewReader(a.Data), mail.WithFileContentType(mail.ContentType(a.Type)))
	}
	return msg, id, ""
}

// smtpGreeting reads what went wrong before the envelope was opened: certainly unsent.
func smtpGreeting(err error, now time.Time) collection.Result {
	if reply, ok := errors.AsType[*textproto.Error](err); ok && reply.Code >= 500 {
		return stopLine("smtp: " + reply.Error()) // a refused password, or a server that refuses us
	}
	if strings.Contains(err.Error(), "SMTP AUTH") || strings.Contains(err.Error(), "STARTTLS") {
		return stopLine("smtp: " + err.Error())
	}
	r := unsent("smtp: " + err.Error())
	r.RetryAt = now.Add(waitConnect)
	return r
}

// smtpAnswer reads what went wrong after it. A reply of the server is its word: 5xx is a refusal, 4xx
// means that it did not take the message. Without a reply, only a text that was not yet begun is
// certainly unsent.
func smtpAnswer(err error, now time.Time) collection.Result {
	e, ok := errors.AsType[*mail.SendError](err)
	if !ok {
		return unknown("smtp: " + err.Error())
	}
	if code := e.ErrorCode(); code >= 500 {
		r := rejected("smtp: " + err.Error())
		r.BadAddress = e.Reason == mail.ErrSMTPRcptTo && badMailbox(code, err.Error())
		return r
	} else if code >= 400 {
		r := unsent("smtp: " + err.Error())
		r.RetryAt = now.Add(waitLimited)
		return r
	}
	switch e.Reason {
	case mail.ErrGetSender, mail.ErrGetRcpts, mail.ErrNoUnencoded:
		return rejected("smtp: " + err.Error())
	case mail.ErrConnCheck, mail.ErrSMTPMailFrom, mail.ErrSMTPRcptTo:
		return unsent("smtp: " + err.Error())
	}
	return unknown("smtp: " + err.Error())
}

var enhancedCode = regexp.MustCompile(`\b5\.\d{1,3}\.\d{1,3}\b`)

// badMailbox tells an address that does not exist (5.1.x) from a policy that refuses us (5.7.x). Many
// servers write the longer code without announcing it.
func badMailbox(code int, reply string) bool {
	if enhanced := enhancedCode.FindString(reply); enhanced != "" {
		return strings.HasPrefix(enhanced, "5.1.")
	}
	return code == 550 || code == 551 || code == 553
}

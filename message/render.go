package message

import (
	"bytes"
	"io"
	"strings"
	"sync"

	"dunlin/invoice"
)

// Email renders the e-mail for a letter. The subject and the names are single lines without control
// characters, so nothing a debtor or a shop wrote can add a header. AttemptID and Attachments are
// left to the caller. An unknown template, or a letter that lacks what its template has to say, is
// CodeInvalid.
func (c *Catalog) Email(l Letter) (Email, error) {
	lang := wanted(l)
	if _, ok := c.find(lang).emails[l.Template]; !ok {
		lang = English
	}
	t, ok := c.languages[lang].emails[l.Template]
	if !ok {
		return Email{}, invoice.Invalid("template", "there is no e-mail %q", l.Template).WithHint("there are %s", strings.Join(c.Names(), ", "))
	}
	v, err := newView(l, lang)
	if err != nil {
		return Email{}, err
	}
	e, err := envelope(l, v)
	if err != nil {
		return Email{}, err
	}
	if e.Subject, err = execute(t.subject, v); err == nil {
		e.Subject = oneLine(e.Subject, 2*maxHeader)
		e.Text, err = execute(t.text, v)
	}
	if err == nil {
		e.Text = tidy(e.Text)
		e.HTML, err = execute(t.html, v)
	}
	return e, err
}

// find returns the templates of a language, or none.
func (c *Catalog) find(name string) *language {
	if l := c.languages[name]; l != nil {
		return l
	}
	return &language{}
}

// envelope says from whom to whom. A letter to the lawyer or agency goes to the address on the
// creditor's file, whatever contact the letter names: the debtor must not get it.
func envelope(l Letter, v *view) (Email, error) {
	e := Email{
		Language: v.Language, FromName: oneLine(l.Creditor.Name, maxHeader), FromAddress: l.Creditor.SenderEmail, ReplyTo: l.Creditor.ReplyTo,
		ToName: oneLine(l.Contact.Name, maxHeader), ToAddress: l.Contact.Address,
	}
	if l.toPartner() {
		e.ToName, e.ToAddress = oneLine(l.partner().Name, maxHeader), l.partner().Email
	} else if l.Contact.Channel != invoice.Email {
		return Email{}, invoice.Invalid("contact.channel", "%q is not an e-mail contact", l.Contact.Channel)
	}
	if e.ToName == "" {
		e.ToName = oneLine(l.Debtor.Name, maxHeader)
	}
	for field, address := range map[string]string{"creditor.sender_email": e.FromAddress, "creditor.reply_to": e.ReplyTo, "contact.address": e.ToAddress} {
		if !mailable(address) {
			return Email{}, invoice.Invalid(field, "%q is not an e-mail address", address)
		}
	}
	return e, nil
}

// mailable refuses what could end a header or name a second recipient.
func mailable(address string) bool {
	at := strings.LastIndexByte(address, '@')
	return at > 0 && at < len(address)-1 && !strings.ContainsAny(address, " ,;<>\"\\") && oneLine(address, 320) == address
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// executable is a template of text/template or html/template.
type executable interface {
	Execute(w io.Writer, data any) error
}

func execute(t executable, data any) (string, error) {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := t.Execute(b, data); err != nil {
		return "", invoice.Invalid("template", "%s", err)
	}
	return b.String(), nil
}

// tidy takes the marks that a template leaves in a text: spaces at line ends, runs of empty lines.
func tidy(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	empty := 0
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" {
			empty++
			continue
		}
		if empty > 0 && b.Len() > 0 {
			b.WriteByte('\n')
		}
		empty = 0
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}

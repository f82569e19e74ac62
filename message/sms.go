package message

import (
	"strings"
	"unicode/utf8"

	"dunlin/invoice"
)

// The longest an SMS may be: what a provider takes at all, and what we aim at for one invoice.
const (
	maxSMS  = 1600
	goodSMS = 300
)

// SMS renders the text message for a letter. It aims at 300 characters for one invoice: where names
// or links are long, it shortens the names first and then leaves details to the e-mail. From is the
// creditor's; AttemptID and ValidFor are left to the caller.
func (c *Catalog) SMS(l Letter) (SMS, error) {
	lang := wanted(l)
	if c.find(lang).sms[l.Template] == nil {
		lang = English
	}
	t := c.languages[lang].sms[l.Template]
	if t == nil {
		return SMS{}, invoice.Invalid("template", "there is no text message %q", l.Template).WithHint("there are %s", strings.Join(c.Names(), ", "))
	}
	if l.Contact.Channel == invoice.Email || !mobile(l.Contact.Address) {
		return SMS{}, invoice.Invalid("contact.address", "%q (%s) is not a mobile number", l.Contact.Address, l.Contact.Channel)
	}
	v, err := newView(l, lang)
	if err != nil {
		return SMS{}, err
	}
	v.plainMoney(l, l.locale(lang))
	body := ""
	for _, shorten := range []func(*view){func(*view) {}, shortNames, shorterNames, lessDetail} {
		shorten(v)
		if body, err = execute(t, v); err != nil {
			return SMS{}, err
		}
		body = smsPlain.Replace(strings.Join(strings.Fields(body), " "))
		if utf8.RuneCountInString(body) <= goodSMS {
			break
		}
	}
	if n := utf8.RuneCountInString(body); n > maxSMS {
		return SMS{}, invoice.Invalid("lines", "%d invoices make a text message of %d characters; at most %d can be sent", len(l.Lines), n, maxSMS).
			WithHint("send it by e-mail, or in several messages")
	}
	return SMS{Language: lang, From: l.Creditor.SMSFrom, To: l.Contact.Address, Body: body}, nil
}

func mobile(number string) bool {
	if len(number) < 8 || len(number) > 16 || number[0] != '+' {
		return false
	}
	return strings.Trim(number[1:], "0123456789") == ""
}

// plainMoney writes a currency by its code where its symbol would turn the message into UCS-2.
func (v *view) plainMoney(l Letter, locale string) {
	plain := func(shown string, m invoice.Money) string {
		if isGSM(smsPlain.Replace(shown)) {
			return shown
		}
		return formatMoney(m, locale, string(m.Currency))
	}
	for i := range v.Lines {
		v.Lines[i].Amount = plain(v.Lines[i].Amount, l.asked(l.Lines[i]))
	}
	v.First.Amount = v.Lines[0].Amount
	for _, in := range l.Instalments {
		if in.N == l.Instalment {
			v.Instalment.Amount = plain(v.Instalment.Amount, in.Open)
		}
	}
	sums, _ := totals(l) // newView has added them up already
	for i := range sums {
		v.Totals[i] = plain(v.Totals[i], sums[i])
	}
}

func shortNames(v *view) {
	v.Creditor, v.Partner, v.First.Goods = clip(v.Creditor, 40), clip(v.Partner, 40), clip(v.First.Goods, 40)
}

func shorterNames(v *view) {
	v.Creditor, v.Partner, v.First.Goods = clip(v.Creditor, 20), clip(v.Partner, 24), clip(v.First.Goods, 20)
}

// lessDetail leaves to the e-mail what it says as well: the link, or for an order, which needs its
// link, the exact moment beside the time left.
func lessDetail(v *view) {
	if v.First.Order && v.TimeLeft != "" {
		v.First.Expires = ""
		return
	}
	v.First.PayURL = ""
}

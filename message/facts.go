package message

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	mustHan = regexp.MustCompile(`\p{Han}+`)
	linkIn  = regexp.MustCompile(`https?://[^\s"'<>，。；）)]+`)
	colour  = regexp.MustCompile(`#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})\b`)
	figure  = regexp.MustCompile(`\d[\d.,':]*\d|\d`)
)

// want is one thing that a message has to say, in any of these words.
type want struct {
	what  string
	words []string
}

func fact(what, word string) want { return want{what, []string{word}} }

// facts are what the e-mail of a letter has to say.
func (v *view) facts(t trait, language string) []want {
	w := []want{fact("the creditor", v.Creditor), fact("the person who signs", v.Person), fact("the address for an answer", v.ReplyTo), fact("the phone number", v.Phone)}
	for _, line := range v.Lines {
		w = append(w, fact("the number", line.Number), fact("the reference", "Ref "+line.Ref))
		if t.thanks {
			continue
		}
		w = append(w, fact("the amount", line.Amount))
		if t.partner {
			w = append(w, fact("the debtor", v.Debtor), fact("the due date", line.Due))
			continue
		}
		w = append(w, fact("the link for payment", line.PayURL), fact("the amount in dispute", line.Disputed))
		switch {
		case t.order:
			w = append(w, fact("the moment of expiry", line.Expires), fact("the goods", line.Goods))
		case !t.plan:
			w = append(w, fact("the due date", line.Due), fact("the debtor's reference", line.Reference))
		}
		if t.overdue && line.Days > 0 {
			w = append(w, want{"the days overdue", sayings[language].overdue}, fact("the days overdue", strconv.Itoa(line.Days)))
		}
	}
	for _, b := range v.Banks {
		if t.partner || t.thanks {
			break
		}
		w = append(w, fact("the account", b.IBAN+b.Account), fact("what to quote", b.Quote))
	}
	if v.Many && !t.plan && !t.thanks {
		for _, total := range v.Totals {
			w = append(w, fact("the total", total))
		}
	}
	return append(w, v.ends(t, language)...)
}

// ends are what e-mails and text messages have to say alike.
func (v *view) ends(t trait, language string) []want {
	var w []want
	said := sayings[language]
	if t.pay {
		w = append(w, want{"what to do if it is paid", said.paid})
	}
	if t.thanks {
		w = append(w, fact("the day of the payment", v.PaidOn), fact("the day of the message to disregard", v.MessageOn))
	}
	if t.object {
		w = append(w, want{"how to ask or object", said.object})
	}
	if t.payBy && v.PayBy != "" && (!t.plan || v.Instalment.No > 0) {
		w = append(w, fact("the new date", v.PayBy))
	}
	if t.handing {
		w = append(w, fact("who takes over", v.Partner), fact("the day of the handover", v.PlaceOn))
	}
	if t.order {
		w = append(w, fact("the time left", v.TimeLeft))
	}
	return w
}

// planFacts are what an e-mail about a payment plan has to say besides.
func (v *view) planFacts() []want {
	var w []want
	for _, in := range v.Instalments {
		w = append(w, fact("an instalment's amount", in.Amount), fact("an instalment's day", in.Due))
		if in.Part {
			w = append(w, fact("what is open of an instalment", in.Open))
		}
	}
	return w
}

// smsFacts are what a text message has to say. Details may be left to the e-mail: the link where it
// makes the message too long, and the single invoices where there are several.
func (v *view) smsFacts(t trait, language, body string) []want {
	w := []want{fact("the creditor", v.Creditor), fact("whom to ask", v.Help), {"how to opt out", sayings[language].stopSMS}}
	for _, line := range v.Lines {
		w = append(w, fact("the reference", "Ref "+line.Ref))
	}
	switch {
	case t.plan:
		w = append(w, fact("the number", v.First.Number), fact("the amount", v.Instalment.Amount))
		if !v.Instalment.DueToday {
			w = append(w, fact("the day", v.Instalment.Due))
		}
	case v.Many && !v.Mixed:
		w = append(w, fact("how many there are", strconv.Itoa(v.Count)))
		for _, total := range v.Totals {
			w = append(w, fact("the total", total))
		}
	case !v.Many:
		w = append(w, fact("the number", v.First.Number), fact("the amount", v.First.Amount), fact("the due date", v.First.Due))
		if utf8.RuneCountInString(body)+utf8.RuneCountInString(v.First.PayURL) < goodSMS-20 {
			w = append(w, fact("the link for payment", v.First.PayURL))
		}
	}
	if t.payBy && t.firm < Firmness(formalNotice) {
		t.payBy = false // a reminder leaves the new date to its e-mail
	}
	return append(w, v.ends(t, language)...)
}

// missing returns an error for the first thing that a text does not say; an empty fact needs no saying.
func missing(text string, wants []want) error {
	text = squeeze(text)
	for _, w := range wants {
		said := len(w.words) == 0 || w.words[0] == ""
		for _, word := range w.words {
			said = said || strings.Contains(text, squeeze(smsPlain.Replace(word))) || strings.Contains(text, squeeze(word))
		}
		if !said {
			return fmt.Errorf("does not say %s: %q", w.what, strings.Join(w.words, `" or "`))
		}
	}
	return nil
}

// squeeze makes every run of white space, no-break spaces included, one space.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// pageText is what a reader sees of a page that html/template wrote: the body without its tags.
func pageText(page string) string {
	if _, body, ok := strings.Cut(page, "<body"); ok {
		page = "<body" + body
	}
	var b strings.Builder
	for page != "" {
		text, rest, _ := strings.Cut(page, "<")
		b.WriteString(text)
		b.WriteByte(' ')
		_, page, _ = strings.Cut(rest, ">")
	}
	return html.UnescapeString(b.String())
}

// figures are the numbers of a text, each once and sorted, without those in its links.
func figures(s string) []string {
	found := figure.FindAllString(linkIn.ReplaceAllString(s, " "), -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// strangeLink returns a link that leads elsewhere than the letter's own links do.
func strangeLink(l Letter, s string) string {
	for _, link := range linkIn.FindAllString(s, -1) {
		u, err := url.Parse(link)
		own := func(line Line) bool {
			p, err := url.Parse(line.PayURL)
			return err == nil && p.Host == u.Host && p.Host != ""
		}
		if err != nil || !slices.ContainsFunc(l.Lines, own) {
			return link
		}
	}
	return ""
}

// lastWords announce a handover, and no other letter may.
var lastWords = map[string]string{"en": "final notice", "de": "letzte Mahnung", "zh": "最后通知"}

// alarming returns a colour of a page that is red.
func alarming(page string) string {
	for _, c := range colour.FindAllStringSubmatch(page, -1) {
		var part [3]int64
		for i := range part {
			part[i], _ = strconv.ParseInt(c[i+1], 16, 32) // two hex digits always parse
		}
		if part[0] > 150 && part[1] < 100 && part[2] < 100 {
			return c[0]
		}
	}
	return ""
}

package message

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"dunlin/invoice"
)

// completeEmail checks a rendered e-mail against its letter: it says what its step has to say, the
// same in text and page, in one language, politely, and its links lead where the letter's do.
func (t *trial) completeEmail(l Letter, e Email) error {
	if e.Subject == "" {
		return invoice.Invalid("subject", "is empty")
	}
	if err := t.tone(e.Subject+"\n"+e.Text, e.Language); err != nil {
		return err
	}
	v, err := newView(l, e.Language)
	if err != nil {
		return err
	}
	kind, known := traits[l.Template]
	page := pageText(e.HTML)
	if known {
		wants := v.facts(kind, e.Language)
		if kind.plan {
			wants = append(wants, v.planFacts()...)
		}
		if v.Consumer {
			wants = append(wants, want{"how to stop these e-mails", sayings[e.Language].stopMail})
		}
		if err := missing(e.Text, wants); err != nil {
			return fmt.Errorf("the text %w", err)
		}
		if err := missing(page+strings.Join(linkIn.FindAllString(html.UnescapeString(e.HTML), -1), " "), wants); err != nil {
			return fmt.Errorf("the page %w", err)
		}
		if err := subjectFits(v, kind, e.Subject); err != nil {
			return err
		}
	}
	if last := lastWords[e.Language]; l.Template != finalNotice && last != "" && strings.Contains(e.Subject+e.Text, last) {
		return fmt.Errorf("%q belongs into the %s only", last, finalNotice)
	}
	if red := alarming(e.HTML); red != "" {
		return fmt.Errorf("the page shows %s: red alarms and adds nothing", red)
	}
	if a, b := figures(e.Text), figures(page); !slices.Equal(a, b) {
		return fmt.Errorf("the text and the page name different figures: %q and %q", only(a, b), only(b, a))
	}
	for _, s := range []string{e.Subject, e.Text, e.HTML} {
		if link := strangeLink(l, s); link != "" {
			return fmt.Errorf("a link leads to %s, which is none of the letter's", link)
		}
	}
	return nil
}

// subjectFits holds a subject to what a stranger may read over a shoulder: who writes about which
// number, and no more than a day.
func subjectFits(v *view, t trait, subject string) error {
	number := v.First.Number
	if t.partner {
		number = v.First.Ref
	}
	if err := missing(subject, []want{fact("the number", number), fact("the creditor", v.Creditor)}); err != nil {
		return fmt.Errorf("the subject %w", err)
	}
	if !t.partner && strings.Contains(squeeze(subject), squeeze(v.First.Amount)) {
		return invoice.Invalid("subject", "names the amount, which is nobody else's business")
	}
	return nil
}

// completeSMS checks a rendered text message in the same way.
func (t *trial) completeSMS(l Letter, m SMS) error {
	if err := t.tone(m.Body, m.Language); err != nil {
		return err
	}
	if link := strangeLink(l, m.Body); link != "" {
		return fmt.Errorf("a link leads to %s, which is none of the letter's", link)
	}
	v, err := newView(l, m.Language)
	if err != nil {
		return err
	}
	v.plainMoney(l, l.locale(m.Language))
	if kind, known := traits[l.Template]; known {
		if err := missing(m.Body, v.smsFacts(kind, m.Language, m.Body)); err != nil {
			return err
		}
	}
	if n := utf8.RuneCountInString(m.Body); n > goodSMS && len(l.Lines) == 1 {
		return fmt.Errorf("is %d characters long; %d is what a reader takes in", n, goodSMS)
	}
	return nil
}

// tone turns a blocked word, or one of another language, into an error. Most paragraphs of the
// samples are alike, and each is read once.
func (t *trial) tone(s, language string) error {
	found := marks(s)
	for p := range strings.SplitSeq(s, "\n\n") {
		if !t.read[language+p] {
			t.read[language+p] = true
			found = append(found, append(match(rules[language], p), match(foreign[language], p)...)...)
		}
	}
	for _, f := range found {
		if f.Level == Block {
			return invoice.Invalid("", "%q: %s", f.Text, f.Why)
		}
	}
	return nil
}

// only returns what stands in a and not in b.
func only(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

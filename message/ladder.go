package message

import (
	"fmt"
	"slices"
	"strings"
)

// LadderStep is a step of a policy as far as its words go.
type LadderStep struct {
	ID     string
	Email  string // the template of its e-mail; empty: it sends none
	SMS    string // the template of its text message; empty: it sends none
	Formal bool   // it is of the formal class
}

// CheckLadder reads the messages of a policy one after the other as a debtor would, in the order in
// which they fall due. It blocks a step that is milder than one before it, because firmness only
// rises, and a template that does not exist. It warns where a language lacks a template and English
// would be sent, where a formal step has the words of a reminder, and of every word in the messages
// that sounds harder than the facts. At is the position of the step.
func (c *Catalog) CheckLadder(steps []LadderStep) []Finding {
	var found []Finding
	firmest, by := -1, ""
	for at, s := range steps {
		add := func(level Level, format string, args ...any) {
			found = append(found, Finding{level, s.ID, at, fmt.Sprintf(format, args...)})
		}
		templates := slices.DeleteFunc([]string{s.Email, s.SMS}, func(name string) bool { return name == "" })
		for _, name := range slices.Compact(templates) {
			firm := Firmness(name)
			if firm >= 0 && firm < firmest {
				add(Block, "%s is milder than %s before it: firmness only rises", name, by)
			}
			if firm > firmest {
				firmest, by = firm, name
			}
			if s.Formal && firm >= 0 && firm < Firmness(formalNotice) {
				add(Warn, "a formal step is written in the words of %s", name)
			}
		}
		for _, w := range c.languagesLack(s) {
			add(w.Level, "%s", w.Why)
		}
		for _, w := range c.harsh(s) {
			add(Warn, "%s", w)
		}
	}
	return found
}

// languagesLack says which templates of a step do not exist, at all or in a language.
func (c *Catalog) languagesLack(s LadderStep) []Finding {
	var found []Finding
	for _, name := range c.Languages() {
		l := c.languages[name]
		level, why := Warn, "English is sent instead"
		if name == English {
			level, why = Block, "nothing can be sent"
		}
		if _, ok := l.emails[s.Email]; !ok && s.Email != "" {
			found = append(found, Finding{level, name, 0, fmt.Sprintf("there is no e-mail %q in %q: %s", s.Email, name, why)})
		}
		if s.SMS != "" && l.sms[s.SMS] == nil {
			found = append(found, Finding{level, name, 0, fmt.Sprintf("there is no text message %q in %q: %s", s.SMS, name, why)})
		}
	}
	return found
}

// harsh lists the words of a step's messages that the tone check warns of, per language.
func (c *Catalog) harsh(s LadderStep) []string {
	var found []string
	for _, lang := range c.Languages() {
		for _, text := range []func() (string, error){
			func() (string, error) { e, err := c.Sample(s.Email, lang); return e.Subject + "\n" + e.Text, err },
			func() (string, error) { m, err := c.SampleSMS(s.SMS, lang); return m.Body, err },
		} {
			body, err := text()
			if err != nil {
				continue // what does not exist has no words
			}
			for _, f := range Lint(body, lang) {
				if w := fmt.Sprintf("%q (%s) %s", strings.TrimSpace(f.Text), lang, f.Why); !slices.Contains(found, w) {
					found = append(found, w)
				}
			}
		}
	}
	return found
}

// Sample renders an e-mail with an example letter in a language, so that people can read it.
func (c *Catalog) Sample(name, language string) (Email, error) {
	l := exampleFor(name, language)
	l.Contact = l.Debtor.Contacts[0]
	return c.Email(l)
}

// SampleSMS renders a text message with an example letter in a language.
func (c *Catalog) SampleSMS(name, language string) (SMS, error) {
	l := exampleFor(name, language)
	l.Contact = l.Debtor.Contacts[1]
	return c.SMS(l)
}

func exampleFor(name, language string) Letter {
	l := sampleLetter()
	l.Template, l.Language = name, language
	if traits[name].order {
		l.Lines = []Line{sampleOrder("ORD-7")}
	}
	return l
}

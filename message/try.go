package message

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"dunlin/invoice"
)

// try renders every template of every language with every sample letter. All templates that are
// wrong are named at once, each with the first thing that is wrong with it.
func (c *Catalog) try() error {
	t := &trial{c, map[string]bool{}}
	var wrong []error
	for _, lang := range c.Languages() {
		l := c.languages[lang]
		if err := c.tryCaseFile(lang); err != nil {
			wrong = append(wrong, invoice.Invalid("templates/"+lang+"/casefile.html", "%s", err))
		}
		for _, name := range slices.Sorted(maps.Keys(l.emails)) {
			if err := trySamples(lang, name, 0, t.email); err != nil {
				wrong = append(wrong, invoice.Invalid("templates/"+lang+"/"+name, "%s", err))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(l.sms)) {
			if err := trySamples(lang, name, 1, t.sms); err != nil {
				wrong = append(wrong, invoice.Invalid("templates/"+lang+"/"+name+".sms.txt", "%s", err))
			}
		}
	}
	return errors.Join(wrong...)
}

// trySamples tries one template with every sample that fits it; contact is an e-mail address or a mobile number.
func trySamples(language, name string, contact int, try func(Letter) error) error {
	for _, s := range samples() {
		if !s.fits(name) {
			continue
		}
		s.Language, s.Template, s.Contact = language, name, s.Debtor.Contacts[contact]
		if err := try(s); err != nil {
			return err
		}
	}
	return nil
}

// tryCaseFile renders a case file with everything in it, and an empty one.
func (c *Catalog) tryCaseFile(language string) error {
	l := sampleLetter()
	money := l.Lines[0].Balance
	full := Dossier{
		AsOf: l.Today, Language: language, Creditor: l.Creditor, Debtor: l.Debtor, Status: invoice.Placed, Balance: money, Cycle: 1,
		Invoice: invoice.Invoice{
			Key: invoice.Key{Creditor: l.Creditor.ID, Number: "INV-1001"}, Kind: invoice.KindInvoice, Amount: money, IssuedOn: l.Lines[0].IssuedOn,
			DueOn: l.Lines[0].DueOn, ExpiresAt: l.Today, Goods: "tools", Reference: "PO-77", PayURL: l.Lines[0].PayURL,
		},
		Decision: Verdict{Route: routeLawyer, Reason: "by amount", DecidedAt: l.Today, ApprovedBy: "J. Doe", Inputs: []Input{{"balance", "1"}}},
		Ledger: []Booking{{
			At: l.Today, ValueOn: l.Lines[0].IssuedOn, Kind: "issue", Key: "k", Text: "t",
			Postings: []invoice.Posting{{Account: invoice.Receivable, Component: invoice.Principal, Amount: money}},
		}},
		Messages: []Sent{{At: l.Today, Step: "reminder-1", Channel: invoice.Email, Subject: "s", Text: "t", Provider: "p"}},
		Timeline: []invoice.Event{{N: 1, Kind: "issued", Text: "t"}},
	}
	empty := Dossier{AsOf: l.Today, Language: language, Invoice: invoice.Invoice{Key: full.Invoice.Key}}
	for _, d := range []Dossier{full, empty} {
		if _, _, _, err := c.CaseFile(d); err != nil {
			return err
		}
	}
	return nil
}

// fits says whether a sample is of the kind that a template is for.
func (l Letter) fits(template string) bool {
	return strings.HasPrefix(template, orderPrefix) == !l.Lines[0].ExpiresAt.IsZero()
}

// trial is one reading of all templates.
type trial struct {
	c    *Catalog
	read map[string]bool // paragraphs that have been read for their tone, each after its language
}

func (t *trial) email(l Letter) error {
	e, err := t.c.Email(l)
	if err != nil {
		return err
	}
	return t.completeEmail(l, e)
}

func (t *trial) sms(l Letter) error {
	m, err := t.c.SMS(l)
	if err != nil {
		return err
	}
	return t.completeSMS(l, m)
}

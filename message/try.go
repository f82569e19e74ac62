package message

import (
	"strings"

	"dunlin/invoice"
)

// try renders every template of every language with every sample letter.
func (c *Catalog) try() error {
	for lang, l := range c.languages {
		if err := c.tryCaseFile(lang); err != nil {
			return invoice.Invalid("templates/"+lang+"/casefile.html", "%s", err)
		}
		for _, s := range samples() {
			s.Language = lang
			for name := range l.emails {
				if !s.fits(name) {
					continue
				}
				s.Template, s.Contact = name, s.Debtor.Contacts[0]
				if err := c.tryEmail(s); err != nil {
					return invoice.Invalid("templates/"+lang+"/"+name, "%s", err)
				}
			}
			for name := range l.sms {
				if !s.fits(name) {
					continue
				}
				s.Template, s.Contact = name, s.Debtor.Contacts[1]
				m, err := c.SMS(s)
				if err == nil {
					err = toneOf(m.Body, lang)
				}
				if err != nil {
					return invoice.Invalid("templates/"+lang+"/"+name+".sms.txt", "%s", err)
				}
			}
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

func (c *Catalog) tryEmail(l Letter) error {
	e, err := c.Email(l)
	if err != nil {
		return err
	}
	if e.Subject == "" {
		return invoice.Invalid("subject", "is empty")
	}
	return toneOf(e.Subject+"\n"+e.Text, l.Language)
}

// toneOf turns a blocked word into an error.
func toneOf(s, language string) error {
	for _, f := range Lint(s, language) {
		if f.Level == Block {
			return invoice.Invalid("", "%q: %s", f.Text, f.Why)
		}
	}
	return nil
}

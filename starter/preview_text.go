package main

import (
	"time"

	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// officeOpens is the hour at which a previewed invoice is taken to be issued.
const officeOpens = 9

// fresh is the case of an invoice that was just issued.
func (s scene) fresh() dunning.Case {
	i, d := s.invoice, s.debtor
	c := dunning.Case{
		Kind: i.Kind, DebtorID: i.Creditor + "/" + d.ID, Amount: i.Amount, Balance: i.Amount, Status: invoice.Open, IssuedOn: i.IssuedOn, DueOn: i.DueOn, ExpiresAt: i.ExpiresAt,
		IssuedAt: i.IssuedOn.At(officeOpens, 0, location(d.Zone)), Zone: d.Zone, Country: d.Country, Region: d.Region, Type: d.Type,
		Reach: map[dunning.Act]dunning.Reach{
			dunning.Email: {Reason: "no e-mail address"}, dunning.SMS: {Reason: "no mobile number"}, dunning.PhoneTask: {Reason: "no phone number"},
		},
	}
	for act, channels := range map[dunning.Act][]invoice.Channel{
		dunning.Email: {invoice.Email}, dunning.SMS: {invoice.SMS}, dunning.PhoneTask: {invoice.Phone, invoice.SMS},
	} {
		if _, ok := s.contact(channels...); ok {
			c.Reach[act] = dunning.Reach{OK: true}
		}
	}
	return c
}

// contact is the first working address of the channels.
func (s scene) contact(channels ...invoice.Channel) (invoice.Contact, bool) {
	for _, ch := range channels {
		for _, c := range s.debtor.Contacts {
			if c.Channel == ch && (c.Health == "" || c.Health == invoice.HealthOK) {
				return c, true
			}
		}
	}
	return invoice.Contact{}, false
}

// write renders the text of a step as it would leave at its moment.
func (v *previewed) write(p *dunning.Policy, catalog *message.Catalog, s scene, c dunning.Case) {
	l := s.letter(p, v.Row, c)
	var err error
	if v.Channel == dunning.SMS {
		var sms message.SMS
		sms, err = catalog.SMS(l)
		v.To, v.Text = sms.To, sms.Body
	} else {
		var mail message.Email
		mail, err = catalog.Email(l)
		v.To, v.Subject, v.Text = mail.ToAddress, mail.Subject, mail.Text
	}
	if err != nil {
		v.To, v.Problem = "", err.Error()
	}
}

func (s scene) letter(p *dunning.Policy, row dunning.Row, c dunning.Case) message.Letter {
	at := row.At.In(location(s.debtor.Zone))
	i := s.invoice
	step, _ := p.Step(row.Step)
	line := message.Line{
		Number: i.Number, Step: step.ID, Ref: i.Number + "/" + step.Letter, Total: i.Amount, Balance: i.Amount, IssuedOn: i.IssuedOn, DueOn: i.DueOn,
		Reference: i.Reference, Goods: i.Goods, PayURL: i.PayURL,
	}
	l := message.Letter{
		Template: step.Template, Language: s.debtor.Language, Creditor: s.creditor, Debtor: s.debtor, Today: at,
		PayBy: p.PayBy(c, row.Step, row.At), PlaceOn: p.PlaceOn(c, row.At), Route: s.route(p, c),
	}
	if l.Language == "" {
		l.Language = s.creditor.Language
	}
	l.Contact, _ = s.contact(invoice.Channel(row.Channel))
	if !i.DueOn.IsZero() {
		line.DaysOverdue = max(0, i.DueOn.DaysUntil(invoice.DateOf(at)))
	}
	if !i.ExpiresAt.IsZero() {
		line.ExpiresAt, l.TimeLeft = i.ExpiresAt.In(at.Location()), max(0, i.ExpiresAt.Sub(row.At).Truncate(time.Minute))
	}
	l.Lines = []message.Line{line}
	return l
}

// route is where the policy would place the claim; where a person decides, the lawyer stands in.
func (s scene) route(p *dunning.Policy, c dunning.Case) string {
	if r := p.Decide(c).Route; r == dunning.RouteAgency {
		return string(r)
	}
	return string(dunning.RouteLawyer)
}

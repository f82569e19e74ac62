package dunning

import (
	"slices"

	"golang.org/x/text/language"

	"dunlin/invoice"
)

// conversations reads the rules of what debtors and we agree on: minimum, promises, payment plans,
// disputes, and the end of orders.
func (r *reader) conversations(doc *value, p *Policy) {
	order := p.Kind == invoice.KindOrder
	minimum := doc.get("minimum")
	r.longer(minimum.get("age"), &p.Minimum.Age, Hours, Days, BusinessDays)
	p.Minimum.Amount = r.amounts(minimum.get("amount"))
	if minimum.written && len(p.Steps) > 0 && !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Class != Service && s.contacts() }) {
		r.wrong(minimum, "drop it: service messages always go", "no step is a reminder or a formal message")
	}

	promise := doc.get("promise")
	r.span(promise.get("bank_grace"), &p.BankGrace)
	r.longer(promise.get("longest"), &p.Promise.Longest, Days, BusinessDays)
	p.Promise.Most = promise.get("most").n

	plan := doc.get("payment_plan")
	p.Plans.MostInstalments = plan.get("most_instalments").n
	r.longer(plan.get("longest"), &p.Plans.Longest, Days)
	r.longer(plan.get("remind"), &p.Plans.Remind, Days, BusinessDays)
	p.Plans.BreakAfter = plan.get("break_after").n
	p.Plans.Broken = OnBroken(plan.get("broken").text)
	if plan.written && order {
		r.wrong(plan, "drop the section: an order is paid at once, or it expires", "an order has no payment plan")
	}

	r.longer(doc.get("dispute").get("review"), &p.Disputes.Review, Days, BusinessDays)

	stale := doc.get("stale_feed")
	r.longer(stale.get("after"), &p.Feed.After, Days, BusinessDays)
	p.Feed.Reminders = OnStale(stale.get("reminders").text)

	crossed := doc.get("crossed")
	if crossed.written && order {
		r.wrong(crossed, "drop the section: an order's messages are a service", "an order has no reminders to disregard")
	}
	if thank := crossed.get("thank"); thank.text == string(Email) {
		p.Crossed.Thank = Email
		if r.templates != nil && !r.templates.Has(thanksTemplate, Email) {
			r.wrong(thank, "add it to the language folders, or write none", "there is no template %q", thanksTemplate)
		}
	}

	expiry := doc.get("expiry")
	r.longer(expiry.get("bank_lag"), &p.Expiry.BankLag, Minutes, Hours, Days)
	if expiry.written && p.Kind == invoice.KindInvoice {
		r.wrong(expiry, "drop the section: it belongs to kind: order", "an invoice does not expire")
	}
}

// holdout reads who is left alone. Only reminders can be left out: a service message is owed to the
// debtor, and a formal one is what the law wants.
func (r *reader) holdout(v *value, p *Policy) {
	if !v.written || v.bad {
		return
	}
	p.Holdout.Share = v.get("share").n
	for _, one := range v.get("steps").items {
		i := p.index(one.text)
		switch {
		case one.bad:
		case i < 0:
			r.wrong(one, "name a step of this policy", "there is no step %q", one.text)
		case p.Steps[i].Class != Reminder || !p.Steps[i].sends():
			r.wrong(one, "only messages of class reminder can be left out", "the step %q is no reminder", one.text)
		case slices.Contains(p.Holdout.Steps, one.text):
			r.wrong(one, "name it once", "%q stands there twice", one.text)
		default:
			p.Holdout.Steps = append(p.Holdout.Steps, one.text)
		}
	}
}

// condition reads the tests of a step or a segment.
func (r *reader) condition(v *value) Condition {
	c := Condition{
		Creditors: r.words(v.get("creditor")), Groups: r.words(v.get("group")), Countries: r.countries(v.get("country")),
		History: History(v.get("history").text), From: r.amounts(v.get("amount_from")), Below: r.amounts(v.get("amount_below")),
	}
	for _, kind := range r.words(v.get("kind")) {
		c.Kinds = append(c.Kinds, invoice.Kind(kind))
	}
	for _, debtor := range r.words(v.get("type")) {
		c.Types = append(c.Types, invoice.DebtorType(debtor))
	}
	for _, code := range v.get("amount_below").keys {
		below, set := c.Below[invoice.Currency(code)]
		from, both := c.From[invoice.Currency(code)]
		switch {
		case set && below == 0:
			r.wrong(v.get("amount_below").get(code), "write an amount above 0", "no amount is below zero")
		case set && both && from >= below:
			r.wrong(v.get("amount_below").get(code), "above amount_from", "no amount is from %s and below %s",
				invoice.NewMoney(from, invoice.Currency(code)), invoice.NewMoney(below, invoice.Currency(code)))
		case set && len(c.From) > 0 && !both:
			r.wrong(v.get("amount_below").get(code), "name the same currencies in both", "amount_from has no amount for %s: the test never holds", code)
		}
	}
	return c
}

// words reads the texts of a list in which each stands once.
func (r *reader) words(v *value) []string {
	var all []string
	for _, one := range v.items {
		switch {
		case one.bad:
		case one.text == "":
			r.wrong(one, "write a text, or drop it", "is empty")
		case slices.Contains(all, one.text):
			r.wrong(one, "name it once", "%q stands there twice", one.text)
		default:
			all = append(all, one.text)
		}
	}
	return all
}

func (r *reader) countries(v *value) []string {
	all := r.words(v)
	for _, one := range v.items {
		if !one.bad && one.text != "" && !isCountry(one.text) {
			r.wrong(one, "two capitals, e.g. DE; the United Kingdom is GB", "%q is not an ISO 3166 country", one.text)
		}
	}
	return all
}

// isCountry says whether a code is a country of ISO 3166.
func isCountry(code string) bool {
	region, err := language.ParseRegion(code)
	return err == nil && len(code) == 2 && region.IsCountry() && region.String() == code && region.Canonicalize() == region
}

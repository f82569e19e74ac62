package message

import (
	"net/url"
	"strings"
	"unicode"

	"dunlin/invoice"
)

// The routes a letter can name, spelled as the decision spells them.
const (
	routeLawyer = "lawyer"
	routeAgency = "agency"
)

// The templates that tell of a handover, or speak to the one who takes it.
const (
	finalNotice = "final-notice"
	placement   = "placement"
	recall      = "recall"
)

// The templates of a payment plan, and the one that sets a new due date.
const (
	planAgreed       = "plan-agreed"
	instalmentDue    = "instalment-due"
	instalmentMissed = "instalment-missed"
	formalNotice     = "formal-notice"
)

// thankYou is the template for who had paid already when a message went out.
const thankYou = "thank-you"

// orderPrefix begins the names of the templates for unpaid orders.
const orderPrefix = "order-"

// toPartner says that the letter goes to the lawyer or the agency, not to the debtor.
func (l Letter) toPartner() bool { return l.Template == placement || l.Template == recall }

// partner is the lawyer or agency the route names.
func (l Letter) partner() invoice.Partner {
	switch l.Route {
	case routeLawyer:
		return l.Creditor.Lawyer
	case routeAgency:
		return l.Creditor.Agency
	}
	return invoice.Partner{}
}

// check refuses a letter that would go out with a hole in it.
func (l Letter) check() error {
	switch c := l.Creditor; {
	case len(l.Lines) == 0:
		return invoice.Invalid("lines", "a letter covers at least one invoice")
	case blank(c.Name):
		return invoice.Invalid("creditor.name", "is missing").WithHint("every message says who sends it")
	case blank(c.Person):
		return invoice.Invalid("creditor.person", "is missing").WithHint("every message is signed by a person")
	case blank(c.ReplyTo):
		return invoice.Invalid("creditor.reply_to", "is missing").WithHint("every message can be answered")
	case blank(l.Debtor.Name):
		return invoice.Invalid("debtor.name", "is missing")
	}
	for _, line := range l.Lines {
		if err := line.check(); err != nil {
			return err
		}
		if d := line.Disputed; d.Minor != 0 && !l.toPartner() && (d.Currency != line.Balance.Currency || d.Minor < 0 || d.Minor >= line.Balance.Minor) {
			return invoice.Invalid("lines.disputed", "%s of %s is not a part of the balance %s", d, line.Number, line.Balance).
				WithHint("nothing is asked for while all of it is in dispute")
		}
	}
	if !l.fits(l.Template) {
		return invoice.Invalid("template", "%s does not fit %s", l.Template, l.Lines[0].Number).
			WithHint("templates that begin with %q are for orders, the others for invoices", orderPrefix)
	}
	switch l.Template {
	case finalNotice, placement, recall:
		return l.checkRoute()
	case planAgreed, instalmentDue, instalmentMissed:
		return l.checkPlan()
	case thankYou:
		return l.checkCrossed()
	case formalNotice:
		if l.payBy().IsZero() {
			return invoice.Invalid("pay_by", "is missing").WithHint("a %s names the new due date", l.Template)
		}
	}
	return nil
}

// checkCrossed holds a thank-you to what it is about.
func (l Letter) checkCrossed() error {
	if l.PaidOn.IsZero() || l.MessageOn.IsZero() {
		return invoice.Invalid("paid_on", "is missing").WithHint("a %s names the days of the payment and of the message that crossed with it", l.Template)
	}
	return nil
}

// checkPlan holds a letter about a payment plan to the plan: all instalments, and which one it is about.
func (l Letter) checkPlan() error {
	if len(l.Instalments) == 0 {
		return invoice.Invalid("instalments", "are missing").WithHint("a letter about a payment plan shows it")
	}
	for _, in := range l.Instalments {
		if _, ok := in.Amount.Currency.Decimals(); !ok || in.DueOn.IsZero() || in.Open.Currency != in.Amount.Currency {
			return invoice.Invalid("instalments", "instalment %d needs a day and an amount in one known currency", in.N)
		}
	}
	if l.Template != planAgreed && current(l, "").No == 0 {
		return invoice.Invalid("instalment", "%d is not in the plan", l.Instalment)
	}
	return nil
}

// checkRoute holds a handover to what was decided: a named partner, and a day.
func (l Letter) checkRoute() error {
	switch {
	case l.Route != routeLawyer && l.Route != routeAgency:
		return invoice.Invalid("route", "%q is not a route for a %s", l.Route, l.Template).WithHint("it names what was decided: lawyer or agency")
	case blank(l.partner().Name):
		return invoice.Invalid("creditor."+l.Route+".name", "is missing").WithHint("a %s names who takes over", l.Template)
	case l.toPartner() && blank(l.partner().Email):
		return invoice.Invalid("creditor."+l.Route+".email", "is missing").WithHint("a %s goes to that address", l.Template)
	case l.Template == finalNotice && l.PlaceOn.IsZero():
		return invoice.Invalid("place_on", "is missing").WithHint("a final notice names the day of the handover")
	}
	return nil
}

func (n Line) check() error {
	switch {
	case blank(n.Number):
		return invoice.Invalid("lines.number", "is missing")
	case blank(n.Ref):
		return invoice.Invalid("lines.ref", "of %s is missing", n.Number).WithHint("every message prints a short reference per invoice")
	case n.DueOn.IsZero() && n.ExpiresAt.IsZero():
		return invoice.Invalid("lines.due_on", "of %s is missing", n.Number)
	}
	if _, ok := n.Balance.Currency.Decimals(); !ok {
		return invoice.Invalid("lines.balance", "of %s has no known currency: %q", n.Number, n.Balance.Currency)
	}
	if n.PayURL == "" {
		return nil
	}
	u, err := url.Parse(n.PayURL)
	if err != nil || u.Scheme != "https" || u.Host == "" || oneLine(n.PayURL, len(n.PayURL)) != n.PayURL || strings.ContainsFunc(n.PayURL, unicode.IsSpace) {
		return invoice.Invalid("lines.pay_url", "%q of %s is not an https link", n.PayURL, n.Number)
	}
	return nil
}

// blank says that nothing of a text would be seen.
func blank(s string) bool { return oneLine(s, maxText) == "" }

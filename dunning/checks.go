package dunning

import (
	"fmt"
	"time"

	"dunlin/invoice"
)

// CheckPromise says whether the policy takes a promise to pay by a day: soon enough, and not one too
// many. sofar counts the promises that the invoice has had. The error names the field.
func (p *Policy) CheckPromise(c Case, by invoice.Date, sofar int, now time.Time) error {
	if by.IsZero() {
		return invoice.Invalid("by", "is missing").WithHint("write the promised day, YYYY-MM-DD")
	}
	z := lenient(&c)
	today := invoice.DateOf(now.In(z.loc))
	if by.Before(today) {
		return invoice.Invalid("by", "%s has passed", by).WithHint("a promise is about a day from %s on", today)
	}
	if longest := p.Promise.Longest; !longest.IsZero() {
		last, err := lastDay(longest, today, z)
		if err == nil && last.Before(by) {
			return invoice.Invalid("by", "%s is more than %s away", by, longest.Words()).
				WithHint("policy %s takes promises until %s; for a longer time agree on a payment plan", p.Name, last)
		}
	}
	if most := p.Promise.Most; most > 0 && sofar >= most {
		return invoice.WrongState("%d promises are on file, and policy %s takes no more than %d", sofar, p.Name, most).
			WithHint("agree on a payment plan, or let the reminders go on")
	}
	return nil
}

// CheckPlan says whether the policy takes a payment plan over the given balance: instalments by date,
// from today on, not too many, not too far, and together exactly the balance. The error names the field.
func (p *Policy) CheckPlan(c Case, balance invoice.Money, instalments []invoice.Instalment, now time.Time) error {
	z := lenient(&c)
	if len(instalments) == 0 {
		return invoice.Invalid("instalments", "are missing").WithHint("write each with its day and amount")
	}
	if most := p.Plans.mostInstalments(); len(instalments) > most {
		return invoice.Invalid("instalments", "%d are too many", len(instalments)).WithHint("policy %s takes at most %d", p.Name, most)
	}
	today := invoice.DateOf(now.In(z.loc))
	last, err := lastDay(p.Plans.longest(), today, z)
	if err != nil {
		return invoice.Invalid("instalments", "%v", err)
	}
	sum := invoice.NewMoney(0, balance.Currency)
	earliest := today
	for i, in := range instalments {
		field := fmt.Sprintf("instalments[%d]", i)
		if err := p.checkInstalment(field, in, earliest, last, z); err != nil {
			return err
		}
		if in.Amount.Currency != balance.Currency {
			return invoice.Invalid(field+".amount", "%s is not in %s", in.Amount, balance.Currency).WithHint("use the invoice's currency")
		}
		if sum, err = sum.Add(in.Amount); err != nil {
			return invoice.Invalid(field+".amount", "the sum is too large")
		}
		earliest = in.DueOn.AddDays(1)
	}
	if sum != balance {
		return invoice.Invalid("instalments", "sum to %s, and %s is open", sum, balance).WithHint("the instalments together are the open balance")
	}
	return nil
}

func (p *Policy) checkInstalment(field string, in invoice.Instalment, earliest, last invoice.Date, z zone) error {
	switch {
	case in.DueOn.IsZero():
		return invoice.Invalid(field+".due_on", "is missing").WithHint("write a day, YYYY-MM-DD")
	case in.DueOn.Before(earliest):
		return invoice.Invalid(field+".due_on", "%s is too early", in.DueOn).WithHint("instalments stand by date, each after the one before, from today on")
	case last.Before(in.DueOn):
		return invoice.Invalid(field+".due_on", "%s is more than %s away", in.DueOn, p.Plans.longest().Words()).WithHint("policy %s takes instalments until %s", p.Name, last)
	case !in.Amount.Positive():
		return invoice.Invalid(field+".amount", "%s is not above zero", in.Amount)
	}
	pl := &planner{p: p, z: z}
	if _, err := pl.judgedAt(&Instalment{DueOn: in.DueOn}); err != nil {
		return invoice.Invalid(field+".due_on", "%s: %v", in.DueOn, calendarWords(err)).WithHint("choose a nearer day")
	}
	return nil
}

// lastDay returns the last day that is not more than a span away from today.
func lastDay(span Span, today invoice.Date, z zone) (invoice.Date, error) {
	at, err := span.atLeast(today.At(12, 0, z.loc), z)
	return invoice.DateOf(at.In(z.loc)), err
}

// DisputeReview returns until when somebody should have answered a dispute that begins now.
func (p *Policy) DisputeReview(c Case, now time.Time) time.Time {
	return p.deadline(c, p.Disputes.Review.or(Span{10, BusinessDays}), now)
}

package dunning

import (
	"time"

	"dunlin/invoice"
)

// lenient is a zone for dates that are no contact: where the debtor's data is missing it counts in UTC
// and closes only weekends, so that a promise can always be recorded.
func lenient(c *Case) zone {
	z := zoneOf(c)
	z.loc = z.in()
	if !isoCountry(c.Country) {
		z.days = &calendar{country: "AQ"} // no holidays, no offices
	}
	return z
}

// PromiseUntil returns when a promise to pay by a day ends: after the bank's grace, when reminders may
// go again. It fails for a missing day and for one whose business days nobody knows yet.
func (p *Policy) PromiseUntil(c Case, by invoice.Date) (time.Time, error) {
	if by.IsZero() {
		return time.Time{}, invoice.Invalid("by", "is missing").WithHint("write the promised day, YYYY-MM-DD")
	}
	z := lenient(&c)
	at, err := p.BankGrace.atLeast(by.At(0, p.Windows.Reminder.From, z.loc), z)
	if err != nil {
		return time.Time{}, invoice.Invalid("by", "%s: %v", by, err).WithHint("choose a nearer day")
	}
	return at.UTC(), nil
}

// PlaceOn returns the day that a final notice sent now has to name: the claim is not handed over before.
// It is the zero Date when the calendar is not known that far.
func (p *Policy) PlaceOn(c Case, noticeSent time.Time) invoice.Date {
	pl := &planner{p: p, c: &c, z: lenient(&c)}
	d, err := pl.placeOn(noticeSent)
	if err != nil {
		return invoice.Date{}
	}
	return d
}

// PayBy returns the day by which a message of the step sent now asks for the money: the new due date when
// the step gives one, the instalment's day, the due date while it is to come, the day before the handoff
// in a final notice, the day of expiry for an order, otherwise the business day on which the next step
// would come.
func (p *Policy) PayBy(c Case, step string, now time.Time) invoice.Date {
	pl := &planner{p: p, c: &c, z: lenient(&c)}
	z := pl.z
	today := invoice.DateOf(now.In(z.loc))
	i := p.index(step)
	switch {
	case !c.ExpiresAt.IsZero():
		return invoice.DateOf(c.ExpiresAt.In(z.loc))
	case i < 0:
		return pl.instalmentDay(step, today)
	case !p.Steps[i].NewDue.IsZero():
		if d, err := pl.newDueOn(&p.Steps[i], now); err == nil {
			return d
		}
		return today.AddDays(p.Steps[i].NewDue.N)
	case !c.DueOn.Before(today):
		return c.DueOn
	case i == p.noticeOf(&c):
		d, err := z.days.before(p.PlaceOn(c, now))
		if err != nil || !today.Before(d) {
			return p.PlaceOn(c, now)
		}
		return d
	}
	days := 7
	for next := i + 1; next < len(p.Steps); next++ {
		if n, ok := p.between(i, next); ok && n > 0 && p.Steps[next].contacts() {
			days = n
			break
		}
	}
	d, err := z.days.add(today.AddDays(days), 0)
	if err != nil {
		return today.AddDays(days)
	}
	return d
}

// instalmentDay returns until when a message of the payment plan asks for the money: the instalment's
// day, and today once that has passed.
func (pl *planner) instalmentDay(step string, today invoice.Date) invoice.Date {
	plan := pl.c.PayPlan
	if plan == nil {
		return pl.c.DueOn
	}
	for _, in := range plan.Instalments {
		named := step == planStepID(plan.N, planDue, in.N) || step == planStepID(plan.N, planMissed, in.N)
		if named || step == planStepID(plan.N, planAgreed, 0) && in.Open.Positive() {
			if in.DueOn.Before(today) {
				return today
			}
			return in.DueOn
		}
	}
	return pl.c.DueOn
}

// AcknowledgeBy returns until when the lawyer or agency should have acknowledged a placement made now.
func (p *Policy) AcknowledgeBy(c Case, now time.Time) time.Time {
	span := p.AcknowledgeWithin
	if span.IsZero() {
		span = Span{5, BusinessDays}
	}
	return p.deadline(c, span, now)
}

// TaskDue returns until when a phone task opened now should be done, by the step's SLA.
func (p *Policy) TaskDue(c Case, step string, now time.Time) time.Time {
	s, _ := p.Step(step)
	span := s.SLA
	if span.IsZero() {
		span = Span{2, BusinessDays}
	}
	return p.deadline(c, span, now)
}

// deadline counts days to the end of the office day, hours and minutes as they are.
func (p *Policy) deadline(c Case, span Span, now time.Time) time.Time {
	z := lenient(&c)
	at, err := span.atLeast(now, z)
	if err != nil {
		at = now.Add(time.Duration(span.N) * 24 * time.Hour)
	}
	if span.Unit == Days || span.Unit == BusinessDays {
		at = invoice.DateOf(at.In(z.loc)).At(0, p.Windows.Reminder.To, z.loc)
	}
	return at.UTC()
}

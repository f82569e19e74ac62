package dunning

import (
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

// What a policy that says nothing about payment plans means.
const (
	defaultInstalments = 12
	defaultBreakAfter  = 1
)

var (
	defaultPlanLength = Span{365, Days}
	defaultRemind     = Span{3, Days}
)

func (r PlanRules) mostInstalments() int {
	if r.MostInstalments == 0 {
		return defaultInstalments
	}
	return r.MostInstalments
}

func (r PlanRules) breakAfter() int {
	if r.BreakAfter == 0 {
		return defaultBreakAfter
	}
	return r.BreakAfter
}

func (r PlanRules) longest() Span { return r.Longest.or(defaultPlanLength) }

func (r PlanRules) remind() Span { return r.Remind.or(defaultRemind) }

// or returns the span, or another when it is no time at all.
func (s Span) or(other Span) Span {
	if s.IsZero() {
		return other
	}
	return s
}

// Cover returns the instalments with what the money leaves of each that came in since the plan was
// agreed, in minor units, the earliest instalment first.
func Cover(instalments []Instalment, receivedSince int64) []Instalment {
	all := make([]Instalment, len(instalments))
	left := max(0, receivedSince)
	for i, in := range instalments {
		part := min(left, in.Amount.Minor)
		left -= part
		in.Open = invoice.NewMoney(in.Amount.Minor-part, in.Amount.Currency)
		all[i] = in
	}
	return all
}

// JudgePlan says how many instalments of the case's plan have been missed at now, each a business day's
// grace of the bank after its day, and whether the plan is broken by that or kept because all of it is
// paid. Without a plan it is neither.
func (p *Policy) JudgePlan(c Case, now time.Time) (missed int, broken, kept bool) {
	if c.PayPlan == nil {
		return 0, false, false
	}
	pl := &planner{p: p, c: &c, z: lenient(&c)}
	kept = true
	for i := range c.PayPlan.Instalments {
		in := &c.PayPlan.Instalments[i]
		if !in.Open.Positive() {
			continue
		}
		kept = false
		if at, err := pl.judgedAt(in); err == nil && !at.After(now) {
			missed++
		}
	}
	return missed, missed >= p.Plans.breakAfter(), kept
}

// judgedAt returns when an instalment counts as missed: at the opening of its day plus the bank's grace.
func (pl *planner) judgedAt(in *Instalment) (time.Time, error) {
	return pl.p.BankGrace.atLeast(in.DueOn.At(0, pl.p.Windows.Reminder.From, pl.z.loc), pl.z)
}

// The steps of a payment plan stand in no file. Their ids are plan-<n>-agreed, plan-<n>-due-<k> and
// plan-<n>-missed-<k>, both numbers from 1.
const (
	planAgreed = "agreed"
	planDue    = "due"
	planMissed = "missed"
)

// planStepID returns the id of a plan's step; k is 0 for the agreement.
func planStepID(n int, what string, k int) string {
	id := "plan-" + strconv.Itoa(n) + "-" + what
	if what == planAgreed {
		return id
	}
	return id + "-" + strconv.Itoa(k)
}

// planStep resolves an id of a payment plan's step.
func (p *Policy) planStep(id string) (Step, bool) {
	parts := strings.Split(id, "-")
	if len(parts) < 3 || len(parts) > 4 || parts[0] != "plan" || !counts(parts[1]) {
		return Step{}, false
	}
	s := Step{ID: id, Class: Service, Acts: []Act{Email}, MinGap: p.Windows.Service.Gap, Late: Late{Rule: LateSend}}
	switch what := parts[2]; {
	case what == planAgreed && len(parts) == 3:
		s.Title, s.Letter, s.Template = "payment plan", "P0", "plan-agreed"
		return s, true
	case len(parts) != 4 || !counts(parts[3]):
		return Step{}, false
	case what == planDue:
		s.Title, s.Letter, s.Template, s.Fallback = "reminder of instalment "+parts[3], "P"+parts[3], "instalment-due", SMS
		return s, true
	case what == planMissed:
		s.Class, s.MinGap = Reminder, p.Windows.Reminder.Gap
		s.Title, s.Letter, s.Template, s.Fallback = "note of the missed instalment "+parts[3], "Q"+parts[3], "instalment-missed", SMS
		return s, true
	}
	return Step{}, false
}

// counts says whether a part of an id is a number from 1, written in one way only.
func counts(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n > 0 && n <= maxCount && strconv.Itoa(n) == s
}

package dunning

import (
	"fmt"
	"strconv"
	"strings"
)

// compared is one value of a policy or a step that two policies are compared by, in words.
type compared[T any] struct {
	path  string
	label string
	of    func(*T) string
}

var policyFields = []compared[Policy]{
	{"kind", "kind", func(p *Policy) string { return string(p.Kind) }},
	{"description", "description", func(p *Policy) string { return p.Description }},
	{"merge_window", "merge window", func(p *Policy) string { return spanWords(p.MergeWindow) }},
	{"promise.bank_grace", "the bank's grace after a promise", func(p *Policy) string { return spanWords(p.BankGrace) }},
	{"promise.longest", "the longest promise", func(p *Policy) string { return spanWords(p.Promise.Longest) }},
	{"promise.most", "promises per invoice", func(p *Policy) string { return countWords(p.Promise.Most) }},
	{"acknowledge_within", "acknowledgement of a placement within", func(p *Policy) string { return spanWords(p.AcknowledgeWithin) }},
	{"windows.service", "window of service messages", func(p *Policy) string { return p.Windows.Service.words() }},
	{"windows.reminder", "window of reminders", func(p *Policy) string { return p.Windows.Reminder.words() }},
	{"windows.formal", "window of formal messages", func(p *Policy) string { return p.Windows.Formal.words() }},
	{"caps.contacts", "cap of contacts", func(p *Policy) string { return Cap{p.Caps.Contacts, p.Caps.Days}.words() }},
	{"caps.per_channel", "cap per channel", func(p *Policy) string { return p.Caps.Channel.words() }},
	{"caps.per_address", "cap per address", func(p *Policy) string { return p.Caps.Address.words() }},
	{"caps.calls", "cap of calls", func(p *Policy) string { return p.Caps.Calls.words() }},
	{"minimum.age", "minimum age", func(p *Policy) string { return spanWords(p.Minimum.Age) }},
	{"minimum.amount", "minimum amount", func(p *Policy) string { return amountsWords(p.Minimum.Amount) }},
	{"payment_plan.most_instalments", "instalments at most", func(p *Policy) string { return countWords(p.Plans.MostInstalments) }},
	{"payment_plan.longest", "the longest payment plan", func(p *Policy) string { return spanWords(p.Plans.Longest) }},
	{"payment_plan.remind", "reminder before an instalment", func(p *Policy) string { return spanWords(p.Plans.Remind) }},
	{"payment_plan.break_after", "missed instalments that break a plan", func(p *Policy) string { return countWords(p.Plans.BreakAfter) }},
	{"payment_plan.broken", "a broken payment plan", func(p *Policy) string { return string(p.Plans.Broken) }},
	{"dispute.review", "answer to a dispute within", func(p *Policy) string { return spanWords(p.Disputes.Review) }},
	{"stale_feed.after", "bank statements too old after", func(p *Policy) string { return spanWords(p.Feed.After) }},
	{"stale_feed.reminders", "reminders while bank statements are too old", func(p *Policy) string { return string(p.Feed.Reminders) }},
	{"crossed.thank", "thank-you when a payment crossed with a message", func(p *Policy) string { return fallbackWords(p.Crossed.Thank) }},
	{"expiry.bank_lag", "the bank's lag at expiry", func(p *Policy) string { return spanWords(p.Expiry.BankLag) }},
	{"holdout", "left alone for comparison", func(p *Policy) string { return p.Holdout.words() }},
	{"decide.small_balance", "written off up to", func(p *Policy) string { return amountsWords(p.Rules.SmallBalance) }},
	{"decide.lawyer_from", "to the lawyer from", func(p *Policy) string { return amountsWords(p.Rules.LawyerFrom) }},
	{"decide.approval_above", "approved by a second person above", func(p *Policy) string { return amountsWords(p.Rules.ApprovalAbove) }},
}

var stepFields = []compared[Step]{
	{"at", "when", func(s *Step) string { return s.At.words() }},
	{"title", "title", func(s *Step) string { return s.Title }},
	{"letter", "letter", func(s *Step) string { return s.Letter }},
	{"class", "class", func(s *Step) string { return string(s.Class) }},
	{"acts", "how", func(s *Step) string { return actsWords(s.Acts) }},
	{"done", "done", func(s *Step) string { return string(s.Done) }},
	{"template", "words of template", func(s *Step) string { return s.Template }},
	{"variants", "variants", func(s *Step) string { return variantsWords(s.Variants) }},
	{"fallback", "fallback", func(s *Step) string { return fallbackWords(s.Fallback) }},
	{"late", "when late", func(s *Step) string { return s.Late.words() }},
	{"min_gap", "minimum gap", func(s *Step) string { return spanWords(s.MinGap) }},
	{"sla", "call within", func(s *Step) string { return spanWords(s.SLA) }},
	{"when", "only when", func(s *Step) string { return whenWords(s.When) }},
	{"look", "a person looks first", func(s *Step) string { return yesWords(s.Look) }},
	{"new_due", "new due date after", func(s *Step) string { return spanWords(s.NewDue) }},
}

func spanWords(s Span) string {
	if s.IsZero() {
		return ""
	}
	return s.Words()
}

func countWords(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func yesWords(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func fallbackWords(a Act) string {
	if a == "" {
		return ""
	}
	return a.words()
}

// words returns the window as a person reads it: "business days 09:00 to 18:00, gap 5 days".
func (w Window) words() string {
	days := "every day"
	if w.Business {
		days = "business days"
	}
	return fmt.Sprintf("%s %02d:%02d to %02d:%02d, gap %s", days, w.From/60, w.From%60, w.To/60, w.To%60, w.Gap.Words())
}

func (c Cap) words() string {
	if c.N == 0 {
		return ""
	}
	return fmt.Sprintf("%d in %s", c.N, Span{c.Days, Days}.Words())
}

func amountsWords(t Thresholds) string { return strings.Join(t.words(), ", ") }

func (h Holdout) words() string {
	if h.Share == 0 {
		return ""
	}
	return fmt.Sprintf("%d %% of debtors for %s", h.Share, strings.Join(h.Steps, ", "))
}

func (l Late) words() string {
	text := string(l.Rule)
	if !l.After.IsZero() {
		text += " after " + l.After.Words()
	}
	return text
}

func variantsWords(all []Variant) string {
	texts := make([]string, len(all))
	for i, v := range all {
		texts[i] = fmt.Sprintf("%s %d %% (%s)", v.Name, v.Share, v.Template)
	}
	return strings.Join(texts, ", ")
}

func whenWords(c Condition) string {
	if c.IsZero() {
		return ""
	}
	return c.Words()
}

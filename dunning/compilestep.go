package dunning

import (
	"regexp"
	"slices"

	"dunlin/invoice"
)

// ownSteps are the ids that the engine gives to steps of its own, such as plan-1-due-2.
var ownSteps = regexp.MustCompile(`^plan-[0-9]+-`)

// steps reads the ladder: each step by itself, then whether each can follow the ones before.
func (r *reader) steps(v *value, p *Policy) {
	ids, letters := map[string]int{}, map[string]int{}
	for i, one := range v.items {
		s := r.oneStep(one, p)
		if n, used := ids[s.ID]; used && s.ID != "" {
			r.wrong(one.get("id"), "an id names one step in the case file for good", "step %d has the id %q already", n+1, s.ID)
		}
		if n, used := letters[s.Letter]; used && s.Letter != "" {
			r.wrong(one.get("letter"), "letters tell messages apart in the short reference", "step %d has the letter %q already", n+1, s.Letter)
		}
		ids[s.ID], letters[s.Letter] = i, i
		p.Steps = append(p.Steps, s)
	}
	planned := p.planned()
	for i := range p.Steps {
		if !v.items[i].bad {
			r.follows(v.items[i], i, p, planned)
		}
	}
}

func (r *reader) oneStep(v *value, p *Policy) Step {
	s := Step{
		ID: r.named(v.get("id")), Title: v.get("title").text, Letter: v.get("letter").text,
		Class: Class(v.get("class").text), Template: v.get("template").text, Fallback: Act(v.get("fallback").text),
		Look: v.get("look").yes,
	}
	if s.ID == HoldoutKey || ownSteps.MatchString(s.ID) {
		r.wrong(v.get("id"), "choose another", "%q is an id that the engine uses itself", s.ID)
	}
	if s.Title == "" {
		s.Title = title(s.ID)
	}
	if s.Letter != "" && (len(s.Letter) != 1 || s.Letter[0] < 'A' || s.Letter[0] > 'Z') {
		r.wrong(v.get("letter"), "one capital from A to Z", "%q is not a letter", s.Letter)
	}
	if at := v.get("at"); !at.bad {
		var err error
		if s.At, err = ParseOffset(at.text); err != nil {
			r.refused(at, err)
		}
	}
	r.acts(v, &s)
	r.offsetFits(v.get("at"), s, p.Kind)
	r.messages(v, &s)
	r.late(v.get("late"), &s)
	r.special(v, &s, p)
	if s.contacts() {
		s.MinGap = p.Windows.Of(s.Class).Gap
	}
	r.span(v.get("min_gap"), &s.MinGap)
	sla := v.get("sla")
	r.span(sla, &s.SLA)
	if sla.written && len(s.Acts) > 0 && !v.get("fallback").bad && !s.Has(PhoneTask) && s.Fallback != PhoneTask {
		r.wrong(sla, "only a phone task has one", "the step opens no phone task")
	}
	return s
}

// acts reads what a step does: messages and calls together, or one other act.
func (r *reader) acts(v *value, s *Step) {
	acts := v.get("acts")
	for _, one := range acts.items {
		switch a := Act(one.text); {
		case one.bad:
		case s.Has(a):
			r.wrong(one, "name it once", "%q stands there twice", one.text)
		default:
			s.Acts = append(s.Acts, a)
		}
	}
	if len(s.Acts) > 1 && slices.ContainsFunc(s.Acts, func(a Act) bool { return !a.Contacts() }) {
		r.wrong(acts, "only email, sms and phone_task go together; give the other act a step of its own", "these acts cannot share a step")
	}
	slices.SortFunc(s.Acts, func(a, b Act) int { return a.rank() - b.rank() })
	done := v.get("done")
	if done.written && !acts.bad && len(acts.items) < 2 {
		r.wrong(done, "drop it, or name several acts", "the step has one act: it is done when that is")
	}
	if done.text == string(DoneAny) {
		s.Done = DoneAny // all is what an empty rule means
	}
}

func (r *reader) offsetFits(v *value, s Step, kind invoice.Kind) {
	switch o := s.At; {
	case o.Anchor == "":
	case kind == invoice.KindOrder && o.Anchor == AtDue:
		r.wrong(v, "count from issue or to expiry", "an order has no due date")
	case kind == invoice.KindInvoice && (o.Anchor == AtExpiry || o.Unit == Percent):
		r.wrong(v, "count from issue or due", "an invoice does not expire")
	case o.Anchor == AtDue && o.Unit != Days && o.Unit != BusinessDays:
		r.wrong(v, "write days or business days, e.g. due+7d", "a due date is a day and has no %s", Span{2, o.Unit}.Words()[2:])
	case o.Anchor == AtIssue && o.N < 0:
		r.wrong(v, "write issue+0d or later", "nothing can come before the issue")
	case o.Anchor == AtExpiry && o.N > 0:
		r.wrong(v, "write expiry+0h or earlier", "nothing comes after the expiry")
	case s.Has(Expire) && (o.Anchor != AtExpiry || o.N != 0):
		r.wrong(v, "write at: expiry+0h", "an order expires at its expiry")
	}
}

func (r *reader) late(v *value, s *Step) {
	rule := v.get("rule")
	s.Late.Rule = LateRule(rule.text)
	switch s.Late.Rule {
	case LateSkip, LateMerge:
		if !s.contacts() || (s.Late.Rule == LateMerge && !s.sends()) {
			r.wrong(rule, "write send, or drop it", "a step that is no message cannot be skipped or merged when it is late")
		}
	default:
		s.Late.Rule = LateSend
	}
	r.span(v.get("after"), &s.Late.After)
}

// special reads what only some steps can have: conditions, a person's look, a due date moved by law.
func (r *reader) special(v *value, s *Step, p *Policy) {
	when, look, due := v.get("when"), v.get("look"), v.get("new_due")
	if when.written {
		s.When = r.condition(when)
	}
	r.longer(due, &s.NewDue, Days)
	if len(s.Acts) == 0 {
		return // what has no act has been complained about
	}
	switch {
	case !when.written || when.bad:
	case !s.contacts():
		r.wrong(when, "drop it: only messages and calls have conditions", "the step does not depend on a condition")
	case len(when.fields) == 0:
		r.wrong(when, "name a test, or drop the key", "tests nothing")
	case len(s.When.Kinds) > 0 && !slices.Contains(s.When.Kinds, p.Kind):
		r.wrong(when.get("kind"), "drop it", "a policy for kind: %s meets no other kind", p.Kind)
	}
	if s.Look && !s.sends() {
		r.wrong(look, "drop it: a person looks at messages", "the step sends no message")
	}
	switch {
	case !due.written:
	case !s.sends() || s.Class != Formal:
		r.wrong(due, "only a formal message moves the due date", "the step is no formal message")
	case p.Kind == invoice.KindOrder:
		r.wrong(due, "drop it", "an order has no due date")
	}
}

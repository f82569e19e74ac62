package dunning

import (
	"fmt"
	"slices"

	"dunlin/invoice"
)

// steps reads the ladder: each step by itself, then whether each can follow the ones before.
func (r *reader) steps(raw []rawStep, p *Policy) {
	if len(raw) == 0 {
		r.wrong("steps", "a policy has at least one step", "there are no steps")
	}
	if len(raw) > 26 {
		r.wrong("steps[26]", "a ladder has at most 26 steps", "%d steps are too many", len(raw))
		return
	}
	ids, letters := map[string]int{}, map[string]int{}
	for i := range raw {
		s := r.oneStep(fmt.Sprintf("steps[%d]", i), raw[i], p)
		if n, used := ids[s.ID]; used && s.ID != "" {
			r.wrong(fmt.Sprintf("steps[%d].id", i), "an id names one step in the case file for good", "step %d has the id %q already", n+1, s.ID)
		}
		if n, used := letters[s.Letter]; used && s.Letter != "" {
			r.wrong(fmt.Sprintf("steps[%d].letter", i), "letters tell messages apart in the short reference", "step %d has the letter %q already", n+1, s.Letter)
		}
		ids[s.ID], letters[s.Letter] = i, i
		p.Steps = append(p.Steps, s)
	}
	for i := range p.Steps {
		r.follows(fmt.Sprintf("steps[%d]", i), i, p)
	}
}

func (r *reader) oneStep(path string, raw rawStep, p *Policy) Step {
	s := Step{ID: raw.ID, Title: raw.Title, Letter: raw.Letter, Class: Class(raw.Class), Template: raw.Template, Fallback: Act(raw.Fallback)}
	if !policyID.MatchString(s.ID) {
		r.wrong(path+".id", "lower-case letters, digits and hyphens", "%q is not an id", s.ID)
	}
	if s.Title == "" {
		s.Title = title(s.ID)
	}
	if s.Letter != "" && (len(s.Letter) != 1 || s.Letter[0] < 'A' || s.Letter[0] > 'Z') {
		r.wrong(path+".letter", "one capital from A to Z", "%q is not a letter", s.Letter)
	}
	if s.Class != Service && s.Class != Reminder && s.Class != Formal {
		r.wrong(path+".class", "write service, reminder or formal", "%q is not a class", raw.Class)
	}
	at, err := ParseOffset(raw.At)
	if err != nil {
		r.refused(path+".at", err)
	}
	s.At = at
	r.acts(path, raw.Acts, &s)
	r.offsetFits(path+".at", s, p.Kind)
	r.messages(path, &s)
	r.late(path, raw.Late, &s)
	if s.contacts() {
		s.MinGap = p.Windows.Of(s.Class).Gap
	}
	r.span(path+".min_gap", raw.MinGap, &s.MinGap)
	r.span(path+".sla", raw.SLA, &s.SLA)
	if raw.SLA != "" && !s.Has(PhoneTask) && s.Fallback != PhoneTask {
		r.wrong(path+".sla", "only a phone task has one", "the step opens no phone task")
	}
	return s
}

// acts reads what a step does: one or both messages, or one other act.
func (r *reader) acts(path string, raw []string, s *Step) {
	if len(raw) == 0 {
		r.wrong(path+".acts", "e.g. acts: [email]", "the step does nothing")
	}
	for i, text := range raw {
		a := Act(text)
		at := fmt.Sprintf("%s.acts[%d]", path, i)
		switch a {
		case Email, SMS, PhoneTask, Decide, Place, Expire:
		default:
			r.wrong(at, "the acts are email, sms, phone_task, decide, place and expire", "%q is not an act", text)
			continue
		}
		if s.Has(a) {
			r.wrong(at, "name it once", "%q stands there twice", text)
			continue
		}
		s.Acts = append(s.Acts, a)
	}
	if len(s.Acts) > 1 && (!s.sends() || slices.ContainsFunc(s.Acts, func(a Act) bool { return a != Email && a != SMS })) {
		r.wrong(path+".acts", "only email and sms go together; give the other act a step of its own", "these acts cannot share a step")
	}
	slices.SortFunc(s.Acts, func(a, b Act) int { return a.rank() - b.rank() })
}

func (r *reader) offsetFits(path string, s Step, kind invoice.Kind) {
	o := s.At
	switch {
	case o.Anchor == "":
	case kind == invoice.KindOrder && o.Anchor == AtDue:
		r.wrong(path, "count from issue or to expiry", "an order has no due date")
	case kind == invoice.KindInvoice && (o.Anchor == AtExpiry || o.Unit == Percent):
		r.wrong(path, "count from issue or due", "an invoice does not expire")
	case o.Anchor == AtDue && o.Unit != Days && o.Unit != BusinessDays:
		r.wrong(path, "write days or business days, e.g. due+7d", "a due date is a day and has no %s", Span{2, o.Unit}.Words()[2:])
	case o.Anchor == AtIssue && o.N < 0:
		r.wrong(path, "write issue+0d or later", "nothing can come before the issue")
	case o.Anchor == AtExpiry && o.N > 0:
		r.wrong(path, "write expiry+0h or earlier", "nothing comes after the expiry")
	case s.Has(Expire) && (o.Anchor != AtExpiry || o.N != 0):
		r.wrong(path, "write at: expiry+0h", "an order expires at its expiry")
	}
}

// messages checks templates and fallbacks.
func (r *reader) messages(path string, s *Step) {
	if !s.sends() {
		if s.Template != "" {
			r.wrong(path+".template", "drop it", "the step sends no message")
		}
		if s.Fallback != "" {
			r.wrong(path+".fallback", "drop it", "the step sends no message")
		}
		return
	}
	if s.Letter == "" {
		r.wrong(path+".letter", "messages print invoice number and letter, e.g. letter: D", "the step sends a message and has no letter")
	}
	if s.Template == "" {
		r.wrong(path+".template", "name the template of the message, e.g. template: reminder-1", "the step sends a message and has no template")
		return
	}
	acts := s.Acts
	switch {
	case s.Fallback == "":
	case s.Fallback != SMS && s.Fallback != PhoneTask:
		r.wrong(path+".fallback", "write sms or phone_task", "%q is no fallback", s.Fallback)
	case s.Has(s.Fallback):
		r.wrong(path+".fallback", "choose another act", "the step does %q anyway", s.Fallback)
	case s.Fallback == SMS:
		acts = append(slices.Clone(acts), SMS)
	}
	for _, a := range acts {
		if r.templates != nil && (a == Email || a == SMS) && !r.templates.Has(s.Template, a) {
			r.wrong(path+".template", "choose a template that exists, or add it to the language folders", "there is no template %q for %s", s.Template, a.words())
		}
	}
}

func (r *reader) late(path string, raw rawLate, s *Step) {
	s.Late.Rule = LateRule(raw.Rule)
	switch s.Late.Rule {
	case "":
		s.Late.Rule = LateSend
	case LateSend:
	case LateSkip, LateMerge:
		if !s.contacts() || (s.Late.Rule == LateMerge && !s.sends()) {
			r.wrong(path+".late.rule", "write send, or drop it", "a step that is no message cannot be skipped or merged when it is late")
		}
	default:
		r.wrong(path+".late.rule", "write send, skip or merge", "%q is not a late rule", raw.Rule)
	}
	r.span(path+".late.after", raw.After, &s.Late.After)
}

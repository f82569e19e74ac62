package dunning

import "slices"

// messages checks templates, variants and fallbacks.
func (r *reader) messages(v *value, s *Step) {
	template, fallback, variants := v.get("template"), v.get("fallback"), v.get("variants")
	if len(s.Acts) == 0 {
		return // what has no act has been complained about
	}
	if !s.sends() {
		for _, one := range []*value{template, fallback, variants} {
			if one.written {
				r.wrong(one, "drop it", "the step sends no message")
			}
		}
		return
	}
	if s.Letter == "" {
		r.wrong(v.get("letter"), "messages print invoice number and letter, e.g. letter: D", "the step sends a message and has no letter")
	}
	acts := s.Acts
	switch {
	case fallback.bad || s.Fallback == "":
	case s.Has(s.Fallback):
		r.wrong(fallback, "choose another act", "the step does %q anyway", s.Fallback)
	case s.Fallback == SMS:
		acts = append(slices.Clone(acts), SMS)
	}
	r.variants(variants, s, acts)
	switch {
	case s.Template == "" && len(s.Variants) > 0:
		s.Template = s.Variants[0].Template // for cases that were never drawn
	case s.Template == "":
		r.wrong(template, "name the template of the message, e.g. template: reminder-1", "the step sends a message and has no template")
	default:
		r.exists(template, acts)
	}
}

// variants reads other words for shares of the debtors.
func (r *reader) variants(v *value, s *Step, acts []Act) {
	if !v.written || v.bad {
		return
	}
	sum, whole := 0, true
	for _, one := range v.items {
		x := Variant{Name: r.named(one.get("name")), Template: one.get("template").text, Share: one.get("share").n}
		if slices.ContainsFunc(s.Variants, func(y Variant) bool { return y.Name == x.Name }) {
			r.wrong(one.get("name"), "results are told apart by it", "another variant has the name %q already", x.Name)
		}
		r.exists(one.get("template"), acts)
		s.Variants = append(s.Variants, x)
		sum += x.Share
		whole = whole && !one.bad && !one.get("share").bad
	}
	if whole && sum != 100 {
		r.wrong(v, "each debtor gets exactly one of them", "the shares of the variants sum to %d, not to 100", sum)
	}
}

// exists checks that a template can be written for the acts that send it.
func (r *reader) exists(v *value, acts []Act) {
	for _, a := range acts {
		if r.templates != nil && !v.bad && (a == Email || a == SMS) && !r.templates.Has(v.text, a) {
			r.wrong(v, "choose a template that exists, or add it to the language folders", "there is no template %q for %s", v.text, a.words())
		}
	}
}

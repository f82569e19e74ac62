package main

import (
	"fmt"
	"strings"

	"dunlin/dunning"
)

// extra is a column of the ladder that is shown only where a policy uses it.
type extra struct {
	heading string
	cell    func(dunning.Step) string
}

var extras = []extra{
	{"FALLBACK", func(s dunning.Step) string { return plain(s.Fallback) }},
	{"DONE BY", func(s dunning.Step) string { return completion(s) }},
	{"LOOK FIRST", func(s dunning.Step) string { return yes(s.Look) }},
	{"NEW DUE DATE", func(s dunning.Step) string { return newDue(s) }},
	{"VARIANTS", func(s dunning.Step) string { return variantsOf(s) }},
	{"ONLY WHEN", func(s dunning.Step) string { return onlyWhen(s) }},
}

// ladder prints the steps of a policy.
func (a *app) ladder(p *dunning.Policy) {
	headings := []string{"STEP", "AT", "ACTS", "CLASS", "TEMPLATE", "WHEN LATE"}
	var used []extra
	for _, x := range extras {
		for _, s := range p.Steps {
			if x.cell(s) != "" {
				headings, used = append(headings, x.heading), append(used, x)
				break
			}
		}
	}
	t := newTable(headings...)
	for _, s := range p.Steps {
		var acts []string
		for _, act := range s.Acts {
			acts = append(acts, plain(act))
		}
		cells := []string{s.ID, fmt.Sprint(s.At), strings.Join(acts, " + "), string(s.Class), s.Template, string(s.Late.Rule)}
		for _, x := range used {
			cells = append(cells, x.cell(s))
		}
		t.add(cells...)
	}
	t.print(a.out, "  ")
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// completion says how a step of several acts is over.
func completion(s dunning.Step) string {
	if s.Done == dunning.DoneAny {
		return "any of them"
	}
	return ""
}

func newDue(s dunning.Step) string {
	if s.NewDue.IsZero() {
		return ""
	}
	return "after " + fmt.Sprint(s.NewDue)
}

// variantsOf lists the shares of a step's words: "50 % plain (reminder-1), 50 % short (reminder-1-short)".
func variantsOf(s dunning.Step) string {
	words := make([]string, len(s.Variants))
	for i, v := range s.Variants {
		words[i] = fmt.Sprintf("%d %% %s (%s)", v.Share, v.Name, v.Template)
	}
	return strings.Join(words, ", ")
}

func onlyWhen(s dunning.Step) string {
	if s.When.IsZero() {
		return ""
	}
	return s.When.Words()
}

package dunning

import (
	"slices"
	"strings"
)

// Change is one difference between two policies.
type Change struct {
	Path string `json:"path"` // e.g. "steps.reminder-1.at"
	Old  string `json:"old"`  // empty: it is new
	New  string `json:"new"`  // empty: it is gone
	Text string `json:"text"` // in words
}

// Diff says in words what next does otherwise than old: rules first, then the steps in their order. It is
// empty when both do the same, whatever they are called.
func Diff(old, next *Policy) []Change {
	var changes []Change
	for _, f := range policyFields {
		changes = appendChange(changes, f.path, f.label, f.of(old), f.of(next))
	}
	changes = append(changes, diffLadder(old, next)...)
	return changes
}

// appendChange notes a difference between two values.
func appendChange(changes []Change, path, label, was, is string) []Change {
	if was == is {
		return changes
	}
	text := label + ": " + is + " instead of " + was
	switch {
	case was == "":
		text = label + ": now " + is
	case is == "":
		text = label + ": no longer " + was
	}
	return append(changes, Change{Path: path, Old: was, New: is, Text: text})
}

// diffLadder compares the steps: removed ones, then the new ladder from its beginning.
func diffLadder(old, next *Policy) []Change {
	var changes []Change
	for i := range old.Steps {
		if s := &old.Steps[i]; next.index(s.ID) < 0 {
			changes = append(changes, Change{Path: "steps." + s.ID, Old: s.gist(), Text: "the " + s.Title + " is gone (" + s.gist() + ")"})
		}
	}
	moved := movedSteps(old, next)
	for i := range next.Steps {
		s := &next.Steps[i]
		n := old.index(s.ID)
		if n < 0 {
			changes = append(changes, Change{Path: "steps." + s.ID, New: s.gist(), Text: "new: the " + s.Title + ", " + next.place(i) + " (" + s.gist() + ")"})
			continue
		}
		if slices.Contains(moved, s.ID) {
			changes = append(changes, Change{Path: "steps." + s.ID, Old: old.place(n), New: next.place(i), Text: "the " + s.Title + " moved: " + next.place(i) + " instead of " + old.place(n)})
		}
		for _, f := range stepFields {
			changes = appendChange(changes, "steps."+s.ID+"."+f.path, "the "+s.Title+", "+f.label, f.of(&old.Steps[n]), f.of(s))
		}
	}
	return changes
}

// gist is a step in one line.
func (s *Step) gist() string {
	text := s.At.words() + ", " + actsWords(s.Acts)
	if s.Template != "" {
		text += ", template " + s.Template
	}
	return text
}

// place says where in the ladder a step stands.
func (p *Policy) place(i int) string {
	if i == 0 {
		return "first"
	}
	return "after the " + p.Steps[i-1].Title
}

// movedSteps returns the fewest steps whose order changed: those that are not in the longest run that
// both ladders have in the same order.
func movedSteps(old, next *Policy) []string {
	var common []string // in the new order
	for i := range next.Steps {
		if id := next.Steps[i].ID; old.index(id) >= 0 {
			common = append(common, id)
		}
	}
	var kept []string
	best := make([][]string, len(common)) // the longest run that ends at each
	for i, id := range common {
		for j := range i {
			if old.index(common[j]) < old.index(id) && len(best[j]) > len(best[i]) {
				best[i] = best[j]
			}
		}
		best[i] = append(slices.Clone(best[i]), id)
		if len(best[i]) > len(kept) {
			kept = best[i]
		}
	}
	return slices.DeleteFunc(common, func(id string) bool { return slices.Contains(kept, id) })
}

func actsWords(acts []Act) string {
	all := make([]string, len(acts))
	for i, a := range acts {
		all[i] = a.words()
	}
	return strings.Join(all, " and ")
}

// words returns the offset as a person reads it: "7 days after the due date".
func (o Offset) words() string {
	anchor := map[Anchor]string{AtIssue: "the issue", AtDue: "the due date", AtExpiry: "the expiry", "previous": "the step before"}[o.Anchor]
	switch {
	case o.Unit == Percent:
		return Span{N: o.N, Unit: Percent}.String() + " of the time to expiry"
	case o.N < 0:
		return Span{N: -o.N, Unit: o.Unit}.Words() + " before " + anchor
	case o.N > 0:
		return Span{N: o.N, Unit: o.Unit}.Words() + " after " + anchor
	}
	return "at " + anchor
}

package match

import (
	"cmp"
	"slices"
)

// maxSuggestions is how many sets a person is shown.
const maxSuggestions = 5

// suggest ranks what a person may choose: what the text names, what the amount says, sets that add up.
func (m *matcher) suggest(d *Decision) {
	amount := m.l.Amount.Minor
	propose := func(score int, all []Invoice, text string) {
		s := Suggestion{Score: score, Evidence: []Evidence{say(text)}}
		left := amount
		for _, i := range all {
			part := min(left, i.Balance)
			if part <= 0 {
				break
			}
			s.Applied = append(s.Applied, Applied{Invoice: i.ID, Amount: part})
			left -= part
		}
		if len(s.Applied) > 0 && !slices.ContainsFunc(d.Suggestions, func(x Suggestion) bool { return slices.Equal(x.Applied, s.Applied) }) {
			d.Suggestions = append(d.Suggestions, s)
		}
	}
	if open := m.named.open; len(open) > 0 {
		propose(700, open, "the text names "+numbers(open))
	}
	for _, i := range m.named.bare {
		if i.Balance == amount {
			propose(550, []Invoice{i}, "the text holds the digits of "+i.Number+", and the amount is what is open")
		}
	}
	for _, i := range m.k.Owed {
		if i.Balance == amount {
			propose(500, []Invoice{i}, "the amount is what is open of "+i.Number)
		}
	}
	if parts, unique := subset(balances(m.k.Owed), amount); parts != nil {
		set := make([]Invoice, 0, len(parts))
		for _, n := range parts {
			set = append(set, m.k.Owed[n])
		}
		score, text := 300, numbers(set)+" add up to the amount, and so do others"
		if unique {
			score, text = 450, numbers(set)+" add up to the amount"
		}
		propose(score, set, text)
	}
	if len(m.k.Owed) > 0 {
		propose(200, m.k.Owed, "the oldest open invoices first")
	}
	slices.SortStableFunc(d.Suggestions, func(a, b Suggestion) int { return cmp.Compare(b.Score, a.Score) })
	d.Suggestions = d.Suggestions[:min(len(d.Suggestions), maxSuggestions)]
}

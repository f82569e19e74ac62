package match

import (
	"slices"
	"strings"
)

// maxNeighbours bounds the look-ups of one line for numbers that are nearly in its text.
const maxNeighbours = 20 * maxKeys

// Neighbours are the keys one slip away from the numbers in a line: from those that it names in full, and from
// words that would be a number but for one letter or digit. The store looks them up where the payer is not
// known for sure. None are given where there would be too many: then nothing is certain.
func (g *Grammar) Neighbours(l *Line) []string {
	var all []string
	for _, t := range g.tokens(l) {
		if t.Whole || t.Length >= 5 {
			all = append(all, slips(t.Key)...)
		}
		if len(all) > maxNeighbours {
			return nil
		}
	}
	t := l.reading()
	if t.crowd {
		return nil
	}
	for _, f := range g.forms {
		if !f.telling() {
			continue
		}
		for _, w := range t.words {
			all = append(all, mended(f.key, w)...)
		}
		if len(all) > maxNeighbours {
			return nil
		}
	}
	return all
}

// fits says whether a word is a number of the creditor's in its form.
func (g *Grammar) fits(word string) bool {
	return slices.ContainsFunc(g.forms, func(f form) bool { return len(f.key) == len(word) && ascii(word) && meets(f.key, word) })
}

// Doubtful are the words of a line that are numbers in the creditor's form and nearly that of one of these open
// invoices, which the amount fits: the store looks up what stands on file around them.
func (g *Grammar) Doubtful(l *Line, all []Invoice) []string {
	var words []string
	for _, i := range all {
		key := Key(i.Number)
		for _, w := range l.reading().words {
			if w != key && i.Balance == l.Amount.Minor && resembles(w, key) && g.fits(w) {
				words = add(words, w)
			}
		}
	}
	return words
}

// telling says whether a word that is nearly of the form can be told from any other: it has letters and four
// digits, or many digits.
func (f *form) telling() bool {
	return ascii(f.key) && f.shape.digits() >= 4 && (!f.shape.digitsOnly() || len(f.key) >= 7)
}

// slips are the keys that differ in one digit, or in the order of two neighbours. Letters are left as they
// are: a wrong prefix finds nothing.
func slips(key string) []string {
	var all []string
	for i := range len(key) {
		c := key[i]
		if c < '0' || c > '9' {
			continue
		}
		for d := byte('0'); d <= '9'; d++ {
			if d != c {
				all = append(all, key[:i]+string(d)+key[i+1:])
			}
		}
		if i+1 < len(key) && key[i+1] != c && key[i+1] >= '0' && key[i+1] <= '9' {
			all = append(all, key[:i]+string(key[i+1])+string(c)+key[i+2:])
		}
	}
	return all
}

// mended are the keys of a pattern (letters as they are, 9 for any digit) that a word becomes by one edit: a
// character put right, added or taken away, or two neighbours in their right order. A word that is of the
// pattern needs none.
func mended(pattern, word string) []string {
	if !ascii(word) {
		return nil
	}
	switch len(word) - len(pattern) {
	case 0:
		return putRight(pattern, word)
	case -1:
		var all []string
		for i := range pattern {
			if meets(pattern[:i], word[:i]) && meets(pattern[i+1:], word[i:]) {
				all = append(all, filled(pattern[i], word[:i], word[i:])...)
			}
		}
		return all
	case 1:
		var all []string
		for i := range word {
			if (i == 0 || word[i] != word[i-1]) && meets(pattern[:i], word[:i]) && meets(pattern[i:], word[i+1:]) {
				all = append(all, word[:i]+word[i+1:])
			}
		}
		return all
	}
	return nil
}

func putRight(pattern, word string) []string {
	first, wrong := -1, 0
	for i := range pattern {
		if !meets(pattern[i:i+1], word[i:i+1]) {
			if wrong++; wrong == 1 {
				first = i
			}
		}
	}
	if wrong == 0 || wrong > 2 {
		return nil
	}
	if wrong == 1 {
		if to, ok := alike[rune(word[first])]; ok && pattern[first] == '9' {
			return []string{word[:first] + string(to) + word[first+1:]}
		}
		all := filled(pattern[first], word[:first], word[first+1:])
		for _, at := range []int{first - 1, first} { // or it changed places with its neighbour
			if s, ok := swapped(word, at); ok && meets(pattern, s) {
				all = append(all, s)
			}
		}
		return all
	}
	if s, ok := swapped(word, first); ok && meets(pattern, s) {
		return []string{s}
	}
	return nil
}

func swapped(word string, at int) (string, bool) {
	if at < 0 || at+1 >= len(word) {
		return "", false
	}
	return word[:at] + string(word[at+1]) + string(word[at]) + word[at+2:], true
}

// filled puts what a pattern wants between two parts of a word.
func filled(want byte, head, tail string) []string {
	if want != '9' {
		return []string{head + string(want) + tail}
	}
	all := make([]string, 0, 10)
	for d := byte('0'); d <= '9'; d++ {
		all = append(all, head+string(d)+tail)
	}
	return all
}

// meets says whether a word is of a pattern of the same length.
func meets(pattern, word string) bool {
	for i := range pattern {
		if digit := word[i] >= '0' && word[i] <= '9'; pattern[i] == '9' && !digit || pattern[i] != '9' && word[i] != pattern[i] {
			return false
		}
	}
	return true
}

// patternOf is how keys of a form look.
func patternOf(parts []part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.letters + strings.Repeat("9", p.digits))
	}
	return b.String()
}

package match

import (
	"slices"
	"strings"
)

// Keys are what the store looks up for a line, so that its cost does not depend on how many invoices are open.
type Keys struct {
	Numbers    []string // as Key writes whole numbers
	Digits     []string // digits of numbers without their letters
	References []string // structured references and RF numbers, as Key writes them
}

// maxKeys bounds the look-ups of one line: a text with more numbers names none.
const maxKeys = 60

// Keys finds everything in a line that may be the key of an invoice.
func (g *Grammar) Keys(l *Line) Keys {
	var k Keys
	for _, t := range g.tokens(l) {
		if t.Whole {
			k.Numbers = add(k.Numbers, t.Key)
		} else {
			k.Digits = add(k.Digits, t.Key)
		}
	}
	for _, r := range l.references() {
		k.References = add(k.References, r)
	}
	for _, text := range append([]string{l.EndToEnd}, documentNumbers(l)...) {
		if key := Key(text); key != "" && len(key) <= 60 {
			k.Numbers = add(k.Numbers, key)
		}
	}
	return k
}

func documentNumbers(l *Line) []string {
	all := make([]string, 0, len(l.Documents))
	for _, d := range l.Documents {
		all = append(all, d.Number)
	}
	return all
}

func add(all []string, key string) []string {
	if len(all) >= maxKeys || slices.Contains(all, key) {
		return all
	}
	return append(all, key)
}

// references are the structured references of a line: those that came as such, and RF numbers with right
// check digits anywhere in the text.
func (l *Line) references() []string {
	var all []string
	for _, s := range l.Structured {
		if k := Key(s); k != "" {
			all = add(all, k)
		}
	}
	apart, together := l.views()
	for _, text := range []string{apart, together, Normal(l.EndToEnd)} {
		all = rfIn(all, text)
	}
	return all
}

// rfIn finds RF references, written together or in groups of four.
func rfIn(all []string, text string) []string {
	for rest, at := text, 0; ; {
		i := strings.Index(rest, "RF")
		if i < 0 {
			return all
		}
		start := at + i
		if start == 0 || !isWord(rune(text[start-1])) {
			if k := rfAt(text[start:]); k != "" {
				all = add(all, k)
			}
		}
		at = start + 2
		rest = text[at:]
	}
}

// rfAt is the RF reference at the beginning of a text: the longest that has right check digits. Groups of
// four may be divided by a space.
func rfAt(text string) string {
	key, best := "", ""
	for i := 0; i < len(text) && len(key) < 25; i++ {
		c := text[i]
		switch {
		case c >= '0' && c <= '9' || c >= 'A' && c <= 'Z':
			key += string(c)
		case c == ' ' && len(key)%4 == 0:
			if CheckReference(key) == RF {
				best = key
			}
			continue
		default:
			i = len(text)
			continue
		}
		if (i+1 == len(text) || !isWord(rune(text[i+1]))) && CheckReference(key) == RF {
			best = key
		}
	}
	return best
}

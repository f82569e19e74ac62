package match

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Shape is how a creditor writes invoice numbers: its letters as they are, its digits counted. "NL-1001" has
// the shape "NL-9999", "2026/RE/00017" the shape "9999/RE/99999".
type Shape string

// ShapeOf returns the shape of a number.
func ShapeOf(number string) Shape {
	return Shape(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '9'
		}
		return unicode.ToUpper(r)
	}, number))
}

// digitsOnly says whether numbers of the shape have no letters: then they look like any other number.
func (s Shape) digitsOnly() bool {
	return !strings.ContainsFunc(string(s), unicode.IsLetter)
}

// digits counts the digits of the shape.
func (s Shape) digits() int { return strings.Count(string(s), "9") }

// Grammar finds numbers of known shapes in texts, as whole words only. It is safe for concurrent use.
type Grammar struct {
	forms []form
}

// form is one shape made ready to search.
type form struct {
	shape Shape
	parts []part
	first int    // index of the first digits; 0: the shape has no letters before them
	key   string // how keys of the shape look: letters as they are, 9 for any digit
}

// part is a run of a shape: letters as they are, so many digits, or a mark that may be missing or another.
type part struct {
	letters string
	digits  int
}

// maxShapes bounds how many shapes are searched for: the commonest first.
const maxShapes = 40

// Learn makes a grammar of shapes, the commonest first.
func Learn(shapes []Shape) *Grammar {
	g := &Grammar{}
	seen := map[Shape]bool{}
	for _, s := range shapes {
		if seen[s] || s.digits() == 0 || len(g.forms) == maxShapes {
			continue
		}
		seen[s] = true
		g.forms = append(g.forms, compile(s))
	}
	slices.SortStableFunc(g.forms, func(a, b form) int { return cmp.Compare(len(b.shape), len(a.shape)) })
	return g
}

// compile turns a shape into what finds it: marks between its runs may be missing or others, letters and
// digits may not.
func compile(s Shape) form {
	f := form{shape: s, first: -1}
	for _, run := range runs(string(s)) {
		switch {
		case run[0] == '9':
			if f.first < 0 {
				f.first = len(f.parts)
			}
			f.parts = append(f.parts, part{digits: len(run)})
		case unicode.IsLetter([]rune(run)[0]):
			f.parts = append(f.parts, part{letters: Normal(run)})
		default:
			f.parts = append(f.parts, part{})
		}
	}
	if s.digitsOnly() {
		f.first = 0
	}
	f.key = patternOf(f.parts)
	return f
}

// marks are what people write between the runs of a number.
const marks = "-/._ :#"

// end returns where the parts end that begin at a position of the text; -1 when they do not stand there.
func end(parts []part, text string, at int) int {
	for _, p := range parts {
		switch {
		case p.digits > 0:
			for range p.digits {
				if at >= len(text) || text[at] < '0' || text[at] > '9' {
					return -1
				}
				at++
			}
		case p.letters != "":
			if !strings.HasPrefix(text[at:], p.letters) {
				return -1
			}
			at += len(p.letters)
		default:
			for n := 0; n < 3 && at < len(text) && strings.IndexByte(marks, text[at]) >= 0; n++ {
				at++
			}
		}
	}
	return at
}

// find returns every place at which the parts stand as a whole word.
func find(parts []part, text string, strict bool, found func(from, to int)) {
	for at := 0; at < len(text); at++ {
		if at > 0 && isWord(rune(text[at-1])) {
			continue
		}
		if to := end(parts, text, at); to > at && wholeWord(text, at, to, strict) {
			found(at, to)
		}
	}
}

// runs splits a shape into runs of digits, of letters, and of marks.
func runs(s string) []string {
	kind := func(r rune) int {
		switch {
		case r == '9':
			return 0
		case unicode.IsLetter(r):
			return 1
		}
		return 2
	}
	var all []string
	last := -1
	for _, r := range s {
		if k := kind(r); k != last {
			all = append(all, "")
			last = k
		}
		all[len(all)-1] += string(r)
	}
	return all
}

// Token is a number found in a text.
type Token struct {
	Key    string // as numbers are compared
	Text   string // as it stands there
	Whole  bool   // with its letters; otherwise the digits alone
	Apart  bool   // it stands within a line; otherwise only where two lines were joined
	Digits bool   // the shape has no letters: it may be anything
	Length int    // of the digits
}

// full says whether a token can only be a number of the creditor's: with its letters, or long and with its
// marks, as in 2026/07429.
func (t Token) full() bool {
	return t.Whole && (!t.Digits || t.Length >= 7 && len(t.Text) > t.Length)
}

// long says whether a token is a whole number without letters that is too long to be found by chance among one
// debtor's invoices.
func (t Token) long() bool { return t.Whole && t.Length >= 7 }

// tokens are the numbers in a line's remittance, found once.
func (g *Grammar) tokens(l *Line) []Token {
	if l.tokens == nil || l.by != g {
		apart, together := l.views()
		l.tokens, l.by = g.find(apart, together), g
	}
	return l.tokens
}

// Tokens finds all numbers of the grammar's shapes in the lines of a remittance.
func (g *Grammar) Tokens(lines []string) []Token { return g.find(views(lines)) }

func (g *Grammar) find(apart, together string) []Token {
	var all []Token
	for _, f := range g.forms {
		all = f.tokens(all, apart, true)
		if together != apart {
			all = f.tokens(all, together, false)
		}
	}
	return all
}

func (f *form) tokens(all []Token, text string, apart bool) []Token {
	add := func(from, to int, whole bool) {
		t := Token{Key: Key(text[from:to]), Text: text[from:to], Whole: whole, Apart: apart, Digits: f.shape.digitsOnly(), Length: f.shape.digits()}
		for i := range all {
			if all[i].Key != t.Key {
				continue
			}
			if t.Apart = t.Apart || all[i].Apart; whole && (!all[i].Whole || all[i].Digits) {
				all[i] = t // the digits of one shape may be the whole of another
			}
			all[i].Apart = t.Apart
			return
		}
		all = append(all, t)
	}
	find(f.parts, text, f.shape.digitsOnly(), func(from, to int) { add(from, to, true) })
	if f.first > 0 && apart {
		find(f.parts[f.first:], text, true, func(from, to int) { add(from, to, false) })
	}
	return all
}

// wholeWord says whether a find stands by itself: no letter or digit beside it, and, for digits alone, nothing
// that makes it a part of an amount, a date or an account.
func wholeWord(text string, from, to int, strict bool) bool {
	before, after := rune(' '), rune(' ')
	if from > 0 {
		before = rune(text[from-1])
	}
	if to < len(text) {
		after = rune(text[to])
	}
	if isWord(before) || isWord(after) {
		return false
	}
	if !strict {
		return true
	}
	if strings.ContainsRune(".,/-:+", before) && from > 1 && unicode.IsDigit(rune(text[from-2])) {
		return false
	}
	return !strings.ContainsRune(".,/-:", after) || to+1 >= len(text) || !unicode.IsDigit(rune(text[to+1]))
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r >= 0x80 }

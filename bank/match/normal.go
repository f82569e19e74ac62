package match

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Normal makes texts comparable: compatibility forms resolved, capitals, no accents, ß as SS, and every run
// of spaces as one.
func Normal(s string) string {
	if plain(s) {
		return strings.ToUpper(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r):
			space = b.Len() > 0
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			if r == 'ß' {
				b.WriteString("SS")
				continue
			}
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// plain says whether nothing but capitals has to be changed.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || c < ' ' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// Key is a text without anything but letters and digits: how numbers are compared.
func Key(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, Normal(s))
}

// views are those of the line, worked out once.
func (l *Line) views() (apart, together string) {
	if l.joined == nil {
		apart, together = views(l.Remittance)
		l.joined = &[2]string{apart, together}
	}
	return l.joined[0], l.joined[1]
}

// views are the two ways to join the lines of a remittance: banks cut at 27 letters wherever that falls, so a
// number may be cut in two; and people write lines that belong apart. Account numbers are left out.
func views(lines []string) (apart, together string) {
	clean := make([]string, 0, len(lines))
	for _, l := range lines {
		if l = Normal(l); l != "" {
			clean = append(clean, l)
		}
	}
	return withoutAccounts(strings.Join(clean, " ")), withoutAccounts(strings.Join(clean, ""))
}

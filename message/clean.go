package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much of an untrusted text is shown: enough for every real name, too little to push the facts away.
const (
	maxHeader = 100 // runes of a name in a header or a subject
	maxText   = 200 // runes of a name, an address line or a description in the text
)

// oneLine makes an untrusted text safe to stand anywhere in a message: one line, no control
// characters, nothing that turns the reading direction around, at most limit runes.
func oneLine(s string, limit int) string {
	if plain(s) && len(s) <= limit {
		return s
	}
	var b strings.Builder
	count, space := 0, false
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			space = b.Len() > 0
			continue
		case unicode.IsControl(r) || deceptive(r):
			continue
		}
		if space {
			b.WriteByte(' ')
			count, space = count+1, false
		}
		b.WriteRune(r)
		count++
	}
	return clip(b.String(), limit)
}

// plain says that a text needs no cleaning: printable ASCII with single spaces inside.
func plain(s string) bool {
	before := byte(' ')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c > '~' || (c == ' ' && before == ' ') {
			return false
		}
		before = c
	}
	return before != ' ' || s == ""
}

// deceptive names the characters that show nothing themselves but change what others look like:
// bidirectional marks, embeddings, overrides and isolates, and zero-width fillers.
func deceptive(r rune) bool {
	switch {
	case r == '\u061C', r == '\u200B', r == '\u2060', r == '\uFEFF', r == '\u180E', r == '\u00AD':
		return true
	case r == '\u200E', r == '\u200F', r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u206F':
		return true
	case r >= 0xE0000 && r <= 0xE007F: // invisible tags
		return true
	}
	return false
}

// clip shortens a text to limit runes, the last of them an ellipsis.
func clip(s string, limit int) string {
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:limit-1]), " ") + "…"
}

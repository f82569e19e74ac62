package message

import (
	"regexp"
	"strings"
	"unicode"

	"dunlin/invoice"
)

// Level says how grave a finding of the tone check is.
type Level string

// The levels. What is blocked never goes out; a warning is for the author of a template to weigh.
const (
	Block Level = "block"
	Warn  Level = "warn"
)

// Finding is a word or a mark that does not belong in a polite message.
type Finding struct {
	Level Level  `json:"level"`
	Text  string `json:"text"` // as it stands in the message
	At    int    `json:"at"`   // byte offset
	Why   string `json:"why"`
}

// Lint checks the tone of a text in English, German or Chinese: threats, shame, pressure, shouting,
// and placeholders that were never filled. Any other language is checked for marks only.
func Lint(s, language string) []Finding {
	return append(marks(s), match(rules[baseLanguage(language)], s)...)
}

// match finds the words of some rules.
func match(rules []rule, s string) []Finding {
	var found []Finding
	for _, rule := range rules {
		for _, at := range rule.words.FindAllStringIndex(s, -1) {
			word := strings.TrimFunc(s[at[0]:at[1]], func(r rune) bool { return !unicode.IsLetter(r) })
			found = append(found, Finding{rule.level, word, at[0] + strings.Index(s[at[0]:at[1]], word), rule.why})
		}
	}
	return found
}

var (
	exclaim  = regexp.MustCompile(`[!！]\s*[!！]+`)
	unfilled = regexp.MustCompile(`\{\{|\}\}|<no value>|<nil>|%!\w?\(`)
	fakeHead = regexp.MustCompile(`(?im)^(re|fwd?|aw|wg|court|gericht|法院)\s*[:：]`)
	capitals = regexp.MustCompile(`(?:^|[\s(„“"'])(\p{Lu}{4,})(?:$|[\s).,:;!?“”"'])`)
)

// signs are words that are written in capitals and shout nothing.
var signs = map[string]bool{
	"STOP": true, "START": true, "HELP": true, "ABMELDEN": true, "IBAN": true, "HTML": true, "JSON": true, "GMBH": true,
	"CEST": true, "EEST": true, "WEST": true, "AEST": true, "AEDT": true, "NZST": true, "NZDT": true, // zones
}

func marks(s string) []Finding {
	var found []Finding
	add := func(re *regexp.Regexp, why string) {
		for _, at := range re.FindAllStringIndex(s, -1) {
			found = append(found, Finding{Block, s[at[0]:at[1]], at[0], why})
		}
	}
	add(exclaim, "one exclamation mark is loud, two are a shout")
	add(unfilled, "a placeholder was not filled")
	add(fakeHead, "a subject must not pretend to be an answer or to come from a court")
	var loud []Finding
	for _, at := range capitals.FindAllStringSubmatchIndex(s, -1) {
		word := s[at[2]:at[3]]
		bankCode := strings.HasSuffix(s[:at[2]], "BIC ")
		if _, isCurrency := invoice.Currency(word).Decimals(); !signs[word] && !isCurrency && !bankCode {
			loud = append(loud, Finding{Block, word, at[2], "words in capitals shout"})
		}
	}
	if len(loud) > 1 { // one may be a company's name
		found = append(found, loud...)
	}
	return found
}

type rule struct {
	level Level
	words *regexp.Regexp
	why   string
}

// latin makes a rule of word beginnings: "arrest" also finds "arrested". A word that ends in "." is
// found only whole.
func latin(level Level, why string, words ...string) rule {
	parts := make([]string, len(words))
	for i, w := range words {
		whole := strings.HasSuffix(w, ".")
		w = strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSuffix(w, ".")), " ", `\s+`)
		if !whole {
			w += `\p{L}*`
		}
		if whole {
			w += `(?:$|[^\p{L}])`
		}
		parts[i] = w
	}
	return rule{level, regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:` + strings.Join(parts, "|") + `)`), why}
}

// hanzi makes a rule of words that stand anywhere.
func hanzi(level Level, why string, words ...string) rule {
	for i, w := range words {
		words[i] = regexp.QuoteMeta(w)
	}
	return rule{level, regexp.MustCompile(strings.Join(words, "|")), why}
}

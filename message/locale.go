package message

import (
	"slices"
	"strings"
)

// English is the language every template exists in.
const English = "en"

// Locale returns the conventions for a language as read in a country: "en-US" for English in the
// United States, "en-GB" for English elsewhere, "de", "de-AT", "de-CH", "zh". Another language gets
// the conventions of English.
func Locale(language, country string) string {
	switch baseLanguage(language) {
	case "de":
		switch country {
		case "AT":
			return "de-AT"
		case "CH", "LI":
			return "de-CH"
		}
		return "de"
	case "zh":
		return "zh"
	}
	if country == "US" {
		return "en-US"
	}
	return "en-GB"
}

// baseLanguage returns the language of a tag: "de" for "de-AT" and "DE_at", "zh" for "zh-Hans-CN", "zh-hant" for "zh-TW".
func baseLanguage(tag string) string {
	base, rest, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-")), "-")
	if base == "zh" && traditional(rest) {
		return "zh-hant"
	}
	return base
}

// traditional says whether the rest of a Chinese tag asks for traditional characters: by its script,
// or, where it names none, by a place that writes them. They are not ours: such a reader gets
// English, and the message says so, rather than characters of another place as if they were theirs.
func traditional(rest string) bool {
	parts := strings.FieldsFunc(rest, func(r rune) bool { return r == '-' || r == '.' })
	if slices.Contains(parts, "hans") {
		return false
	}
	return slices.ContainsFunc(parts, func(p string) bool { return slices.Contains([]string{"hant", "tw", "hk", "mo"}, p) })
}

// regionOf returns the country of a tag: "AT" for "de-AT", "CN" for "zh-Hans-CN", "" for "de".
func regionOf(tag string) string {
	for i, part := range strings.FieldsFunc(tag, func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		if i > 0 && len(part) == 2 {
			return strings.ToUpper(part)
		}
	}
	return ""
}

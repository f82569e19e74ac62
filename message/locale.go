package message

import "strings"

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

// baseLanguage returns the language of a tag: "de" for "de-AT" and "DE_at".
func baseLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	return strings.ToLower(base)
}

package message

import (
	"strings"
	"unicode/utf16"
)

// The encodings of an SMS.
const (
	GSM7 = "GSM-7" // 160 characters alone, 153 in each part of a longer message
	UCS2 = "UCS-2" // 70 and 67 UTF-16 code units
)

// gsmBasic and gsmExtended are the default alphabet and its extension table (3GPP TS 23.038);
// a character of the extension takes two places.
const (
	gsmBasic    = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

var gsmWidth = func() map[rune]int {
	w := make(map[rune]int, 140)
	for _, r := range gsmBasic {
		w[r] = 1
	}
	for _, r := range gsmExtended {
		w[r] = 2
	}
	return w
}()

// Segments returns in how many parts a text message travels, which is what it costs, and in which
// encoding. One character outside the GSM alphabet turns the whole message into UCS-2. No character
// is cut in two at the end of a part.
func Segments(body string) (count int, encoding string) {
	if isGSM(body) {
		return parts(body, 160, 153, func(r rune) int { return gsmWidth[r] }), GSM7
	}
	return parts(body, 70, 67, func(r rune) int { return max(1, utf16.RuneLen(r)) }), UCS2
}

func isGSM(s string) bool {
	for _, r := range s {
		if gsmWidth[r] == 0 {
			return false
		}
	}
	return true
}

func parts(body string, alone, each int, width func(rune) int) int {
	total, count, used := 0, 1, 0
	for _, r := range body {
		w := width(r)
		total += w
		if used+w > each {
			count, used = count+1, 0
		}
		used += w
	}
	if total <= alone {
		return 1
	}
	return count
}

// smsPlain replaces typographic characters that would double the price of a message by the ones
// the GSM alphabet has. Letters are left alone: a name is written as its owner writes it.
var smsPlain = strings.NewReplacer(
	"\u00A0", " ", "\u202F", " ", "\u2009", " ", "\u2007", " ",
	"\u2010", "-", "\u2011", "-", "\u2012", "-", "–", "-", "—", "-", "\u2212", "-",
	"‘", "'", "’", "'", "‚", ",", "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`,
	"…", "...", "•", "-", "·", "-", "×", "x",
)

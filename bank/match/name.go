package match

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// forms are legal forms and other words that tell nobody apart.
var forms = map[string]bool{
	"GMBH": true, "AG": true, "KG": true, "OHG": true, "UG": true, "EK": true, "EV": true, "MBH": true, "CO": true, "LTD": true, "LIMITED": true, "LLC": true, "INC": true,
	"CORP": true, "PLC": true, "LLP": true, "SA": true, "SAS": true, "SARL": true, "SRL": true, "SPA": true, "BV": true, "NV": true, "AB": true, "OY": true, "AS": true,
	"UND": true, "AND": true, "THE": true, "DER": true, "DIE": true, "DAS": true, "HERR": true, "FRAU": true, "MR": true, "MRS": true, "DR": true, "HAFTUNGSBESCHRANKT": true, "HAFTUNGSBESCHRAENKT": true,
}

// SameName says whether two names are one party's: all telling words of the shorter stand in the longer, and
// together they are more than one initial. Letters with marks may be written as banks do: ü as u or as ue.
func SameName(a, b string) bool {
	x, y := telling(a), telling(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	letters := 0
	for _, w := range x {
		if !slices.ContainsFunc(y, w.same) {
			return false
		}
		letters += w.letters()
	}
	return letters >= 5 && len(x)*2 >= len(y)
}

// names says whether a text holds a name: its telling words, one after the other. One short word is no name.
func names(text []nameWord, name string) bool {
	words := telling(name)
	letters := 0
	for _, w := range words {
		letters += w.letters()
	}
	if letters < 5 || len(words) < 2 && letters < 8 {
		return false
	}
	for at := 0; at+len(words) <= len(text); at++ {
		if slices.EqualFunc(words, text[at:at+len(words)], nameWord.same) {
			return true
		}
	}
	return false
}

// nameWord is a word of a name without marks, and the way it is written where one letter becomes two.
type nameWord struct{ plain, double string }

func (w nameWord) same(x nameWord) bool {
	return w.plain == x.plain || w.plain == x.double || w.double == x.plain || w.double == x.double
}

func (w nameWord) letters() int { return len([]rune(w.plain)) }

// doubled writes letters as banks do that know no others; what falls apart by itself is not among them.
var doubled = strings.NewReplacer("Ä", "AE", "Ö", "OE", "Ü", "UE", "Ø", "OE", "Æ", "AE", "Å", "AA", "Œ", "OE", "Ł", "L", "Đ", "D")

// undoubled are the same letters without their marks, where compatibility forms leave them.
var undoubled = strings.NewReplacer("Ø", "O", "Æ", "A", "Œ", "O", "Ł", "L", "Đ", "D")

func telling(name string) []nameWord {
	var words []nameWord
	upper := strings.ToUpper(norm.NFC.String(strings.ReplaceAll(name, ".", "")))
	for _, w := range strings.FieldsFunc(upper, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if word := (nameWord{undoubled.Replace(Normal(w)), Normal(doubled.Replace(w))}); !forms[word.plain] {
			words = append(words, word)
		}
	}
	return words
}

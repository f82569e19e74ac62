package match

import (
	"slices"
	"strings"
	"unicode"
)

// forms are legal forms and other words that tell nobody apart.
var forms = map[string]bool{
	"GMBH": true, "AG": true, "KG": true, "OHG": true, "UG": true, "EK": true, "EV": true, "MBH": true, "CO": true, "LTD": true, "LIMITED": true, "LLC": true, "INC": true,
	"CORP": true, "PLC": true, "LLP": true, "SA": true, "SAS": true, "SARL": true, "SRL": true, "SPA": true, "BV": true, "NV": true, "AB": true, "OY": true, "AS": true,
	"UND": true, "AND": true, "THE": true, "DER": true, "DIE": true, "DAS": true, "HERR": true, "FRAU": true, "MR": true, "MRS": true, "DR": true, "HAFTUNGSBESCHRANKT": true,
}

// SameName says whether two names are one party's: all telling words of the shorter stand in the longer, and
// together they are more than one initial.
func SameName(a, b string) bool {
	x, y := telling(a), telling(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 {
		return false
	}
	letters := 0
	for _, w := range x {
		if !slices.Contains(y, w) {
			return false
		}
		letters += len([]rune(w))
	}
	return letters >= 5 && len(x)*2 >= len(y)
}

func telling(name string) []string {
	var words []string
	for _, w := range strings.FieldsFunc(Normal(strings.ReplaceAll(name, ".", "")), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if !forms[w] {
			words = append(words, w)
		}
	}
	return words
}

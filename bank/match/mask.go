package match

import (
	"strconv"
	"strings"
)

// ibans are the lengths of account numbers by country, as the register of ISO 13616 has them.
var ibans = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
	"DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
	"IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27,
	"MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
	"ST": 25, "SV": 28, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}

// withoutAccounts blanks the account numbers in a text, written together or in groups: their digits name no
// invoice. The right length for the country and the check digits make sure that it is one.
func withoutAccounts(text string) string {
	for at := 0; at+15 <= len(text); at++ {
		if at > 0 && isWord(rune(text[at-1])) || ibans[text[at:at+2]] == 0 {
			continue
		}
		if to := accountEnd(text, at); to > 0 {
			text = text[:at] + strings.Repeat(" ", to-at) + text[to:]
			at = to - 1
		}
	}
	return text
}

// accountEnd is where the account number ends that begins at a position; 0 when there is none.
func accountEnd(text string, at int) int {
	length := ibans[text[at:at+2]]
	key := make([]byte, 0, length)
	for i := at; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= '0' && c <= '9' || c >= 'A' && c <= 'Z':
			key = append(key, c)
		case c != ' ':
			return 0
		}
		if len(key) == length {
			if i+1 < len(text) && isWord(rune(text[i+1])) || mod97(string(key[4:])+string(key[:4])) != 1 {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// dateAt says whether the first three fields of a text are a date: day, month and year in any order that
// people use.
func dateAt(fields []string) bool {
	if len(fields) < 3 || len(fields[1]) > 2 || !allDigits(fields[0]+fields[1]+fields[2]) {
		return false
	}
	first, middle, last := number(fields[0]), number(fields[1]), number(fields[2])
	year := func(text string, n int) bool { return len(text) == 2 || len(text) == 4 && n >= 1990 && n < 2100 }
	day := func(text string, n int) bool { return len(text) <= 2 && n >= 1 && n <= 31 }
	switch {
	case len(fields[0]) == 4:
		return year(fields[0], first) && middle >= 1 && middle <= 12 && day(fields[2], last)
	case year(fields[2], last) && day(fields[0], first):
		return middle >= 1 && middle <= 12 || first <= 12 && day(fields[1], middle)
	}
	return false
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}

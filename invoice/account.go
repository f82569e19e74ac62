package invoice

import (
	"regexp"
	"strings"
)

// maxAccount bounds an account number; an IBAN has at most 34 letters and digits.
const maxAccount = 60

var (
	ibanShape    = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)
	accountShape = regexp.MustCompile(`^[A-Z0-9][A-Z0-9./-]*$`)
)

// ParseAccount returns an account as it is compared: in capitals, without spaces. What looks like an IBAN must have
// right check digits: a slip would give the debtor somebody else's account.
func ParseAccount(field, text string) (string, error) {
	a := strings.ToUpper(strings.Join(strings.Fields(text), ""))
	switch {
	case a == "":
		return "", Invalid(field, "is empty")
	case len(a) > maxAccount || !accountShape.MatchString(a):
		return "", Invalid(field, "%q is not an account", text).WithHint("an IBAN, or the bank's own number in letters and digits")
	case looksLikeIBAN(a) && !ibanShape.MatchString(a):
		return "", Invalid(field, "%q is not an IBAN: it has %d letters and digits", text, len(a)).WithHint("country, two check digits, and 11 to 30 more, e.g. DE02120300000000202051")
	case looksLikeIBAN(a) && remainder97(a[4:]+a[:4]) != 1:
		return "", Invalid(field, "%q has wrong check digits", text).WithHint("compare it with the debtor's own letter: a digit is wrong, missing or too many")
	}
	return a, nil
}

// looksLikeIBAN says whether a text begins like one.
func looksLikeIBAN(a string) bool {
	letter := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	return len(a) > 8 && letter(a[0]) && letter(a[1]) && digit(a[2]) && digit(a[3])
}

// remainder97 is the remainder that ISO 7064 takes, letters counting as 10 to 35.
func remainder97(s string) int {
	n := 0
	for _, c := range s {
		if c >= 'A' {
			n = (n*100 + int(c-'A') + 10) % 97
		} else {
			n = (n*10 + int(c-'0')) % 97
		}
	}
	return n
}

// CheckAccounts reports the first account of the debtor that cannot be one.
func (d Debtor) CheckAccounts() error {
	for _, a := range d.Accounts {
		if _, err := ParseAccount("debtor.accounts", a); err != nil {
			return err
		}
	}
	return nil
}

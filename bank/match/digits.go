package match

import "strings"

// Standard names a standard of creditor references.
type Standard string

// The standards whose check digits are known.
const (
	RF      Standard = "RF"  // ISO 11649: RF, two check digits, up to 21 letters and digits; modulo 97
	QRR     Standard = "QRR" // Swiss QR and ISR reference: 27 digits, recursive modulo 10
	Finnish Standard = "FI"  // Finnish reference: 4 to 20 digits, weights 7, 3, 1
)

// CheckReference says which standard a reference meets with its check digits; "" when none.
func CheckReference(ref string) Standard {
	k := Key(ref)
	switch {
	case strings.HasPrefix(k, "RF") && len(k) >= 5 && len(k) <= 25 && mod97(k[4:]+k[:4]) == 1:
		return RF
	case !allDigits(k):
		return ""
	case len(k) == 27 && mod10(k[:26]) == int(k[26]-'0'):
		return QRR
	case len(k) >= 4 && len(k) <= 20 && finnish(k[:len(k)-1]) == int(k[len(k)-1]-'0'):
		return Finnish
	}
	return ""
}

// MakeRF makes an ISO 11649 reference of a number: its letters and digits, at most 21, with check digits.
// It is "" when the number has none or too many.
func MakeRF(number string) string {
	k := Key(number)
	if k == "" || len(k) > 21 || !ascii(k) {
		return ""
	}
	check := 98 - mod97(k+"RF00")
	return "RF" + string(rune('0'+check/10)) + string(rune('0'+check%10)) + k
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') })
}

func allDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// mod97 is the remainder of ISO 7064, letters counting 10 to 35; -1 for anything else.
func mod97(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n = (n*10 + int(r-'0')) % 97
		case r >= 'A' && r <= 'Z':
			n = (n*100 + int(r-'A') + 10) % 97
		default:
			return -1
		}
	}
	return n
}

// mod10 is the recursive check digit of Swiss references.
func mod10(digits string) int {
	table := [10]int{0, 9, 4, 6, 8, 2, 7, 1, 3, 5}
	carry := 0
	for _, r := range digits {
		carry = table[(carry+int(r-'0'))%10]
	}
	return (10 - carry) % 10
}

// finnish is the check digit with the weights 7, 3, 1 from the right.
func finnish(digits string) int {
	weights := [3]int{7, 3, 1}
	sum := 0
	for i := range digits {
		sum += int(digits[len(digits)-1-i]-'0') * weights[i%3]
	}
	return (10 - sum%10) % 10
}

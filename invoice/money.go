package invoice

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Money is an amount in integer minor units (cents, sen, fen) of one currency.
// In JSON it is {"amount":"1234.56","currency":"EUR"}: a decimal string, never a float.
type Money struct {
	Minor    int64
	Currency Currency
}

// NewMoney makes an amount from minor units.
func NewMoney(minor int64, c Currency) Money { return Money{Minor: minor, Currency: c} }

// ParseMoney reads a plain decimal such as "1234.5" or "-7" with at most as many decimals as the
// currency has. No grouping, no symbols, no exponent: what a machine writes.
func ParseMoney(amount, currency string) (Money, error) {
	c, err := ParseCurrency(currency)
	if err != nil {
		return Money{}, err
	}
	digits, _ := c.Decimals()
	neg := strings.HasPrefix(amount, "-")
	whole, frac, dotted := strings.Cut(strings.TrimPrefix(amount, "-"), ".")
	bad := func(why string) error {
		return Invalid("amount", "%q %s", amount, why).WithHint("write a plain decimal with at most %d decimals for %s, e.g. 1234%s", digits, c, decimalExample(digits))
	}
	if whole == "" || !allDigits(whole) || (dotted && (frac == "" || !allDigits(frac))) {
		return Money{}, bad("is not a decimal number")
	}
	if len(frac) > digits {
		return Money{}, bad("has more decimals than " + string(c) + " has")
	}
	minor, err := strconv.ParseInt(whole+frac+strings.Repeat("0", digits-len(frac)), 10, 64)
	if err != nil {
		return Money{}, bad("is too large")
	}
	if neg {
		minor = -minor
	}
	return Money{Minor: minor, Currency: c}, nil
}

func decimalExample(digits int) string {
	if digits == 0 {
		return ""
	}
	return "." + "5678"[:digits]
}

func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// Decimal returns the amount as a plain decimal with all decimals of its currency, e.g. "1234.50".
func (m Money) Decimal() string {
	digits, _ := m.Currency.Decimals()
	s := strconv.FormatInt(m.Minor, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if digits == 0 {
		return sign + s
	}
	if len(s) <= digits {
		s = strings.Repeat("0", digits-len(s)+1) + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// String returns "1,234.50 EUR": for people who work with Dunlin. Letters use message.FormatMoney,
// machines Decimal.
func (m Money) String() string {
	whole, frac, dotted := strings.Cut(m.Decimal(), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	if dotted {
		frac = "." + frac
	}
	return strings.TrimSpace(sign + Grouped(whole) + frac + " " + string(m.Currency))
}

// Grouped writes a comma between the thousands of a whole number without a sign: "1234567" is "1,234,567".
func Grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// IsZero says whether nothing is owed.
func (m Money) IsZero() bool { return m.Minor == 0 }

// Positive says whether the amount is above zero.
func (m Money) Positive() bool { return m.Minor > 0 }

// Neg returns the amount with the other sign.
func (m Money) Neg() Money { return Money{-m.Minor, m.Currency} }

// Add returns m+n. Another currency or an overflow is an error, never a wrong number.
func (m Money) Add(n Money) (Money, error) {
	if m.Currency != n.Currency {
		return Money{}, Invalid("currency", "cannot add %s to %s", n.Currency, m.Currency)
	}
	if (n.Minor > 0 && m.Minor > math.MaxInt64-n.Minor) || (n.Minor < 0 && m.Minor < math.MinInt64-n.Minor) {
		return Money{}, Invalid("amount", "%s + %s is too large", m, n)
	}
	return Money{m.Minor + n.Minor, m.Currency}, nil
}

// Sub returns m−n under the rules of Add.
func (m Money) Sub(n Money) (Money, error) {
	if n.Minor == math.MinInt64 {
		return Money{}, Invalid("amount", "%s is too large", n)
	}
	return m.Add(n.Neg())
}

type moneyJSON struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// MarshalJSON writes {"amount":"1234.56","currency":"EUR"}.
func (m Money) MarshalJSON() ([]byte, error) {
	return json.Marshal(moneyJSON{m.Decimal(), string(m.Currency)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Money) UnmarshalJSON(b []byte) error {
	var v moneyJSON
	if err := json.Unmarshal(b, &v); err != nil {
		return Invalid("amount", "is not an object of amount and currency").WithHint(`write {"amount":"1234.56","currency":"EUR"}`)
	}
	if v == (moneyJSON{Amount: "0"}) { // no amount of no currency: how the zero Money is written
		*m = Money{}
		return nil
	}
	parsed, err := ParseMoney(v.Amount, v.Currency)
	if err == nil {
		*m = parsed
	}
	return err
}

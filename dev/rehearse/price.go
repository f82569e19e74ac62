package rehearse

import (
	"fmt"
	"strconv"
	"strings"
)

// Amount is money of no named currency, in millionths: prices of messages have more digits than cents.
type Amount int64

const one = 1_000_000

// ParseAmount reads a plain decimal such as 0.0075.
func ParseAmount(s string) (Amount, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if len(frac) > 6 {
		return 0, fmt.Errorf("%q has more than six decimals", s)
	}
	n, err := strconv.ParseUint(whole+frac+strings.Repeat("0", 6-len(frac)), 10, 50)
	if err != nil || whole == "" {
		return 0, fmt.Errorf("%q is no price: write a plain decimal such as 0.075", s)
	}
	return Amount(n), nil
}

// String writes two decimals, or more where they matter.
func (a Amount) String() string {
	text := fmt.Sprintf("%d.%06d", a/one, a%one)
	if a >= one {
		cents := (a + one/200) / (one / 100)
		return fmt.Sprintf("%d.%02d", cents/100, cents%100)
	}
	for strings.HasSuffix(text, "0") && len(text)-strings.IndexByte(text, '.') > 3 {
		text = text[:len(text)-1]
	}
	return text
}

// MarshalJSON writes the amount as a decimal in a string.
func (a Amount) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `"%d.%06d"`, a/one, a%one), nil
}

// Set and Type make an Amount a flag.
func (a *Amount) Set(s string) (err error) {
	*a, err = ParseAmount(s)
	return err
}

// Type is how the flag's value is called in a usage line.
func (a *Amount) Type() string { return "price" }

// Prices are what one e-mail, one SMS segment and one call cost.
type Prices struct{ Email, SMS, Call Amount }

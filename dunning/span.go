package dunning

import (
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

// Unit is what a Span or an Offset counts.
type Unit string

// The units. Days are civil days in the debtor's zone; business days skip weekends and holidays there.
const (
	Minutes      Unit = "m"
	Hours        Unit = "h"
	Days         Unit = "d"
	BusinessDays Unit = "bd"
	Percent      Unit = "%" // of the time between issue and expiry; offsets of orders only
)

// maxCount keeps every sum of days and hours far away from overflow.
const maxCount = 10000

// Span is a length of time such as 30m, 2h, 5d or 3bd. The zero Span is no time at all.
type Span struct {
	N    int
	Unit Unit
}

// ParseSpan reads a count and a unit, e.g. "5d".
func ParseSpan(s string) (Span, error) {
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz%")
	unit := Unit(s[len(digits):])
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > maxCount || digits[0] == '+' {
		return Span{}, invoice.Invalid("", "%q is not a length of time", s).WithHint("write a number and a unit: 30m, 2h, 5d (days) or 3bd (business days)")
	}
	switch unit {
	case Minutes, Hours, Days, BusinessDays:
		return Span{n, unit}, nil
	}
	return Span{}, invoice.Invalid("", "%q has no unit that is known", s).WithHint("the units are m (minutes), h (hours), d (days) and bd (business days)")
}

// IsZero says whether the span is no time at all.
func (s Span) IsZero() bool { return s.N == 0 }

// String returns the span as it is written in a policy, "" for the zero Span.
func (s Span) String() string {
	if s.Unit == "" {
		return ""
	}
	return strconv.Itoa(s.N) + string(s.Unit)
}

// Words returns the span as a person reads it, e.g. "5 days".
func (s Span) Words() string {
	name := map[Unit]string{Minutes: "minute", Hours: "hour", Days: "day", BusinessDays: "business day"}[s.Unit]
	if s.N != 1 {
		name += "s"
	}
	return strconv.Itoa(s.N) + " " + name
}

// MarshalText writes the span as in a policy.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Span) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*s = Span{}
		return nil
	}
	v, err := ParseSpan(string(b))
	if err == nil {
		*s = v
	}
	return err
}

// atLeast returns t plus the span, the later of the civil and the exact reading: five days over a
// change of the clocks are five days on the wall and 120 hours, whichever ends later.
func (s Span) atLeast(t time.Time, z zone) (time.Time, error) {
	switch s.Unit {
	case Minutes:
		return t.Add(time.Duration(s.N) * time.Minute), nil
	case Hours:
		return t.Add(time.Duration(s.N) * time.Hour), nil
	case BusinessDays:
		local := t.In(z.loc)
		d, err := z.days.add(invoice.DateOf(local), s.N)
		if err != nil {
			return time.Time{}, err
		}
		return time.Date(d.Year, d.Month, d.Day, local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), z.loc), nil
	}
	civil := t.In(z.loc).AddDate(0, 0, s.N)
	if exact := t.Add(time.Duration(s.N) * 24 * time.Hour); exact.After(civil) {
		return exact, nil
	}
	return civil, nil
}

package dunning

import (
	"strconv"
	"strings"

	"dunlin/invoice"
)

// Anchor is the moment that a step is counted from.
type Anchor string

// The anchors.
const (
	AtIssue    Anchor = "issue"    // when the invoice was issued; for hours and minutes, when collection began
	AtDue      Anchor = "due"      // the due date; invoices only
	AtExpiry   Anchor = "expiry"   // when an order expires; orders only
	AtPrevious Anchor = "previous" // when the step before was really taken; never of the first step
)

// Offset says when a step comes: so long before or after an anchor, e.g. due+14d or expiry-2h.
type Offset struct {
	Anchor Anchor
	N      int // negative: before the anchor
	Unit   Unit
}

const offsetHint = "write an anchor, + or -, a number and a unit: issue+0d, due-7d, due+14d, previous+7d, expiry-2h; orders also know issue+50% (half-way to expiry)"

// ParseOffset reads an offset such as "due+14d".
func ParseOffset(s string) (Offset, error) {
	bad := func(why string) (Offset, error) {
		return Offset{}, invoice.Invalid("", "%q %s", s, why).WithHint("%s", offsetHint)
	}
	i := strings.IndexAny(s, "+-")
	if i < 0 {
		return bad("is not an offset")
	}
	o := Offset{Anchor: Anchor(s[:i])}
	switch o.Anchor {
	case AtIssue, AtDue, AtExpiry, AtPrevious:
	default:
		return bad("does not start with issue, due, expiry or previous")
	}
	rest := s[i+1:]
	if n, ok := strings.CutSuffix(rest, "%"); ok {
		v, err := strconv.ParseUint(n, 10, 8)
		if err != nil || v > 100 || s[i] == '-' || o.Anchor != AtIssue {
			return bad("is not a share of the time to expiry")
		}
		o.N, o.Unit = int(v), Percent
		return o, nil
	}
	span, err := ParseSpan(rest)
	if err != nil {
		return bad("is not an offset")
	}
	o.N, o.Unit = span.N, span.Unit
	if s[i] == '-' {
		if o.Anchor == AtPrevious {
			return bad("comes before the step before it")
		}
		o.N = -o.N
	}
	return o, nil
}

// String returns the offset as it is written in a policy.
func (o Offset) String() string {
	if o.Anchor == "" {
		return ""
	}
	sign := "+"
	n := o.N
	if n < 0 {
		sign, n = "-", -n
	}
	return string(o.Anchor) + sign + strconv.Itoa(n) + string(o.Unit)
}

// MarshalText writes the offset as in a policy.
func (o Offset) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (o *Offset) UnmarshalText(b []byte) error {
	v, err := ParseOffset(string(b))
	if err == nil {
		*o = v
	}
	return err
}

// days returns the offset in civil days, business days counted as such.
func (o Offset) days() int {
	switch o.Unit {
	case Days, BusinessDays:
		return o.N
	case Hours:
		return o.N / 24
	}
	return 0
}

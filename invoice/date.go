package invoice

import (
	"fmt"
	"time"
)

// Date is a calendar day without zone or time, such as a due date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// NewDate normalises its arguments the way time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf returns the day of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads YYYY-MM-DD and refuses days that do not exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, Invalid("", "%q is not a date", s).WithHint("write YYYY-MM-DD, e.g. 2026-05-14")
	}
	return DateOf(t), nil
}

// String returns YYYY-MM-DD, or "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// IsZero says whether no day is set.
func (d Date) IsZero() bool { return d == Date{} }

// At returns the moment of this day at the given hour and minute in loc.
func (d Date) At(hour, minute int, loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, hour, minute, 0, 0, loc)
}

// AddDays returns the day n days later (earlier when n is negative).
func (d Date) AddDays(n int) Date { return NewDate(d.Year, d.Month, d.Day+n) }

// DaysUntil returns how many days later e is than d.
func (d Date) DaysUntil(e Date) int {
	return int(e.At(0, 0, time.UTC).Sub(d.At(0, 0, time.UTC)).Hours() / 24)
}

// Before says whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.DaysUntil(e) > 0 }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.At(0, 0, time.UTC).Weekday() }

// MarshalText writes YYYY-MM-DD, so a Date is a string in JSON and YAML.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD; an empty text is the zero Date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}

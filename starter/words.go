package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"dunlin/invoice"
)

// count writes a number for people: "100,000".
func count(n int64) string { return invoice.Grouped(strconv.FormatInt(n, 10)) }

// many writes a number of things: "1 row", "2,500 rows".
func many(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(n) + " " + thing + "s"
}

// location is where times are shown: the debtor's zone, or UTC when nobody knows it.
func location(zone string) *time.Location {
	if loc, err := time.LoadLocation(zone); err == nil && zone != "" {
		return loc
	}
	return time.UTC
}

// zoneNote says in which zone the times below are.
func zoneNote(zone string) string {
	if zone == "" {
		return "times in UTC: the debtor's zone is not known"
	}
	return "times in " + zone
}

// moment writes a time in the debtor's zone: "Mon 2026-11-23 09:00 +01:00".
func moment(t time.Time, zone string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(location(zone)).Format("Mon 2006-01-02 15:04 -07:00")
}

// momentIn is moment with the zone's name, for a time that stands alone.
func momentIn(t time.Time, zone string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(location(zone)).Format("Mon 2006-01-02 15:04 ") + location(zone).String()
}

// plain turns a code such as "phone_task" into words.
func plain[T ~string](code T) string { return strings.ReplaceAll(string(code), "_", " ") }

// parseAmount reads the arguments AMOUNT CURRENCY, in one argument or in two.
func parseAmount(args []string) (invoice.Money, error) {
	words := strings.Fields(strings.Join(args, " "))
	if len(words) != 2 {
		return invoice.Money{}, invoice.Invalid("amount", "%q is not an amount with its currency", strings.Join(words, " ")).WithHint("e.g. 1234.56 EUR")
	}
	return invoice.ParseMoney(words[0], words[1])
}

// parseDay reads YYYY-MM-DD and names the argument when it is wrong.
func parseDay(field, s string) (invoice.Date, error) {
	if s == "" {
		return invoice.Date{}, invoice.Invalid(field, "is missing").WithHint("write YYYY-MM-DD, e.g. 2026-05-14")
	}
	d, err := invoice.ParseDate(s)
	if err != nil {
		return d, invoice.Invalid(field, "%q is not a date", s).WithHint("write YYYY-MM-DD, e.g. 2026-05-14")
	}
	return d, nil
}

// parseMoment reads RFC 3339, or a day, which begins at 00:00 in loc.
func parseMoment(field, s string, loc *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	d, err := invoice.ParseDate(s)
	if err != nil {
		return time.Time{}, invoice.Invalid(field, "%q is neither a day nor a moment", s).WithHint("write 2026-05-14 or 2026-05-14T09:00:00+02:00")
	}
	return d.At(0, 0, loc), nil
}

// show writes v as one JSON document.
func (a *app) show(v any) error {
	a.answered = true
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// stream writes v as one line of NDJSON.
func (a *app) stream(v any) error {
	a.answered = true
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// hint writes advice beside the answer, where it is in no pipe's way.
func (a *app) hint(text string) { fmt.Fprintln(a.errs, "hint:", clean(text)) }

// say writes one line for people.
func (a *app) say(format string, args ...any) {
	fmt.Fprintln(a.out, clean(fmt.Sprintf(format, args...)))
}

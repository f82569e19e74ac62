package dunning

import "dunlin/invoice"

// Closed tells the tests why a day is no business day, "" when it is one.
func Closed(country, region string, d invoice.Date) (string, error) {
	return (&calendar{country: country, region: region}).closed(d)
}

// CalendarNote tells the tests what the calendar of a day's year is said to be.
func CalendarNote(country, region string, d invoice.Date) string {
	return (&calendar{country: country, region: region}).note(d)
}

// Clean drops what may name a person from a text.
func Clean(s string) string { return clean(s) }

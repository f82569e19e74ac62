package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// TestPlaces: a first reminder whose day is a weekend, a holiday, a day of a clock change or the turn of
// the year, in four places. What is closed is what the referees of TestHolidays say, too.
func TestPlaces(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	berlinAt := func(day, at, utc string) [6]string { return [6]string{"Europe/Berlin", "DE", "BE", day, at, utc} }
	newYork := func(day, at, utc string) [6]string { return [6]string{"America/New_York", "US", "", day, at, utc} }
	shanghai := func(day, at, utc string) [6]string { return [6]string{"Asia/Shanghai", "CN", "", day, at, utc} }
	london := func(day, at, utc string) [6]string { return [6]string{"Europe/London", "GB", "ENG", day, at, utc} }
	for name, tc := range map[string][6]string{
		"Berlin, a working day":                           berlinAt("2026-06-10", "Wed 2026-06-10 09:42", "07:42"),
		"Berlin, Saturday":                                berlinAt("2026-06-13", "Mon 2026-06-15 09:42", "07:42"),
		"Berlin, Sunday":                                  berlinAt("2026-06-14", "Mon 2026-06-15 09:42", "07:42"),
		"Berlin, Good Friday to Easter Monday":            berlinAt("2026-04-03", "Tue 2026-04-07 09:42", "07:42"),
		"Berlin, Ascension Day":                           berlinAt("2026-05-14", "Fri 2026-05-15 09:42", "07:42"),
		"Berlin, Unity Day on a Saturday":                 berlinAt("2026-10-03", "Mon 2026-10-05 09:42", "07:42"),
		"Berlin, Sunday of the spring change":             berlinAt("2026-03-29", "Mon 2026-03-30 09:42", "07:42"),
		"Berlin, Friday before it":                        berlinAt("2026-03-27", "Fri 2026-03-27 09:42", "08:42"),
		"Berlin, Sunday of the autumn change":             berlinAt("2026-10-25", "Mon 2026-10-26 09:42", "08:42"),
		"Berlin, Christmas":                               berlinAt("2026-12-25", "Mon 2026-12-28 09:42", "08:42"),
		"Berlin, the turn of the year":                    berlinAt("2027-01-01", "Mon 2027-01-04 09:42", "08:42"),
		"Berlin, New Year's Eve is a working day":         berlinAt("2026-12-31", "Thu 2026-12-31 09:42", "08:42"),
		"Berlin, leap day":                                berlinAt("2028-02-29", "Tue 2028-02-29 09:42", "08:42"),
		"New York, Thanksgiving":                          newYork("2026-11-26", "Fri 2026-11-27 09:42", "14:42"),
		"New York, Independence Day observed":             newYork("2026-07-03", "Mon 2026-07-06 09:42", "13:42"),
		"New York, Juneteenth before a weekend":           newYork("2026-06-19", "Mon 2026-06-22 09:42", "13:42"),
		"New York, Martin Luther King Day":                newYork("2026-01-19", "Tue 2026-01-20 09:42", "14:42"),
		"New York, Sunday of the spring change":           newYork("2026-03-08", "Mon 2026-03-09 09:42", "13:42"),
		"New York, Sunday of the autumn change":           newYork("2026-11-01", "Mon 2026-11-02 09:42", "14:42"),
		"New York, New Year":                              newYork("2027-01-01", "Mon 2027-01-04 09:42", "14:42"),
		"Shanghai, the whole golden week":                 shanghai("2026-10-01", "Thu 2026-10-08 09:42", "01:42"),
		"Shanghai, Spring Festival":                       shanghai("2026-02-16", "Tue 2026-02-24 09:42", "01:42"),
		"Shanghai, a Saturday people work on":             shanghai("2026-02-14", "Sat 2026-02-14 09:42", "01:42"),
		"Shanghai, an ordinary Saturday":                  shanghai("2026-06-13", "Mon 2026-06-15 09:42", "01:42"),
		"Shanghai, New Year":                              shanghai("2026-01-01", "Sun 2026-01-04 09:42", "01:42"), // made up for on the Sunday
		"Shanghai, Christmas is a working day":            shanghai("2026-12-25", "Fri 2026-12-25 09:42", "01:42"),
		"London, Good Friday to Easter Monday":            london("2026-04-03", "Tue 2026-04-07 09:42", "08:42"),
		"London, early May bank holiday":                  london("2026-05-04", "Tue 2026-05-05 09:42", "08:42"),
		"London, summer bank holiday after a weekend":     london("2026-08-29", "Tue 2026-09-01 09:42", "08:42"),
		"London, Boxing Day's substitute":                 london("2026-12-26", "Tue 2026-12-29 09:42", "09:42"),
		"London, Christmas to its substitute":             london("2026-12-25", "Tue 2026-12-29 09:42", "09:42"),
		"London, Sunday of the spring change":             london("2026-03-29", "Mon 2026-03-30 09:42", "08:42"),
		"London, Sunday of the autumn change":             london("2026-10-25", "Mon 2026-10-26 09:42", "09:42"),
		"London, 1 January on a Friday":                   london("2027-01-01", "Mon 2027-01-04 09:42", "09:42"),
		"London, new year's substitute in 2028, a Monday": london("2028-01-01", "Tue 2028-01-04 09:42", "09:42"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			day, err := invoice.ParseDate(tc[3])
			require.NoError(t, err)
			c := berlin()
			c.Zone, c.Country, c.Region = tc[0], tc[1], tc[2]
			c.DueOn, c.IssuedOn = day.AddDays(-7), day.AddDays(-40)
			c.IssuedAt = c.IssuedOn.At(10, 0, time.UTC)
			for _, step := range []string{"receipt", "courtesy", "due"} {
				c.Taken = append(c.Taken, dunning.Taken{Step: step, Act: dunning.Email, Outcome: dunning.Accepted, At: c.IssuedAt})
			}
			plan := p.Plan(c, day.AddDays(-3).At(12, 0, time.UTC))
			require.Equal(t, tc[4], when(t, plan, "reminder-1", dunning.Email, tc[0]))
			require.Equal(t, tc[5], when(t, plan, "reminder-1", dunning.Email, "UTC")[15:])
		})
	}
}

// TestUnknownYearIsNoWorkday: a year that nobody has announced holds the step by name; it never passes
// for a year of working days.
func TestUnknownYearIsNoWorkday(t *testing.T) {
	t.Parallel()
	p := shipped(t, "standard-b2b")
	c := berlin()
	c.Zone, c.Country, c.Region = "Asia/Shanghai", "CN", ""
	c.IssuedOn, c.DueOn = invoice.NewDate(2036, time.October, 1), invoice.NewDate(2036, time.November, 3)
	c.IssuedAt = c.IssuedOn.At(10, 0, time.UTC)
	plan := p.Plan(c, c.IssuedAt)
	require.Equal(t, "calendar_missing", gateOf(plan, "reminder-1"))
	require.Contains(t, plan.Waiting, "2036")
	_, err := dunning.Closed("CN", "", invoice.NewDate(2036, time.November, 10))
	require.Error(t, err)
}

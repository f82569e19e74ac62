package dunning_test

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// stricter are places for which our table closes more days than the referee's, never fewer: all of
// Switzerland for each canton, and for Scotland the days of England, too. In 2028 the United States keep
// Veterans Day on a Friday, which the referee does not know.
var stricter = map[string]bool{"CH": true, "GB-SCT": true}

// TestHolidays compares the business days with those of two other implementations, kept in
// testdata/holidays.json (npm date-holidays 3.37.0 for public and bank holidays, chinese-days 1.5.7).
func TestHolidays(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/holidays.json")
	require.NoError(t, err)
	var golden map[string]map[string][]string
	require.NoError(t, json.Unmarshal(b, &golden))
	for place, years := range golden {
		country, region, _ := strings.Cut(place, "-")
		for year, days := range years {
			n, err := strconv.Atoi(year)
			if err != nil {
				continue // "2026 worked": checked with its year
			}
			worked := years[year+" worked"]
			var closed, open []string
			for d := (invoice.Date{Year: n, Month: time.January, Day: 1}); d.Year == n; d = d.AddDays(1) {
				why, err := dunning.Closed(country, region, d)
				require.NoError(t, err)
				weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
				if why != "" && !weekend {
					closed = append(closed, d.String())
				}
				if why == "" && weekend {
					open = append(open, d.String())
				}
			}
			for _, day := range days {
				require.Contains(t, closed, day, "%s is open on a holiday", place)
			}
			for _, day := range closed {
				more := stricter[place] || slices.Contains([]string{"US 2028-11-10"}, place+" "+day)
				require.True(t, more || slices.Contains(days, day), "%s is closed on %s", place, day)
			}
			require.Equal(t, worked, open, "%s %s", place, year)
		}
	}
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	day := func(s string) invoice.Date {
		d, err := invoice.ParseDate(s)
		require.NoError(t, err)
		return d
	}
	for _, tc := range []struct {
		name, country, region, day string
		open                       bool
	}{
		{"make-up Saturday", "CN", "", "2026-02-14", true},
		{"golden week", "CN", "", "2026-10-06", false},
		{"provisional margin before the Spring Festival", "CN", "", "2027-02-05", false},
		{"provisional weekends stay closed", "CN", "", "2027-10-09", false},
		{"German state", "DE", "BY", "2026-01-06", false},
		{"another German state", "DE", "BE", "2026-01-06", true},
		{"German state unknown", "DE", "", "2026-01-06", false},
		{"German state unheard of", "DE", "XX", "2026-01-06", false},
		{"observed on Friday", "US", "", "2026-07-03", false},
		{"observed in the year before", "US", "", "2027-12-31", false},
		{"country without a table", "IN", "", "2026-08-17", true},
		{"weekend of a country without a table", "IN", "", "2026-08-15", false},
		{"Friday in Egypt", "EG", "", "2026-08-14", false},
	} {
		why, err := dunning.Closed(tc.country, tc.region, day(tc.day))
		require.NoError(t, err, tc.name)
		require.Equal(t, tc.open, why == "", "%s: %q", tc.name, why)
	}
	_, err := dunning.Closed("CN", "", day("2031-03-03"))
	require.ErrorContains(t, err, "2031 are not known yet")
	_, err = dunning.Closed("", "", day("2026-03-03"))
	require.ErrorContains(t, err, "country")
	_, err = dunning.Closed("XX", "", day("2026-03-03"))
	require.ErrorContains(t, err, "is not a country")
	require.Contains(t, dunning.CalendarNote("CN", "", day("2027-03-03")), "provisional")
	require.Contains(t, dunning.CalendarNote("IN", "", day("2026-03-03")), "no holiday table for IN")
	require.Empty(t, dunning.CalendarNote("DE", "BE", day("2026-03-03")))
}

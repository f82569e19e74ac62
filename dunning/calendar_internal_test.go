package dunning

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
		c := &calendar{country: country, region: region}
		for year, days := range years {
			n, err := strconv.Atoi(year)
			if err != nil {
				continue // "2026 worked": checked with its year
			}
			worked := years[year+" worked"]
			var closed, open []string
			for d := (invoice.Date{Year: n, Month: time.January, Day: 1}); d.Year == n; d = d.AddDays(1) {
				why, err := c.closed(d)
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

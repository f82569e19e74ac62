package dunning

import (
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // the same zones on every machine, also where the system has none

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/us"

	"dunlin/invoice"
)

// The library works holidays out at midnight of its default zone; which zone the machine is in must not matter.
func init() { cal.DefaultLoc = time.UTC }

// holidaysOf returns the holidays of a country or of one of its regions; false when there is no table.
func holidaysOf(country, region string) ([]*cal.Holiday, bool) {
	switch country {
	case "AT":
		return at.Holidays, true
	case "CH":
		return slices.Concat(ch.Holidays, ch.HolidaysLU), true // Lucerne keeps All Saints' Day, too
	case "DE":
		if region == "" {
			return allLaender(), true
		}
		return laender[region], true
	case "FR":
		return fr.Holidays, true
	case "GB":
		return slices.Concat(gb.Holidays, british[region]), true
	case "US":
		return us.Holidays, true
	}
	return nil, false
}

// knownRegion drops a region that has no table of its own.
func knownRegion(country, region string) string {
	if _, ok := regional[country][region]; !ok {
		return ""
	}
	return region
}

var regional = map[string]map[string][]*cal.Holiday{"DE": laender, "GB": british}

// allLaender are the holidays of all German states: a debtor of whom nobody knows the state is written to
// on no day that may be closed.
func allLaender() []*cal.Holiday {
	var all []*cal.Holiday
	for _, code := range slices.Sorted(maps.Keys(laender)) {
		all = append(all, laender[code]...)
	}
	return all
}

// laender are the German states by ISO 3166-2.
var laender = map[string][]*cal.Holiday{
	"BW": de.HolidaysBW, "BY": de.HolidaysBY, "BE": append(slices.Clone(de.HolidaysBE), liberation), "BB": de.HolidaysBB,
	"HB": de.HolidaysHB, "HH": de.HolidaysHH, "HE": de.HolidaysHE, "MV": append(slices.Clone(de.HolidaysMV), womensDay),
	"NI": de.HolidaysNI, "NW": de.HolidaysNW, "RP": de.HolidaysRP, "SL": de.HolidaysSL,
	"SN": de.HolidaysSN, "ST": de.HolidaysST, "SH": de.HolidaysSH, "TH": de.HolidaysTH,
}

// womensDay is a holiday of Mecklenburg-Vorpommern since 2023; the library is older.
var womensDay = de.Frauentag.Clone(&cal.Holiday{StartYear: 2023})

// liberation was a holiday of Berlin alone, once.
var liberation = &cal.Holiday{Name: "80. Jahrestag der Befreiung", StartYear: 2025, EndYear: 2025, Month: time.May, Day: 8, Func: cal.CalcDayOfMonth}

// british are the bank holidays that Scotland and Northern Ireland keep beside those of England and Wales.
var british = map[string][]*cal.Holiday{
	"ENG": nil, "WLS": nil, "EAW": nil,
	"SCT": {
		monday("2nd January", time.January, 2, cal.AltDay{Day: time.Monday, Offset: 1}),
		{Name: "Summer bank holiday (Scotland)", Month: time.August, Weekday: time.Monday, Offset: 1, Func: cal.CalcWeekdayOffset},
		monday("St Andrew's Day", time.November, 30),
	},
	"NIR": {
		monday("St Patrick's Day", time.March, 17),
		monday("Battle of the Boyne", time.July, 12),
	},
}

// monday is a bank holiday on a fixed day, kept on the Monday when it falls on a weekend.
func monday(name string, month time.Month, day int, also ...cal.AltDay) *cal.Holiday {
	alt := append([]cal.AltDay{{Day: time.Saturday, Offset: 2}, {Day: time.Sunday, Offset: 1}}, also...)
	if len(also) > 0 {
		alt[1].Offset = 2 // New Year's Day takes the Monday
	}
	return &cal.Holiday{Name: name, Month: month, Day: day, Observed: alt, Func: cal.CalcDayOfMonth}
}

// chinaYear is the State Council's arrangement of a year: holidays from and to, and the weekend days
// that are worked instead. A provisional year is not announced: statutory days with a margin, every
// weekend closed.
type chinaYear struct {
	Year        int
	Provisional bool
	Holidays    []struct {
		From, To invoice.Date
		Name     string
	}
	Working []invoice.Date
}

//go:embed calendars/china.json
var chinaJSON []byte

// china returns the years in order, without a gap.
var china = sync.OnceValue(func() []chinaYear {
	var years []chinaYear
	if err := json.Unmarshal(chinaJSON, &years); err != nil {
		panic("dunning: calendars/china.json: " + err.Error()) // embedded, held by a test
	}
	return years
})

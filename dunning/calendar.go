package dunning

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"dunlin/invoice"
)

// calendar says which days are business days where a debtor is.
type calendar struct {
	country string // ISO 3166-1 alpha-2; "" when nobody knows it
	region  string // ISO 3166-2 subdivision without the country; "" for the whole country
	years   map[int]*yearDays
}

// yearDays are the closed days of one year, by day of the year from 0.
type yearDays struct {
	closed [366]uint8 // 0: a business day; otherwise 1 + index into names
	names  []string
	note   string // what a person should know about the table
}

// errNoCalendar says that business days cannot be counted, and why.
func errNoCalendar(format string, args ...any) *invoice.Error {
	return invoice.Unknown("country", format, args...)
}

// closed returns why the day is no business day, "" when it is one.
func (c *calendar) closed(d invoice.Date) (string, error) {
	y, err := c.year(d.Year)
	if err != nil {
		return "", err
	}
	if n := y.closed[d.At(0, 0, time.UTC).YearDay()-1]; n > 0 {
		return y.names[n-1], nil
	}
	return "", nil
}

// note returns what a person should know about the calendar of that day's year.
func (c *calendar) note(d invoice.Date) string {
	if y, err := c.year(d.Year); err == nil {
		return y.note
	}
	return ""
}

// add returns the n-th business day after d; the next business day from d on when n is 0.
func (c *calendar) add(d invoice.Date, n int) (invoice.Date, error) {
	for {
		why, err := c.closed(d)
		if err != nil {
			return invoice.Date{}, err
		}
		if why == "" {
			if n == 0 {
				return d, nil
			}
			n--
		}
		d = d.AddDays(1)
	}
}

// before returns the last business day before d.
func (c *calendar) before(d invoice.Date) (invoice.Date, error) {
	for {
		d = d.AddDays(-1)
		if why, err := c.closed(d); err != nil || why == "" {
			return d, err
		}
	}
}

// tables remembers the years that were worked out already; what is in it follows from its key alone.
var tables sync.Map // tableKey → *yearDays

type tableKey struct {
	country, region string
	year            int
}

func (c *calendar) year(n int) (*yearDays, error) {
	if y, ok := c.years[n]; ok {
		return y, nil
	}
	country, region := c.country, knownRegion(c.country, c.region)
	switch {
	case country == "":
		return nil, errNoCalendar("nobody knows the debtor's country, so business days cannot be told")
	case !isoCountry(country):
		return nil, errNoCalendar("%q is not a country, so business days cannot be told", country)
	case n < 1970 || n > 2200:
		return nil, errNoCalendar("the year %d has no calendar", n)
	}
	key := tableKey{country, region, n}
	v, ok := tables.Load(key)
	if !ok {
		y, err := work(country, region, n)
		if err != nil {
			return nil, err
		}
		v, _ = tables.LoadOrStore(key, y)
	}
	if c.years == nil {
		c.years = make(map[int]*yearDays, 2)
	}
	c.years[n] = v.(*yearDays)
	return c.years[n], nil
}

// work computes a year's table: weekends, then holidays, then days on which a weekend is worked.
func work(country, region string, n int) (*yearDays, error) {
	y := &yearDays{}
	weekend := []time.Weekday{time.Saturday, time.Sunday}
	if strings.Contains(fridayCountries, country) {
		weekend = []time.Weekday{time.Friday, time.Saturday, time.Sunday}
	}
	for d := (invoice.Date{Year: n, Month: time.January, Day: 1}); d.Year == n; d = d.AddDays(1) {
		for _, w := range weekend {
			if d.Weekday() == w {
				y.close(d, w.String())
			}
		}
	}
	if country == "CN" {
		return y, y.chinese(n)
	}
	holidays, ok := holidaysOf(country, region)
	if country == "CH" {
		y.note = "one table for all cantons: what one keeps may be worked in another, and rare local days are not in it"
	}
	if country == "DE" && region == "" {
		y.note = "the state is not known: the holidays of all German states count"
	}
	if !ok {
		y.note = "there is no holiday table for " + country + ": only weekends are closed"
		return y, nil
	}
	for _, h := range holidays {
		for _, year := range []int{n, n + 1} { // a New Year's Day may be observed in December before
			actual, observed := h.Calc(year)
			for _, t := range []time.Time{actual, observed} {
				if d := invoice.DateOf(t); !t.IsZero() && d.Year == n {
					y.close(d, h.Name)
				}
			}
		}
	}
	return y, nil
}

// close marks a day; the first name stays.
func (y *yearDays) close(d invoice.Date, name string) {
	i := d.At(0, 0, time.UTC).YearDay() - 1
	if y.closed[i] > 0 {
		return
	}
	for n, known := range y.names {
		if known == name {
			y.closed[i] = uint8(n + 1)
			return
		}
	}
	y.names = append(y.names, name)
	y.closed[i] = uint8(len(y.names))
}

func (y *yearDays) open(d invoice.Date) { y.closed[d.At(0, 0, time.UTC).YearDay()-1] = 0 }

func (y *yearDays) chinese(n int) error {
	first, last := china()[0].Year, china()[len(china())-1].Year
	if n > last {
		return errNoCalendar("China's working days of %d are not known yet", n)
	}
	if n < first {
		y.note = "there is no table of China's working days before " + strconv.Itoa(first) + ": only weekends are closed"
		return nil
	}
	table := china()[n-first]
	if table.Provisional {
		y.note = "provisional calendar: the State Council's arrangement for " + strconv.Itoa(n) + " is not in this release"
	}
	for _, h := range table.Holidays {
		for d := h.From; !h.To.Before(d); d = d.AddDays(1) {
			y.close(d, h.Name)
		}
	}
	for _, d := range table.Working {
		y.open(d)
	}
	return nil
}

// fridayCountries close on Friday and most of them on Saturday; which of the two halves of their
// weekend an office keeps differs, so Sunday is left out, too, when nobody says otherwise.
const fridayCountries = "AF BD BH DJ DZ EG IQ IR JO KW LY MV OM PS QA SA SD SO SY YE"

// isoCountry says whether the code is assigned in ISO 3166-1.
func isoCountry(code string) bool {
	return len(code) == 2 && strings.Contains(isoCountries, " "+code+" ")
}

const isoCountries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "

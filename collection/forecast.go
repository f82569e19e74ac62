package collection

import (
	"strconv"
	"strings"
	"time"

	"dunlin/dunning"
	"dunlin/invoice"
)

// ForecastQuery asks what the running cases will bring.
type ForecastQuery struct {
	Days     int    // 1..366
	Creditor string // "" means all
	Policy   string // name; "" means all. Siblings under other policies still count for caps
	Email    Price  // per message
	SMS      Price  // per segment
	Call     Price  // per phone task
}

// Price is what one act costs, in millionths of the currency's unit. The zero Price costs nothing.
type Price struct {
	Micro    int64
	Currency invoice.Currency
}

// ParsePrice reads "0.09 EUR"; up to six decimals are exact.
func ParsePrice(field, text string) (Price, error) {
	if text == "" {
		return Price{}, nil
	}
	bad := func() (Price, error) {
		return Price{}, invoice.Invalid(field, "%q is not a price", text).WithHint(`write an amount with up to six decimals and a currency, e.g. "0.09 EUR"`)
	}
	amount, code, ok := strings.Cut(strings.TrimSpace(text), " ")
	whole, frac, dotted := strings.Cut(amount, ".")
	if !ok || whole == "" || len(whole) > 9 || len(frac) > 6 || (dotted && frac == "") {
		return bad()
	}
	micro, err := strconv.ParseUint(whole+frac+strings.Repeat("0", 6-len(frac)), 10, 63)
	if err != nil {
		return bad()
	}
	c, err := invoice.ParseCurrency(strings.TrimSpace(code))
	if err != nil {
		return bad()
	}
	return Price{int64(micro), c}, nil
}

// String returns "0.09 EUR", with no more decimals than are needed beyond the currency's own.
func (p Price) String() string {
	digits, _ := p.Currency.Decimals()
	frac := strconv.FormatInt(1_000_000+p.Micro%1_000_000, 10)[1:]
	for len(frac) > digits && strings.HasSuffix(frac, "0") {
		frac = frac[:len(frac)-1]
	}
	text := strconv.FormatInt(p.Micro/1_000_000, 10)
	if frac != "" {
		text += "." + frac
	}
	return text + " " + string(p.Currency)
}

// MarshalText writes the price as String does; nothing for the zero Price.
func (p Price) MarshalText() ([]byte, error) {
	if p.Currency == "" {
		return nil, nil
	}
	return []byte(p.String()), nil
}

// Times multiplies the price.
func (p Price) Times(n int) Price { return Price{p.Micro * int64(n), p.Currency} }

// Costs adds prices up, one sum per currency, in the order in which currencies first came.
type Costs []Price

// Add returns the costs with one more price.
func (c Costs) Add(p Price) Costs {
	if p.Micro == 0 {
		return c
	}
	for i := range c {
		if c[i].Currency == p.Currency {
			c[i].Micro += p.Micro
			return c
		}
	}
	return append(c, p)
}

// String returns "1.20 EUR, 3.00 USD".
func (c Costs) String() string {
	texts := make([]string, len(c))
	for i := range c {
		texts[i] = c[i].String()
	}
	return strings.Join(texts, ", ")
}

// MarshalText writes the costs as String does.
func (c Costs) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Forecast is what the running cases will bring, when nobody pays.
type Forecast struct {
	AsOf     time.Time      `json:"as_of"`
	Until    time.Time      `json:"until"`
	Cases    int            `json:"cases"` // open
	Debtors  int            `json:"debtors"`
	Supposes []string       `json:"supposes"` // what has to be true for it to come like this
	Days     []ForecastDay  `json:"days"`
	Acts     []ForecastAct  `json:"acts"`
	Waiting  []ForecastGate `json:"waiting"` // cases that wait for a person or for data today
	Cost     Costs          `json:"cost"`
}

// ForecastDay sums a day up; the day is each debtor's own.
type ForecastDay struct {
	Date       string `json:"date"`
	Emails     int    `json:"emails"`
	SMS        int    `json:"sms"`
	Segments   int    `json:"sms_segments"` // of the texts as they would be written
	Invoices   int    `json:"invoices"`     // told in the messages
	Calls      int    `json:"calls"`
	Decisions  int    `json:"decisions"`
	Placements int    `json:"placements"`
	Expiries   int    `json:"expiries"`
	Cost       Costs  `json:"cost"`
}

// ForecastAct is one act that is expected.
type ForecastAct struct {
	At       time.Time   `json:"at"`
	Date     string      `json:"date"` // in the debtor's zone
	In       int         `json:"in"`   // days from today there: 0 today, 1 tomorrow
	Zone     string      `json:"zone"`
	Creditor string      `json:"creditor"`
	DebtorID string      `json:"debtor"`
	Debtor   string      `json:"debtor_name"`
	Policy   string      `json:"policy"` // of the case that acts
	Step     string      `json:"step"`
	Title    string      `json:"title"`
	Act      dunning.Act `json:"act"`
	Invoices []string    `json:"invoices"`               // numbers, the acting case first
	Segments int         `json:"sms_segments,omitempty"` // of the text
	Unknown  string      `json:"unwritten,omitempty"`    // why the text could not be written; it counts as one segment
	Cost     Price       `json:"cost,omitzero"`
	Reason   string      `json:"reason"`
}

// ForecastGate counts the cases that a gate holds.
type ForecastGate struct {
	Gate  string `json:"gate"`
	Cases int    `json:"cases"`
}

// PolicyEffect is what another policy would change for one running case.
type PolicyEffect struct {
	Invoice  invoice.Key `json:"invoice"`
	DebtorID string      `json:"debtor"`
	Zone     string      `json:"zone"`
	dunning.Effect
}

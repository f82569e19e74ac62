package bankgen

import (
	"strconv"
	"strings"

	"dunlin/invoice"
)

// Customer is somebody who owes, as the creditor's books have him.
type Customer struct {
	ID       string // customer number; looks like an invoice number on purpose
	Name     string
	Latin    string // the name in letters, where Name is written otherwise
	Type     invoice.DebtorType
	Country  string
	Language string
	Currency invoice.Currency
	Group    int // customers with the same number above 0 pay for each other
	Accounts []PayerAccount

	subscriber bool  // pays the same price again and again
	price      int64 // that price
	open       []int // indexes of the open invoices
	settled    []int
}

// known says whether one of the customer's accounts is known, and gives it.
func (c *Customer) known(d dice) (PayerAccount, bool) {
	start := d.IntN(len(c.Accounts))
	for i := range c.Accounts {
		if a := c.Accounts[(start+i)%len(c.Accounts)]; a.Known.Sure() {
			return a, true
		}
	}
	return PayerAccount{}, false
}

// firstID is the number of the first customer; invoice numbers run through the same range.
const firstID = 1_200

// makeCustomers makes one customer for every four open invoices.
func (w *World) makeCustomers(d dice) {
	n := max(12, w.Options.Open/4)
	weights := make([]int, len(lands))
	for i, l := range lands {
		weights[i] = l.share
	}
	last := map[string]*Customer{} // by country: the next one may have a similar name
	for i := range n {
		l := lands[d.weighted(weights)]
		c := d.customer(l, strconv.Itoa(firstID+i), last[l.code])
		if i > 0 && d.percent(10) { // belongs to the group of the one before
			before := &w.Customers[i-1]
			if before.Group == 0 {
				before.Group = i
			}
			c.Group, c.Currency = before.Group, before.Currency
		}
		w.Customers = append(w.Customers, c)
		last[l.code] = &c
	}
}

// customer makes one; every eighth has a name much like that of the one before in his country.
func (d dice) customer(l land, id string, like *Customer) Customer {
	c := Customer{ID: id, Type: invoice.Business, Country: l.code, Language: l.lang, Currency: invoice.Currency(l.currency)}
	if l.currency != "EUR" && d.percent(25) {
		c.Currency = "EUR"
	}
	switch {
	case like != nil && like.Type == invoice.Business && d.percent(12):
		c.Name = d.similar(like.Name, l)
	case d.percent(15):
		c.Type = invoice.Consumer
		c.Name = d.person(l)
	default:
		c.Name = d.firm(l)
	}
	c.Latin = latin(c.Name)
	if c.subscriber = d.percent(12); c.subscriber {
		c.price = d.listPrice(c.Currency)
	}
	for range []int{1, 1, 1, 1, 2, 2, 3}[d.IntN(7)] {
		c.Accounts = append(c.Accounts, d.payerAccount(l, d.knowledge()))
	}
	return c
}

// knowledge is what the books know of an account: five in six are sure.
func (d dice) knowledge() Known {
	return []Known{MasterData, Confirmed, Once, Unknown}[d.weighted([]int{45, 40, 5, 10})]
}

func (d dice) payerAccount(l land, known Known) PayerAccount {
	a := PayerAccount{BIC: d.word(l.bic), Known: known}
	if l.bban == "" {
		a.Number = d.digits(map[string]int{"US": 12, "CN": 19, "JP": 7}[l.code])
	} else {
		a.IBAN = d.iban(l.code, l.bban)
	}
	return a
}

func (d dice) firm(l land) string {
	family, trade, form := d.word(l.families), d.word(l.trades), d.word(l.forms)
	switch {
	case l.lang == "zh":
		return family + trade + form
	case d.percent(20):
		return family + " & " + d.word(l.families) + " " + form
	case d.percent(25):
		return trade + " " + family + " " + form
	}
	return family + " " + trade + " " + form
}

func (d dice) person(l land) string {
	if l.lang == "zh" {
		return d.word(l.firsts)
	}
	return d.word(l.firsts) + " " + d.word(l.families)
}

// similar is the name of another firm that a hurried reader takes for this one.
func (d dice) similar(name string, l land) string {
	if l.lang == "zh" {
		return strings.Replace(name, "有限", "股份有限", 1)
	}
	switch d.IntN(4) {
	case 0:
		for _, form := range strings.Split(l.forms, "|") {
			if base, ok := strings.CutSuffix(name, " "+form); ok {
				return base + " " + d.word(l.forms)
			}
		}
	case 1:
		return latin(name) + " Nord"
	case 2:
		return strings.Replace(name, " ", " "+d.word(l.families)+"-", 1)
	}
	return name + " " + d.word("II|International|Service|Holding")
}

// marked and plain are letters with marks and the same without; banks write some of them as two.
const (
	marked = "éèêëÉÈÊËàâáÀÂÁïíîÏÍÎóôÓÔúûÚÛñÑńŃçÇśŚłŁćĆ–’°"
	plain  = "eeeeEEEEaaaAAAiiiIIIooOOuuUUnNnNcCsSlLcC-' "
)

// folded writes letters as banks do that know no others.
var folded = func() *strings.Replacer {
	pairs := []string{"ä", "ae", "ö", "oe", "ü", "ue", "Ä", "AE", "Ö", "OE", "Ü", "UE", "ß", "ss"}
	letters := []rune(plain)
	for i, r := range []rune(marked) {
		pairs = append(pairs, string(r), string(letters[i]))
	}
	return strings.NewReplacer(pairs...)
}()

// latin writes a text in letters without marks: Chinese names as they are read, other Chinese not at all, and
// everything else, numbers above all, as it is.
func latin(s string) string {
	s = folded.Replace(s)
	if !strings.ContainsFunc(s, isHan) {
		return s
	}
	for _, part := range chineseParts {
		for _, han := range strings.Split(part, "|") {
			s = strings.ReplaceAll(s, han, " "+pinyin[han]+" ")
		}
	}
	s = strings.Map(func(r rune) rune {
		if isHan(r) {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func isHan(r rune) bool { return r >= 0x2e80 && r < 0xfe00 }

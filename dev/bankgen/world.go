package bankgen

import (
	"strconv"

	"dunlin/invoice"
)

// Creditor is the id of the creditor whose books these are.
const Creditor = "bankgen"

// World is a creditor's books, the payments of some days, and what they are for.
type World struct {
	Options
	Accounts  []Account
	Customers []Customer
	Open      []Invoice // still to be paid when the first statement comes
	Settled   []Invoice // paid in full before
	Payments  []Payment // in the order of the statements: by account, day and position

	first   invoice.Date // day of the first statement
	days    []invoice.Date
	gaps    []string // numbers that were never given to an invoice
	next    []int    // by series, the first serial number not yet given out
	pending []Payment
	takeAt  int
	order   []int // open invoices in the order in which they are offered for payment
}

// Generate makes the world that the options describe.
func Generate(o Options) (*World, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &World{Options: o, days: bankingDays(o.Until, o.Days)}
	w.first = w.days[0]
	d := newDice(o.Seed, customerStream)
	w.Accounts = d.accounts(o.Format)
	w.makeCustomers(d)
	w.makeInvoices(newDice(o.Seed, invoiceStream))
	if err := w.makePayments(newDice(o.Seed, paymentStream)); err != nil {
		return nil, err
	}
	w.arrange()
	return w, nil
}

// Days are the days of the statements, one for every account and day.
func (w *World) Days() []invoice.Date { return w.days }

// Owed is how many open invoices of exactly this amount a customer had at the beginning.
func (w *World) Owed(customer string, amount invoice.Money) int {
	i, err := strconv.Atoi(customer)
	if i -= firstID; err != nil || i < 0 || i >= len(w.Customers) {
		return 0
	}
	n := 0
	for _, j := range w.Customers[i].open {
		if w.Open[j].Amount.Currency == amount.Currency && w.Open[j].Owed() == amount.Minor {
			n++
		}
	}
	return n
}

// bankingDays are the n last weekdays up to a day.
func bankingDays(until invoice.Date, n int) []invoice.Date {
	days := make([]invoice.Date, n)
	for i := n - 1; i >= 0; until = until.AddDays(-1) {
		if wd := until.Weekday(); wd == 0 || wd == 6 {
			continue
		}
		days[i] = until
		i--
	}
	return days
}

// RF is the ISO 11649 reference of a number: what Options.Reference may be.
func RF(number string) string {
	body := alnum(number)
	check := 98 - mod97(body+"RF00")
	return "RF" + string(rune('0'+check/10)) + string(rune('0'+check%10)) + body
}

package bankgen

import (
	"fmt"
	"math"

	"dunlin/invoice"
)

// Invoice is what a customer was asked to pay.
type Invoice struct {
	Number   string
	Customer int // index in World.Customers
	Amount   invoice.Money
	IssuedOn invoice.Date
	DueOn    invoice.Date
	Discount Terms  // zero: none
	Order    string // the customer's order number
	Credit   string // number of a credit note over a part of it, on file; "": none
	Credited int64  // what that takes off, minor units

	series  int
	serial  int
	used    bool // a payment of the period is for it
	settled bool
}

// Terms are an early-payment discount: so many thousandths off when paid within so many days of issue.
type Terms struct{ Permille, Days int64 }

// Off is the discount on an amount, rounded half up.
func (t Terms) Off(minor int64) int64 { return (minor*t.Permille + 500) / 1000 }

// series are the ways in which the creditor's programs number invoices, all at the same time. Their serial
// numbers run through the same range, so that the digits alone seldom say which invoice is meant.
var series = []struct {
	share   int
	prefix  string // what people leave away
	format  string
	initial int // added to the serial number
}{
	{30, "NL-", "NL-%d", 0},
	{15, "2026/", "2026/%05d", 0},
	{10, "2025/", "2025/%05d", 0},
	{15, "", "%d", 70_000_000},
	{20, "INV", "INV%07d", 0},
	{10, "R26-", "R26-%06d", 0},
}

// number writes an invoice number.
func number(s, serial int) string { return fmt.Sprintf(series[s].format, series[s].initial+serial) }

// firstSerial is where every series begins.
const firstSerial = 1_001

// mostSettled is about how many invoices are settled at most: the books hold far more, but no payment of the
// period asks for those.
const mostSettled = 5_000

// Owed is what is to be paid of it at the beginning.
func (i *Invoice) Owed() int64 { return i.Amount.Minor - i.Credited }

// makeInvoices gives out numbers in order: most are open, some are settled, some were never issued.
func (w *World) makeInvoices(d dice) {
	weights := make([]int, len(series))
	next := make([]int, len(series))
	for i, s := range series {
		weights[i], next[i] = s.share, firstSerial
	}
	settledShare := min(1_600, mostSettled*10_000/w.Options.Open)
	who := 0
	for len(w.Open) < w.Options.Open {
		s := d.weighted(weights)
		serial := next[s]
		if next[s]++; d.percent(3) { // a number that nobody got
			w.gaps = append(w.gaps, number(s, serial))
			continue
		}
		if !d.percent(25) || len(w.Open) == 0 { // else the same customer again: neighbouring numbers
			who = w.busy(d)
		}
		inv := w.invoice(d, who, s, serial)
		c := &w.Customers[who]
		if d.IntN(10_000) < settledShare {
			inv.settled = true
			c.settled = append(c.settled, len(w.Settled))
			w.Settled = append(w.Settled, inv)
			continue
		}
		if inv.Amount.Minor > 5*least(c.Currency) && d.percent(1) {
			inv.Credit, inv.Credited = "GS"+d.digits(6), inv.Amount.Minor*int64(d.between(5, 40))/100
		}
		c.open = append(c.open, len(w.Open))
		w.Open = append(w.Open, inv)
	}
	w.next = next
}

// busy picks a customer; the first in the books have the most invoices.
func (w *World) busy(d dice) int {
	x := d.Float64()
	return min(len(w.Customers)-1, int(math.Pow(x, 1.4)*float64(len(w.Customers))))
}

func (w *World) invoice(d dice, who, s, serial int) Invoice {
	c := &w.Customers[who]
	issued := w.first.AddDays(-d.between(1, 75))
	if d.percent(30) {
		issued = w.first.AddDays(-d.between(1, 12))
	}
	inv := Invoice{Number: number(s, serial), Customer: who, Amount: invoice.NewMoney(d.amount(c), c.Currency), IssuedOn: issued, series: s, serial: serial}
	inv.DueOn = issued.AddDays(pick(d, []int{14, 14, 30, 30, 30, 45}))
	if d.percent(25) {
		inv.Discount = pick(d, []Terms{{20, 10}, {20, 14}, {30, 8}, {30, 10}})
	}
	if d.percent(30) {
		inv.Order = d.order()
	}
	return inv
}

// order is a customer's own order number. Some look like the creditor's invoice numbers.
func (d dice) order() string {
	return pick(d, []string{"PO " + d.digits(6), "45" + d.digits(8), "B-" + d.digits(5), fmt.Sprintf("2026/%05d", d.between(50_000, 99_999))})
}

// amount is what an invoice comes to. Subscriptions, price lists and round sums recur; the rest is what
// work and material add up to.
func (d dice) amount(c *Customer) int64 {
	switch n := d.IntN(100); {
	case c.subscriber && n < 70:
		return c.price
	case n < 26:
		return d.listPrice(c.Currency)
	case n < 36:
		return unit(c.Currency) * int64(pick(d, []int{100, 150, 200, 250, 300, 400, 500, 600, 750, 800, 1000, 1200, 1500, 2000, 2500, 5000, 10000}))
	}
	value := math.Exp(d.NormFloat64()*1.1 + 6.3) // median 545
	minor := int64(min(max(value, 12), 250_000)*100) + int64(d.IntN(100))
	if c.Currency == "JPY" {
		return minor
	}
	return minor
}

// listPrice is a price with tax from a list of forty.
func (d dice) listPrice(c invoice.Currency) int64 {
	net := int64(pick(d, []int{19, 29, 39, 49, 59, 79, 99, 119, 149, 199, 249, 299, 349, 399, 449, 499, 599, 699, 799, 899})) * 100
	if d.percent(50) {
		net *= 2
	}
	if c == "JPY" {
		return net * 110 / 100
	}
	return net * 119 / 100
}

// unit is one whole unit of a currency in minor units.
func unit(c invoice.Currency) int64 {
	n, _ := c.Decimals()
	u := int64(1)
	for range n {
		u *= 10
	}
	return u
}

package bankgen

import (
	"slices"

	"dunlin/invoice"
)

// deviating pays another amount than the invoice's, and names it: a part, the rest of it, too much, less the
// discount in time or too late, less what banks took on the way.
func (m *maker) deviating() (Payment, error) {
	switch m.d.weighted([]int{28, 12, 20, 25, 5, 10}) {
	case 0:
		return m.part()
	case 1:
		return m.remainder()
	case 2:
		return m.tooMuch()
	case 3:
		return m.discounted()
	case 4:
		return m.discountedLate()
	}
	return m.charged()
}

// deviation is one payment that differs from its invoice.
type deviation struct {
	pays, discount, charge, rest int64
	day                          int
	words                        string // said beside the number
}

// differ makes the payment.
func (m *maker) differ(i int, x deviation) Payment {
	inv := &m.w.Open[i]
	c := &m.w.Customers[inv.Customer]
	p := m.start(Deviating, invoice.NewMoney(x.pays, c.Currency), m.account(c.Currency, nil), x.day)
	p.Value = p.Booked // the discount's window counts to the value date
	p.Charge = x.charge
	p.Truth.Applied = []Applied{{Number: inv.Number, Amount: x.pays - x.rest, Discount: x.discount, Charge: x.charge}}
	p.Truth.Rest = x.rest
	m.from(&p, c, false)
	n := m.note(c, &p)
	m.finish(&p, n.join([]string{m.d.word(pickWords(n.words(), x.words)), n.reference(inv.Number, inv, c)}))
	return p
}

// pickWords finds what is said beside the number.
func pickWords(w wording, which string) string {
	return map[string]string{"part": w.partial + "||", "rest": w.rest, "rebate": w.rebate}[which]
}

// least is the smallest difference that nobody takes for a bank's charge: 20 units.
func least(c invoice.Currency) int64 { return 20 * unit(c) }

// part pays from a third to four fifths.
func (m *maker) part() (Payment, error) {
	i, err := m.take(func(inv *Invoice, c *Customer) bool { return inv.Amount.Minor > 5*least(c.Currency) })
	if err != nil {
		return Payment{}, err
	}
	inv := &m.w.Open[i]
	u := unit(inv.Amount.Currency)
	pays := inv.Amount.Minor * int64(m.d.between(33, 78)) / 100
	if m.d.percent(60) {
		pays = pays / (10 * u) * 10 * u
	}
	pays = min(pays, inv.Amount.Minor-least(inv.Amount.Currency)-1)
	for m.owes(inv.Customer, pays) { // else it could be meant for that one
		pays -= 7
	}
	day := m.day()
	m.short = append(m.short, owing{open: i, left: inv.Amount.Minor - pays, day: day})
	return m.differ(i, deviation{pays: pays, day: day, words: "part"}), nil
}

// remainder pays what a part payment on an earlier day has left.
func (m *maker) remainder() (Payment, error) {
	for k := len(m.short) - 1; k >= 0; k-- {
		if o := m.short[k]; o.day < len(m.w.days)-1 {
			m.short = slices.Delete(m.short, k, k+1)
			return m.differ(o.open, deviation{pays: o.left, day: m.d.between(o.day+1, len(m.w.days)-1), words: "rest"}), nil
		}
	}
	return m.part()
}

// tooMuch pays a sum rounded up, or some more; never so much that it could be for another invoice, too.
func (m *maker) tooMuch() (Payment, error) {
	i, err := m.take(nil)
	if err != nil {
		return Payment{}, err
	}
	inv := &m.w.Open[i]
	u := unit(inv.Amount.Currency)
	over := int64(m.d.between(2, 90))*u + int64(m.d.IntN(int(u)))
	if up := 50*u - inv.Amount.Minor%(50*u); up > 2*u && m.d.percent(50) {
		over = up
	}
	for m.owes(inv.Customer, over) || m.owes(inv.Customer, inv.Amount.Minor+over) {
		over += 3 * u
	}
	return m.differ(i, deviation{pays: inv.Amount.Minor + over, rest: over, day: m.day()}), nil
}

// owes says whether one of a customer's open invoices has an amount.
func (m *maker) owes(customer int, minor int64) bool {
	return slices.ContainsFunc(m.w.Customers[customer].open, func(j int) bool { return m.w.Open[j].Amount.Minor == minor || m.w.Open[j].Owed() == minor })
}

// discounted takes the discount within its window.
func (m *maker) discounted() (Payment, error) {
	i, err := m.take(func(inv *Invoice, _ *Customer) bool {
		off := inv.Discount.Off(inv.Amount.Minor)
		return off > 0 && m.w.first.Before(inv.IssuedOn.AddDays(int(inv.Discount.Days))) && !m.owes(inv.Customer, inv.Amount.Minor-off)
	})
	if err != nil {
		return m.tooMuch()
	}
	inv := &m.w.Open[i]
	end := inv.IssuedOn.AddDays(int(inv.Discount.Days))
	last := 0
	for last+1 < len(m.w.days) && !end.Before(m.w.days[last+1]) {
		last++
	}
	off := inv.Discount.Off(inv.Amount.Minor)
	return m.differ(i, deviation{pays: inv.Amount.Minor - off, discount: off, day: m.d.between(0, last), words: "rebate"}), nil
}

// discountedLate takes it ten days or more after the window: it stays owed.
func (m *maker) discountedLate() (Payment, error) {
	i, err := m.take(func(inv *Invoice, c *Customer) bool {
		off := inv.Discount.Off(inv.Amount.Minor)
		return off > least(c.Currency) && !m.w.days[len(m.w.days)-1].Before(inv.IssuedOn.AddDays(int(inv.Discount.Days)+10))
	})
	if err != nil {
		return m.part()
	}
	inv := &m.w.Open[i]
	from := inv.IssuedOn.AddDays(int(inv.Discount.Days) + 10)
	day := len(m.w.days) - 1
	for day > 0 && !m.w.days[day-1].Before(from) && m.d.percent(80) {
		day--
	}
	return m.differ(i, deviation{pays: inv.Amount.Minor - inv.Discount.Off(inv.Amount.Minor), day: day, words: "rebate"}), nil
}

// charged comes from abroad, less what banks took on the way: at most fifteen units.
func (m *maker) charged() (Payment, error) {
	i, err := m.take(func(inv *Invoice, c *Customer) bool {
		return landOf(c.Country).currency != "EUR" && c.Currency != "JPY" && inv.Amount.Minor > 10*least(c.Currency) && inv.Discount == Terms{}
	})
	if err != nil {
		return m.tooMuch()
	}
	inv := &m.w.Open[i]
	charge := pick(m.d, []int64{150, 250, 500, 750, 1000, 1200, 1500})
	for m.owes(inv.Customer, inv.Amount.Minor-charge) {
		charge -= 10
	}
	return m.differ(i, deviation{pays: inv.Amount.Minor - charge, charge: charge, day: m.day()}), nil
}

// landOf finds a country.
func landOf(code string) land {
	return lands[slices.IndexFunc(lands, func(l land) bool { return l.code == code })]
}

package bankgen

import "dunlin/invoice"

// converted names an open invoice, whole and right, but pays it in another currency than it was issued in.
// What that comes to is for a person to say, so it pays nothing by itself.
func (m *maker) converted() Payment {
	inv := &m.w.Open[m.d.IntN(len(m.w.Open))]
	c := &m.w.Customers[inv.Customer]
	to := invoice.Currency("EUR")
	if c.Currency == to {
		to = pick(m.d, []invoice.Currency{"USD", "CHF", "GBP"})
	}
	minor := inv.Amount.Minor * int64(m.d.between(80, 125)) / 100
	if m.d.percent(25) { // the same figure, which is the easiest to fall for
		minor = inv.Amount.Minor
	}
	p := m.unasked(OtherCurrency, minor, to)
	m.from(&p, c, false)
	n := m.note(c, &p)
	m.finish(&p, n.reference(n.written(inv.Number), inv, c))
	return p
}

// cameBack pays an open invoice, and the bank takes the money back on a later day: an account that was closed,
// a debit that was objected to. The invoice is open again in the end.
func (m *maker) cameBack() (Payment, bool) {
	i, err := m.take(func(_ *Invoice, c *Customer) bool {
		return m.w.Accounts[m.account(c.Currency, Format.returns)].Format.returns()
	})
	if err != nil {
		return Payment{}, false
	}
	inv := &m.w.Open[i]
	c := &m.w.Customers[inv.Customer]
	day := m.d.IntN(len(m.w.days) - 1)
	p := m.start(CameBack, inv.Amount, m.account(c.Currency, Format.returns), day)
	p.Truth.Rest = p.Amount.Minor
	m.from(&p, c, false)
	p.EndToEnd = "R" + m.d.digits(15)
	n := m.note(c, &p)
	m.finish(&p, n.reference(n.written(inv.Number), inv, c))

	back := m.start(Return, invoice.NewMoney(-p.Amount.Minor, c.Currency), p.Account, m.d.between(day+1, len(m.w.days)-1))
	back.From, back.Name, back.EndToEnd, back.Reason = p.From, p.Name, p.EndToEnd, m.d.word("AC04|AC06|AM04|MS03|MD06")
	back.Truth.Rest = back.Amount.Minor
	text := "RUECKUEBERWEISUNG " + inv.Number
	if m.d.percent(50) {
		text = m.d.word("RETURN|Retoure|RETOUR|Kontoinhaber erloschen")
	}
	m.finish(&back, text)
	p.back, back.back = len(m.backs)+1, len(m.backs)+1
	m.backs = append(m.backs, back)
	return p, true
}

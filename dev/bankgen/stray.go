package bankgen

import (
	"strings"

	"dunlin/invoice"
)

// stray makes one payment with no open invoice.
func (m *maker) stray(class Class) Payment {
	switch class {
	case DuplicateSettled:
		return m.settledAgain()
	case DuplicateAgain:
		if p, ok := m.paidAgain(); ok {
			return p
		}
		return m.settledAgain()
	case NotYetIssued:
		return m.notOnFile()
	case SupplierRefund:
		return m.supplier()
	case LooksLikeNumber:
		return m.looksLike()
	case EqualAmount:
		return m.equal()
	case OtherCurrency:
		return m.converted()
	case CameBack:
		if p, ok := m.cameBack(); ok {
			return p
		}
		return m.settledAgain()
	}
	return m.payout()
}

// unasked begins a payment with no open invoice: all of it is the rest.
func (m *maker) unasked(class Class, minor int64, c invoice.Currency) Payment {
	p := m.start(class, invoice.NewMoney(minor, c), m.account(c, nil), m.day())
	p.Truth.Rest = minor
	return p
}

// settledAgain pays an invoice that was paid before the period.
func (m *maker) settledAgain() Payment {
	if len(m.w.Settled) == 0 {
		return m.payout()
	}
	inv := &m.w.Settled[m.d.IntN(len(m.w.Settled))]
	c := &m.w.Customers[inv.Customer]
	p := m.unasked(DuplicateSettled, inv.Amount.Minor, c.Currency)
	m.from(&p, c, false)
	n := m.note(c, &p)
	m.finish(&p, n.reference(n.written(inv.Number), inv, c))
	return p
}

// paidAgain repeats a clean payment of the period on a later day. Each is repeated once at most.
func (m *maker) paidAgain() (Payment, bool) {
	for range 200 {
		k := m.d.IntN(len(m.made))
		first := m.made[k]
		day := m.dayOf(first.Booked)
		if first.Class != CleanReference || first.repeated || day == len(m.w.days)-1 {
			continue
		}
		m.made[k].repeated = true
		p := first
		p.Class, p.Booked = DuplicateAgain, m.w.days[m.d.between(day+1, len(m.w.days)-1)]
		p.Value, p.Truth.Applied, p.Truth.Rest = p.Booked, nil, p.Amount.Minor
		p.again = k + 1
		return p, true
	}
	return Payment{}, false
}

func (m *maker) dayOf(on invoice.Date) int {
	for i, d := range m.w.days {
		if d == on {
			return i
		}
	}
	return 0
}

// notOnFile pays an invoice that the books don't have: not issued yet, or a number that nobody got. The
// amount is often that of an open one; but never does the number look like a slip for that one.
func (m *maker) notOnFile() Payment {
	c := &m.w.Customers[m.d.IntN(len(m.w.Customers))]
	p := m.unasked(NotYetIssued, m.likely(c), c.Currency)
	number := m.unissued()
	for m.mistakable(number, c, p.Amount.Minor) {
		number = m.unissued()
	}
	m.from(&p, c, false)
	n := m.note(c, &p)
	inv := &Invoice{Number: number, IssuedOn: p.Booked.AddDays(-3), DueOn: p.Booked.AddDays(11), Amount: p.Amount}
	m.finish(&p, n.reference(number, inv, c))
	return p
}

// unissued is a number in the creditor's own way that is not on file.
func (m *maker) unissued() string {
	if len(m.w.gaps) > 0 && m.d.percent(50) {
		return pick(m.d, m.w.gaps)
	}
	s := m.d.IntN(len(series))
	return number(s, m.w.next[s]+m.d.between(2_000, 9_000))
}

// mistakable says whether a number could be a slip for an open invoice of the customer with this amount.
func (m *maker) mistakable(number string, c *Customer, minor int64) bool {
	for _, i := range c.open {
		if o := &m.w.Open[i]; o.Amount.Minor == minor && confusable(number, o.Number) {
			return true
		}
	}
	return false
}

// likely is an amount that the customer, or somebody else, does owe; or any other.
func (m *maker) likely(c *Customer) int64 {
	switch n := m.d.IntN(100); {
	case n < 40 && len(c.open) > 0:
		return m.w.Open[pick(m.d, c.open)].Amount.Minor
	case n < 70:
		return m.owed(c.Currency)
	}
	return m.d.amount(c)
}

// owed is the amount of some open invoice in a currency.
func (m *maker) owed(c invoice.Currency) int64 {
	for range 1_000 {
		if o := &m.w.Open[m.d.IntN(len(m.w.Open))]; o.Amount.Currency == c {
			return o.Amount.Minor
		}
	}
	return 11_900
}

// unowed is an amount that a customer doesn't owe, neither in one invoice nor in all.
func (m *maker) unowed(c *Customer) int64 {
	var all int64
	for _, i := range c.open {
		all += m.w.Open[i].Amount.Minor
	}
	for {
		owner := -1
		if len(c.open) > 0 {
			owner = m.w.Open[c.open[0]].Customer
		}
		minor := m.likely(c)
		if minor != all && (owner < 0 || !m.owes(owner, minor)) {
			return minor
		}
	}
}

// supplier gives money back, under a number of his own that is one of ours, too, or with an amount of ours;
// never both.
func (m *maker) supplier() Payment {
	l := lands[m.d.weighted([]int{60, 5, 5, 15, 5, 10})]
	c := m.d.customer(l, "", nil)
	inv := m.w.Open[m.d.IntN(len(m.w.Open))]
	p := m.unasked(SupplierRefund, m.owed(c.Currency), c.Currency)
	if p.Amount.Minor == inv.Amount.Minor || m.d.percent(50) {
		p.Amount.Minor = inv.Amount.Minor/3 + int64(m.d.between(101, 9_999))
		p.Truth.Rest = p.Amount.Minor
	}
	p.From, p.Name = m.d.payerAccount(l, Unknown), m.d.firm(l)
	n := m.note(&c, &p)
	ref := inv.Number
	if p.Amount.Minor == inv.Amount.Minor || m.d.percent(40) {
		ref = pick(m.d, []string{"GS" + m.d.digits(6), m.d.digits(8), "CN-" + m.d.digits(5), "A" + m.d.digits(4)})
	}
	m.finish(&p, n.join([]string{m.d.word(n.words().refund), ref, m.d.word(n.words().dated), n.date(p.Booked.AddDays(-6))}))
	return p
}

// looksLike names an order or a customer number in the shape of an invoice number, for a payment in advance.
// Its amount is not that of the invoice which it looks like, nor one that the customer owes.
func (m *maker) looksLike() Payment {
	c := &m.w.Customers[m.d.IntN(len(m.w.Customers))]
	minor := m.unowed(c)
	other := m.w.Open[m.d.IntN(len(m.w.Open))]
	if other.Amount.Minor == minor {
		minor += 333
	}
	p := m.unasked(LooksLikeNumber, minor, c.Currency)
	m.from(&p, c, false)
	n := m.note(c, &p)
	w := n.words()
	text := n.join([]string{m.d.word(w.deposit), m.d.word(w.order), m.d.order()})
	switch m.d.IntN(4) {
	case 0:
		text = n.join([]string{m.d.word(w.deposit), m.d.word(w.customer), c.ID})
	case 1:
		text = n.join([]string{m.d.word(w.deposit), m.d.word(w.order), other.Number})
	case 2:
		text = n.join([]string{m.d.word(w.customer), c.ID, m.d.word(w.order), tail(other.Number)})
	}
	m.finish(&p, text)
	return p
}

// equal has the amount of an open invoice and nothing to do with it.
func (m *maker) equal() Payment {
	l := lands[m.d.weighted([]int{55, 5, 5, 15, 5, 10, 0, 0, 0, 5})]
	c := m.d.customer(l, "", nil)
	p := m.unasked(EqualAmount, m.owed(c.Currency), c.Currency)
	p.From, p.Name = m.d.payerAccount(l, Unknown), m.d.person(l)
	n := m.note(&c, &p)
	text := m.d.word(n.words().other)
	if m.d.percent(30) {
		text += " " + n.date(p.Booked)
	}
	m.finish(&p, text)
	return p
}

// payout is interest, cash, or what a payment provider collected.
func (m *maker) payout() Payment {
	l := lands[0]
	p := m.unasked(Payout, int64(m.d.between(100, 900_000)), "EUR")
	p.From = m.d.payerAccount(l, Unknown)
	p.Name = m.d.word("Stripe Payments Europe|PayPal (Europe) S.a r.l.|Adyen N.V.|Commerzbank AG|Klarna Bank AB|Finanzamt Mitte")
	text := pick(m.d, []string{"Auszahlung " + m.d.letters(3) + m.d.digits(7), "STRIPE PAYOUT po_1" + strings.ToLower(m.d.letters(8)), "Zinsen Q3/2026", "Bargeldeinzahlung", "Settlement " + m.d.digits(8) + " batch " + m.d.digits(4), "USt Erstattung 09/2026 StNr 12/345/" + m.d.digits(5)})
	m.finish(&p, text)
	return p
}

// outgoing is money that goes out; some of it names our own invoices, or has their amounts.
func (m *maker) outgoing() Payment {
	l := lands[0]
	c := m.d.customer(l, "", nil)
	inv := &m.w.Open[m.d.IntN(len(m.w.Open))]
	minor := m.owed(c.Currency)
	p := m.unasked(Outgoing, -minor, c.Currency)
	p.From, p.Name = m.d.payerAccount(l, Unknown), m.d.firm(l)
	n := m.note(&c, &p)
	text := pick(m.d, []string{"Erstattung " + inv.Number, "Gehalt 10/2026", "RG " + m.d.digits(8) + " " + n.date(p.Booked), "Entgelt Kontoführung", "Gutschrift zu " + inv.Number, "KdNr " + m.d.digits(6)})
	if m.d.percent(20) {
		p.Mandate = "M" + m.d.digits(8)
	}
	m.finish(&p, text)
	return p
}

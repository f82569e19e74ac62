package bankgen

import (
	"strings"

	"dunlin/invoice"
)

// paying makes one payment for at least one open invoice.
func (m *maker) paying(class Class) (Payment, error) {
	switch class {
	case NoReference:
		return m.withoutReference()
	case Several:
		return m.forSeveral()
	case Deviating:
		return m.deviating()
	}
	i, err := m.take(func(inv *Invoice, _ *Customer) bool {
		return class != NoPrefix || series[inv.series].prefix != ""
	})
	if err != nil {
		return Payment{}, err
	}
	inv := &m.w.Open[i]
	c := &m.w.Customers[inv.Customer]
	p := m.start(class, inv.Amount, m.account(c.Currency, formatFor(class)), m.day())
	p.Truth.Applied = []Applied{{Number: inv.Number, Amount: inv.Amount.Minor}}
	m.from(&p, c, false)
	switch class {
	case Typo:
		m.finish(&p, m.note(c, &p).reference(m.misspelt(inv), inv, c))
	case Cut:
		m.cut(&p, inv, c)
	case NoPrefix:
		m.finish(&p, m.note(c, &p).reference(m.bare(inv), inv, c))
	case ThirdParty:
		m.thirdParty(&p, inv, c)
	default:
		m.clean(&p, inv, c)
	}
	return p, nil
}

// formatFor says what a format must be able to do for a class to mean anything.
func formatFor(class Class) func(Format) bool {
	switch class {
	case Cut:
		return Format.cuts
	case NoReference:
		return Format.NamesAccount
	}
	return nil
}

// clean names the number whole: in the text, in the end-to-end id, or by its structured reference.
func (m *maker) clean(p *Payment, inv *Invoice, c *Customer) {
	n := m.note(c, p)
	if m.w.Reference != nil && m.d.percent(20) {
		if rf := m.w.Reference(inv.Number); rf != "" {
			if m.format(p).camt() {
				p.RF = rf
				m.finish(p, m.d.word(n.words().bare))
			} else {
				m.finish(p, n.reference(rf, inv, c))
			}
			return
		}
	}
	text := n.reference(n.written(inv.Number), inv, c)
	if m.d.percent(12) {
		p.EndToEnd = inv.Number
		if m.d.percent(25) && m.format(p).endToEnd() {
			text = m.d.word(n.words().bare)
		}
	}
	m.finish(p, text)
}

// misspelt is the number with one edit. An edit that names another open invoice of the same customer with
// the same amount is none: nobody could tell.
func (m *maker) misspelt(inv *Invoice) string {
	for {
		s := m.d.slip(inv.Number)
		if !m.names(s, inv) {
			return s
		}
	}
}

// names says whether a text is the number of another invoice of the customer with the same amount.
func (m *maker) names(s string, inv *Invoice) bool {
	for _, i := range m.w.Customers[inv.Customer].open {
		o := &m.w.Open[i]
		if o != inv && o.Amount == inv.Amount && alnum(o.Number) == alnum(s) {
			return true
		}
	}
	return false
}

// bare is the number without its prefix, sometimes without leading zeros either.
func (m *maker) bare(inv *Invoice) string {
	s := strings.TrimPrefix(inv.Number, series[inv.series].prefix)
	if m.d.percent(30) {
		s = strings.TrimLeft(s, "0")
	}
	return s
}

// cut lets the bank's pieces end inside the number. One time in five the rest is lost: then the payer is
// known, and only the amount tells the rest.
func (m *maker) cut(p *Payment, inv *Invoice, c *Customer) {
	n := m.note(c, p)
	before, after := m.d.word(n.words().invoice), ""
	if m.d.percent(40) {
		before = n.around(inv, c) + " " + before
	}
	if n.clutter() > 0 {
		after = n.around(inv, c)
	}
	ref := inv.Number
	if m.w.Noise == Heavy && m.d.percent(25) {
		ref = m.misspelt(inv)
	}
	f := m.format(p)
	if f.ascii() {
		before, after = latin(before), latin(after)
	}
	p.Text, p.Joined = m.d.cut(f, strings.TrimSpace(before), ref, after)
	if _, ok := c.known(m.d); ok && m.d.percent(20) {
		m.from(p, c, true)
		p.Text, p.Joined = m.d.cut(f, strings.TrimSpace(before), ref, "")
		p.Text = p.Text[:len(p.Text)-1]
	}
	m.finish(p, "")
}

// thirdParty lets somebody else pay: a firm of the group, or an adviser, a lawyer, a parent company.
func (m *maker) thirdParty(p *Payment, inv *Invoice, c *Customer) {
	n := m.note(c, p)
	ref := inv.Number
	if m.w.Noise == Heavy && m.d.percent(25) {
		ref = m.bare(inv)
	}
	text := n.reference(ref, inv, c)
	if m.d.percent(50) {
		text += " " + m.d.word(n.words().onBehalf) + " " + c.Name
	}
	p.Truth.Known = Unknown
	if group := m.groups[c.Group]; c.Group > 0 && len(group) > 1 && m.d.percent(60) {
		other := &m.w.Customers[pick(m.d, group)]
		if other.ID != c.ID {
			p.From, p.Name = pick(m.d, other.Accounts), m.named(other)
			m.finish(p, text)
			return
		}
	}
	l := landOf(c.Country)
	p.From, p.Name = m.d.payerAccount(l, Unknown), m.stranger(l)
	m.finish(p, text)
}

// stranger is somebody who is no customer.
func (m *maker) stranger(l land) string {
	if l.lang == "zh" {
		return m.d.word(l.firsts)
	}
	family := m.d.word(l.families)
	return pick(m.d, []string{family + " Holding " + m.d.word(l.forms), "Steuerberatung " + family, "RAe " + family + " & Partner", m.d.person(l), family + " Treasury Services", "Notar Dr. " + family})
}

// withoutReference says nothing but who pays: one invoice, or everything that is open.
func (m *maker) withoutReference() (Payment, error) {
	all := m.d.percent(12)
	i, err := m.take(func(_ *Invoice, c *Customer) bool {
		_, ok := c.known(m.d)
		return ok && (!all || m.wholeBalance(c))
	})
	if err != nil {
		return Payment{}, err
	}
	inv := &m.w.Open[i]
	c := &m.w.Customers[inv.Customer]
	invs := []*Invoice{inv}
	if all {
		invs = nil
		for _, j := range c.open {
			m.w.Open[j].used = true
			invs = append(invs, &m.w.Open[j])
		}
	}
	sum, applied := total(invs)
	p := m.start(NoReference, invoice.NewMoney(sum, c.Currency), m.account(c.Currency, Format.NamesAccount), m.day())
	p.Truth.Applied = applied
	m.from(&p, c, true)
	n := m.note(c, &p)
	text := m.d.word(n.words().bare)
	if m.d.percent(25) {
		text = n.join([]string{text, m.d.word(n.words().customer), c.ID})
	}
	m.finish(&p, text)
	return p, nil
}

// wholeBalance says whether a customer owes two to six invoices, none of which was paid yet.
func (m *maker) wholeBalance(c *Customer) bool {
	if len(c.open) < 2 || len(c.open) > 6 {
		return false
	}
	for _, j := range c.open {
		if m.w.Open[j].used || m.w.Open[j].Credit != "" {
			return false
		}
	}
	return true
}

// total is what invoices come to, each paid in full.
func total(invs []*Invoice) (int64, []Applied) {
	var sum int64
	var applied []Applied
	for _, inv := range invs {
		sum += inv.Amount.Minor
		applied = append(applied, Applied{Number: inv.Number, Amount: inv.Amount.Minor})
	}
	return sum, applied
}

// forSeveral pays two to five invoices of one customer and names them all.
func (m *maker) forSeveral() (Payment, error) {
	i, err := m.take(func(inv *Invoice, c *Customer) bool { return len(m.unpaid(inv, c)) > 0 })
	if err != nil {
		return Payment{}, err
	}
	first := &m.w.Open[i]
	c := &m.w.Customers[first.Customer]
	invs := []*Invoice{first}
	others := m.unpaid(first, c)
	m.d.Shuffle(len(others), func(a, b int) { others[a], others[b] = others[b], others[a] })
	for _, inv := range others[:m.d.between(1, min(4, len(others)))] {
		inv.used = true
		invs = append(invs, inv)
	}
	sum, applied := total(invs)
	p := m.start(Several, invoice.NewMoney(sum, c.Currency), m.account(c.Currency, nil), m.day())
	p.Truth.Applied = applied
	m.from(&p, c, false)
	if m.format(&p).camt() && m.d.percent(25) {
		m.listed(&p, invs, c)
		m.finish(&p, "")
		return p, nil
	}
	m.finish(&p, m.note(c, &p).list(invs))
	return p, nil
}

// listed writes the invoices as a list of documents. One list in four takes a credit note off: one that is on
// file, of a further invoice, or one that the creditor's books don't have yet, of the first.
func (m *maker) listed(p *Payment, invs []*Invoice, c *Customer) {
	for _, inv := range invs {
		p.List = append(p.List, Listed{Number: inv.Number, Remitted: inv.Amount.Minor})
	}
	if !m.d.percent(25) {
		return
	}
	for _, j := range c.open {
		if o := &m.w.Open[j]; o.Credit != "" && !o.used {
			o.used = true
			p.List = append(p.List, Listed{Number: o.Number, Remitted: o.Amount.Minor}, Listed{Number: o.Credit, Credit: o.Credited})
			p.Amount.Minor += o.Owed()
			p.Truth.Applied = append(p.Truth.Applied, Applied{Number: o.Number, Amount: o.Owed()})
			return
		}
	}
	first := &p.Truth.Applied[0]
	off := first.Amount * int64(m.d.between(5, 40)) / 100
	if off == 0 {
		return
	}
	p.List = append(p.List, Listed{Number: "GS" + m.d.digits(6), Credit: off})
	first.Amount -= off
	p.Amount.Minor -= off
}

// unpaid are the other invoices of a customer that nobody has paid.
func (m *maker) unpaid(inv *Invoice, c *Customer) []*Invoice {
	var all []*Invoice
	for _, j := range c.open {
		if o := &m.w.Open[j]; !o.used && o != inv && o.Credit == "" {
			all = append(all, o)
		}
	}
	return all
}

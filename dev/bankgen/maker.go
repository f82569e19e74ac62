package bankgen

import (
	"fmt"
	"strings"

	"dunlin/invoice"
)

// maker makes the payments of a world.
type maker struct {
	w      *World
	d      dice
	groups map[int][]int // customers by group
	short  []owing       // invoices that were paid in part
	made   []Payment
	backs  []Payment // returns of payments made
}

// owing is what is left of an invoice that was paid in part.
type owing struct {
	open int
	left int64
	day  int
}

// makePayments fills the decks of classes and plays them card by card, so that the shares are exact.
func (w *World) makePayments(d dice) error {
	m := &maker{w: w, d: d, groups: map[int][]int{}}
	for i := range w.Customers {
		if g := w.Customers[i].Group; g > 0 {
			m.groups[g] = append(m.groups[g], i)
		}
	}
	w.order = d.Perm(len(w.Open))
	paying := (w.Lines*100 + 62) / (100 + strayPercent)
	for _, c := range d.deck(paying, mixes[w.Noise]) {
		p, err := m.paying(Paying()[c])
		if err != nil {
			return err
		}
		m.made = append(m.made, p)
	}
	for _, c := range d.deck(w.Lines-paying, strays) {
		m.made = append(m.made, m.stray(Stray()[c]))
	}
	m.made = append(m.made, m.backs...)
	for range paying*outgoingPercent/100 - len(m.backs) {
		m.made = append(m.made, m.outgoing())
	}
	w.pending = m.made
	return nil
}

// take picks an open invoice that nobody has paid yet and that will do.
func (m *maker) take(fits func(inv *Invoice, c *Customer) bool) (int, error) {
	w := m.w
	for w.takeAt < len(w.order) && w.Open[w.order[w.takeAt]].used {
		w.takeAt++
	}
	for at := w.takeAt; at < len(w.order); at++ {
		i := w.order[at]
		if inv := &w.Open[i]; !inv.used && inv.Credit == "" && (fits == nil || fits(inv, &w.Customers[inv.Customer])) {
			inv.used = true
			return i, nil
		}
	}
	return 0, fmt.Errorf("bankgen: no open invoice is left for such a payment: make more open invoices or fewer payments")
}

// account picks one of the creditor's own accounts in a currency; carries says what its format must be able to do.
func (m *maker) account(c invoice.Currency, carries func(Format) bool) int {
	weights := make([]int, len(m.w.Accounts))
	fallback, found := -1, false
	for i, a := range m.w.Accounts {
		if a.Currency != c {
			continue
		}
		fallback = i
		if carries == nil || carries(a.Format) {
			weights[i], found = a.share, true
		}
	}
	if !found {
		return fallback
	}
	return m.d.weighted(weights)
}

// start begins a payment: on a random day, into an account.
func (m *maker) start(class Class, amount invoice.Money, account, day int) Payment {
	w := m.w
	p := Payment{Class: class, Account: account, Amount: amount, Booked: w.days[day], Value: w.days[day]}
	if m.d.percent(10) {
		p.Value = p.Booked.AddDays(-1)
	}
	return p
}

// day picks a day of the period.
func (m *maker) day() int { return m.d.IntN(len(m.w.days)) }

// note begins a text in the payer's language, or in one that the format's letters can write.
func (m *maker) note(c *Customer, p *Payment) note {
	lang := c.Language
	if lang == "zh" && m.format(p).ascii() || m.d.percent(4) {
		lang = "en"
	}
	return note{w: m.w, d: m.d, lang: lang, on: p.Booked}
}

func (m *maker) format(p *Payment) Format { return m.w.Accounts[p.Account].Format }

// from says that a customer pays himself, by a known account when it has to be.
func (m *maker) from(p *Payment, c *Customer, sure bool) {
	p.From = pick(m.d, c.Accounts)
	if k, ok := c.known(m.d); sure && ok {
		p.From = k
	}
	p.Name = m.named(c)
	p.Truth.Payer, p.Truth.Known = c.ID, p.From.Known
}

// named is a customer's name the way his bank has it.
func (m *maker) named(c *Customer) string {
	switch m.d.IntN(12) {
	case 0:
		return strings.ToUpper(c.Name)
	case 1:
		return c.Latin
	}
	return c.Name
}

// finish lays the text out, writes it in the letters of the format, and gives the payment its references.
func (m *maker) finish(p *Payment, text string) {
	f := m.format(p)
	if f.ascii() {
		text = latin(text)
	}
	if p.Text == nil {
		p.Text, p.Joined = m.d.lay(f, text)
	}
	if f.ascii() {
		p.Name = latin(p.Name)
	}
	if p.EndToEnd == "" {
		p.EndToEnd = m.d.endToEnd(m.w.days[0])
	}
	if p.Own == "" && m.d.percent(25) {
		p.Own = m.d.letters(2) + m.d.digits(9)
	}
}

// endToEnd is what payers' programs write who number their own payments, mostly nothing.
func (d dice) endToEnd(on invoice.Date) string {
	switch d.IntN(8) {
	case 0:
		return d.digits(d.between(6, 12))
	case 1:
		return fmt.Sprintf("%s-%04d%02d%02d-%d", d.letters(3), on.Year, int(on.Month), on.Day, d.between(1, 999))
	case 2:
		return "ZV" + d.digits(14)
	}
	return ""
}

package match

import (
	"slices"
	"strings"
)

// byBareNumber is rung 5: the digits of a number without its letters, or a number that has none. Digits stand
// in every text, so the amount must be exact, and the invoice the payer's: by the account, or by the name.
func (m *matcher) byBareNumber() (Decision, bool) {
	if len(m.named.open) > 0 || len(m.named.settled) > 0 || len(m.named.foreign) > 0 || slices.ContainsFunc(m.named.unknown, m.unordered) {
		return Decision{}, false
	}
	var fits []Invoice
	for _, i := range m.named.bare {
		if i.Balance == m.l.Amount.Minor && !m.other(i.Debtor) {
			fits = append(fits, i)
		}
	}
	if len(fits) != 1 {
		if d, ok := m.byTail(); ok {
			return d, true
		}
		return m.byList()
	}
	i := fits[0]
	why := say("the text holds the digits of " + i.Number)
	switch {
	case m.sure(i.Debtor) && !m.twin(i, m.k.Owed):
		return exact(ByBareNumber, 985, fits, why, say("the payer's account is known"), say("the amount is what is open")), true
	case !m.k.Sure && len(digitsOf(Key(i.Number))) >= 4 && !m.bareTwin(i) && !m.staleAgainst(i.Debtor) && m.names(i.Debtor):
		return exact(ByBareNumber, 975, fits, why, say("the name is the debtor's"), say("the amount is what is open")), true
	}
	m.notes = append(m.notes, why)
	return Decision{}, false
}

// bareTwin says whether another open invoice that the payer's name may mean, too, has the same amount and
// nearly the same number. Where digits are so few that their neighbours were not looked for, none is known.
func (m *matcher) bareTwin(i Invoice) bool {
	return slices.ContainsFunc(m.k.Near, func(x Invoice) bool { return x.ID != i.ID && (x.Debtor == i.Debtor || m.names(x.Debtor)) })
}

// unordered says whether a number that nobody has on file may be an invoice's: no word before it says that it
// is an order's or a customer's.
func (m *matcher) unordered(t Token) bool { return m.l.reading().label[t.Key] == unlabelled }

// byTail finds a known payer's invoice by the last digits of its number, the serial: people leave away a year
// and a prefix, and zeros. The amount must be exact, and no other open invoice of theirs may end like it.
func (m *matcher) byTail() (Decision, bool) {
	if !m.k.Sure || m.k.More || m.staleAgainst(m.k.Payer) {
		return Decision{}, false
	}
	var fits []Invoice
	for _, i := range m.k.Owed {
		if m.tailed(i) {
			fits = append(fits, i)
		}
	}
	if len(fits) != 1 || fits[0].Balance != m.l.Amount.Minor {
		return Decision{}, false
	}
	return exact(ByBareNumber, 980, fits, say("the text holds the serial of "+fits[0].Number), say("the payer's account is known"), say("the amount is what is open")), true
}

// tailOf is the last run of digits of a number.
func tailOf(number string) string {
	end := strings.LastIndexAny(number, "0123456789") + 1
	start := strings.LastIndexFunc(number[:end], func(r rune) bool { return r < '0' || r > '9' }) + 1
	return number[start:end]
}

// byList is one payment of a known payer for several invoices, some of which are named by their digits or
// serials alone. All that the text names of what they owe must be the amount, to the cent: nothing is chosen.
func (m *matcher) byList() (Decision, bool) {
	if !m.k.Sure || m.k.More || len(m.named.settled)+len(m.named.foreign) > 0 || m.staleAgainst(m.k.Payer) {
		return Decision{}, false
	}
	t := m.l.reading()
	var own []Invoice
	for _, i := range m.k.Owed {
		key := Key(i.Number)
		if t.has[key] || len(digitsOf(key)) >= 4 && t.bare(digitsOf(key)) || m.tailed(i) {
			own = append(own, i)
		}
	}
	if len(own) < 2 || sum(own) != m.l.Amount.Minor {
		return Decision{}, false
	}
	return exact(ByBareNumber, 980, own, say("the text holds the digits of "+numbers(own)), say("the payer's account is known"), say("together they are the amount")), true
}

// byNamedList is the same for a payer whom only the name tells: one number at least in full, the others by their
// digits, all one debtor's.
func (m *matcher) byNamedList() (Decision, bool) {
	if m.k.Sure || len(m.named.open) == 0 || len(m.named.settled)+len(m.named.foreign)+len(m.named.unknown) > 0 {
		return Decision{}, false
	}
	debtor := m.named.open[0].Debtor
	all := slices.Clone(m.named.open)
	for _, i := range m.named.bare {
		if i.Debtor == debtor {
			all = once(all, i)
		}
	}
	if len(all) < 2 || sum(all) != m.l.Amount.Minor || !oneDebtor(all) || m.staleAgainst(debtor) || !m.names(debtor) {
		return Decision{}, false
	}
	return exact(ByBareNumber, 970, all, say("the text names "+numbers(all)+", some of them by their digits"), say("the name is the debtor's"), say("together they are the amount")), true
}

// tailed says whether the text holds the serial of an invoice, with or without its leading zeros.
func (m *matcher) tailed(i Invoice) bool {
	t := m.l.reading()
	tail := tailOf(i.Number)
	short := strings.TrimLeft(tail, "0")
	return len(tail) >= 4 && t.bare(tail) || len(short) >= 4 && t.bare(short)
}

package match

import (
	"slices"
	"strings"
)

// byNumber is rung 4: invoice numbers in full, with their letters, as whole words. What could make this
// wrong is a slip that turned one number into another: so either the payer's account is known and the
// invoice is theirs, or the amount is exact and no open invoice whose number is a slip away has the same.
func (m *matcher) byNumber() (Decision, bool) {
	n := &m.named
	open := m.mine(n.open)
	switch {
	case len(n.foreign) > 0:
		m.notes = append(m.notes, say(numbers(n.foreign)+" is named, but in another currency"))
		return Decision{}, false
	case len(open) == 0 && len(n.settled) > 0:
		m.notes = append(m.notes, say(numbers(n.settled)+" is named, and settled: paid twice?"))
		return Decision{}, false
	case len(open) == 0:
		return Decision{}, false
	}
	why := say("the text names " + numbers(open))
	switch {
	case !oneDebtor(open):
		m.notes = append(m.notes, why, say("these are several debtors'"))
		return Decision{}, false
	case m.other(open[0].Debtor):
		m.notes = append(m.notes, why, say("but the account is known as another debtor's"))
		return Decision{}, false
	case len(open) == 1:
		return m.oneNumber(open[0], why)
	case sum(open) == m.l.Amount.Minor && len(n.settled) == 0:
		return exact(ByNumber, 995, open, why, say("together they are the amount")), true
	}
	m.notes = append(m.notes, why, say("together they are not the amount"))
	return Decision{}, false
}

// mine keeps the payer's own of several named invoices, where the payer is known: other debtors' numbers stand
// in a text by chance.
func (m *matcher) mine(open []Invoice) []Invoice {
	if !m.k.Sure || len(open) < 2 {
		return open
	}
	var own []Invoice
	for _, i := range open {
		if i.Debtor == m.k.Payer {
			own = append(own, i)
		}
	}
	if len(own) == 0 {
		return open
	}
	return own
}

func (m *matcher) oneNumber(i Invoice, why Evidence) (Decision, bool) {
	whole := i.Balance == m.l.Amount.Minor
	switch {
	case m.sure(i.Debtor) && whole && !m.twin(i, m.k.Owed):
		return exact(ByNumber, 996, []Invoice{i}, why, say("the payer's account is known"), say("the amount is what is open")), true
	case m.sure(i.Debtor) && !whole && len(m.named.settled) == 0 && len(m.named.unknown) == 0:
		return m.deviating(ByNumber, i, why)
	case m.sure(i.Debtor):
		m.notes = append(m.notes, why, say("another open invoice of the same amount is a slip of the pen away"))
		return Decision{}, false
	case whole && m.k.NearAll && !m.twin(i, m.k.Near) && len(m.named.settled) == 0:
		return exact(ByNumber, 993, []Invoice{i}, why, say("the amount is what is open, and no invoice of this amount has a number like it")), true
	}
	m.notes = append(m.notes, why)
	return Decision{}, false
}

// twin says whether another invoice has the same amount open and a number that a slip turns into this one's.
func (m *matcher) twin(i Invoice, among []Invoice) bool {
	key := Key(i.Number)
	return slices.ContainsFunc(among, func(x Invoice) bool {
		return x.ID != i.ID && x.Balance == i.Balance && x.Open() && nearly(Key(x.Number), key)
	})
}

// Neighbours are the keys one slip away from the numbers that a line names in full: the store looks them up
// where the payer is not known for sure. Letters are left as they are: a wrong prefix finds nothing.
func (g *Grammar) Neighbours(l *Line) []string {
	var all []string
	for _, t := range g.tokens(l) {
		if !t.Whole && t.Length < 5 {
			continue
		}
		if len(all) > 8*maxKeys {
			return nil // too many numbers: none is certain
		}
		all = append(all, slips(t.Key)...)
	}
	return all
}

// slips are the keys that differ in one digit, or in the order of two neighbours.
func slips(key string) []string {
	var all []string
	for i := range len(key) {
		c := key[i]
		if c < '0' || c > '9' {
			continue
		}
		for d := byte('0'); d <= '9'; d++ {
			if d != c {
				all = append(all, key[:i]+string(d)+key[i+1:])
			}
		}
		if i+1 < len(key) && key[i+1] != c && key[i+1] >= '0' && key[i+1] <= '9' {
			all = append(all, key[:i]+string(key[i+1])+string(c)+key[i+2:])
		}
	}
	return all
}

// byBareNumber is rung 5: the digits of a number without its letters, or a number that has none. Digits stand
// in every text, so the amount must be exact, and the invoice the payer's or the only one of all that fits.
func (m *matcher) byBareNumber() (Decision, bool) {
	if len(m.named.open) > 0 || len(m.named.settled) > 0 || len(m.named.foreign) > 0 || len(m.named.unknown) > 0 {
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
		return m.severalBare()
	}
	i := fits[0]
	why := say("the text holds the digits of " + i.Number)
	switch {
	case m.sure(i.Debtor) && !m.twin(i, m.k.Owed):
		return exact(ByBareNumber, 985, fits, why, say("the payer's account is known"), say("the amount is what is open")), true
	case !m.k.Sure && len(digitsOf(Key(i.Number))) >= 5 && len(m.named.bare) == 1 && len(m.named.stale) == 0 && m.k.NearAll && !m.twin(i, m.k.Near) && SameName(m.l.Payer, m.k.Names[i.Debtor]):
		return exact(ByBareNumber, 975, fits, why, say("the payer's name is the debtor's"), say("the amount is what is open")), true
	}
	m.notes = append(m.notes, why)
	return Decision{}, false
}

// byTail finds a known payer's invoice by the last digits of its number, the serial: people leave away a year
// and a prefix, and zeros. The amount must be exact, and no other open invoice of theirs may end like it.
func (m *matcher) byTail() (Decision, bool) {
	if !m.k.Sure || m.k.More || len(m.named.stale) > 0 {
		return Decision{}, false
	}
	all, _ := m.words()
	words := map[string]bool{}
	for _, w := range all {
		words[w] = true
	}
	var fits []Invoice
	for _, i := range m.k.Owed {
		tail := tailOf(i.Number)
		short := strings.TrimLeft(tail, "0")
		if words[tail] && len(tail) >= 4 || words[short] && len(short) >= 4 {
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

// severalBare is one payment for several invoices of a known payer, named by their digits.
func (m *matcher) severalBare() (Decision, bool) {
	var own []Invoice
	for _, i := range m.named.bare {
		if m.sure(i.Debtor) {
			own = append(own, i)
		}
	}
	if len(own) < 2 || sum(own) != m.l.Amount.Minor {
		return Decision{}, false
	}
	return exact(ByBareNumber, 980, own, say("the text holds the digits of "+numbers(own)), say("the payer's account is known"), say("together they are the amount")), true
}

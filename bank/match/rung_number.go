package match

import (
	"slices"
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
		return m.forAnother(open, why)
	case len(open) == 1:
		return m.oneNumber(open[0], why)
	case sum(open) == m.l.Amount.Minor && len(n.settled) == 0:
		return exact(ByNumber, 995, open, why, say("together they are the amount")), true
	}
	for _, list := range []func() (Decision, bool){m.byList, m.byNamedList} {
		if d, ok := list(); ok {
			return d, true
		}
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

// forAnother is a known payer who pays somebody else's invoice: a firm of the same group, an adviser. The
// number in full and the amount could be a slip in a number of the payer's own, so the text must name the
// debtor, too; the payer's name must not be much like it, and none of the payer's own invoices may have the
// amount.
func (m *matcher) forAnother(open []Invoice, why Evidence) (Decision, bool) {
	i := open[0]
	own := slices.ContainsFunc(m.k.Owed, m.ofAmount)
	if len(open) == 1 && i.Balance == m.l.Amount.Minor && !own && !m.k.More && len(m.named.settled)+len(m.named.unknown) == 0 &&
		m.told(i.Debtor) && !SameName(m.k.Names[m.k.Payer], m.k.Names[i.Debtor]) {
		d := exact(ByNumber, 991, open, why, say("the text names the debtor"), say("the amount is what is open"), say("the account is known as another debtor's, who owes no such amount"))
		d.Payer = m.k.Payer // whose account it stays
		return d, true
	}
	m.notes = append(m.notes, why, say("but the account is known as another debtor's"))
	return Decision{}, false
}

func (m *matcher) oneNumber(i Invoice, why Evidence) (Decision, bool) {
	whole := i.Balance == m.l.Amount.Minor
	alone := len(m.named.settled)+len(m.named.unknown) == 0
	switch {
	case m.sure(i.Debtor) && whole && !m.twin(i, m.k.Owed):
		return exact(ByNumber, 996, []Invoice{i}, why, say("the payer's account is known"), say("the amount is what is open")), true
	case m.sure(i.Debtor) && !whole && len(m.named.settled) == 0:
		if d, ok := m.byList(); ok || !alone {
			return d, ok
		}
		return m.deviating(ByNumber, i, why)
	case m.sure(i.Debtor) && whole:
		m.notes = append(m.notes, why, say("another open invoice of the same amount is a slip of the pen away"))
		return Decision{}, false
	case whole && m.k.NearAll && !m.twin(i, m.k.Near) && len(m.named.settled) == 0:
		return exact(ByNumber, 993, []Invoice{i}, why, say("the amount is what is open, and no invoice of this amount has a number like it")), true
	case m.k.NearAll && alone && m.names(i.Debtor):
		return m.byNameAndNumber(i, why)
	}
	if d, ok := m.byNamedList(); ok {
		return d, true
	}
	m.notes = append(m.notes, why)
	return Decision{}, false
}

// byNameAndNumber is for a number in full whose payer is known by name alone. The name decides between this
// invoice and others of the same amount a slip away, as long as those are not of the same name; and it
// confirms a deduction that is the discount of the terms to the cent.
func (m *matcher) byNameAndNumber(i Invoice, why Evidence) (Decision, bool) {
	called := say("the name is the debtor's")
	namesake := func(x Invoice) bool { return x.ID != i.ID && (x.Debtor == i.Debtor || m.names(x.Debtor)) }
	short := i.Balance - m.l.Amount.Minor
	switch {
	case slices.ContainsFunc(m.k.Near, namesake):
	case short == 0:
		return exact(ByNumber, 992, []Invoice{i}, why, called, say("the amount is what is open")), true
	case short > 0 && len(m.k.Near) == 0 && m.inTime(i, short) && i.Discount.Minor == short:
		return m.deviating(ByNumber, i, why)
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

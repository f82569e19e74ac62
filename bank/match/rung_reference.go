package match

import (
	"slices"

	"dunlin/invoice"
)

// byReference is rung 1: a structured reference that we have issued. It is ours alone, its check digits were
// right when it was written, so that neither the payer nor the amount has to confirm it.
func (m *matcher) byReference() (Decision, bool) {
	refs := m.l.references()
	if len(refs) == 0 {
		return Decision{}, false
	}
	var open []Invoice
	for _, i := range m.k.Named {
		switch {
		case i.Reference == "" || !slices.Contains(refs, i.Reference):
		case !i.Open():
			m.notes = append(m.notes, say("the reference "+i.Reference+" is that of "+i.Number+", which is settled: paid twice?"))
		case i.Currency != m.l.Amount.Currency:
			m.notes = append(m.notes, say(i.Number+" is in "+string(i.Currency)))
		default:
			open = once(open, i)
		}
	}
	if len(open) == 0 || len(m.notes) > 0 {
		return Decision{}, false
	}
	why := say("the structured reference is that of " + numbers(open))
	switch {
	case sum(open) == m.l.Amount.Minor:
		return exact(ByReference, 999, open, why, say("the amount is what is open")), true
	case len(open) > 1:
		m.notes = append(m.notes, why)
		return Decision{}, false
	}
	return m.deviating(ByReference, open[0], why)
}

// byEndToEnd is rung 2: the id that came with the payment is an invoice's number or reference, whole.
func (m *matcher) byEndToEnd() (Decision, bool) {
	key := Key(m.l.EndToEnd)
	if len(key) < 4 {
		return Decision{}, false
	}
	var hits []Invoice
	for _, i := range m.k.Named {
		if (Key(i.Number) == key || i.Reference == key) && i.Open() && i.Currency == m.l.Amount.Currency {
			hits = once(hits, i)
		}
	}
	if len(hits) != 1 || hits[0].Balance != m.l.Amount.Minor || m.other(hits[0].Debtor) ||
		!m.sure(hits[0].Debtor) && (len(key) < 6 || allDigits(key) && (len(key) < 8 || !m.names(hits[0].Debtor))) {
		return Decision{}, false
	}
	return exact(ByEndToEnd, 998, hits, say("the end-to-end id is "+hits[0].Number), say("the amount is what is open")), true
}

// inTime says whether a discount may be taken: no more than the terms allow, within their days and the grace.
func (m *matcher) inTime(i Invoice, minor int64) bool {
	t := i.Discount
	return t != nil && minor <= t.Minor && (m.l.On == invoice.Date{} || !t.Until.AddDays(m.r.GraceDays).Before(m.l.On))
}

// deviating decides a payment for one invoice whose amount is not what is open: rung 7 where the policy
// explains it, otherwise a part, or all and a rest. It is asked only when the invoice is certain.
func (m *matcher) deviating(rung Rung, i Invoice, why Evidence) (Decision, bool) {
	short := i.Balance - m.l.Amount.Minor
	d := Decision{Rung: ByDeviation, Auto: true, Confidence: 990, Payer: i.Debtor, Evidence: []Evidence{why}}
	switch {
	case short > 0 && m.inTime(i, short) && i.Discount.Minor == short:
		d.Applied = []Applied{{Invoice: i.ID, Amount: m.l.Amount.Minor, Discount: short}}
		d.Evidence = append(d.Evidence, say("what is missing is the discount of the terms"))
	case short > 0 && short <= m.r.ChargeCap && (m.l.Charges == 0 || m.l.Charges == short):
		d.Applied = []Applied{{Invoice: i.ID, Amount: m.l.Amount.Minor, Charge: short}}
		d.Evidence = append(d.Evidence, say("what is missing is within the cap for bank charges"))
	case m.elsewhere(i):
		m.notes = append(m.notes, why, say("but the amount is exactly what is open of another invoice"))
		return Decision{}, false
	case short > 0:
		d.Rung = rung
		d.Applied = []Applied{{Invoice: i.ID, Amount: m.l.Amount.Minor}}
		d.Evidence = append(d.Evidence, say("it is a part of what is open"))
	default:
		if parts, _ := subset(balances(m.rest(i)), -short); parts != nil || slices.ContainsFunc(m.rest(i), func(x Invoice) bool { return x.Balance == -short }) {
			m.notes = append(m.notes, why, say("the rest is exactly what is open elsewhere"))
			return Decision{}, false
		}
		d.Rung, d.OnAccount = rung, true
		d.Applied = []Applied{{Invoice: i.ID, Amount: i.Balance}}
		d.Evidence = append(d.Evidence, say("it is more than what is open: the rest stays on account"))
	}
	return d, true
}

// elsewhere says whether the amount is exactly what is open of another invoice that this payment could be for.
func (m *matcher) elsewhere(i Invoice) bool {
	return slices.ContainsFunc(m.rest(i), func(x Invoice) bool { return x.Balance == m.l.Amount.Minor }) || m.k.More
}

// rest are the payer's other open invoices.
func (m *matcher) rest(i Invoice) []Invoice {
	var all []Invoice
	for _, x := range m.k.Owed {
		if x.ID != i.ID {
			all = append(all, x)
		}
	}
	return all
}

func balances(all []Invoice) []int64 {
	list := make([]int64, len(all))
	for i := range all {
		list[i] = all[i].Balance
	}
	return list
}

func numbers(all []Invoice) string {
	text := ""
	for n, i := range all {
		switch {
		case n == 3 && len(all) > 4:
			return text + " and others"
		case n > 0:
			text += ", "
		}
		text += i.Number
	}
	return text
}

package match

import "slices"

// byDocuments is rung 3: the payer sent a list of the documents that are paid, and it adds up. Credit notes in
// it lower the sum: see withCredits.
func (m *matcher) byDocuments() (Decision, bool) {
	if len(m.l.Documents) == 0 {
		return Decision{}, false
	}
	var list []listed
	var credits int64
	var first invoiceOf
	for _, doc := range m.l.Documents {
		if doc.IsCredit {
			credits += doc.credit()
			continue
		}
		i, ok := m.document(doc)
		if !ok || !first.same(i.Debtor) || slices.ContainsFunc(list, func(x listed) bool { return x.i.ID == i.ID }) {
			return Decision{}, false
		}
		list = append(list, listed{i, doc})
	}
	if len(list) == 0 || m.other(first.debtor) {
		return Decision{}, false
	}
	if slices.ContainsFunc(m.l.Documents, func(d Document) bool { return d.IsCredit }) {
		return m.withCredits(list, credits)
	}
	return m.asListed(list)
}

// listed is an invoice in a list of documents.
type listed struct {
	i   Invoice
	doc Document
}

// asListed gives every invoice what the list says, or all that is open of it where it says nothing.
func (m *matcher) asListed(list []listed) (Decision, bool) {
	d := Decision{Rung: ByDocuments, Auto: true, Confidence: 997, Payer: list[0].i.Debtor}
	var total int64
	for _, x := range list {
		a := Applied{Invoice: x.i.ID, Amount: x.doc.Remitted, Discount: x.doc.Discount}
		if a.Amount == 0 {
			a.Amount = x.i.Balance - a.Discount
		}
		if a.Discount > 0 && !m.inTime(x.i, a.Discount) || a.Discount < 0 || a.Amount <= 0 || a.Amount+a.Discount > x.i.Balance {
			return Decision{}, false
		}
		total += a.Amount
		d.Applied = append(d.Applied, a)
	}
	if total != m.l.Amount.Minor {
		return Decision{}, false
	}
	d.Evidence = []Evidence{say("the payer's list of documents adds up to the amount")}
	return d, true
}

// withCredits decides a list that takes credit notes off. A credit note that is on file has lowered what is
// open of its invoice. So the list is certain only where both sums are the amount: what is open of all its
// invoices, and what it says itself, invoices less credit notes, where it says that. Otherwise a credit note
// isn't on file, or is on another invoice: nobody can tell which invoice gets less, and a person looks.
func (m *matcher) withCredits(list []listed, credits int64) (Decision, bool) {
	var open, gross int64
	said := true
	all := make([]Invoice, 0, len(list))
	for _, x := range list {
		open += x.i.Balance
		gross += x.doc.Remitted
		said = said && x.doc.Remitted > 0
		if x.doc.Discount != 0 {
			return Decision{}, false
		}
		all = append(all, x.i)
	}
	switch {
	case open != m.l.Amount.Minor:
		m.notes = append(m.notes, say("the list of documents takes off credit notes, and what is open of "+numbers(all)+" is not the amount: is a credit note missing here?"))
		return Decision{}, false
	case said && credits > 0 && gross-credits != m.l.Amount.Minor && gross != m.l.Amount.Minor:
		m.notes = append(m.notes, say("the list of documents takes off credit notes, and does not add up to the amount"))
		return Decision{}, false
	}
	return exact(ByDocuments, 990, all, say("the payer's list of documents, credit notes taken off, is the amount"), say("so is what is open of its invoices")), true
}

// credit is what a credit note takes off.
func (d Document) credit() int64 { return max(d.CreditAmt, d.Remitted, -d.Remitted) }

// invoiceOf remembers the one debtor of several invoices.
type invoiceOf struct{ debtor int64 }

func (o *invoiceOf) same(debtor int64) bool {
	if o.debtor == 0 {
		o.debtor = debtor
	}
	return o.debtor == debtor
}

func (m *matcher) document(doc Document) (Invoice, bool) {
	key := Key(doc.Number)
	var found []Invoice
	for _, i := range m.k.Named {
		if Key(i.Number) == key && i.Open() && i.Currency == m.l.Amount.Currency {
			found = once(found, i)
		}
	}
	if len(found) != 1 {
		return Invoice{}, false
	}
	return found[0], true
}

package match

import (
	"slices"
	"strings"
	"unicode"
)

// byAmount is rung 8: a known payer's text names nothing, and exactly one of their open invoices is what was
// paid. A number that nobody has on file may be that of an invoice to come: then the amount says nothing.
func (m *matcher) byAmount() (Decision, bool) {
	if !m.quiet() {
		return Decision{}, false
	}
	var fits []Invoice
	for _, i := range m.k.Owed {
		if i.Balance == m.l.Amount.Minor {
			fits = append(fits, i)
		}
	}
	if len(fits) != 1 || slices.Contains(m.k.Just, m.l.Amount.Minor) {
		return Decision{}, false
	}
	switch left := m.beginning(fits[0]); {
	case !m.otherNumber(0):
		return exact(ByAmount, 960, fits, say("the payer's account is known, and the text names no invoice"), say("the amount is what is open of "+fits[0].Number+" and of no other")), true
	case left > 0 && !m.otherNumber(left):
		return exact(ByAmount, 955, fits, say("the payer's account is known, and the text ends where the bank has cut it, with the beginning of "+fits[0].Number), say("the amount is what is open of it and of no other")), true
	}
	return Decision{}, false
}

// beginning says how many words at the end of a line that the bank may have cut are the beginning of an
// invoice's number; 0: none. What is left there of a number says nothing against the invoice, and nothing more
// for it than the amount.
func (m *matcher) beginning(i Invoice) int {
	t := m.l.reading()
	if !t.filled {
		return 0
	}
	key, made := Key(i.Number), 0
	for _, e := range t.last {
		if len(e.word) < len(key) && strings.HasPrefix(key, e.word) {
			made = max(made, e.made)
		}
	}
	return made
}

// quiet says whether a known payer's text names no invoice in full, not even one that is not on file, and does
// not say that it is for something else.
func (m *matcher) quiet() bool {
	n := &m.named
	return m.k.Sure && !m.k.More && len(n.open)+len(n.settled)+len(n.foreign)+len(n.unknown) == 0 && !m.staleAgainst(m.k.Payer) && len(m.notes) == 0 && !m.elsewise()
}

// leads are words before a number that say it is an invoice's.
var leads = []string{"RG", "RE", "RNR", "RGNR", "RENR", "RECHNUNG", "RECHNUNGSNR", "RECHNUNGNR", "RECHNUNGSNUMMER", "RECHN", "RECH", "BELEG", "BELEGNR", "INV", "INVOICE", "BILL", "FACTURE", "FACTUUR", "FACTUURNR", "FACTUURNUMMER", "FACT", "FAKTURA", "FATTURA", "FACTURA"}

// otherNumber says whether the text holds a number that may be that of an invoice, though none that is on file:
// any that is not explained as a date, a year, the amount, or the payer's own customer number. So many of its
// last words don't count.
func (m *matcher) otherNumber(without int) bool {
	t := m.l.reading()
	fields := t.fields[:max(0, len(t.fields)-without)]
	id, amount := m.id(m.k.Payer), strings.ReplaceAll(m.l.Amount.Decimal(), ".", "")
	explained := func(at int) bool {
		w := fields[at]
		return t.dated[at] || w == id || t.label[w] == ofCustomer && id == "" || allDigits(w) && strings.HasPrefix(amount, w)
	}
	for i, w := range fields {
		n := digitCount(w)
		led := i > 0 && slices.Contains(leads, fields[i-1]) || i > 1 && slices.Contains(leads, fields[i-2])
		lead := strings.TrimRightFunc(w, unicode.IsDigit)
		switch {
		case strings.Contains(w, "发票") && n > 0, strings.Contains(w, "账单") && n > 0, lead != w && slices.Contains(leads, lead):
			return true
		case explained(i):
		case n >= 4 && !(len(w) == 4 && year(w)), n >= 3 && led:
			return true
		}
	}
	return false
}

// year says whether a word may be a year.
func year(w string) bool {
	return allDigits(w) && (strings.HasPrefix(w, "19") || strings.HasPrefix(w, "20"))
}

// others are words that say that a payment is for something else than an invoice that was issued.
var others = []string{
	"ANZAHLUNG", "VORKASSE", "VORAUSZAHLUNG", "VORAUSUBERWEISUNG", "KAUTION", "MIETE", "SPENDE", "DARLEHEN", "GUTSCHRIFT", "ERSTATTUNG", "RUCKERSTATTUNG", "RUCKVERGUTUNG", "RUCKZAHLUNG", "STORNO",
	"STEUER", "STEUERERSTATTUNG", "UMBUCHUNG", "NEBENKOSTEN", "MITGLIEDSBEITRAG", "VERSICHERUNGSLEISTUNG", "VERSICHERUNG", "ZINSEN", "GEHALT", "PRIVAT", "MAHNGEBUHR", "PFAND",
	"DEPOSIT", "PREPAYMENT", "ADVANCE", "RENT", "DONATION", "LOAN", "REFUND", "REBATE", "REIMBURSEMENT", "INSURANCE", "TAX", "SALARY", "INTEREST", "MEMBERSHIP", "PRIVATE",
	"AANBETALING", "VOORUITBETALING", "WAARBORG", "HUUR", "DONATIE", "LENING", "CREDITNOTA", "TERUGBETALING", "RESTITUTIE", "LEDENGELD",
	"ARRHES", "CAUTION", "LOYER", "DON", "PRET", "AVOIR", "REMBOURSEMENT", "RISTOURNE", "COTISATION", "ANTICIPO", "CAUZIONE", "AFFITTO", "FIANZA", "ALQUILER",
}

// othersIn are the same where words are not divided.
var othersIn = []string{"定金", "预付款", "押金", "房租", "捐款", "借款", "退款", "返还", "退税", "保险理赔"}

// singled writes letters as one that banks write as two.
var singled = strings.NewReplacer("AE", "A", "OE", "O", "UE", "U")

// elsewise says whether the text says that the payment is for something else.
func (m *matcher) elsewise() bool {
	for _, w := range m.l.reading().telling() {
		if slices.Contains(others, w.plain) || slices.Contains(others, singled.Replace(w.plain)) || slices.ContainsFunc(othersIn, func(x string) bool { return strings.Contains(w.plain, x) }) {
			return true
		}
	}
	return false
}

// byTotal pays everything a known payer owes, when that is exactly the amount and no part of it is.
func (m *matcher) byTotal() (Decision, bool) {
	if !m.quiet() || m.otherNumber(0) || len(m.k.Owed) < 2 || sum(m.k.Owed) != m.l.Amount.Minor || len(m.k.Owed) > maxItems {
		return Decision{}, false
	}
	return exact(BySum, 950, m.k.Owed, say("the payer's account is known"), say("the amount is all that is open")), true
}

package match

import (
	"slices"
	"strings"
	"unicode"
)

// byNearNumber is rung 6: a known payer's text holds a word that is nearly one of their open numbers, and the
// amount is exactly what is open of it. Nearly is one slip, a look-alike, or a number that was cut off.
func (m *matcher) byNearNumber() (Decision, bool) {
	if !m.k.Sure || m.k.More || len(m.named.settled)+len(m.named.foreign)+len(m.named.stale) > 0 {
		return Decision{}, false
	}
	words, last := m.words()
	var near []Invoice
	for _, i := range m.k.Owed {
		key := Key(i.Number)
		if i.Balance == m.l.Amount.Minor && (slices.ContainsFunc(words, func(w string) bool { return like(w, key) }) || slices.ContainsFunc(last, func(w string) bool { return cut(w, key) })) {
			near = append(near, i)
		}
	}
	if len(near) != 1 {
		return Decision{}, false
	}
	for _, i := range m.named.open { // a number in full is meant, whatever is nearly there beside it
		if i.ID != near[0].ID && i.Debtor == m.k.Payer {
			return Decision{}, false
		}
	}
	return exact(ByNearNumber, 970, near, say("the text holds something like "+near[0].Number), say("the payer's account is known"), say("the amount is what is open")), true
}

// words are the words of the text that hold digits, from both ways to join its lines, alone and with the words
// before them: prefixes are written apart. last are those at its end, where a text may be cut off.
func (m *matcher) words() (all, last []string) {
	apart, together := views(m.l.Remittance)
	for _, text := range []string{apart, together} {
		fields := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for i, w := range fields {
			for back := 0; back <= 2 && i-back >= 0; back++ {
				word := strings.Join(fields[i-back:i+1], "")
				if digitCount(w) >= 2 {
					all = append(all, word)
				}
				if i == len(fields)-1 && digitCount(word) >= 2 {
					last = append(last, word)
				}
			}
		}
		if len(all) > 600 {
			return nil, nil // a text of numbers names none
		}
	}
	return all, last
}

func digitCount(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// like says whether a word stands for a number with one slip: a look-alike, a letter or digit too many or too
// few, or another one. A word of the same length that differs in its last two digits is the number of a
// neighbour in the series, written or to come, as likely as a slip: that names nothing. Digits alone are too
// common to be nearly anything, unless there are many.
func like(word, key string) bool {
	if word == key || blurred(word) == blurred(key) {
		return true
	}
	if !nearly(word, key) {
		return false
	}
	if allDigits(word) && len(word) < 7 {
		return false
	}
	return len(word) != len(key) || word[len(word)-2:] == key[len(key)-2:]
}

// cut says whether a word is a number that was cut off behind its letters and most of its digits.
func cut(word, key string) bool {
	missing := len(key) - len(word)
	return missing > 0 && missing <= 3 && digitCount(word) >= 2 && !allDigits(word) && strings.HasPrefix(key, word)
}

// byAmount is rung 8: a known payer's text names nothing, and exactly one of their open invoices is what was
// paid. A number that nobody has on file may be that of an invoice to come: then the amount says nothing.
func (m *matcher) byAmount() (Decision, bool) {
	if !m.silent() {
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
	return exact(ByAmount, 960, fits, say("the payer's account is known, and the text names no invoice"), say("the amount is what is open of "+fits[0].Number+" and of no other")), true
}

// silent says whether a known payer's text names no invoice, not even one that is not on file.
func (m *matcher) silent() bool {
	n := &m.named
	return m.k.Sure && !m.k.More && len(n.open)+len(n.settled)+len(n.foreign)+len(n.unknown)+len(n.stale) == 0 && len(m.notes) == 0 && !m.otherNumber()
}

// leads are words before a number that say it is an invoice's.
var leads = []string{"RG", "RE", "RNR", "RGNR", "RENR", "RECHNUNG", "RECHNUNGSNR", "RECHNUNGNR", "RECHNUNGSNUMMER", "INV", "INVOICE", "BILL", "FACTURE", "FACTUUR", "FACT", "FAKTURA", "FATTURA", "FACTURA"}

// otherNumber says whether the text speaks of an invoice by a number that is none of the payer's.
func (m *matcher) otherNumber() bool {
	apart, _ := views(m.l.Remittance)
	fields := strings.FieldsFunc(apart, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range fields {
		if strings.Contains(w, "发票") || strings.Contains(w, "账单") {
			return true
		}
		lead := strings.TrimRightFunc(w, unicode.IsDigit)
		if slices.Contains(leads, lead) && (lead != w || i+1 < len(fields) && digitCount(fields[i+1]) >= 3 || i+2 < len(fields) && digitCount(fields[i+2]) >= 3) {
			return true
		}
	}
	return false
}

// byTotal pays everything a known payer owes, when that is exactly the amount and no part of it is.
func (m *matcher) byTotal() (Decision, bool) {
	if !m.silent() || len(m.k.Owed) < 2 || sum(m.k.Owed) != m.l.Amount.Minor || len(m.k.Owed) > maxItems {
		return Decision{}, false
	}
	return exact(BySum, 950, m.k.Owed, say("the payer's account is known"), say("the amount is all that is open")), true
}

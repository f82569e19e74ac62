package bankgen

import (
	"fmt"
	"strings"

	"dunlin/invoice"
)

// note is what a payer writes, before a bank has its way with it.
type note struct {
	w    *World
	d    dice
	lang string
	on   invoice.Date
}

func (n note) words() wording { return wordings[n.lang] }

// reference puts a number into a sentence, with what else payers write around it.
func (n note) reference(ref string, inv *Invoice, c *Customer) string {
	words := []string{n.d.word(n.words().invoice)}
	if n.d.percent(12) {
		words = append([]string{n.around(inv, c)}, words...)
	}
	words = append(words, ref)
	for range n.clutter() {
		words = append(words, n.around(inv, c))
	}
	return n.join(words)
}

// clutter is how many further things stand around a number.
func (n note) clutter() int {
	switch n.w.Noise {
	case Clean:
		return n.d.weighted([]int{80, 20})
	case Light:
		return n.d.weighted([]int{60, 35, 5})
	case Heavy:
		return n.d.weighted([]int{20, 40, 30, 10})
	}
	return n.d.weighted([]int{40, 40, 20})
}

// around is something that is no invoice number: a date, a year, an amount, a customer or order number, an IBAN.
func (n note) around(inv *Invoice, c *Customer) string {
	w := n.words()
	switch n.d.IntN(9) {
	case 0, 1:
		return n.d.word(w.dated) + " " + n.date(inv.IssuedOn)
	case 2, 3:
		return n.d.word(w.customer) + " " + c.ID
	case 4:
		if inv.Order != "" {
			return n.d.word(w.order) + " " + inv.Order
		}
		return fmt.Sprintf("%02d/%d", int(inv.IssuedOn.Month), inv.IssuedOn.Year)
	case 5:
		return n.d.word(w.amount) + " " + n.sum(inv.Amount)
	case 6:
		return c.Name
	case 7:
		if n.d.percent(40) {
			return "IBAN " + spaced(n.w.Accounts[0].IBAN)
		}
		return fmt.Sprint(inv.IssuedOn.Year)
	}
	return n.date(inv.DueOn)
}

// date writes a day the way people do.
func (n note) date(on invoice.Date) string {
	switch n.d.IntN(4) {
	case 0:
		return on.String()
	case 1:
		return fmt.Sprintf("%02d.%02d.%02d", on.Day, int(on.Month), on.Year%100)
	case 2:
		return fmt.Sprintf("%d/%d/%d", on.Day, int(on.Month), on.Year)
	}
	return fmt.Sprintf("%02d.%02d.%d", on.Day, int(on.Month), on.Year)
}

// sum writes an amount the way people do.
func (n note) sum(m invoice.Money) string {
	s := m.Decimal()
	if n.lang != "en" && n.lang != "zh" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// join puts words together with one space, leaving out what is empty.
func (n note) join(words []string) string {
	var kept []string
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// list names several invoices; sometimes the later ones only by their last digits.
func (n note) list(invs []*Invoice) string {
	refs := make([]string, len(invs))
	short := n.d.percent(15)
	for i, inv := range invs {
		refs[i] = inv.Number
		if short && i > 0 && inv.series == invs[0].series && series[inv.series].prefix != "" {
			refs[i] = strings.TrimPrefix(inv.Number, series[inv.series].prefix)
		}
	}
	last := n.d.word(n.words().and)
	comma := pick(n.d, []string{", ", ",", " ", "; ", " + "})
	text := strings.Join(refs[:len(refs)-1], comma) + last + refs[len(refs)-1]
	return n.join([]string{n.d.word(n.words().several), text})
}

// written varies how a number is written without changing a letter of it.
func (n note) written(number string) string {
	if n.w.Noise == Clean || n.d.percent(80) {
		return number
	}
	switch n.d.IntN(4) {
	case 0:
		return strings.ToLower(number)
	case 1:
		return strings.NewReplacer("-", " ", "/", "-").Replace(number)
	case 2:
		return strings.NewReplacer("-", "", "/", " / ").Replace(number)
	}
	return strings.NewReplacer("-", " - ").Replace(number)
}

// spaced writes an IBAN in groups of four.
func spaced(iban string) string {
	var parts []string
	for len(iban) > 4 {
		parts, iban = append(parts, iban[:4]), iban[4:]
	}
	return strings.Join(append(parts, iban), " ")
}

// alnum keeps the letters and digits of a text, in capitals.
func alnum(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
}

package match_test

import (
	"slices"
	"strings"

	"dunlin/bank/match"
	"dunlin/invoice"
)

// attack is one payment, and what it is for.
type attack struct {
	about string
	line  *match.Line
	from  *party // nil: a stranger
	truth map[int64]int64
}

// draw makes a payment that a careful person who knows everything could decide; nil when the draw is none.
func (t *trap) draw() *attack {
	p := t.parties[t.IntN(len(t.parties))]
	own := t.of(p, func(i match.Invoice) bool { return i.Open() })
	switch t.IntN(12) {
	case 0, 1:
		return t.direct(p, own)
	case 2, 3:
		return t.slipped(p, own)
	case 4, 5:
		return t.unfiled(p)
	case 6:
		return t.again(p)
	case 7:
		return t.elsewise(p, own)
	case 8:
		return t.forAnother(p)
	case 9:
		return t.stranger()
	case 10:
		return t.silent(p, own)
	}
	return t.partOrForeign(p, own)
}

// of are a party's invoices on file.
func (t *trap) of(p *party, want func(match.Invoice) bool) []match.Invoice {
	var all []match.Invoice
	for _, i := range t.filed {
		if i.Debtor == p.id && want(i) {
			all = append(all, i)
		}
	}
	return all
}

func (t *trap) pay(about string, p *party, minor int64, texts ...string) *attack {
	lead := []string{"", "RG ", "Rechnung ", "Inv. "}[t.IntN(4)]
	tail := []string{"", "", " KD " + p.no, " vom 10.05.2026", " Bestellung B-4471", " IBAN DE89 3704 0044 0532 0130 00", " " + p.name}[t.IntN(7)]
	return &attack{about: about, from: p, line: named(line(minor, lead+strings.Join(texts, " ")+tail), p.name)}
}

func pick[T any](t *trap, all []T) T { return all[t.IntN(len(all))] }

func (x *attack) is(i match.Invoice, minor int64) *attack {
	x.truth = map[int64]int64{i.ID: minor}
	return x
}

// direct names the number, whole or without its letters.
func (t *trap) direct(p *party, own []match.Invoice) *attack {
	if len(own) == 0 {
		return nil
	}
	i := pick(t, own)
	if bare := digits(match.Key(i.Number)); t.IntN(4) == 0 && len(own) > 0 && t.clear(p, i, bare) {
		return t.pay("digits alone", p, i.Balance, bare).is(i, i.Balance)
	}
	return t.pay("right number", p, i.Balance, i.Number).is(i, i.Balance)
}

// clear says whether nobody's other invoice of the amount is meant by what is written.
func (t *trap) clear(p *party, i match.Invoice, written string) bool {
	return !slices.ContainsFunc(slices.Concat(t.filed, t.missing), func(x match.Invoice) bool {
		key := match.Key(x.Number)
		return x.ID != i.ID && x.Debtor == p.id && x.Total == i.Balance && (key == match.Key(written) || digits(key) == match.Key(written))
	})
}

// slipped has one edit in the number. What then names another invoice of the same payer and amount is none:
// nobody could tell.
func (t *trap) slipped(p *party, own []match.Invoice) *attack {
	if len(own) == 0 {
		return nil
	}
	i := pick(t, own)
	written := t.slip(i.Number)
	if match.Key(written) == match.Key(i.Number) || !t.clear(p, i, written) {
		return nil
	}
	return t.pay("slip", p, i.Balance, written).is(i, i.Balance)
}

// unfiled pays an invoice that the books don't have, number right, often of the very amount of one that they have.
func (t *trap) unfiled(p *party) *attack {
	var all []match.Invoice
	for _, i := range t.missing {
		if i.Debtor == p.id {
			all = append(all, i)
		}
	}
	if len(all) == 0 {
		return nil
	}
	i := pick(t, all)
	return t.pay("not on file", p, i.Total, i.Number)
}

// again pays what is settled.
func (t *trap) again(p *party) *attack {
	settled := t.of(p, func(i match.Invoice) bool { return !i.Open() })
	if len(settled) == 0 {
		return nil
	}
	i := pick(t, settled)
	return t.pay("settled before", p, i.Total, i.Number)
}

// elsewise is for something else, and has the amount of what is open.
func (t *trap) elsewise(p *party, own []match.Invoice) *attack {
	if len(own) == 0 {
		return nil
	}
	text := pick(t, []string{"Anzahlung Auftrag 77120", "Miete Stellplatz", "deposit order B-77120", "Darlehen Rückzahlung", "Kaution", "PO 4500012345", "Vorkasse 2026/77120", "Invoice 99120 of Acme", "dossier 88123", "Spende", "Rückerstattung"})
	x := t.pay("something else", p, pick(t, own).Balance)
	x.line.Remittance = []string{text}
	return x
}

// forAnother pays another's invoice, number right.
func (t *trap) forAnother(p *party) *attack {
	other := t.parties[t.IntN(len(t.parties))]
	owed := t.of(other, func(i match.Invoice) bool { return i.Open() })
	if other.id == p.id || len(owed) == 0 {
		return nil
	}
	i := pick(t, owed)
	x := t.pay("another's invoice", p, i.Balance)
	if x.line.Remittance = []string{i.Number}; t.IntN(2) == 0 {
		x.about, x.line.Remittance = "another's invoice, named", []string{i.Number + " für " + other.name}
	}
	return x.is(i, i.Balance)
}

// stranger has either a number of ours or an amount of ours.
func (t *trap) stranger() *attack {
	i := pick(t, t.filed)
	x := &attack{about: "stranger", line: named(line(i.Total, pick(t, []string{"Gutschrift GS 77120", "refund 2026", "Kundennummer 1008", "danke", "Settlement 83746252"})), "Acme Lieferanten GmbH")}
	if t.IntN(2) == 0 {
		x.line = named(line(i.Total/3+7, "Gutschrift "+i.Number), "Acme Lieferanten GmbH")
	}
	return x
}

// silent says nothing but who pays, and owes the amount once.
func (t *trap) silent(p *party, own []match.Invoice) *attack {
	if !p.sure || len(own) == 0 {
		return nil
	}
	i := pick(t, own)
	for _, x := range own {
		if x.ID != i.ID && x.Balance == i.Balance {
			return nil
		}
	}
	x := t.pay("nothing but the payer", p, i.Balance)
	x.line.Remittance = []string{pick(t, []string{"", "danke", "Zahlung KD " + p.no, "lt. Rechnung", "Ausgleich 05/2026", "SAMMLER"})}
	return x.is(i, i.Balance)
}

// partOrForeign pays a part, or in another currency.
func (t *trap) partOrForeign(p *party, own []match.Invoice) *attack {
	if len(own) == 0 {
		return nil
	}
	i := pick(t, own)
	if t.IntN(2) == 0 {
		x := t.pay("another currency", p, i.Balance, i.Number)
		x.line.Amount = invoice.NewMoney(i.Balance, "USD")
		return x
	}
	part := i.Balance*2/3 + 1
	if slices.ContainsFunc(own, func(x match.Invoice) bool { return x.Balance == part }) {
		return nil
	}
	return t.pay("a part", p, part, i.Number).is(i, part)
}

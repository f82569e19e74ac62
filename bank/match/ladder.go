package match

import (
	"slices"
	"strings"
)

// matcher is one line on its way up the ladder.
type matcher struct {
	g     *Grammar
	l     *Line
	k     Known
	r     Rules
	named named
	notes []Evidence
}

// named is what the numbers in the text come to.
type named struct {
	open    []Invoice // named in full, open, in the line's currency
	settled []Invoice // named in full, nothing owed any more
	foreign []Invoice // named in full, in another currency
	unknown []Token   // in full, and on nobody's file
	bare    []Invoice // named by the digits alone, open
	stale   []Invoice // named by the digits alone, settled
}

// Decide climbs the ladder. The first rung that yields exactly one consistent set of invoices wins; what is
// left goes to a person with the evidence found.
func Decide(g *Grammar, l *Line, k Known, r Rules) Decision {
	m := &matcher{g: g, l: l, k: k, r: r}
	m.named = m.readNames()
	for _, rung := range []func() (Decision, bool){m.byReference, m.byEndToEnd, m.byDocuments, m.byNumber, m.byBareNumber, m.byNearNumber, m.byAmount, m.byTotal} {
		if d, ok := rung(); ok {
			return m.finish(d)
		}
	}
	return m.finish(m.left())
}

// readNames sorts the invoices that the text names.
func (m *matcher) readNames() named {
	var n named
	byKey, byDigits := map[string][]Invoice{}, map[string][]Invoice{}
	for _, i := range m.k.Named {
		key := Key(i.Number)
		byKey[key] = append(byKey[key], i)
		byDigits[digitsOf(key)] = append(byDigits[digitsOf(key)], i)
	}
	for _, t := range m.g.tokens(m.l) {
		switch {
		case t.full() && len(byKey[t.Key]) > 0, t.long() && slices.ContainsFunc(byKey[t.Key], func(i Invoice) bool { return m.sure(i.Debtor) }):
			for _, i := range byKey[t.Key] {
				if m.meant(t, i) {
					n.put(i, m.l)
				}
			}
		case t.full():
			if t.Apart {
				n.unknown = append(n.unknown, t)
			}
		case slices.Contains([]kind{ofCustomer, aYear}, m.l.reading().label[t.Key]), m.k.Sure && t.Key == m.id(m.k.Payer) && !m.owes(byDigits[t.Key]): // a year, or a customer number
		default:
			for _, i := range byDigits[t.Key] {
				n.putBare(i, m.l)
			}
		}
	}
	return n
}

// meant says whether a whole number may be the invoice's. Where the word before it says that it is an order's or a
// customer's, it is so only for an invoice of exactly this amount that the sure payer owes.
func (m *matcher) meant(t Token, i Invoice) bool {
	return m.l.reading().label[t.Key] == unlabelled || m.sure(i.Debtor) && i.Balance == m.l.Amount.Minor
}

// owes says whether one of the invoices is open and the payer's, of the line's amount.
func (m *matcher) owes(all []Invoice) bool {
	return slices.ContainsFunc(all, func(i Invoice) bool { return i.Debtor == m.k.Payer && i.Balance == m.l.Amount.Minor })
}

func (n *named) put(i Invoice, l *Line) {
	to := &n.settled
	switch {
	case i.Currency != l.Amount.Currency:
		to = &n.foreign
	case i.Open():
		to = &n.open
	}
	*to = once(*to, i)
}

func (n *named) putBare(i Invoice, l *Line) {
	switch {
	case i.Currency != l.Amount.Currency:
	case i.Open() && l.reading().label[digitsOf(Key(i.Number))] == ofOrder:
	case i.Open():
		n.bare = once(n.bare, i)
	default:
		n.stale = once(n.stale, i)
	}
}

func once(all []Invoice, i Invoice) []Invoice {
	if slices.ContainsFunc(all, func(x Invoice) bool { return x.ID == i.ID }) {
		return all
	}
	return append(all, i)
}

// digitsOf are the digits of a number behind its first letters: what is left when somebody leaves the prefix
// away.
func digitsOf(key string) string {
	return strings.TrimLeftFunc(key, func(r rune) bool { return r < '0' || r > '9' })
}

// finish puts on what every decision carries, and lets nothing apply by itself that must not.
func (m *matcher) finish(d Decision) Decision {
	d.Version = Version
	d.Evidence = append(d.Evidence, m.notes...)
	if m.l.Repaired {
		d.Evidence = append(d.Evidence, say("the text had to be mended: a person looks"))
	}
	if d.Auto && (m.l.Repaired || m.r.QueueRungs[string(d.Rung)] || m.r.Largest > 0 && m.l.Amount.Minor > m.r.Largest) {
		d.queue()
	}
	if d.Auto {
		return d
	}
	d.Confidence = min(d.Confidence, 900)
	d.Hold = m.mayHavePaid(d.Payer)
	if d.Payer == 0 {
		d.Payer = m.k.Payer
	}
	m.suggest(&d)
	return d
}

// queue turns a decision into a suggestion.
func (d *Decision) queue() {
	d.Suggestions = append([]Suggestion{{Applied: d.Applied, Score: d.Confidence, Evidence: d.Evidence}}, d.Suggestions...)
	d.Auto, d.Applied = false, nil
}

// left is what no rung decides: a known payer's money stays with them, anybody else's with nobody.
func (m *matcher) left() Decision {
	if m.k.Payer != 0 && m.k.Sure {
		return Decision{Rung: OnAccountRung, Payer: m.k.Payer, OnAccount: true, Evidence: []Evidence{say("the payer's account is known, and nothing open fits")}}
	}
	return Decision{Rung: Unknown, Evidence: []Evidence{say("nobody can tell by itself what this is for")}}
}

// MostHeld bounds the debtors who are held because they share an account, or because a payment names them: what a
// whole trade uses, or a long list, says nothing about anybody.
const MostHeld = 5

// mayHavePaid are the debtors who may well have paid, so that nobody should remind them before a person has looked:
// whom the decision found, whose account it is, and whose open invoices the payment names in full.
func (m *matcher) mayHavePaid(found int64) []int64 {
	all := []int64{found, m.k.Payer}
	if len(m.k.Users) <= MostHeld {
		all = append(all, m.k.Users...)
	}
	var named []int64
	for _, i := range m.k.Named {
		if i.Open() && !slices.Contains(named, i.Debtor) && m.namesWhole(i) {
			named = append(named, i.Debtor)
		}
	}
	if len(named) <= MostHeld {
		all = append(all, named...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(debtor int64) bool { return debtor == 0 })
}

// namesWhole says whether a payment names an invoice by its whole number, wherever that stands, or by its reference.
func (m *matcher) namesWhole(i Invoice) bool {
	key := Key(i.Number)
	return slices.ContainsFunc(m.named.open, func(x Invoice) bool { return x.ID == i.ID }) || key == Key(m.l.EndToEnd) ||
		slices.ContainsFunc(m.l.Documents, func(d Document) bool { return Key(d.Number) == key }) ||
		i.Reference != "" && slices.Contains(m.l.references(), i.Reference)
}

func say(text string) Evidence { return Evidence{Text: text} }

// id is a debtor's customer number as it may stand in a text; "" when not known.
func (m *matcher) id(debtor int64) string { return Key(m.k.IDs[debtor]) }

// sure says whether the books are sure that the debtor paid.
func (m *matcher) sure(debtor int64) bool { return m.k.Sure && m.k.Payer == debtor }

// other says whether the books are sure that somebody else paid.
func (m *matcher) other(debtor int64) bool { return m.k.Sure && m.k.Payer != 0 && m.k.Payer != debtor }

// exact is a decision that pays invoices in full.
func exact(rung Rung, confidence int, all []Invoice, why ...Evidence) Decision {
	d := Decision{Rung: rung, Auto: true, Confidence: confidence, Payer: all[0].Debtor, Evidence: why}
	for _, i := range all {
		d.Applied = append(d.Applied, Applied{Invoice: i.ID, Amount: i.Balance})
	}
	return d
}

// sum adds the balances up.
func sum(all []Invoice) int64 {
	var total int64
	for _, i := range all {
		total += i.Balance
	}
	return total
}

// oneDebtor says whether all invoices are one debtor's.
func oneDebtor(all []Invoice) bool {
	return !slices.ContainsFunc(all, func(i Invoice) bool { return i.Debtor != all[0].Debtor })
}

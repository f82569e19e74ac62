package match

import (
	"slices"
	"strings"
)

// byNearNumber is rung 6: the text holds a word that is nearly an open number, the amount is exactly what is
// open of it, and the payer is the debtor: by the account, or by the name. Nearly is one slip, a look-alike,
// or a number that was cut off. Numbers that may be meant as they stand name nothing: see like.
func (m *matcher) byNearNumber() (Decision, bool) {
	if m.k.Sure {
		return m.nearOfPayer()
	}
	return m.nearByName()
}

// nearOfPayer looks among all that a known payer owes: exactly one of it may be meant.
func (m *matcher) nearOfPayer() (Decision, bool) {
	if m.k.More {
		return Decision{}, false
	}
	t := m.l.reading()
	var near []Invoice
	for _, i := range m.k.Owed {
		key := Key(i.Number)
		if i.Balance == m.l.Amount.Minor && (slices.ContainsFunc(t.words, func(w string) bool { return m.like(w, i) }) || slices.ContainsFunc(t.last, func(e ending) bool { return cut(e.word, key) })) {
			near = append(near, i)
		}
	}
	if len(near) != 1 || m.against(near[0]) || slices.Contains(m.k.Just, m.l.Amount.Minor) { // paid again, slip and all?
		return Decision{}, false
	}
	return exact(ByNearNumber, 970, near, say("the text holds something like "+near[0].Number), say("the payer's account is known"), say("the amount is what is open")), true
}

// nearByName is for payers whose account nobody knows for sure. In place of the account, the payer's name, or a
// name in the text, must be the debtor's; and of all open invoices of this very amount, whoever owes them,
// only one may have a number that a slip turns into a word of the text (the store has looked for every one).
// A payment for something else would have to hit the debtor, the amount and the number by chance.
func (m *matcher) nearByName() (Decision, bool) {
	if !m.k.NearAll {
		return Decision{}, false
	}
	words := m.l.reading().words
	var hits []Invoice
	for _, i := range slices.Concat(m.k.Near, m.k.Named) {
		key := Key(i.Number)
		if i.Open() && i.Balance == m.l.Amount.Minor && i.Currency == m.l.Amount.Currency && slices.ContainsFunc(words, func(w string) bool { return w == key || resembles(w, key) }) {
			hits = once(hits, i)
		}
	}
	if len(hits) != 1 {
		return Decision{}, false
	}
	i := hits[0]
	if !slices.ContainsFunc(words, func(w string) bool { return m.like(w, i) }) || !m.names(i.Debtor) || m.against(i) {
		return Decision{}, false
	}
	return exact(ByNearNumber, 960, hits, say("the text holds something like "+i.Number), say("the name is the debtor's"), say("the amount is what is open, and no other invoice of this amount has a number like it")), true
}

// names says whether the payer's name is a debtor's, or the text tells who that is.
func (m *matcher) names(debtor int64) bool {
	return SameName(m.l.Payer, m.k.Names[debtor]) || m.told(debtor)
}

// told says whether the text holds a debtor's name, or their customer number behind a word that says so.
func (m *matcher) told(debtor int64) bool {
	t, id := m.l.reading(), m.id(debtor)
	return names(t.telling(), m.k.Names[debtor]) || len(id) >= 3 && t.label[id] == ofCustomer
}

// against says whether something that the text names in full speaks against an invoice: another one of the
// same debtor, open or settled, anybody's of this very amount, or one that nobody has on file and that is not the
// number in question itself.
func (m *matcher) against(i Invoice) bool {
	for _, t := range m.named.unknown {
		if m.unordered(t) && !resembles(t.Key, Key(i.Number)) {
			return true
		}
	}
	for _, x := range slices.Concat(m.named.open, m.named.settled, m.named.foreign) {
		if x.ID != i.ID && (x.Debtor == i.Debtor || m.ofAmount(x)) {
			return true
		}
	}
	return m.staleAgainst(i.Debtor)
}

// staleAgainst says whether the text holds the digits of a settled invoice that may be meant: the debtor's own,
// or one of this very amount. The debtor's customer number is none.
func (m *matcher) staleAgainst(debtor int64) bool {
	return slices.ContainsFunc(m.named.stale, func(x Invoice) bool { return x.Debtor == debtor || m.ofAmount(x) })
}

// ofAmount says whether the payment may be for an invoice by its amount.
func (m *matcher) ofAmount(x Invoice) bool {
	return x.Total == m.l.Amount.Minor || x.Balance == m.l.Amount.Minor
}

// like says whether a word stands for an invoice's number with one slip. What is no number of the creditor's in
// its form (a letter or digit too many, too few, or in the wrong place) can be nothing else. What is one in its
// form may be meant as it stands, unless that cannot be:
//
//   - The number is on file as somebody else's, with another amount. Who paid that would have paid a wrong sum,
//     and one that is to the cent their own debt.
//   - Nobody has it on file, and it is so far from all that are that it was not issued lately and is none to
//     come. A number that isn't on file is otherwise never taken for a slip, be it among those issued or near
//     them. Not every creditor brings all invoices here, and who bills the same customers in the same order
//     every month gives this month's invoice the number of last month's plus one hundred, or plus one thousand:
//     the same payer, the same price, and one digit's difference. No density of the numbers on file tells that
//     from a slip.
func (m *matcher) like(word string, i Invoice) bool {
	key := Key(i.Number)
	switch {
	case word == key || blurred(word) == blurred(key):
		return true
	case !resembles(word, key):
		return false
	case !m.g.fits(word):
		return true
	}
	return m.elses(word, i.Debtor) || m.unheard(word)
}

// farAway is how far a number must be at least from all that are on file.
const farAway = 1_000

// unheard says whether a number that nobody has on file is far from the next ones of its series that somebody has:
// from the one below and from the one above.
func (m *matcher) unheard(word string) bool {
	a, ok := m.k.Around[word]
	below, above := series(a.Below, word), series(a.Above, word)
	return ok && !a.Filed && (below || above) && (!below || apart(a.Below, word)) && (!above || apart(word, a.Above))
}

// series says whether two keys differ in their digits alone.
func series(a, b string) bool {
	letter := func(c byte) byte {
		if c >= '0' && c <= '9' {
			return '9'
		}
		return c
	}
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if letter(a[i]) != letter(b[i]) {
			return false
		}
	}
	return true
}

// apart says whether the higher of two keys of a series is more than twice the lower, counted from the first digit
// in which they differ, and at least farAway above it: between them there is room for more invoices than were
// issued before.
func apart(low, high string) bool {
	same := 0
	for same < len(low) && low[same] == high[same] {
		same++
	}
	low, high = low[same:], high[same:]
	if !allDigits(low) || !allDigits(high) || len(high) > 15 {
		return false
	}
	return number(high) > 2*number(low) && number(high)-number(low) >= farAway
}

// resembles says whether a word is one slip away from a number, a look-alike included. Digits alone are too
// common to be nearly anything, unless there are many.
func resembles(word, key string) bool {
	if blurred(word) == blurred(key) {
		return true
	}
	return nearly(word, key) && (!allDigits(word) || len(word) >= 7)
}

// elses says whether a word is, in full, the number of somebody else's invoice of another amount, and nothing
// else.
func (m *matcher) elses(word string, debtor int64) bool {
	found := false
	for _, x := range m.k.Named {
		if Key(x.Number) != word {
			continue
		}
		if found = true; x.Debtor == debtor || m.ofAmount(x) {
			return false
		}
	}
	return found
}

// cut says whether a word is a number that was cut off behind its letters and most of its digits.
func cut(word, key string) bool {
	missing := len(key) - len(word)
	return missing > 0 && missing <= 3 && digitCount(word) >= 2 && !allDigits(word) && strings.HasPrefix(key, word)
}

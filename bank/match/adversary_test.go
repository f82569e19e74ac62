package match_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank/match"
)

// party is a customer of the adversary's books.
type party struct {
	id   int64
	name string
	no   string // customer number, in the range of the invoice numbers
	sure bool   // pays from an account that is known
	paid []int64
}

// trap is a small set of books made to mislead: customers whose names are much alike, three prices for all,
// numbers that follow one another by customer or by month, and invoices that the books don't have.
type trap struct {
	*rand.Rand
	parties []*party
	filed   []match.Invoice // in the books, open or settled
	missing []match.Invoice // issued, and never brought to the books, or not yet
	grammar *match.Grammar
}

var trapNames = []string{"Blum Logistik GmbH", "Blum Logistik Nord GmbH", "Blum Spedition KG", "Müller Bau AG", "Mueller Bau Holding", "Kuhn & Söhne KG", "Anna Kuhn", "Weiß Druck OHG"}

// ways are how numbers follow one another: by customer, so that neighbours are one's own; by month, in the same
// order, so that a customer's differ by a round number; by chance.
const ways = 3

func setTrap(seed uint64) *trap {
	t := &trap{Rand: rand.New(rand.NewPCG(seed, 99))}
	for i, n := range t.Perm(len(trapNames)) {
		t.parties = append(t.parties, &party{id: int64(i + 1), name: trapNames[n], no: strconv.Itoa(1001 + i*7), sure: t.IntN(10) < 7})
	}
	prices := []int64{4900, 11900, 100000}
	format := []string{"NL-%04d", "INV%07d", "2026/%05d", "7000%04d", "R%04d"}[t.IntN(5)]
	t.grammar = match.Learn([]match.Shape{match.ShapeOf(fmt.Sprintf(format, 1000)), "B-99999", "9999/99999"})
	way, step := t.IntN(ways), []int{8, 10, 100, 1000}[t.IntN(4)]
	used := map[int]bool{}
	id := int64(0)
	for _, p := range t.parties {
		price := prices[t.IntN(3)]
		for n := range 8 {
			serial := map[int]int{0: 1000 + int(p.id)*8 + n, 1: 1000 + int(p.id) + n*step, 2: 1000 + t.IntN(3000)}[way]
			if used[serial] || serial > 9999 {
				continue
			}
			used[serial] = true
			minor := price
			if t.IntN(3) == 0 {
				minor = int64(1000 + t.IntN(90000))
			}
			id++
			i := inv(id, p.id, fmt.Sprintf(format, serial), minor)
			switch x := t.IntN(10); {
			case x < 2 || x < 5 && n == 7:
				t.missing = append(t.missing, i)
				continue
			case x < 4:
				i.Balance = 0
			}
			t.filed = append(t.filed, i)
		}
	}
	return t
}

// look answers for the books what the store answers.
func (t *trap) look(l *match.Line, p *party) match.Known {
	k := match.Known{Names: map[int64]string{}, IDs: map[int64]string{}, Around: map[string]match.Around{}}
	if p != nil && p.sure {
		k.Payer, k.Sure, k.Just = p.id, true, p.paid
	}
	keys := t.grammar.Keys(l)
	near := t.grammar.Neighbours(l)
	k.NearAll = len(near) > 0 && !k.Sure
	for _, x := range t.parties {
		k.Names[x.id], k.IDs[x.id] = x.name, x.no
	}
	for _, i := range t.filed {
		key := match.Key(i.Number)
		if slices.Contains(keys.Numbers, key) || slices.Contains(keys.Digits, digits(key)) || slices.Contains(keys.Numbers, digits(key)) {
			k.Named = append(k.Named, i)
		}
		if k.NearAll && i.Balance == l.Amount.Minor && (slices.Contains(near, key) || slices.Contains(near, digits(key))) {
			k.Near = append(k.Near, i)
		}
		if k.Sure && i.Debtor == p.id && i.Open() && i.Currency == l.Amount.Currency {
			k.Owed = append(k.Owed, i)
		}
	}
	for _, w := range t.grammar.Doubtful(l, append(slices.Clone(k.Owed), k.Near...)) {
		k.Around[w] = t.around(w)
	}
	return k
}

func (t *trap) around(word string) (a match.Around) {
	for _, i := range t.filed {
		switch key := match.Key(i.Number); {
		case key == word:
			a.Filed = true
		case len(key) != len(word):
		case key < word && key > a.Below:
			a.Below = key
		case key > word && (key < a.Above || a.Above == ""):
			a.Above = key
		}
	}
	return a
}

// slip makes one edit in a number.
func (t *trap) slip(number string) string {
	for {
		b := []byte(number)
		at := t.IntN(len(b))
		if b[at] < '0' || b[at] > '9' {
			continue
		}
		switch t.IntN(4) {
		case 0:
			return number[:at] + number[at+1:]
		case 1:
			return number[:at] + string(rune('0'+t.IntN(10))) + number[at:]
		case 2:
			if at+1 == len(b) || b[at] == b[at+1] || b[at+1] < '0' || b[at+1] > '9' {
				continue
			}
			b[at], b[at+1] = b[at+1], b[at]
			return string(b)
		}
		b[at] = byte('0' + (int(b[at]-'0')+1+t.IntN(9))%10)
		return string(b)
	}
}

// fooled is what one kind of payment came to.
type fooled struct{ n, auto, wrong int }

// Whoever makes the books and the payments, nothing wrong is applied: no invoice is paid by a payment for one
// that isn't on file, for another's, for one that is settled, or for something else, and none gets another sum
// than it was meant to get.
func TestNothingIsAppliedWrongly(t *testing.T) {
	t.Parallel()
	worlds := 3_500
	if testing.Short() {
		worlds = 300
	}
	all := map[string]*fooled{}
	for seed := range worlds {
		books := setTrap(uint64(seed))
		for range 36 {
			x := books.draw()
			if x == nil {
				continue
			}
			d := match.Decide(books.grammar, x.line, books.look(x.line, x.from), match.Rules{})
			f := all[x.about]
			if f == nil {
				f = &fooled{}
				all[x.about] = f
			}
			f.n++
			if !d.Auto {
				continue
			}
			f.auto++
			if !x.meant(d.Applied) {
				f.wrong++
				require.Fail(t, "applied wrongly", "world %d, %s: %s from %q (sure %v), text %q, meant %v\ngot %+v\nbooks %s", seed, x.about, x.line.Amount, x.line.Payer, x.from != nil && x.from.sure, x.line.Remittance, x.truth, d, books)
			}
			books.book(x, d.Applied)
		}
	}
	draws := 0
	for about, f := range all {
		draws += f.n
		t.Logf("%-30s %6d drawn, %6d applied", about, f.n, f.auto)
	}
	if !testing.Short() {
		require.Greater(t, draws, 100_000)
	}
	for _, about := range []string{"right number", "slip", "another's invoice, named", "nothing but the payer"} {
		require.Greater(t, all[about].auto*3, all[about].n, "%s: a matcher that applies nothing proves nothing", about)
	}
}

// meant says whether exactly what was meant was applied.
func (x *attack) meant(got []match.Applied) bool {
	if len(got) != len(x.truth) {
		return false
	}
	for _, a := range got {
		if x.truth[a.Invoice] != a.Amount || a.Discount != 0 || a.Charge != 0 {
			return false
		}
	}
	return true
}

// book gives the invoices what was applied.
func (t *trap) book(x *attack, got []match.Applied) {
	for _, a := range got {
		i := slices.IndexFunc(t.filed, func(i match.Invoice) bool { return i.ID == a.Invoice })
		t.filed[i].Balance -= a.Amount
	}
	if x.from != nil {
		x.from.paid = append(x.from.paid, x.line.Amount.Minor)
	}
}

func (t *trap) String() string {
	var b strings.Builder
	for _, i := range t.filed {
		fmt.Fprintf(&b, "%d:%s of %d, %d open of %d; ", i.ID, i.Number, i.Debtor, i.Balance, i.Total)
	}
	for _, i := range t.missing {
		fmt.Fprintf(&b, "missing %s of %d, %d; ", i.Number, i.Debtor, i.Total)
	}
	return b.String()
}

package match_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/bank/match"
)

// drawBooks makes a few debtors with invoices whose numbers are neighbours and whose amounts recur.
func drawBooks(t *rapid.T) []match.Invoice {
	amounts := []int64{10000, 10000, 25050, 4711, 119000, 20000}
	n := rapid.IntRange(1, 12).Draw(t, "invoices")
	all := make([]match.Invoice, n)
	for i := range all {
		all[i] = inv(int64(i+1), int64(rapid.IntRange(1, 3).Draw(t, "debtor")), fmt.Sprintf("NL-%04d", 1000+rapid.IntRange(0, 40).Draw(t, "number")), rapid.SampledFrom(amounts).Draw(t, "amount"))
		if rapid.IntRange(0, 3).Draw(t, "settled") == 0 {
			all[i].Balance = 0
		}
	}
	slices.SortFunc(all, func(a, b match.Invoice) int { return int(a.ID - b.ID) })
	return slices.CompactFunc(all, func(a, b match.Invoice) bool { return a.Number == b.Number })
}

func drawLine(t *rapid.T, all []match.Invoice) *match.Line {
	text := ""
	for range rapid.IntRange(0, 3).Draw(t, "words") {
		i := rapid.SampledFrom(all).Draw(t, "names")
		text += rapid.SampledFrom([]string{i.Number, i.Number[3:], i.Number + "9", "NL-1" + i.Number[4:], "danke", "Rechnung 77", "2026"}).Draw(t, "word") + " "
	}
	minor := rapid.SampledFrom(all).Draw(t, "for").Total
	switch rapid.IntRange(0, 3).Draw(t, "how much") {
	case 0:
		minor += rapid.SampledFrom(all).Draw(t, "and").Total
	case 1:
		minor -= 100
	}
	return line(max(1, minor), text)
}

// Whatever the text says, a decision gives away no more than came in and no invoice more than it is owed,
// pays nothing that is settled, and does not depend on the order of what the books say.
func TestDecisionsAreSound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := drawBooks(t)
		l := drawLine(t, all)
		payer := int64(rapid.IntRange(0, 3).Draw(t, "payer"))
		sure := payer > 0 && rapid.Bool().Draw(t, "sure")
		d := match.Decide(grammar, l, look(l, payer, sure, all...), match.Rules{ChargeCap: 50})
		var given int64
		seen := map[int64]bool{}
		for _, a := range d.Applied {
			i := all[slices.IndexFunc(all, func(x match.Invoice) bool { return x.ID == a.Invoice })]
			require.False(t, seen[a.Invoice], "twice")
			require.Positive(t, a.Amount)
			require.LessOrEqual(t, a.Amount+a.Discount+a.Charge, i.Balance)
			if sure {
				require.Equal(t, payer, i.Debtor)
			}
			seen[a.Invoice], given = true, given+a.Amount
		}
		require.LessOrEqual(t, given, l.Amount.Minor)
		require.Equal(t, d.Auto, len(d.Applied) > 0)
		if d.Auto {
			require.NotEmpty(t, d.Evidence)
			if given < l.Amount.Minor {
				require.True(t, d.OnAccount)
			}
		}
		for _, s := range d.Suggestions {
			require.NotEmpty(t, s.Evidence)
		}
		turned := slices.Clone(all)
		slices.Reverse(turned)
		e := match.Decide(grammar, l, look(l, payer, sure, turned...), match.Rules{ChargeCap: 50})
		require.Equal(t, d.Auto, e.Auto)
		require.ElementsMatch(t, d.Applied, e.Applied)
	})
}

func FuzzKeys(f *testing.F) {
	f.Add("NL-1001", "RF18 5390 0754 7034")
	f.Fuzz(func(t *testing.T, a, b string) {
		l := line(100, a, b)
		k := grammar.Keys(l)
		require.LessOrEqual(t, len(k.Numbers)+len(k.Digits)+len(k.References), 200)
		match.Decide(grammar, l, look(l, 1, true, inv(1, 1, "NL-1001", 100)), match.Rules{})
	})
}

func BenchmarkDecide(b *testing.B) {
	blum, kuhn := books()
	l := line(125000, "EREF+2026-77 SVWZ+Zahlung fuer R", "echnung NL-1001 vom 04.05.20", "26 Kundennr 40017")
	k := look(l, 1, true, append(blum, kuhn...)...)
	for b.Loop() {
		grammar.Keys(l)
		match.Decide(grammar, l, k, match.Rules{})
	}
}

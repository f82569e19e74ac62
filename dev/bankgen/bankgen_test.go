package bankgen_test

import (
	"bytes"
	"crypto/sha256"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dev/bankgen"
	"dunlin/invoice"
)

func world(t *testing.T, o bankgen.Options) *bankgen.World {
	t.Helper()
	w, err := bankgen.Generate(o)
	require.NoError(t, err)
	return w
}

// sum is a hash over all files and the truth.
func sum(t *testing.T, w *bankgen.World) [32]byte {
	t.Helper()
	h := sha256.New()
	for _, f := range w.Files() {
		require.NoError(t, w.Write(f, h))
	}
	require.NoError(t, w.WriteTruth(h))
	return [32]byte(h.Sum(nil))
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	o := bankgen.Options{Seed: 7, Open: 2_000, Lines: 1_000, Noise: bankgen.Heavy}
	first := sum(t, world(t, o))
	require.Equal(t, first, sum(t, world(t, o)))
	o.Seed = 8
	require.NotEqual(t, first, sum(t, world(t, o)))
}

func TestTheBooksAreTheSameAtEveryLevel(t *testing.T) {
	t.Parallel()
	books := func(o bankgen.Options) string {
		var b bytes.Buffer
		require.NoError(t, world(t, o).WriteBooks(&b))
		return b.String()
	}
	first := books(bankgen.Options{Seed: 9, Open: 1_500, Lines: 100, Noise: bankgen.Clean})
	require.Equal(t, first, books(bankgen.Options{Seed: 9, Open: 1_500, Lines: 1_200, Noise: bankgen.Heavy}))
}

func TestSharesAreThoseOfTheDefinition(t *testing.T) {
	t.Parallel()
	w := world(t, bankgen.Options{Seed: 1, Open: 26_000, Lines: 20_000})
	n, paying, stray, out := map[bankgen.Class]int{}, 0, 0, 0
	for _, p := range w.Payments {
		n[p.Class]++
		switch {
		case p.Class == bankgen.Outgoing, p.Class == bankgen.Return:
			out++
		case p.Settles():
			paying++
		default:
			stray++
		}
	}
	require.Equal(t, 20_000, paying+stray)
	require.InDelta(t, 0.25, float64(stray)/float64(paying), 0.01)
	want := map[bankgen.Class]float64{bankgen.CleanReference: 40, bankgen.Typo: 15, bankgen.Cut: 10, bankgen.NoPrefix: 10, bankgen.NoReference: 10, bankgen.Several: 5, bankgen.Deviating: 5, bankgen.ThirdParty: 5}
	for class, percent := range want {
		require.InDelta(t, percent, 100*float64(n[class])/float64(paying), 1, class)
	}
	for _, class := range bankgen.Stray() {
		require.Positive(t, n[class], class)
	}
	require.Positive(t, out)
}

func TestAmountsRecurAndNumbersLookAlike(t *testing.T) {
	t.Parallel()
	for _, open := range []int{1_000, 10_000} {
		w := world(t, bankgen.Options{Seed: 3, Open: open})
		require.Len(t, w.Open, open)
		amounts, tails, numbers := map[invoice.Money]int{}, map[string]int{}, map[string]bool{}
		for _, inv := range w.Open {
			amounts[inv.Amount]++
			tails[strings.TrimLeft(inv.Number[len(inv.Number)-4:], "0")]++
			require.False(t, numbers[inv.Number], inv.Number)
			numbers[inv.Number] = true
		}
		again, alike := 0, 0
		for _, inv := range w.Open {
			if amounts[inv.Amount] > 1 {
				again++
			}
			if tails[strings.TrimLeft(inv.Number[len(inv.Number)-4:], "0")] > 1 {
				alike++
			}
		}
		require.GreaterOrEqual(t, float64(again)/float64(open), 0.2, "amounts that recur")
		require.LessOrEqual(t, float64(again)/float64(open), 0.8, "and some that don't")
		require.GreaterOrEqual(t, float64(alike)/float64(open), 0.2, "last digits that recur")
	}
}

func TestTheTruthAddsUp(t *testing.T) {
	t.Parallel()
	for _, level := range bankgen.Levels() {
		w := world(t, bankgen.Options{Seed: 5, Open: 6_000, Lines: 4_000, Noise: level})
		open := map[string]bankgen.Invoice{}
		for _, inv := range w.Open {
			open[inv.Number] = inv
		}
		got := map[string]int64{}
		for _, p := range w.Payments {
			total := p.Truth.Rest
			for _, a := range p.Truth.Applied {
				require.Positive(t, a.Amount)
				total += a.Amount
				got[a.Number] += a.Amount + a.Discount + a.Charge
				require.Equal(t, p.Amount.Currency, open[a.Number].Amount.Currency)
			}
			require.Equal(t, p.Amount.Minor, total, "payment %d, %s", p.ID, p.Class)
			require.Equal(t, p.Amount.Currency, w.Accounts[p.Account].Currency)
			if !p.Settles() {
				require.Contains(t, append(bankgen.Stray(), bankgen.Outgoing, bankgen.Return), p.Class)
			}
		}
		for number, minor := range got {
			require.LessOrEqual(t, minor, open[number].Amount.Minor-open[number].Credited, number)
		}
	}
}

func TestEveryPaymentCanBeDecided(t *testing.T) {
	t.Parallel()
	w := world(t, bankgen.Options{Seed: 11, Open: 20_000, Lines: 16_000})
	type owed struct {
		customer string
		minor    int64
	}
	numbers, byAmount := map[string]bankgen.Invoice{}, map[owed][]string{}
	for _, inv := range w.Open {
		numbers[inv.Number] = inv
		k := owed{w.Customers[inv.Customer].ID, inv.Amount.Minor}
		byAmount[k] = append(byAmount[k], inv.Number)
	}
	for _, p := range w.Payments {
		same := byAmount[owed{p.Truth.Payer, p.Amount.Minor}]
		switch p.Class {
		case bankgen.Typo, bankgen.CleanReference:
			for _, number := range same {
				if number != p.Truth.Applied[0].Number {
					require.NotContains(t, strings.Fields(strings.Join(p.Text, " ")), number, "payment %d names another invoice that it fits", p.ID)
				}
			}
		case bankgen.NoReference:
			require.True(t, p.Truth.Known.Sure())
			require.Equal(t, p.From.Known, p.Truth.Known)
		case bankgen.LooksLikeNumber:
			require.Empty(t, same, "payment %d", p.ID)
		case bankgen.DuplicateAgain:
			first := w.Payments[p.Truth.Again-1]
			require.Equal(t, first.Amount, p.Amount)
			require.True(t, first.Settles())
			require.True(t, first.Booked.Before(p.Booked))
		case bankgen.SupplierRefund:
			for _, word := range strings.Fields(strings.Join(p.Text, " ")) {
				if inv, ok := numbers[word]; ok {
					require.NotEqual(t, inv.Amount, p.Amount)
				}
			}
		}
	}
}

func TestCutsEndInsideTheNumber(t *testing.T) {
	t.Parallel()
	w := world(t, bankgen.Options{Seed: 6, Open: 6_000, Lines: 4_000})
	n, lost := 0, 0
	for _, p := range w.Payments {
		if p.Class != bankgen.Cut {
			continue
		}
		n++
		number := p.Truth.Applied[0].Number
		for _, line := range p.Text {
			require.NotContains(t, line, number)
			require.LessOrEqual(t, len([]rune(line)), 27)
		}
		if !strings.Contains(strings.Join(p.Text, ""), number) {
			lost++
			require.True(t, p.Truth.Known.Sure(), "what is lost is made up for by a known payer")
		}
	}
	require.InDelta(t, 0.19, float64(lost)/float64(n), 0.06)
}

func TestWhatComesBackAndWhatIsConverted(t *testing.T) {
	t.Parallel()
	w := world(t, bankgen.Options{Seed: 4, Open: 20_000, Lines: 16_000})
	open := map[string]bankgen.Invoice{}
	for _, inv := range w.Open {
		open[inv.Number] = inv
	}
	returned, converted, onFile, notOnFile := 0, 0, 0, 0
	for _, p := range w.Payments {
		switch p.Class {
		case bankgen.Return:
			returned++
			paid := w.Payments[p.Truth.Back-1]
			require.Equal(t, bankgen.CameBack, paid.Class)
			require.Equal(t, paid.Amount.Minor, -p.Amount.Minor)
			require.Equal(t, paid.EndToEnd, p.EndToEnd)
			require.True(t, paid.Booked.Before(p.Booked))
		case bankgen.OtherCurrency:
			converted++
		}
		gross, credit := int64(0), int64(0)
		for _, doc := range p.List {
			gross, credit = gross+doc.Remitted, credit+doc.Credit
		}
		if credit > 0 {
			require.Equal(t, p.Amount.Minor, gross-credit)
			owed := int64(0)
			for _, a := range p.Truth.Applied {
				inv := open[a.Number]
				owed += inv.Owed()
			}
			if owed == p.Amount.Minor {
				onFile++
			} else {
				notOnFile++
			}
		}
	}
	for _, n := range []int{returned, converted, onFile, notOnFile} {
		require.Positive(t, n)
	}
}

func TestDiscountsAreTakenInTime(t *testing.T) {
	t.Parallel()
	w := world(t, bankgen.Options{Seed: 2, Open: 20_000, Lines: 16_000})
	open := map[string]bankgen.Invoice{}
	for _, inv := range w.Open {
		open[inv.Number] = inv
	}
	n := 0
	for _, p := range w.Payments {
		for _, a := range p.Truth.Applied {
			inv := open[a.Number]
			if a.Discount > 0 {
				n++
				require.Equal(t, inv.Discount.Off(inv.Amount.Minor), a.Discount)
				require.LessOrEqual(t, inv.IssuedOn.DaysUntil(p.Value), int(inv.Discount.Days))
			}
			require.LessOrEqual(t, a.Charge, int64(1500))
		}
	}
	require.Greater(t, n, 20)
}

func TestOptionsThatCannotBeMet(t *testing.T) {
	t.Parallel()
	for _, o := range []bankgen.Options{{Open: 100, Lines: 100}, {Noise: "loud"}, {Format: "xls"}} {
		_, err := bankgen.Generate(o)
		require.ErrorContains(t, err, "bankgen: ")
	}
}

func TestAccountNumbersHaveRightCheckDigits(t *testing.T) {
	t.Parallel()
	require.Equal(t, "RF712348231", bankgen.RF("2348231")[:4]+"2348231")
	w := world(t, bankgen.Options{Seed: 1, Open: 1_000})
	for _, c := range w.Customers {
		for _, a := range c.Accounts {
			if a.IBAN != "" {
				require.Equal(t, 1, remainder(a.IBAN[4:]+a.IBAN[:4]), a.IBAN)
			}
		}
	}
}

func remainder(s string) int {
	n := 0
	for _, c := range s {
		if c >= 'A' {
			n = (n*100 + int(c-'A') + 10) % 97
		} else {
			n = (n*10 + int(c-'0')) % 97
		}
	}
	return n
}

func TestTheTruthIsWrittenAsLines(t *testing.T) {
	t.Parallel()
	w := world(t, bankgen.Options{Seed: 1, Open: 1_000, Lines: 500})
	var b bytes.Buffer
	require.NoError(t, w.WriteTruth(&b))
	require.Equal(t, len(w.Payments), strings.Count(b.String(), "\n"))
	require.Less(t, math.Abs(float64(len(w.Payments)-500)), 40.0)
}

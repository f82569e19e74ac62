package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dev/bankgen"
)

func got(number string, amount, discount int64) map[string]*given {
	return map[string]*given{number: {amount: amount, discount: discount}}
}

func TestWeigh(t *testing.T) {
	t.Parallel()
	pays := func(a ...bankgen.Applied) *bankgen.Payment { return &bankgen.Payment{Truth: bankgen.Truth{Applied: a}} }
	one := bankgen.Applied{Number: "NL-1", Amount: 9800, Discount: 200}
	for _, c := range []struct {
		about string
		truth *bankgen.Payment
		got   map[string]*given
		is    verdict
	}{
		{"nothing was applied", pays(one), nil, queued},
		{"all as it should be", pays(one), got("NL-1", 9800, 200), right},
		{"the discount was left open", pays(one), got("NL-1", 9800, 0), right},
		{"another discount", pays(one), got("NL-1", 9800, 100), wrong},
		{"another amount", pays(one), got("NL-1", 9700, 200), wrong},
		{"another invoice", pays(one), got("NL-2", 9800, 200), wrong},
		{"one of two", pays(one, bankgen.Applied{Number: "NL-2", Amount: 1}), got("NL-1", 9800, 200), wrong},
		{"nothing open was meant", pays(), got("NL-1", 9800, 0), stray},
	} {
		require.Equal(t, c.is, weigh(c.truth, &decision{applied: c.got}), c.about)
	}
}

func TestTheSecondOfTwoEqualPaymentsMayBeTheOneThatCounts(t *testing.T) {
	t.Parallel()
	w, err := bankgen.Generate(bankgen.Options{Seed: 1, Open: 2_000, Lines: 1_600})
	require.NoError(t, err)
	files := map[int]string{}
	for _, f := range w.Files() {
		files[f.N] = f.Name
	}
	decided := map[place]*decision{}
	for i := range w.Payments {
		p := &w.Payments[i]
		d := &decision{state: "undecided", rung: "4", applied: map[string]*given{}}
		if p.Truth.Again > 0 { // only the repetitions were applied
			for _, a := range w.Payments[p.Truth.Again-1].Truth.Applied {
				d.applied[a.Number] = &given{amount: a.Amount}
			}
		}
		decided[place{files[p.File], p.Statement, p.Entry, p.Detail}] = d
	}
	s := judge(w, decided)
	require.Zero(t, s.missing)
	require.Zero(t, s.strays)
	require.Empty(t, s.mistakes)
	require.Positive(t, s.all.right)
	require.Equal(t, s.all.right, s.byClass[bankgen.CleanReference].right)
}

func TestAReturnLeavesNothingOfThePayment(t *testing.T) {
	t.Parallel()
	paid, back := &decision{applied: got("NL-1", 9800, 200)}, &decision{applied: got("NL-1", -9800, -200)}
	net(paid, back)
	require.Empty(t, paid.applied)
	require.Empty(t, back.applied)
	paid, back = &decision{applied: got("NL-1", 9800, 200)}, &decision{applied: got("NL-1", -9800, 0)}
	net(paid, back)
	require.Len(t, paid.applied, 1, "the discount is still taken")
}

func TestRungsThatMustNotErr(t *testing.T) {
	t.Parallel()
	for rung, is := range map[string]bool{"1": true, "1b": true, "4": true, "5": false, "11": false, "0": false, "": false} {
		require.Equal(t, is, strict(rung), rung)
	}
}

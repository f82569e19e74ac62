package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

func instalment(day string, minor int64) invoice.Instalment {
	d, err := invoice.ParseDate(day)
	if err != nil {
		panic(err)
	}
	return invoice.Instalment{DueOn: d, Amount: invoice.NewMoney(minor, "EUR")}
}

func TestPaymentPlanIsDivided(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want []invoice.Instalment
	}{
		"odd cents go first": {
			[]string{"--instalments", "3", "--first", "2026-12-01"},
			[]invoice.Instalment{instalment("2026-12-01", 3334), instalment("2027-01-01", 3334), instalment("2027-02-01", 3333)},
		},
		"short months end on their last day": {
			[]string{"--instalments", "3", "--first", "2026-12-31"},
			[]invoice.Instalment{instalment("2026-12-31", 3334), instalment("2027-01-31", 3334), instalment("2027-02-28", 3333)},
		},
		"every fortnight": {
			[]string{"--instalments", "2", "--first", "2026-12-20", "--every", "14d"},
			[]invoice.Instalment{instalment("2026-12-20", 5001), instalment("2027-01-03", 5000)},
		},
		"each by itself, in any order": {
			[]string{"--instalment", "2027-01-15=60.01 EUR", "--instalment", "2026-12-01=40.00 EUR"},
			[]invoice.Instalment{instalment("2026-12-01", 4000), instalment("2027-01-15", 6001)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fakeBooks{view: collection.View{Balance: invoice.NewMoney(10001, "EUR")}}
			args := append([]string{"payplan", "agree", "acme/INV-1"}, c.args...)
			require.Contains(t, ok(t, f, args...), "a payment plan of ")
			told := f.told[0].(invoice.PaymentPlan)
			require.Equal(t, c.want, told.Instalments)
			require.Len(t, f.waited, 1)
			ok(t, f, args...)
			require.Equal(t, told.Key, f.told[1].(invoice.PaymentPlan).Key, "the same plan told twice is one plan")
		})
	}
}

func TestPaymentPlanNeedsItsParts(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"nothing":           {},
		"no first day":      {"--instalments", "3"},
		"both ways":         {"--instalments", "3", "--first", "2026-12-01", "--instalment", "2026-12-01=1.00 EUR"},
		"no rhythm":         {"--instalments", "3", "--first", "2026-12-01", "--every", "week"},
		"no amount":         {"--instalment", "2026-12-01"},
		"no day":            {"--instalment", "tomorrow=1.00 EUR"},
		"nothing to divide": {"--instalments", "3", "--first", "2026-12-01", "--reason", "paid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fakeBooks{view: collection.View{Balance: invoice.NewMoney(2, "EUR")}}
			o := cli(t, f, "", append([]string{"payplan", "agree", "acme/INV-1"}, args...)...)
			require.Equal(t, exitUsage, o.code, o.errors)
			require.Empty(t, f.told)
		})
	}
}

func TestPartDisputeIsTold(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{}
	ok(t, f, "dispute", "acme/INV-1", "--amount", "100.00 EUR")
	ok(t, f, "resolve", "acme/INV-1", "--how", "credited", "--credit", "80.00 EUR")
	require.Equal(t, invoice.NewMoney(10000, "EUR"), f.told[0].(invoice.Dispute).Amount)
	require.Equal(t, invoice.NewMoney(8000, "EUR"), f.told[1].(invoice.Resolution).Credit)
	require.Equal(t, exitUsage, cli(t, f, "", "resolve", "acme/INV-1", "--how", "somehow").code)
}

func TestPlanAndDisputeAreShown(t *testing.T) {
	t.Parallel()
	eur := func(minor int64) invoice.Money { return invoice.NewMoney(minor, "EUR") }
	at := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	v := collection.View{
		Invoice: invoice.Invoice{Key: inv1, Amount: eur(12000)}, Status: invoice.Open, Balance: eur(8000), Zone: "Europe/Berlin",
		PaymentPlan: &collection.PaymentPlanView{N: 1, State: "active", AgreedAt: at, Instalments: []collection.InstalmentView{
			{N: 1, DueOn: invoice.NewDate(2026, 6, 1), Amount: eur(6000), Open: eur(0)},
			{N: 2, DueOn: invoice.NewDate(2026, 7, 1), Amount: eur(6000), Open: eur(2000)},
		}},
		Dispute: &collection.DisputeView{Amount: eur(1000), Since: at, Reason: "one box is missing", AnswerBy: at.AddDate(0, 0, 14)},
	}
	f := &fakeBooks{view: v, plan: collection.PlanView{View: v}, file: collection.CaseView{View: v}}
	for _, command := range []string{"status", "plan", "case"} {
		out := ok(t, f, command, "acme/INV-1")
		require.Contains(t, out, "agreed on Thu 2026-05-14 12:00 +02:00; 1 of 2 instalments paid")
		require.Contains(t, out, "10.00 EUR since Thu 2026-05-14 12:00 +02:00; the rest goes on; to be answered by Thu 2026-05-28 12:00 +02:00: one box is missing")
		require.Contains(t, out, "20.00 EUR")
	}
	require.Contains(t, ok(t, f, "payplan", "show", "acme/INV-1"), "acme/INV-1: payment plan, agreed on")
	f.view.PaymentPlan = nil
	require.Contains(t, cli(t, f, "", "payplan", "show", "acme/INV-1").errors, "has none")
}

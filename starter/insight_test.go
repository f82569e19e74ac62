package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// seer answers questions about what comes and why.
type seer struct {
	*fakeBooks
	keys     []invoice.Key
	explain  collection.ExplainView
	forecast collection.Forecast
	effects  []collection.PolicyEffect
	asked    []any
}

func (s *seer) Find(_ context.Context, text string) ([]invoice.Key, error) {
	s.asked = append(s.asked, text)
	return s.keys, nil
}

func (s *seer) Explain(_ context.Context, k invoice.Key) (collection.ExplainView, error) {
	s.asked = append(s.asked, k)
	return s.explain, nil
}

func (s *seer) Forecast(_ context.Context, q collection.ForecastQuery) (collection.Forecast, error) {
	s.asked = append(s.asked, q)
	return s.forecast, nil
}

func (s *seer) Effects(context.Context, *dunning.Policy, *dunning.Policy) ([]collection.PolicyEffect, error) {
	return s.effects, nil
}

func (s *seer) Policy(_ context.Context, name string) (*dunning.Policy, error) {
	p, ok := dunning.ShippedPolicy(name)
	if !ok {
		return nil, invoice.Unknown("policy", "%q is not on file", name)
	}
	return p, nil
}

// see runs a command line against s; nil books cannot be reached.
func see(t *testing.T, s *seer, args ...string) outcome {
	t.Helper()
	var out, errs strings.Builder
	a := newApp(wiring{
		open: func(context.Context) (books, error) {
			if s == nil {
				return nil, errors.New("refused")
			}
			return s, nil
		},
		getenv: func(string) string { return "" },
	}, nil, &out, &errs)
	return outcome{a.run(t.Context(), args), out.String(), errs.String()}
}

func TestForecastTable(t *testing.T) {
	t.Parallel()
	sms := collection.Price{Micro: 180000, Currency: "EUR"}
	s := &seer{fakeBooks: &fakeBooks{}, forecast: collection.Forecast{
		AsOf: testNow, Until: testNow.AddDate(0, 0, 7), Cases: 1234, Debtors: 1000, Supposes: []string{"nobody pays", "everything arrives"},
		Days: []collection.ForecastDay{{Date: "2026-05-15", Emails: 1000, SMS: 1, Segments: 2, Invoices: 1200, Calls: 3, Cost: collection.Costs{}.Add(sms)}, {Date: "2026-05-18", Placements: 1, Expiries: 2}},
		Acts: []collection.ForecastAct{
			{At: testNow, In: 0, DebtorID: "today"},
			{At: testNow.Add(24 * time.Hour), In: 1, Zone: "Asia/Tokyo", Creditor: "acme", DebtorID: "C-1", Debtor: "Kunde", Title: "second reminder", Act: dunning.SMS, Segments: 2, Invoices: []string{"INV-1", "INV-2"}, Cost: sms},
		},
		Waiting: []collection.ForecastGate{{Gate: "zone_missing", Cases: 17}}, Cost: collection.Costs{}.Add(sms),
	}}
	o := see(t, s, "policy", "forecast", "--days", "7", "--creditor", "acme", "--policy", "standard-b2b", "--sms-cost", "0.09 EUR")
	require.Zero(t, o.code, o.errors)
	require.Equal(t, collection.ForecastQuery{Days: 7, Creditor: "acme", Policy: "standard-b2b", SMS: collection.Price{Micro: 90000, Currency: "EUR"}}, s.asked[0])
	for _, line := range []string{
		"1,234 open invoices of 1,000 debtors, from Thu 2026-05-14 10:00 UTC to Thu 2026-05-21:\n",
		"  Fri 2026-05-15    1,000    1         2          1,200      3          -           -         -  0.18 EUR\n",
		"  Mon 2026-05-18        -    -         -              -      -          -           1         2\n",
		"  Fri 2026-05-15 19:00 +09:00  acme/C-1  Kunde  sms, 2 segments  second reminder  INV-1, INV-2  0.18 EUR\n",
		"  zone missing        17\n", "Supposed: nobody pays; everything arrives.\n",
	} {
		require.Contains(t, o.out, line)
	}
	require.NotContains(t, o.out, "today")
	require.NotContains(t, o.out, "Costs are shown")
	s.forecast = collection.Forecast{}
	o = see(t, s, "policy", "forecast")
	require.Contains(t, o.out, "Nothing comes.\n\nTomorrow nobody is written to or called.\n")
	require.NotContains(t, o.out, "COST")
	require.Contains(t, o.out, "Costs are shown with --email-cost")
}

func TestDiffShowsTheFirstDifferenceOfEachCase(t *testing.T) {
	t.Parallel()
	row := func(title string, at time.Time) dunning.Row {
		return dunning.Row{Title: title, Channel: dunning.Email, At: at, State: "planned"}
	}
	s := &seer{fakeBooks: &fakeBooks{}, effects: []collection.PolicyEffect{
		{Invoice: invoice.Key{Creditor: "acme", Number: "SAME"}, Effect: dunning.Effect{First: -1}},
		{Invoice: inv1, Zone: "Asia/Tokyo", Effect: dunning.Effect{First: 1, Before: []dunning.Row{row("receipt", testNow), row("first reminder", testNow)}, After: []dunning.Row{row("receipt", testNow)}}},
	}}
	o := see(t, s, "policy", "diff", "standard-b2b", "gentle")
	require.Zero(t, o.code, o.errors)
	require.Contains(t, o.out, "2 running cases under standard-b2b v")
	require.Contains(t, o.out, "for 1 something would change. The first difference of each:\n")
	require.Contains(t, o.out, "  acme/INV-1  Thu 2026-05-14 19:00 +09:00 first reminder by email  nothing\n")
	require.NotContains(t, o.out, "SAME")

	o = see(t, nil, "policy", "diff", "standard-b2b", "standard-b2b")
	require.Zero(t, o.code, o.errors)
	require.Contains(t, o.out, "  nothing is different\n\nRunning cases were not looked at: the database cannot be reached.\n")
	require.Equal(t, exitUsage, see(t, nil, "policy", "diff", "standard-b2b", "nowhere.yaml").code)
}

func TestExplainForABookkeeper(t *testing.T) {
	t.Parallel()
	view := sampleView()
	view.PolicyHash = "ab12"
	s := &seer{fakeBooks: &fakeBooks{}, keys: []invoice.Key{inv1}, explain: collection.ExplainView{
		View: view, Segment: "key accounts", History: dunning.Repeat, Assigned: map[string]string{"courtesy": "short", dunning.HoldoutKey: "yes"},
		Acts: []collection.ExplainedAct{
			{
				Step: "courtesy", Title: "courtesy note", Act: dunning.Email, Done: true, State: "covered", At: testNow, Rule: "7 days before the due date", Why: "told in the message of INV-2",
				Inputs: &dunning.Inputs{Policy: "standard-b2b v1", At: testNow, Seq: 3, Balance: invoice.NewMoney(100000, "EUR"), DueOn: invoice.NewDate(2026, 5, 31), Type: "business"},
				Gates:  []dunning.Gate{{Name: "money", Open: true, Text: "1,000.00 EUR open"}},
				Receipt: &collection.ReceiptView{
					Message: "m-1", Attempts: []string{"a-1"}, In: "INV-2", With: []string{"INV-1/B", "INV-2/B"}, Recipient: "ap@kunde.example", Template: "courtesy", Variant: "short", Language: "en",
					Hash: "cd34", State: "accepted", ProviderID: "sg-1", ClaimedAt: testNow, EndedAt: testNow, Reports: []collection.DeliveryView{{Kind: collection.Delivered, At: testNow, By: "sendgrid"}},
				},
			},
			{Step: "reminder-1", Title: "first reminder", Act: dunning.Email, State: "held", Why: "hold since 3 May 2026", Gates: []dunning.Gate{{Name: "hold", Text: "hold since 3 May 2026"}}},
			{Step: "call", Title: "call", Act: dunning.PhoneTask, Done: true, State: "person", Why: "on the call list"},
		},
	}}
	o := see(t, s, "explain", "INV-1")
	require.Zero(t, o.code, o.errors)
	require.Equal(t, []any{"INV-1", inv1}, s.asked)
	for _, text := range []string{
		"  chosen by    segment rule key accounts\n", "  history      repeat when it was issued\n", "  variant      courtesy: short\n", "  holdout      the debtor is left alone",
		"courtesy note (courtesy) by email: why was this sent?\n", "  answer     covered, Thu 2026-05-14 19:00 Asia/Tokyo: told in the message of INV-2\n", "  gate open  money: 1,000.00 EUR open\n",
		"standard-b2b v1, judged Thu 2026-05-14 19:00 Asia/Tokyo, balance 1,000.00 EUR, change no. 3, due 2026-05-31, debtor type business\n",
		"    sent by    the case of INV-2\n", "    tells of   INV-1/B, INV-2/B\n", "    words      template courtesy (en), variant short, sha256 cd34\n", "    receipt    sg-1\n",
		"first reminder (reminder-1) by email: why was this not sent?\n", "  gate CLOSED  hold: hold since 3 May 2026\n", "call (call) by phone task: why was this done?\n",
	} {
		require.Contains(t, o.out, text)
	}
	o = see(t, s, "explain", "INV-1", "--step", "call")
	require.NotContains(t, o.out, "courtesy note")
	require.Equal(t, exitNotFound, see(t, s, "explain", "INV-1", "--step", "place").code)
	s.keys = nil
	require.Equal(t, exitNotFound, see(t, s, "explain", "INV-1").code)
}

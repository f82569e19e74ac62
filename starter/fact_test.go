package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

var inv1 = invoice.Key{Creditor: "acme", Number: "INV-1"}

// TestFacts holds what each command tells, and whether it waits for messages in flight.
func TestFacts(t *testing.T) {
	t.Parallel()
	fact := func(key, reason string) invoice.Fact {
		return invoice.Fact{Invoice: inv1, Key: key, Actor: "vera", Reason: reason}
	}
	eur := func(minor int64) invoice.Money { return invoice.NewMoney(minor, "EUR") }
	for line, c := range map[string]struct {
		told  any
		waits bool
	}{
		"pay acme/INV-1 100.00 EUR --key B7":                   {invoice.Payment{Fact: fact("B7", ""), Amount: eur(10000)}, true},
		"pay acme/INV-1 100.00 EUR --key B7 --no-wait":         {invoice.Payment{Fact: fact("B7", ""), Amount: eur(10000)}, false},
		"pay acme/INV-1 100 EUR --key B7 --paid-on 2026-05-13": {invoice.Payment{Fact: fact("B7", ""), Amount: eur(10000), PaidOn: invoice.NewDate(2026, 5, 13)}, true},
		"return acme/INV-1 B7 --key R1":                        {invoice.Return{Fact: fact("R1", ""), Payment: "B7"}, false},
		"return acme/INV-1 B7 5.00 EUR --key R1":               {invoice.Return{Fact: fact("R1", ""), Payment: "B7", Amount: eur(500)}, false},
		"credit acme/INV-1 5.00 EUR --key CN --reason x":       {invoice.CreditNote{Fact: fact("CN", "x"), Amount: eur(500)}, false},
		"cancel acme/INV-1 --key C":                            {invoice.Cancellation{Fact: fact("C", "")}, false},
		"due acme/INV-1 2026-06-30":                            {invoice.DueDateChange{Fact: fact("new-x", ""), DueOn: invoice.NewDate(2026, 6, 30)}, false},
		"hold acme/INV-1":                                      {invoice.Hold{Fact: fact("new-x", "")}, true},
		"hold acme/INV-1 --until 2026-06-01 --no-wait":         {invoice.Hold{Fact: fact("new-x", ""), Until: time.Date(2026, 5, 31, 22, 0, 0, 0, time.UTC)}, false},
		"release acme/INV-1 --reason paid?":                    {invoice.Release{Fact: fact("new-x", "paid?")}, false},
		"stop acme/INV-1 --key S":                              {invoice.HardStop{Fact: fact("S", "")}, true},
		"dispute acme/INV-1 --reason broken":                   {invoice.Dispute{Fact: fact("new-x", "broken")}, true},
		"resolve acme/INV-1 --how withdrawn":                   {invoice.Resolution{Fact: fact("new-x", ""), How: invoice.Withdrawn}, false},
		"resolve acme/INV-1 --how credited":                    {invoice.Resolution{Fact: fact("new-x", ""), How: invoice.Credited}, false},
		"payplan withdraw acme/INV-1":                          {invoice.PlanEnd{Fact: fact("new-x", "")}, false},
		"resolve acme/INV-1":                                   {invoice.Resolution{Fact: fact("new-x", "")}, false},
		"promise acme/INV-1 2026-05-20 --key P":                {invoice.Promise{Fact: fact("P", ""), By: invoice.NewDate(2026, 5, 20)}, true},
		"promise acme/INV-1 2026-05-20 7.00 EUR --key P":       {invoice.Promise{Fact: fact("P", ""), By: invoice.NewDate(2026, 5, 20), Amount: eur(700)}, true},
		"handoff ack acme/INV-1":                               {invoice.HandoffReport{Fact: fact("new-x", ""), Outcome: "acknowledged"}, false},
		"handoff return acme/INV-1":                            {invoice.HandoffReport{Fact: fact("new-x", ""), Outcome: "returned"}, false},
		"handoff close acme/INV-1":                             {invoice.HandoffReport{Fact: fact("new-x", ""), Outcome: "closed"}, false},
		"handoff recall acme/INV-1":                            {invoice.HandoffReport{Fact: fact("new-x", ""), Outcome: "recalled"}, false},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			f := &fakeBooks{}
			f.view.Zone = "Europe/Berlin"
			out := ok(t, f, strings.Fields(line)...)
			require.Len(t, f.told, 1)
			if h, is := f.told[0].(invoice.Hold); is {
				h.Until = h.Until.UTC()
				f.told[0] = h
				if want := c.told.(invoice.Hold); want.Until.IsZero() {
					require.True(t, h.Until.IsZero())
				}
			}
			require.Equal(t, c.told, f.told[0])
			require.Equal(t, c.waits, len(f.waited) == 1)
			require.Contains(t, out, "Now open, balance 1,090.00 EUR.")
			require.True(t, f.closed)
		})
	}
}

func TestPaymentNeedsAName(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{}
	o := cli(t, f, "", "pay", "acme/INV-1", "100.00", "EUR")
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.errors, "dunlin: key: is missing\nhint: ")
	require.Empty(t, f.told)

	key := func(args ...string) string {
		f := &fakeBooks{}
		ok(t, f, append([]string{"pay"}, args...)...)
		return f.told[0].(invoice.Payment).Key
	}
	one := key("acme/INV-1", "100.00", "EUR", "--paid-on", "2026-05-14")
	require.Equal(t, one, key("acme/INV-1", "100.00 EUR", "--paid-on", "2026-05-14"), "the same told twice is one payment")
	for _, other := range [][]string{
		{"acme/INV-2", "100.00", "EUR", "--paid-on", "2026-05-14"},
		{"acme/INV-1", "100.01", "EUR", "--paid-on", "2026-05-14"},
		{"acme/INV-1", "100.00", "USD", "--paid-on", "2026-05-14"},
		{"acme/INV-1", "100.00", "EUR", "--paid-on", "2026-05-15"},
	} {
		require.NotEqual(t, one, key(other...))
	}
}

func TestInFlight(t *testing.T) {
	t.Parallel()
	require.Contains(t, ok(t, &fakeBooks{inFlight: true}, "hold", "acme/INV-1"), "A message claimed before this may still arrive.")
	require.NotContains(t, ok(t, &fakeBooks{}, "hold", "acme/INV-1"), "may still arrive")
	var r told
	require.NoError(t, json.Unmarshal([]byte(ok(t, &fakeBooks{inFlight: true}, "pay", "acme/INV-1", "1 EUR", "--key", "B", "--json")), &r))
	require.True(t, r.MessageInFlight)
	require.Equal(t, "B", r.Key)

	o := cli(t, &fakeBooks{quietErr: errors.New("connection lost")}, "", "pay", "acme/INV-1", "1 EUR", "--key", "B")
	require.Zero(t, o.code, "the payment is on file: that is no failure")
	require.Contains(t, o.errors, "connection lost")
	require.Contains(t, o.out, "may still arrive")
}

func TestOptOut(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{}
	require.Contains(t, ok(t, f, "optout", "acme", "sms", "+4915112345678", "--actor", "kim"), "acme: no more sms to +4915112345678.")
	require.Equal(t, invoice.OptOut{Creditor: "acme", Channel: invoice.SMS, Address: "+4915112345678", Key: "new-x", Actor: "kim"}, f.told[0])
	require.Contains(t, ok(t, f, "optout", "acme", "email", "a@b.example", "--lift"), "allowed again")
	o := cli(t, f, "", "optout", "acme", "fax", "1")
	require.Equal(t, exitUsage, o.code)
	require.Len(t, f.told, 2)
}

func TestRepeatedFact(t *testing.T) {
	t.Parallel()
	a := newApp(wiring{}, nil, &strings.Builder{}, nil)
	a.receipt("a payment of 1.00 EUR", "B7", invoice.Receipt{Invoice: inv1, Repeated: true, Status: invoice.Paid, Balance: invoice.NewMoney(0, "EUR"), OnAccount: invoice.NewMoney(12, "EUR")})
	require.Equal(t, "acme/INV-1: a payment of 1.00 EUR is on file already under key B7: nothing changed. If this is another one, give it a --key of its own.\n"+
		"Now paid, balance 0.00 EUR. 0.12 EUR stays on account.\n", a.out.(*strings.Builder).String())
}

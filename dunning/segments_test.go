package dunning_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

var onFile = map[string]invoice.Kind{
	"standard-b2b": invoice.KindInvoice, "key-account": invoice.KindInvoice, "consumer": invoice.KindInvoice,
	"order-24h": invoice.KindOrder, "order-6h": invoice.KindOrder,
}

func TestSegmentsChoose(t *testing.T) {
	t.Parallel()
	s, err := dunning.ParseSegments("s.yaml", []byte(`segments:
  - {name: key accounts, when: {group: key}, policy: key-account}
  - {name: small consumers, when: {type: consumer, amount_below: {EUR: "50.00"}, country: [DE, AT]}, policy: consumer}
  - {name: late again, when: {type: [consumer], history: repeat}, policy: consumer}
  - {name: promotion, when: {creditor: shop, amount_from: {EUR: 10, USD: "12.00"}}, policy: order-6h}
  - {name: the rest, when: {kind: order}, policy: order-24h}
`), onFile)
	require.NoError(t, err)
	invoiced := func(f dunning.Features) dunning.Features { f.Kind = invoice.KindInvoice; return f }
	order := func(f dunning.Features) dunning.Features { f.Kind = invoice.KindOrder; return f }
	for _, tc := range []struct {
		features        dunning.Features
		segment, policy string
	}{
		{invoiced(dunning.Features{Group: "key", Type: invoice.Consumer}), "key accounts", "key-account"},
		{order(dunning.Features{Group: "key"}), "the rest", "order-24h"},
		{invoiced(dunning.Features{Type: invoice.Consumer, Country: "AT", Amount: invoice.NewMoney(4999, "EUR")}), "small consumers", "consumer"},
		{invoiced(dunning.Features{Type: invoice.Consumer, Country: "AT", Amount: invoice.NewMoney(5000, "EUR")}), "", ""},
		{invoiced(dunning.Features{Type: invoice.Consumer, Country: "AT", Amount: invoice.NewMoney(100, "USD")}), "", ""},
		{invoiced(dunning.Features{Type: invoice.Consumer, History: dunning.Repeat}), "late again", "consumer"},
		{invoiced(dunning.Features{}), "", ""},
		{order(dunning.Features{Creditor: "shop", Amount: invoice.NewMoney(1000, "EUR")}), "promotion", "order-6h"},
		{order(dunning.Features{Creditor: "shop", Amount: invoice.NewMoney(999, "EUR")}), "the rest", "order-24h"},
	} {
		segment, policy, ok := s.Choose(tc.features)
		require.Equal(t, tc.segment, segment, "%+v", tc.features)
		require.Equal(t, tc.policy, policy)
		require.Equal(t, tc.segment != "", ok)
	}
	again, err := dunning.CompiledSegments(s.Canonical())
	require.NoError(t, err)
	require.Equal(t, s, again)
	require.Equal(t, s.Hash(), again.Hash())
	none, err := dunning.ParseSegments("s.yaml", []byte("segments: []\n"), onFile)
	require.NoError(t, err)
	_, _, ok := none.Choose(dunning.Features{Kind: invoice.KindInvoice})
	require.False(t, ok, "with no rules the defaults count")
	_, err = dunning.CompiledSegments([]byte("{"))
	require.Error(t, err)
}

func TestSegmentErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, source, message, hint string }{
		{"nothing", "", "holds no segments file", "start with segments:"},
		{"a policy", "policy: a\nversion: 1\n", "holds a policy, not segment rules", "policy check"},
		{"no list", "segments: all\n", `"all" is not a list`, "[a, b]"},
		{"unknown key", "segments:\n  - {name: a, wen: {}, policy: consumer}\n", `"wen" is not a key`, "did you mean when?"},
		{"unknown test", "segments:\n  - {name: a, when: {contry: DE}, policy: consumer}\n", `"contry" is not a key`, "did you mean country?"},
		{"unknown policy", "segments:\n  - {name: a, when: {}, policy: consumr}\n", `no policy "consumr"`, "did you mean consumer?"},
		{"far policy", "segments:\n  - {name: a, when: {}, policy: mine}\n", `no policy "mine"`, "on file: consumer, key-account"},
		{"other kind", "segments:\n  - {name: a, when: {kind: order}, policy: consumer}\n", "is for kind: invoice", "write kind: invoice"},
		{"both kinds", "segments:\n  - {name: a, when: {kind: [order, invoice]}, policy: consumer}\n", "is for kind: invoice", "write kind: invoice"},
		{"no name", "segments:\n  - {when: {}, policy: consumer}\n", `"name" is missing`, "case file"},
		{"empty name", "segments:\n  - {name: ' ', when: {}, policy: consumer}\n", `"" is not a name`, "a few words"},
		{"no condition", "segments:\n  - {name: a, policy: consumer}\n", `"when" is missing`, "{} takes everything"},
		{"name twice", "segments:\n  - {name: a, when: {group: x}, policy: consumer}\n  - {name: a, when: {}, policy: consumer}\n", `rule 1 has the name "a" already`, "case file"},
		{"behind everything", "segments:\n  - {name: a, when: {}, policy: consumer}\n  - {name: b, when: {group: x}, policy: key-account}\n", `"a" takes all of it`, "move it up"},
		{"behind a wider one", "segments:\n  - {name: a, when: {country: [DE, AT], amount_from: {EUR: 5}}, policy: consumer}\n  - {name: b, when: {country: AT, group: x, amount_from: {EUR: 9}}, policy: key-account}\n", `"a" takes all of it`, "move it up"},
	} {
		s, err := dunning.ParseSegments("s.yaml", []byte(tc.source), onFile)
		require.Nil(t, s, tc.name)
		require.ErrorContains(t, err, tc.message, tc.name)
		require.ErrorContains(t, err, tc.hint, tc.name)
	}
	two := []byte("segments:\n  - {name: a, when: {}, policy: consumer}\n  - {name: b, when: {}, policy: order-6h}\n")
	_, err := dunning.ParseSegments("s.yaml", two, onFile)
	require.NoError(t, err, "each rule holds for the kind of its policy")
	_, err = dunning.ParseSegments("s.yaml", two, nil)
	require.NoError(t, err, "without the policies on file nobody knows the kinds")
}

func TestConditionHolds(t *testing.T) {
	t.Parallel()
	f := dunning.Features{
		Creditor: "acme", Group: "key", Kind: invoice.KindInvoice, Country: "DE", Type: invoice.Business, History: dunning.Repeat,
		Amount: invoice.NewMoney(10000, "EUR"),
	}
	for _, tc := range []struct {
		c   dunning.Condition
		why string
	}{
		{dunning.Condition{}, ""},
		{dunning.Condition{Creditors: []string{"x", "acme"}}, ""},
		{dunning.Condition{Creditors: []string{"x"}}, "the creditor is acme, not x"},
		{dunning.Condition{Groups: []string{"a", "b"}}, "the customer group is key, not a or b"},
		{dunning.Condition{Kinds: []invoice.Kind{invoice.KindOrder}}, "the kind is invoice, not order"},
		{dunning.Condition{Countries: []string{"AT"}}, "the country is DE, not AT"},
		{dunning.Condition{Types: []invoice.DebtorType{invoice.Consumer}}, "the debtor's type is business, not consumer"},
		{dunning.Condition{History: dunning.FirstTime}, "the payment history is repeat, not first"},
		{dunning.Condition{From: dunning.Thresholds{"EUR": 10000}}, ""},
		{dunning.Condition{From: dunning.Thresholds{"EUR": 10001}}, "100.00 EUR is below 100.01 EUR"},
		{dunning.Condition{Below: dunning.Thresholds{"EUR": 10001}}, ""},
		{dunning.Condition{Below: dunning.Thresholds{"EUR": 10000}}, "100.00 EUR is not below 100.00 EUR"},
		{dunning.Condition{Below: dunning.Thresholds{"USD": 10000}}, "no amount is set for EUR"},
	} {
		ok, why := tc.c.Holds(f)
		require.Equal(t, tc.why, why)
		require.Equal(t, tc.why == "", ok)
	}
	ok, why := dunning.Condition{Countries: []string{"AT", "DE"}}.Holds(dunning.Features{})
	require.False(t, ok)
	require.Equal(t, "the country is not known; it has to be AT or DE", why)
}

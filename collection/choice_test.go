package collection_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func TestParseChoice(t *testing.T) {
	t.Parallel()
	c, err := collection.ParseChoice("policy=standard-b2b, country=de,country=AT,amount_from=500.00 EUR,stage=overdue,number=INV-1,kind=invoice")
	require.NoError(t, err)
	require.Equal(t, collection.Choice{
		Condition: dunning.Condition{Countries: []string{"DE", "AT"}, Kinds: []invoice.Kind{invoice.KindInvoice}, From: dunning.Thresholds{"EUR": 50000}},
		Policies:  []string{"standard-b2b"}, Stages: []dunning.Stage{dunning.StageOverdue}, Numbers: []string{"INV-1"},
		Text: "amount_from=500.00 EUR,country=AT,country=de,kind=invoice,number=INV-1,policy=standard-b2b,stage=overdue",
	}, c)
	again, err := collection.ParseChoice("kind=invoice,number=INV-1,stage=overdue,amount_from=500.00 EUR,country=AT,country=de,policy=standard-b2b,kind=invoice")
	require.NoError(t, err)
	require.Equal(t, c.Text, again.Text, "the order of tests does not matter")
	for _, bad := range []string{"", "policy", "policy=", "colour=red", "kind=memo", "type=king", "history=never", "amount_from=12", "amount_below=x EUR", "a=b=c,"} {
		_, err := collection.ParseChoice(bad)
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err), bad)
	}
}

func TestParseFeatures(t *testing.T) {
	t.Parallel()
	f, err := collection.ParseFeatures("creditor=acme,group=key,kind=order,country=de,type=consumer,history=repeat,amount=5.00 EUR")
	require.NoError(t, err)
	require.Equal(t, dunning.Features{Creditor: "acme", Group: "key", Kind: invoice.KindOrder, Country: "DE", Type: invoice.Consumer, History: dunning.Repeat, Amount: invoice.NewMoney(500, "EUR")}, f)
	for _, bad := range []string{"", "x=y", "kind=memo", "amount=5"} {
		_, err := collection.ParseFeatures(bad)
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err), bad)
	}
}

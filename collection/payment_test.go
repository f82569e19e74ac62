package collection_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
)

func TestPaymentMatchSaysOneThing(t *testing.T) {
	t.Parallel()
	one := []collection.PaymentShare{{Number: "INV-1"}}
	for field, m := range map[string]collection.PaymentMatch{
		"suggestion: -1 is none":     {Actor: "ada", Suggestion: -1},
		"suggestion: names invoices": {Actor: "ada", Suggestion: 1, Invoices: one},
		"on_account: is D-1":         {Actor: "ada", Invoices: one, OnAccount: "D-1", NotOurs: true},
	} {
		require.ErrorContains(t, m.Validate(), field)
	}
	for _, m := range []collection.PaymentMatch{
		{Actor: "ada", Suggestion: 1, NotOurs: true},
		{Actor: "ada", Invoices: one, OnAccount: "D-1"},
		{Actor: "ada", NotOurs: true},
	} {
		require.NoError(t, m.Validate())
	}
}

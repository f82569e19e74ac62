package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
)

// Who takes a suggestion takes its reasons, too: they stand with the payment and in the case file.
func TestSuggestionKeepsItsReasons(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	k := d.issue("NL-20001", 120000)
	d.receive(1, transfer{amount: 100000, from: otherIBAN, name: "Nobody", text: "NL-20001"})
	p, err := d.Payment(t.Context(), d.id(100000))
	require.NoError(t, err)
	require.NotEmpty(t, p.Suggestions[0].Evidence)
	v := d.match(collection.PaymentMatch{ID: p.ID, Suggestion: 1})
	require.Equal(t, append([]string{"decided by ada"}, p.Suggestions[0].Evidence...), v.Evidence)
	require.Equal(t, eur(20000), d.view(k).Balance)
	require.Contains(t, query[string](d.desk, `SELECT text FROM events WHERE kind = 'payment'`), p.Suggestions[0].Evidence[0])
	d.sound()
}

// A suggestion that an invoice has outlived is refused.
func TestSuggestionThatIsOutOfDate(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	d.receive(1, transfer{amount: 4711, from: blumIBAN, name: "Blum", text: "hello"})
	p, err := d.Payment(t.Context(), d.id(4711))
	require.NoError(t, err)
	require.NotEmpty(t, p.Suggestions)
	d.pay(k, "p-1", 120000)
	_, err = d.MatchPayment(t.Context(), collection.PaymentMatch{ID: p.ID, Suggestion: 1, Actor: "ada"})
	require.ErrorContains(t, err, "out of date")
	require.True(t, d.view(k).OnAccount.IsZero())
	d.sound()
}

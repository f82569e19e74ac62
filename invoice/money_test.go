package invoice_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/invoice"
)

func TestParseMoney(t *testing.T) {
	t.Parallel()
	for in, want := range map[[2]string]int64{
		{"1234.56", "EUR"}: 123456, {"0.5", "EUR"}: 50, {"-7", "USD"}: -700, {"1200", "JPY"}: 1200, {"1.234", "KWD"}: 1234,
		{"92233720368547758.07", "EUR"}: math.MaxInt64,
	} {
		m, err := invoice.ParseMoney(in[0], in[1])
		require.NoError(t, err, "%v", in)
		require.Equal(t, want, m.Minor, "%v", in)
	}
	for _, in := range [][2]string{
		{"", "EUR"},
		{".5", "EUR"},
		{"5.", "EUR"},
		{"1,5", "EUR"},
		{"1.234", "EUR"},
		{"1.0", "JPY"},
		{"1e3", "EUR"},
		{"+1", "EUR"},
		{"--1", "EUR"},
		{"92233720368547758.08", "EUR"},
		{"１２", "EUR"},
		{"1", "eur"},
		{"1", "XXX"},
		{"1", ""},
		{"NaN", "EUR"},
	} {
		_, err := invoice.ParseMoney(in[0], in[1])
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err), "%v", in)
	}
}

func TestMoneyRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := invoice.NewMoney(rapid.Int64Min(math.MinInt64+1).Draw(t, "minor"), rapid.SampledFrom([]invoice.Currency{"EUR", "JPY", "KWD", "CLF"}).Draw(t, "currency"))
		text, err := json.Marshal(m)
		require.NoError(t, err)
		var back invoice.Money
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, m, back)
	})
}

func TestMoneyAddNeverOverflows(t *testing.T) {
	t.Parallel()
	_, err := invoice.NewMoney(math.MaxInt64, "EUR").Add(invoice.NewMoney(1, "EUR"))
	require.Error(t, err)
	_, err = invoice.NewMoney(math.MinInt64+1, "EUR").Sub(invoice.NewMoney(2, "EUR"))
	require.Error(t, err)
	_, err = invoice.NewMoney(0, "EUR").Sub(invoice.NewMoney(math.MinInt64, "EUR"))
	require.Error(t, err)
	_, err = invoice.NewMoney(1, "EUR").Add(invoice.NewMoney(1, "USD"))
	require.Error(t, err)
}

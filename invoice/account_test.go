package invoice_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

func TestParseAccount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"DE02120300000000202051":          "DE02120300000000202051",
		"de02 1203 0000 0000 2020 51":     "DE02120300000000202051",
		"GB33BUKB20201555555555":          "GB33BUKB20201555555555",
		"NO9386011117947":                 "NO9386011117947",
		"MT84MALT011000012345MTLCAST001S": "MT84MALT011000012345MTLCAST001S",
		"12345678":                        "12345678",
		"6222 0212 3456 7890 123":         "6222021234567890123",
		"12-34567/89":                     "12-34567/89",
	} {
		got, err := invoice.ParseAccount("accounts", text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for text, why := range map[string]string{
		"":                       "is empty",
		"DE03120300000000202051": "wrong check digits",
		"DE0212030000000020205":  "wrong check digits",
		"DE021203000000":         "is not an IBAN: it has 14",
		"DE02-1203-0000-0000":    "is not an IBAN",
		"Kto. 12 34 (alt)":       "is not an account",
	} {
		_, err := invoice.ParseAccount("accounts", text)
		require.ErrorContains(t, err, why, text)
	}
	require.Error(t, invoice.Debtor{Accounts: []string{"12345678", "DE03120300000000202051"}}.CheckAccounts())
	require.NoError(t, invoice.Debtor{Accounts: []string{"12345678"}}.CheckAccounts())
}

func TestDiscountTerms(t *testing.T) {
	t.Parallel()
	inv := invoice.Invoice{
		Key: invoice.Key{Creditor: "acme", Number: "INV-1"}, Kind: invoice.KindInvoice, DebtorID: "C-1", Amount: invoice.NewMoney(10000, "EUR"),
		IssuedOn: invoice.NewDate(2026, 5, 1), DueOn: invoice.NewDate(2026, 5, 31), Discount: invoice.NewMoney(200, "EUR"), DiscountUntil: invoice.NewDate(2026, 5, 10),
	}
	require.NoError(t, inv.Validate())
	for why, spoil := range map[string]func(*invoice.Invoice){
		"discount: 100.00 EUR does not fit a total of 100.00 EUR":          func(i *invoice.Invoice) { i.Discount.Minor = 10000 },
		"discount: 2.00 USD does not fit":                                  func(i *invoice.Invoice) { i.Discount.Currency = "USD" },
		"discount_until: is missing: until when may 2.00 EUR be taken off": func(i *invoice.Invoice) { i.DiscountUntil = invoice.Date{} },
		"discount: is missing: what may be taken off until 2026-05-10":     func(i *invoice.Invoice) { i.Discount = invoice.Money{} },
		"discount_until: 2026-04-30 is before the issue date 2026-05-01":   func(i *invoice.Invoice) { i.DiscountUntil = invoice.NewDate(2026, 4, 30) },
	} {
		bad := inv
		spoil(&bad)
		require.ErrorContains(t, bad.Validate(), why)
	}
	order := inv
	order.Kind, order.DueOn, order.ExpiresAt = invoice.KindOrder, invoice.Date{}, invoice.NewDate(2026, 5, 2).At(0, 0, time.UTC)
	require.ErrorContains(t, order.Validate(), "belongs to invoices only")
}

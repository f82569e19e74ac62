package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

// A number that nobody has on file is a slip only when it is far from all that are.
func TestSlipsAreToldFromInvoicesToCome(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	slip, next, named := d.issue("NL-20001", 120000), d.issue("NL-20117", 50000), d.issue("NL-20230", 70001)
	d.receive(1,
		transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "Rechnung NL-90001"}, // far above all
		transfer{amount: 50000, from: blumIBAN, name: "Blum", text: "Rechnung NL-20217"},  // next month's, for all we know
		transfer{amount: 70001, from: otherIBAN, name: "Somebody", text: "Rechnung NL-2023"},
	)
	d.sound()
	require.Equal(t, invoice.Paid, d.view(slip).Status)
	require.Equal(t, eur(50000), d.view(next).Balance)
	require.Equal(t, eur(70001), d.view(named).Balance, "the account is nobody's, and so is the name")
	require.Equal(t, "6 nearly the number", query[string](d.desk, `SELECT rung FROM bank_details WHERE amount = 120000`))

	d.receive(2, transfer{amount: 70001, from: otherIBAN, name: "BLUM SOEHNE", text: "Rechnung NL-2023"})
	d.sound()
	require.Equal(t, invoice.Paid, d.view(named).Status, "the name is that of Blum & Söhne, as banks write it")
}

package invoice_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

func TestCreditorIsChecked(t *testing.T) {
	t.Parallel()
	good := invoice.Creditor{
		ID: "acme", Name: "Acme GmbH", Country: "DE", Zone: "Europe/Berlin", Person: "Mara Lindt", SenderEmail: "billing@acme.example", ReplyTo: "mara@acme.example",
		SMSFrom: "+4930123456", StockHook: "https://shop.acme.example/stock",
	}
	require.NoError(t, good.Validate())
	for field, spoil := range map[string]func(*invoice.Creditor){
		"creditor.id":            func(c *invoice.Creditor) { c.ID = "Acme GmbH" },
		"creditor.person":        func(c *invoice.Creditor) { c.Person = "" },
		"creditor.sender_email":  func(c *invoice.Creditor) { c.SenderEmail = "billing@acme.example\r\nBcc: x@y.example" },
		"creditor.agency.email":  func(c *invoice.Creditor) { c.Agency = invoice.Partner{Name: "A", Email: "nobody"} },
		"creditor.sms_from":      func(c *invoice.Creditor) { c.SMSFrom = "030 123456" },
		"creditor.stock_hook":    func(c *invoice.Creditor) { c.StockHook = "shop.acme.example/stock" },
		"creditor.defaults.zone": func(c *invoice.Creditor) { c.Defaults.Zone = "Berlin" },
		"creditor.zone":          func(c *invoice.Creditor) { c.Zone = "" },
	} {
		c := good
		spoil(&c)
		var refused *invoice.Error
		require.ErrorAs(t, c.Validate(), &refused, field)
		require.Equal(t, field, refused.Field)
	}
	c := good
	c.StockHook = "https://user:secret@shop.acme.example/stock"
	require.Error(t, c.Validate())
	require.NotContains(t, c.Validate().Error(), "secret")
}

package message_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
	"dunlin/message"
)

// catalog is read once for all tests.
var catalog = sync.OnceValues(message.NewCatalog)

func templates(t testing.TB) *message.Catalog {
	t.Helper()
	c, err := catalog()
	require.NoError(t, err)
	return c
}

// The templates of the shipped policies, in the order in which a debtor meets them.
var (
	invoiceMails = []string{"receipt", "courtesy", "due", "reminder-1", "reminder-1-short", "reminder-2", "formal-notice", "final-notice"}
	planMails    = []string{"plan-agreed", "instalment-due", "instalment-missed"}
	orderMails   = []string{"order-received", "order-reminder", "order-last"}
	thankMails   = []string{"thank-you"}
	partnerMails = []string{"placement", "recall"}
	smsNames     = []string{"reminder-1-short", "reminder-2", "formal-notice", "final-notice", "order-reminder", "order-last", "instalment-due", "instalment-missed"}
)

func allMails() []string {
	return slices.Concat(invoiceMails, planMails, orderMails, thankMails, partnerMails)
}

func eur(minor int64) invoice.Money { return invoice.NewMoney(minor, "EUR") }

// letter is a plain letter over one invoice to a business in Berlin.
func letter(template string) message.Letter {
	berlin := time.FixedZone("CEST", 2*3600)
	l := message.Letter{
		Template: template, Language: "en", Today: time.Date(2026, time.May, 21, 9, 0, 0, 0, berlin),
		Creditor: invoice.Creditor{
			ID: "acme", Name: "Acme Werkzeug GmbH", Country: "DE", Person: "Mara Lindt", Role: "Accounts receivable",
			SenderEmail: "billing@acme.example", ReplyTo: "mara.lindt@acme.example", Phone: "+4930555010", SMSFrom: "+4915550000",
			BankAccounts: []invoice.Bank{{Holder: "Acme Werkzeug GmbH", IBAN: "DE89370400440532013000", BIC: "COBADEFF", Currency: "EUR"}},
			Lawyer:       invoice.Partner{Name: "Kanzlei Weber", Email: "mandate@weber.example"},
			Agency:       invoice.Partner{Name: "Nord Inkasso", Email: "neu@nord.example"},
		},
		Debtor:  invoice.Debtor{ID: "C-7", Name: "Beta Logistik AG", Type: invoice.Business, Country: "DE", Zone: "Europe/Berlin"},
		Contact: invoice.Contact{Channel: invoice.Email, Address: "ap@beta.example", Name: "Jan Vogel"},
		Lines:   []message.Line{line("INV-1", 123_456)},
		PayBy:   invoice.NewDate(2026, time.June, 4), PlaceOn: invoice.NewDate(2026, time.June, 5), Route: "lawyer",
		PaidOn: invoice.NewDate(2026, time.May, 12), MessageOn: invoice.NewDate(2026, time.May, 14),
		TimeLeft: 6*time.Hour + 30*time.Second, Instalment: 2,
		Instalments: []message.Instalment{
			{N: 1, DueOn: invoice.NewDate(2026, time.May, 4), Amount: eur(41_152), Open: eur(0)},
			{N: 2, DueOn: invoice.NewDate(2026, time.May, 25), Amount: eur(41_152), Open: eur(41_152)},
			{N: 3, DueOn: invoice.NewDate(2026, time.June, 25), Amount: eur(41_152), Open: eur(41_152)},
		},
	}
	for _, name := range orderMails {
		if name == template {
			l.Lines[0] = order("ORD-9", berlin)
		}
	}
	return l
}

func line(number string, minor int64) message.Line {
	return message.Line{
		Number: number, Step: "s", Ref: number + "/C", Total: eur(minor), Balance: eur(minor),
		IssuedOn: invoice.NewDate(2026, time.April, 14), DueOn: invoice.NewDate(2026, time.May, 14), DaysOverdue: 7,
		Reference: "PO-77", PayURL: "https://pay.acme.example/" + number,
	}
}

func order(number string, zone *time.Location) message.Line {
	o := line(number, 24_900)
	o.DueOn, o.DaysOverdue, o.Goods = invoice.Date{}, 0, "2 oak chairs"
	o.ExpiresAt = time.Date(2026, time.May, 21, 15, 0, 0, 0, zone)
	return o
}

func texting(template string) message.Letter {
	l := letter(template)
	l.Contact = invoice.Contact{Channel: invoice.SMS, Address: "+491701234567"}
	return l
}

func email(t testing.TB, l message.Letter) message.Email {
	t.Helper()
	e, err := templates(t).Email(l)
	require.NoError(t, err, l.Template)
	return e
}

func sms(t testing.TB, l message.Letter) message.SMS {
	t.Helper()
	m, err := templates(t).SMS(l)
	require.NoError(t, err, l.Template)
	return m
}

package faults_test

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dev/audit"
	"dunlin/invoice"
)

func eur(cents int64) invoice.Money { return invoice.NewMoney(cents, "EUR") }

func key(number string) invoice.Key { return invoice.Key{Creditor: acme.ID, Number: number} }

var acme = invoice.Creditor{
	ID: "acme", Name: "Acme Tools GmbH", Country: "DE", Zone: "Europe/Berlin", Language: "en", Person: "Ada Lind",
	SenderEmail: "billing@acme.example", ReplyTo: "ada@acme.example", SMSFrom: "+4930111111",
	Lawyer: invoice.Partner{Name: "Kanzlei Weber", Email: "post@weber.example"}, Agency: invoice.Partner{Name: "Inkasso Nord", Email: "in@nord.example"},
}

// debtor number n.
func debtor(n int) invoice.Debtor {
	return invoice.Debtor{
		Creditor: acme.ID, ID: fmt.Sprintf("D-%d", n), Name: "Blum Bau KG", Type: invoice.Business, Country: "DE", Region: "BE", Zone: "Europe/Berlin", Language: "en",
		Contacts: []invoice.Contact{
			{Channel: invoice.Email, Address: fmt.Sprintf("ap%d@blum.example", n), Name: "Jo Blum"}, {Channel: invoice.SMS, Address: fmt.Sprintf("+49170123%04d", n)},
		},
	}
}

// amount is what every invoice here is over: enough for the agency, too little for the lawyer.
const amount = 120000

// issued asks for an invoice of debtor n, due in 30 days.
func (w *world) issued(number string, n int) collection.Issue {
	d, today := debtor(n), invoice.DateOf(w.now())
	return collection.Issue{Actor: "erp", Debtor: &d, Invoice: invoice.Invoice{
		Key: key(number), Kind: invoice.KindInvoice, DebtorID: d.ID, Amount: eur(amount), IssuedOn: today, DueOn: today.AddDays(30),
	}}
}

// issue issues it.
func (w *world) issue(number string, n int) {
	w.t.Helper()
	_, err := w.books.Issue(w.t.Context(), w.issued(number, n))
	require.NoError(w.t, err)
}

// pay books the whole amount and settles.
func (w *world) pay(number string) {
	w.t.Helper()
	fact := invoice.Fact{Invoice: key(number), Key: "bank-" + number, Actor: "bank"}
	_, err := w.books.Pay(w.t.Context(), invoice.Payment{Fact: fact, Amount: eur(amount)})
	require.NoError(w.t, err)
	w.told("payment", fact, false)
	w.settle()
}

// told notes an acknowledged fact for the audit. A stop with nothing in flight promises silence.
func (w *world) told(kind string, f invoice.Fact, stops bool) {
	w.acks = append(w.acks, audit.Ack{Kind: kind, Creditor: f.Invoice.Creditor, Number: f.Invoice.Number, Key: f.Key, At: w.now(), Stops: stops})
}

// Package message writes what the debtor, the lawyer and the agency read.
package message

import (
	"time"

	"dunlin/invoice"
)

// Letter is everything a template may say. The guard fills it under the locks; rendering is pure.
type Letter struct {
	Template string // e.g. "reminder-1"; a template exists per language and channel
	Language string // wanted; falls back to English, and the rendered message says which was used
	Creditor invoice.Creditor
	Debtor   invoice.Debtor
	Contact  invoice.Contact
	Lines    []Line    // the invoices it covers, the one that sends it first
	Today    time.Time // in the debtor's zone
	PayBy    invoice.Date
	Route    string        // final notice: "lawyer" or "agency", exactly as decided
	PlaceOn  invoice.Date  // final notice: the day the claim is handed over
	TimeLeft time.Duration // orders
	Reason   string        // recall: "paid" or "cancelled"; empty: settled
	Seal     string        // placement: the sum of the attached case file, so that both ends can compare it

	PaidOn    invoice.Date // thank-you: value date of the payment
	MessageOn invoice.Date // thank-you: the day on which the message went out that crossed with it

	Instalments []Instalment // plan-agreed, instalment-due and instalment-missed: the whole plan
	Instalment  int          // instalment-due and instalment-missed: the number of the one it is about, from 1
}

// Instalment is one part of a payment plan within a letter.
type Instalment struct {
	N      int // from 1
	DueOn  invoice.Date
	Amount invoice.Money
	Open   invoice.Money // what is still to be paid of it; zero: paid
}

// Line is one invoice within a letter.
type Line struct {
	Number      string
	Step        string
	Ref         string // short reference, e.g. "INV-1/C"
	Total       invoice.Money
	Balance     invoice.Money
	Disputed    invoice.Money // the part of the balance that the debtor objects to and that is not asked for; zero: none
	IssuedOn    invoice.Date
	DueOn       invoice.Date
	DaysOverdue int
	Reference   string // the debtor's own order number
	Goods       string
	PayURL      string
	ExpiresAt   time.Time // orders, in the debtor's zone
	QuoteRef    string    // structured reference to quote when the transfer pays this invoice alone; "": its number
}

// Email is a rendered e-mail, ready for a provider.
type Email struct {
	AttemptID   string
	Language    string // the language it is written in: English where the wanted one has no template
	FromName    string
	FromAddress string
	ReplyTo     string
	ToName      string
	ToAddress   string
	Subject     string
	Text        string
	HTML        string
	Attachments []Attachment
}

// Attachment is a file that goes with an e-mail.
type Attachment struct {
	Name string // file name
	Type string // media type
	Data []byte
}

// SMS is a rendered text message.
type SMS struct {
	AttemptID string
	Language  string // the language it is written in: English where the wanted one has no template
	From      string
	To        string // E.164
	Body      string
	ValidFor  time.Duration // until the contact window closes: a queued SMS must not leave at night
}

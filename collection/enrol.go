package collection

import (
	"fmt"

	"dunlin/invoice"
)

// Enrolment asks for an invoice that has been open for a while, and perhaps been dunned elsewhere.
type Enrolment struct {
	Issue
	Earlier
}

// Earlier is what was done about an invoice before it came here.
type Earlier struct {
	AlreadyPaid   invoice.Money `json:"already_paid,omitzero"`    // came in before; booked as a payment of its own
	LastStep      string        `json:"last_step,omitempty"`      // id of the policy's step that was taken last; it and those before count as taken
	LastContactOn invoice.Date  `json:"last_contact_on,omitzero"` // day of the last message or call: minimum gaps count from it
}

// IsZero says whether nothing is known of earlier days.
func (e Earlier) IsZero() bool { return e == Earlier{} }

// Words says in one line what was done before.
func (e Earlier) Words() string {
	text := "nothing is known of earlier reminders"
	switch {
	case e.LastStep != "" && !e.LastContactOn.IsZero():
		text = fmt.Sprintf("an earlier system took %s on %s", e.LastStep, e.LastContactOn)
	case e.LastStep != "":
		text = "an earlier system took " + e.LastStep
	case !e.LastContactOn.IsZero():
		text = fmt.Sprintf("its debtor was last contacted on %s", e.LastContactOn)
	}
	return text
}

// Validate reports the first thing wrong with what was done before, for the invoice it is about.
func (e Earlier) Validate(i invoice.Invoice) error {
	switch {
	case e.AlreadyPaid.Minor < 0:
		return invoice.Invalid("already_paid", "%s is below zero", e.AlreadyPaid)
	case e.AlreadyPaid.Minor > 0 && e.AlreadyPaid.Currency != i.Amount.Currency:
		return invoice.Invalid("already_paid", "is in %s, the invoice is in %s", e.AlreadyPaid.Currency, i.Amount.Currency)
	case e.AlreadyPaid.Minor >= i.Amount.Minor:
		return invoice.Invalid("already_paid", "%s covers the whole invoice: there is nothing left to collect", e.AlreadyPaid).WithHint("leave settled invoices out of the file")
	case !e.LastContactOn.IsZero() && e.LastContactOn.Before(i.IssuedOn):
		return invoice.Invalid("last_contact_on", "%s is before the invoice's own day, %s", e.LastContactOn, i.IssuedOn)
	}
	return nil
}

// EnrolmentKey is the key of the payment that an enrolled invoice brings along.
func EnrolmentKey(number string) string { return "enrol/" + number }

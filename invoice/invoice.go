// Package invoice holds the facts: what is owed, by whom, to whom, and what happened.
// It knows no database, no network and no clock; everything else is built from its words.
package invoice

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Key names an invoice the way people do: whose it is, and its number.
type Key struct {
	Creditor string `json:"creditor"` // creditor id, e.g. "acme"
	Number   string `json:"number"`   // the creditor's own invoice or order number
}

// String returns "acme/INV-1".
func (k Key) String() string { return k.Creditor + "/" + k.Number }

// Kind says what is being collected.
type Kind string

// An invoice runs for weeks around its due date; an unpaid order for hours until it expires.
const (
	KindInvoice Kind = "invoice"
	KindOrder   Kind = "order"
)

// Invoice is what a shop or an ERP hands over for collection.
type Invoice struct {
	Key
	Kind      Kind      `json:"kind"`
	DebtorID  string    `json:"debtor"`              // the creditor's customer number
	Amount    Money     `json:"total"`               // gross amount, above zero
	IssuedOn  Date      `json:"issued_on"`           // day printed on the invoice
	DueOn     Date      `json:"due_on,omitzero"`     // last day to pay; empty for orders
	ExpiresAt time.Time `json:"expires_at,omitzero"` // orders only: when the goods are released
	Goods     string    `json:"goods,omitempty"`     // orders: what was ordered, in the debtor's language
	Reference string    `json:"reference,omitempty"` // the debtor's purchase order number
	PayURL    string    `json:"pay_url,omitempty"`   // https link that pays exactly this invoice
	Policy    string    `json:"policy,omitempty"`    // dunning policy name; empty: the default of the kind

	Discount      Money `json:"discount,omitzero"`       // may be taken off when paid early
	DiscountUntil Date  `json:"discount_until,omitzero"` // last day for that
}

// MaxNumber is the longest invoice number in bytes; it is part of the workflow ID and of an SMS.
const MaxNumber = 60

// Validate reports the first thing wrong with the invoice, naming the field.
func (i Invoice) Validate() error {
	switch {
	case i.Creditor == "":
		return Invalid("creditor", "is missing")
	case i.Number == "":
		return Invalid("number", "is missing")
	case len(i.Number) > MaxNumber:
		return Invalid("number", "is longer than %d bytes", MaxNumber)
	case !printable(i.Number) || strings.ContainsFunc(i.Number, unicode.IsSpace):
		return Invalid("number", "%q holds a space or a control character", i.Number)
	case i.DebtorID == "":
		return Invalid("debtor", "is missing")
	case i.Kind != KindInvoice && i.Kind != KindOrder:
		return Invalid("kind", "%q is not a kind", i.Kind).WithHint("write invoice or order")
	case !i.Amount.Positive():
		return Invalid("total", "%s is not above zero", i.Amount).WithHint("a negative document is a credit note: dunlin credit")
	case i.IssuedOn.IsZero():
		return Invalid("issued_on", "is missing")
	}
	if err := i.validateDiscount(); err != nil {
		return err
	}
	if i.PayURL != "" && !strings.HasPrefix(i.PayURL, "https://") {
		return Invalid("pay_url", "%q is not an https link", i.PayURL)
	}
	for field, text := range map[string]string{"goods": i.Goods, "reference": i.Reference, "pay_url": i.PayURL} {
		if !printable(text) {
			return Invalid(field, "holds a control character")
		}
	}
	if i.Kind == KindOrder {
		return i.validateOrder()
	}
	switch {
	case i.DueOn.IsZero():
		return Invalid("due_on", "is missing").WithHint("without a due date there is nothing to collect by; write YYYY-MM-DD")
	case i.DueOn.Before(i.IssuedOn):
		return Invalid("due_on", "%s is before the issue date %s", i.DueOn, i.IssuedOn)
	case !i.ExpiresAt.IsZero():
		return Invalid("expires_at", "belongs to orders only")
	}
	return nil
}

func (i Invoice) validateDiscount() error {
	switch {
	case i.Discount.Minor < 0 || i.Discount.Minor > 0 && (i.Discount.Currency != i.Amount.Currency || i.Discount.Minor >= i.Amount.Minor):
		return Invalid("discount", "%s does not fit a total of %s", i.Discount, i.Amount)
	case i.Discount.Positive() && i.DiscountUntil.IsZero():
		return Invalid("discount_until", "is missing: until when may %s be taken off?", i.Discount).WithHint("write YYYY-MM-DD")
	case !i.Discount.Positive() && !i.DiscountUntil.IsZero():
		return Invalid("discount", "is missing: what may be taken off until %s?", i.DiscountUntil)
	case i.Discount.Positive() && i.Kind == KindOrder:
		return Invalid("discount", "for early payment belongs to invoices only")
	case i.Discount.Positive() && i.DiscountUntil.Before(i.IssuedOn):
		return Invalid("discount_until", "%s is before the issue date %s", i.DiscountUntil, i.IssuedOn)
	}
	return nil
}

func (i Invoice) validateOrder() error {
	switch {
	case i.ExpiresAt.IsZero():
		return Invalid("expires_at", "is missing").WithHint("an unpaid order needs the moment its goods are released, e.g. 2026-05-14T18:00:00+02:00")
	case DateOf(i.ExpiresAt).AddDays(1).Before(i.IssuedOn):
		return Invalid("expires_at", "%s is before the order date %s", i.ExpiresAt.Format(time.RFC3339), i.IssuedOn)
	}
	return nil
}

// printable says that a text is UTF-8 without control characters: it can stand in a header, a log line, a subject.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

package api

import (
	"time"

	"dunlin/collection"
	"dunlin/invoice"
)

// Money is an amount as JSON writes it.
type Money struct {
	Amount   string `json:"amount" maxLength:"24" example:"1234.56" doc:"Plain decimal, at most as many decimals as the currency has"`
	Currency string `json:"currency" minLength:"3" maxLength:"3" example:"EUR" doc:"ISO 4217"`
}

// value reads the amount; errors name the path from field on. Nil is no amount at all.
func (m *Money) value(field string) (invoice.Money, error) {
	if m == nil {
		return invoice.Money{}, nil
	}
	v, err := invoice.ParseMoney(m.Amount, m.Currency)
	if err != nil {
		return v, within(field, err)
	}
	if !v.Positive() {
		return v, invoice.Invalid(field+".amount", "%s is not above zero", v)
	}
	return v, nil
}

// Debtor is a debtor as JSON writes it. Its fields are those of invoice.Debtor, in their order.
type Debtor struct {
	Creditor string             `json:"creditor,omitempty" doc:"May be left out where the address or the invoice names it"`
	ID       string             `json:"id,omitempty" doc:"The creditor's customer number; may be left out where the address or the invoice names it"`
	Name     string             `json:"name"`
	Type     invoice.DebtorType `json:"type,omitempty" enum:"business,consumer" doc:"Missing: nobody writes to the debtor until it is filled in"`
	Country  string             `json:"country,omitempty" doc:"ISO 3166-1 alpha-2"`
	Region   string             `json:"region,omitempty" doc:"ISO 3166-2 subdivision without the country, for holidays"`
	Zone     string             `json:"zone,omitempty" example:"Europe/Berlin" doc:"IANA time zone; missing: every message is held"`
	Language string             `json:"language,omitempty" example:"en"`
	Group    string             `json:"group,omitempty" doc:"customer group, for segment rules"`
	Contacts []invoice.Contact  `json:"contacts,omitempty" maxItems:"50" doc:"A contact's health is shown, and ignored when sent"`
	Accounts []string           `json:"accounts,omitempty" maxItems:"50" doc:"Bank accounts that the debtor pays from: IBAN or number; missing: they stay as they are"`
}

// value fills in whose debtor it is, and drops what only Dunlin knows: whether an address works.
func (d Debtor) value(creditor, id string) (invoice.Debtor, error) {
	if d.Creditor != "" && d.Creditor != creditor {
		return invoice.Debtor{}, invoice.Invalid("debtor.creditor", "%q is not %q", d.Creditor, creditor)
	}
	if d.ID != "" && d.ID != id {
		return invoice.Debtor{}, invoice.Invalid("debtor.id", "%q is not %q", d.ID, id)
	}
	v := invoice.Debtor(d)
	v.Creditor, v.ID = creditor, id
	v.Contacts = append([]invoice.Contact(nil), d.Contacts...)
	for i := range v.Contacts {
		v.Contacts[i].Health = ""
	}
	return v, v.CheckAccounts()
}

// NewInvoice is an invoice or an unpaid order to be collected.
type NewInvoice struct {
	Creditor  string       `json:"creditor" minLength:"1" maxLength:"40"`
	Number    string       `json:"number" minLength:"1" maxLength:"60" doc:"The creditor's own number, without spaces"`
	Kind      invoice.Kind `json:"kind,omitempty" enum:"invoice,order" doc:"Missing: invoice"`
	Debtor    string       `json:"debtor" minLength:"1" doc:"The debtor's id"`
	Total     Money        `json:"total"`
	IssuedOn  invoice.Date `json:"issued_on"`
	DueOn     invoice.Date `json:"due_on,omitzero" doc:"Last day to pay; invoices only"`
	ExpiresAt time.Time    `json:"expires_at,omitzero" doc:"When the goods are released; orders only"`
	Goods     string       `json:"goods,omitempty" maxLength:"500"`
	Reference string       `json:"reference,omitempty" maxLength:"100" doc:"The debtor's purchase order number"`
	PayURL    string       `json:"pay_url,omitempty" maxLength:"500" doc:"https link that pays exactly this invoice"`
	Policy    string       `json:"policy,omitempty" maxLength:"60" doc:"Dunning policy; missing: the default of the kind"`

	Discount      *Money       `json:"discount,omitempty" doc:"May be taken off when paid early"`
	DiscountUntil invoice.Date `json:"discount_until,omitzero" doc:"Last day for that"`
}

// Issuance asks for an invoice to be collected.
type Issuance struct {
	Invoice NewInvoice `json:"invoice"`
	Debtor  *Debtor    `json:"debtor,omitempty" doc:"Created or updated when given; else it must be on file"`
}

func (i Issuance) value(actor string) (collection.Issue, error) {
	n := i.Invoice
	total, err := n.Total.value("total")
	if err != nil {
		return collection.Issue{}, err
	}
	discount, err := n.Discount.value("discount")
	if err != nil {
		return collection.Issue{}, err
	}
	if n.Kind == "" {
		n.Kind = invoice.KindInvoice
	}
	issue := collection.Issue{Actor: actor, Invoice: invoice.Invoice{
		Key: invoice.Key{Creditor: n.Creditor, Number: n.Number}, Kind: n.Kind, DebtorID: n.Debtor, Amount: total,
		IssuedOn: n.IssuedOn, DueOn: n.DueOn, ExpiresAt: n.ExpiresAt,
		Goods: n.Goods, Reference: n.Reference, PayURL: n.PayURL, Policy: n.Policy, Discount: discount, DiscountUntil: n.DiscountUntil,
	}}
	if err := issue.Invoice.Validate(); err != nil {
		return collection.Issue{}, err
	}
	if i.Debtor != nil {
		d, err := i.Debtor.value(n.Creditor, n.Debtor)
		if err == nil {
			err = d.Validate()
		}
		if err != nil {
			return collection.Issue{}, err
		}
		issue.Debtor = &d
	}
	return issue, nil
}

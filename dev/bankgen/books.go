package bankgen

import (
	"bufio"
	"encoding/json"
	"io"

	"dunlin/invoice"
)

// bookLine is a customer or an invoice as WriteBooks writes it.
type bookLine struct {
	Customer string        `json:"customer"`
	Name     string        `json:"name,omitempty"` // customers only
	Accounts []bookAccount `json:"accounts,omitempty"`
	Number   string        `json:"number,omitempty"` // invoices only
	State    string        `json:"state,omitempty"`
	Amount   string        `json:"amount,omitempty"`
	Currency string        `json:"currency,omitempty"`
	IssuedOn string        `json:"issued_on,omitempty"`
	DueOn    string        `json:"due_on,omitempty"`
	Permille int64         `json:"discount_permille,omitempty"`
	Days     int64         `json:"discount_days,omitempty"`
	Order    string        `json:"order,omitempty"`
	Credit   string        `json:"credit_note,omitempty"` // over a part of the invoice, on file
	Credited string        `json:"credited,omitempty"`
}

type bookAccount struct {
	Account string `json:"account"`
	Known   Known  `json:"known"`
}

// WriteBooks writes what the books know before the first statement, one JSON object a line: every customer
// with the accounts that are known, then every invoice. With the statements and WriteTruth it is all that
// another program needs to be measured.
func (w *World) WriteBooks(out io.Writer) error {
	b := bufio.NewWriter(out)
	enc := json.NewEncoder(b)
	for i := range w.Customers {
		c := &w.Customers[i]
		line := bookLine{Customer: c.ID, Name: c.Name}
		for _, a := range c.Accounts {
			if a.Known != Unknown {
				line.Accounts = append(line.Accounts, bookAccount{Account: a.Key(), Known: a.Known})
			}
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	if err := w.writeInvoices(enc, "open", w.Open); err != nil {
		return err
	}
	if err := w.writeInvoices(enc, "settled", w.Settled); err != nil {
		return err
	}
	return b.Flush()
}

func (w *World) writeInvoices(enc *json.Encoder, state string, invs []Invoice) error {
	for i := range invs {
		inv := &invs[i]
		line := bookLine{
			Customer: w.Customers[inv.Customer].ID, Number: inv.Number, State: state, Amount: inv.Amount.Decimal(), Currency: string(inv.Amount.Currency),
			IssuedOn: inv.IssuedOn.String(), DueOn: inv.DueOn.String(), Permille: inv.Discount.Permille, Days: inv.Discount.Days, Order: inv.Order,
		}
		if inv.Credit != "" {
			line.Credit, line.Credited = inv.Credit, invoice.NewMoney(inv.Credited, inv.Amount.Currency).Decimal()
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

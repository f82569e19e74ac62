package bankgen

import (
	"dunlin/invoice"
)

// Payment is one line of a statement, or one part of a line that stands for several.
type Payment struct {
	ID      int // from 1, in the order of World.Payments
	Class   Class
	Account int           // index in World.Accounts
	Amount  invoice.Money // as booked: negative goes out
	Booked  invoice.Date
	Value   invoice.Date

	Name     string // of the payer, as the bank has it
	From     PayerAccount
	EndToEnd string   // "": none
	Own      string   // the payer's own reference (KREF)
	Mandate  string   // debits only
	Text     []string // what the payment is for, in the lines that the bank keeps
	Joined   string   // between the lines where a format knows no lines
	RF       string   // structured reference
	List     []Listed // document list, where the format has one
	Charge   int64    // taken by banks on the way, minor units; 0: none
	Reason   string   // why the bank takes it back; "" where it doesn't

	File, Statement, Entry, Detail int // where it stands: account+1, day, line and part, all from 1
	BankRef                        string

	Truth Truth

	repeated bool // another payment repeats it
	again    int  // position among the payments as they were made of the one that it repeats, plus one
	back     int  // place in maker.backs of the return that takes it back, or of this return, plus one
	made     int  // its own
}

// Listed is a line of a document list.
type Listed struct {
	Number   string
	Remitted int64
	Credit   int64 // of a credit note: what it takes off; 0: an invoice
}

// Truth is what a careful person would book.
type Truth struct {
	Applied []Applied // open invoices that it pays; empty: none
	Rest    int64     // what belongs to no open invoice
	Payer   string    // customer number of whose debt it pays, or who paid for nothing open; "": no customer
	Known   Known     // how the books know the account it came from as that customer's
	Again   int       // DuplicateAgain: ID of the payment that it repeats
	Back    int       // Return: ID of the payment that it takes back
}

// Applied is what one invoice gets.
type Applied struct {
	Number   string
	Amount   int64 // of the payment
	Discount int64 // granted beside it
	Charge   int64 // lost to banks, borne by the creditor
}

// Settles says whether there is at least one open invoice.
func (p *Payment) Settles() bool { return len(p.Truth.Applied) > 0 }

// line joins the text where there are no lines.
func (p *Payment) line() string {
	s := ""
	for i, t := range p.Text {
		if i > 0 {
			s += p.Joined
		}
		s += t
	}
	return s
}

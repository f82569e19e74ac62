package invoice

import (
	"cmp"
	"slices"
)

// Account is where a posting lies.
type Account string

// The accounts of the ledger. Debits are positive, credits negative.
const (
	Receivable   Account = "receivable"   // what debtors owe, per invoice
	Revenue      Account = "revenue"      // the other side of issued invoices and credit notes
	BankAccount  Account = "bank"         // money received, less money returned
	Unapplied    Account = "unapplied"    // a debtor's money that no invoice needs
	Unidentified Account = "unidentified" // money nobody can be named for
	WriteOff     Account = "write_off"
	Discount     Account = "discount"
	BankCharge   Account = "bank_charge"
	RefundDue    Account = "refund_due"
)

// Component says what part of a receivable a posting is.
type Component string

// The components of a receivable.
const (
	Principal Component = "principal"
	Fee       Component = "fee"
	Interest  Component = "interest"
	Cost      Component = "cost"
)

// Posting is one line of an entry.
type Posting struct {
	Account   Account   `json:"account"`
	Component Component `json:"component,omitempty"` // receivable only
	Amount    Money     `json:"amount"`              // debit positive, credit negative
}

// Entry is one booking: two or more postings that sum to zero in each currency. Entries are never
// changed; a correction is another entry.
type Entry struct {
	Kind     string // "issue", "payment", "return", "credit_note", "write_off", …
	Postings []Posting
}

// Validate checks the rule of double entry.
func (e Entry) Validate() error {
	if len(e.Postings) < 2 {
		return Invalid("postings", "an entry has at least two, this %s has %d", e.Kind, len(e.Postings))
	}
	sums := map[Currency]int64{}
	for _, p := range e.Postings {
		if p.Amount.IsZero() {
			return Invalid("postings", "a posting of zero on %s says nothing", p.Account)
		}
		sums[p.Amount.Currency] += p.Amount.Minor
	}
	for c, sum := range sums {
		if sum != 0 {
			return Invalid("postings", "%s is out of balance by %s", e.Kind, NewMoney(sum, c))
		}
	}
	return nil
}

// Standing is what an invoice amounts to, each figure zero or more, in minor units of its currency.
// It is the sum of all facts about its money, so the order in which they arrived leaves no trace.
type Standing struct {
	Principal  int64 // as issued
	Credited   int64 // credit notes, cancellations, expiry
	WrittenOff int64
	Paid       int64 // received and not returned
}

// Owed is what the debtor has to pay in all.
func (s Standing) Owed() int64 { return s.Principal - s.Credited - s.GivenUp() }

// GivenUp is the write-off still in force: a later credit note takes its place.
func (s Standing) GivenUp() int64 { return min(s.WrittenOff, s.Principal-s.Credited) }

// Applied is the part of the money received that the invoice takes up.
func (s Standing) Applied() int64 { return min(s.Paid, s.Owed()) }

// Balance is what is still to be paid.
func (s Standing) Balance() int64 { return s.Owed() - s.Applied() }

// OnAccount is money received beyond what is owed: it stays the debtor's.
func (s Standing) OnAccount() int64 { return s.Paid - s.Applied() }

// Book returns the entry that turns one standing into the next: the difference of every account.
// It is how each fact about money is booked; an allocation is part of the same entry.
func Book(kind string, before, after Standing, c Currency) Entry {
	delta := map[Account]int64{
		Receivable:  after.Balance() - before.Balance(),
		Revenue:     -(after.Principal - after.Credited) + (before.Principal - before.Credited),
		WriteOff:    after.GivenUp() - before.GivenUp(),
		BankAccount: after.Paid - before.Paid,
		Unapplied:   -(after.OnAccount() - before.OnAccount()),
	}
	e := Entry{Kind: kind}
	for account, minor := range delta {
		if minor == 0 {
			continue
		}
		p := Posting{Account: account, Amount: NewMoney(minor, c)}
		if account == Receivable {
			p.Component = Principal
		}
		e.Postings = append(e.Postings, p)
	}
	slices.SortFunc(e.Postings, func(a, b Posting) int { return cmp.Compare(a.Account, b.Account) })
	return e
}

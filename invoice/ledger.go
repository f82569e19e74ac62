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
	BankAccount  Account = "bank"         // what the booked lines of bank statements add up to
	Unapplied    Account = "unapplied"    // a debtor's money that no invoice needs
	Unidentified Account = "unidentified" // money that nobody has decided about yet
	NotOurs      Account = "not_ours"     // bank lines that belong to other books: wages, rent, own transfers
	WriteOff     Account = "write_off"
	Discount     Account = "discount"    // granted for early payment
	BankCharge   Account = "bank_charge" // taken by banks on the way
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
	Kind     string // "issue", "bank", "payment", "allocation", "return", "credit_note", "write_off", …
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
	Discounted int64 // discounts granted with payments that were not returned
	Charged    int64 // bank charges borne with payments that were not returned
}

// Owed is what the debtor has to pay in all.
func (s Standing) Owed() int64 { return s.Principal - s.Credited - s.GivenUp() }

// GivenUp is the write-off still in force: a later credit note takes its place.
func (s Standing) GivenUp() int64 { return min(s.WrittenOff, s.Principal-s.Credited) }

// Discount is the discount that what is owed still has room for.
func (s Standing) Discount() int64 { return min(s.Discounted, s.Owed()) }

// Charge is the part of the bank charges that what is owed still has room for.
func (s Standing) Charge() int64 { return min(s.Charged, s.Owed()-s.Discount()) }

// Allowed is what settles the invoice without being money: discounts and bank charges.
func (s Standing) Allowed() int64 { return s.Discount() + s.Charge() }

// Applied is the part of the money received that the invoice takes up.
func (s Standing) Applied() int64 { return min(s.Paid, s.Owed()-s.Allowed()) }

// Balance is what is still to be paid.
func (s Standing) Balance() int64 { return s.Owed() - s.Allowed() - s.Applied() }

// OnAccount is money received beyond what is owed: it stays the debtor's.
func (s Standing) OnAccount() int64 { return s.Paid - s.Applied() }

// Book returns the entry that turns one standing into the next: the difference of every account. It is
// how each fact about money is booked. Money comes from Unidentified, where the bank line has put it.
func Book(kind string, before, after Standing, c Currency) Entry {
	delta := map[Account]int64{
		Receivable:   after.Balance() - before.Balance(),
		Revenue:      -(after.Principal - after.Credited) + (before.Principal - before.Credited),
		WriteOff:     after.GivenUp() - before.GivenUp(),
		Discount:     after.Discount() - before.Discount(),
		BankCharge:   after.Charge() - before.Charge(),
		Unidentified: after.Paid - before.Paid,
		Unapplied:    -(after.OnAccount() - before.OnAccount()),
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

// Transfer returns the entry that moves money from one account to another; a negative amount moves it back.
func Transfer(kind string, from, to Account, amount Money) Entry {
	return Entry{Kind: kind, Postings: []Posting{{Account: to, Amount: amount}, {Account: from, Amount: amount.Neg()}}}
}

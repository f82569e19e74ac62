package bank

import (
	"time"

	"dunlin/invoice"
)

// Kind says what a statement's entries may do.
type Kind string

// The kinds. Only one kind books per account; the others announce or enrich.
const (
	Booked       Kind = "booked"       // end of day: camt.053, MT940, BAI2 prior day, OFX, CSV
	Intraday     Kind = "intraday"     // camt.052, MT942, BAI2 current day
	Notification Kind = "notification" // camt.054
)

// Status says how far an entry is.
type Status string

// The states of an entry. Only booked entries ever book.
const (
	StatusBooked  Status = "booked"
	StatusPending Status = "pending"
	StatusInfo    Status = "info"
)

// Statement is what stands above the entries. Balances that stand at the end of a file are known when
// Sink.End is called.
type Statement struct {
	Format    string // "camt.053.001.08", "MT940", "BAI2", "OFX 1.0.2", "CSV postbank"
	Kind      Kind
	MessageID string // of the file or group it came in
	Ref       string // the bank's own id of the statement
	Number    string // its number in the sequence, with the page where there are several
	Copy      bool   // the bank marks it as a copy or a duplicate: a hint only
	Account   Account
	From, To  time.Time // zero: not said
	Created   time.Time // zero: not said
	Opening   *Balance  // nil: not said
	Closing   *Balance  // nil: not said
	Extra     []Balance // other balances that the file states
	Line      int       // where it begins, from 1; 0 where a format has no lines

	Booked int64      // sum of the booked entries in minor units of the account's currency; known at the end
	Sum    Arithmetic // whether opening + booked = closing; known at the end
}

// Arithmetic says whether a statement adds up.
type Arithmetic string

// What adding up can come to.
const (
	AddsUp  Arithmetic = "ok"
	Off     Arithmetic = "off"
	NotSaid Arithmetic = "unknown" // a balance is missing, or entries are in several currencies
)

// Account is whose statement it is.
type Account struct {
	IBAN     string
	Other    string // where there is no IBAN: bank code and number as written
	BIC      string
	Name     string
	Currency invoice.Currency // "" where only the entries say it
}

// Key is how the account is named in the books: the IBAN, else the other id, upper case, without spaces.
func (a Account) Key() string {
	if a.IBAN != "" {
		return compact(a.IBAN)
	}
	return compact(a.Other)
}

// Balance is a balance of the account, credit positive.
type Balance struct {
	Type   string // as the format calls it: OPBD, CLBD, 60F, 62M, 010, LEDGERBAL
	Amount invoice.Money
	On     invoice.Date
}

// Entry is one line of the statement. Its amount is signed as booked: credit positive; a reversal's sign is
// never turned round. It has at least one detail.
type Entry struct {
	N        int // position within the statement, from 1
	Line     int // in the file, from 1; 0 where a format has no lines
	Amount   invoice.Money
	Status   Status
	Reversal bool // the bank marks it as taking back an earlier entry
	BookedOn invoice.Date
	ValueOn  invoice.Date
	BankRef  string // AcctSvcrRef, FITID, the reference after // in :61:
	EntryRef string // NtryRef
	Code     string // the bank's transaction code: PMNT-RCDT-ESCT, NTRF, 195, CREDIT
	Info     string // what the bank says about the entry as a whole
	Batch    int    // number of transactions that the bank says are inside; 0: not said
	Details  []TxDetail
	Repaired bool     // the text had to be transcoded or mended: never applied without a person
	Doubts   []string // what is odd without being wrong
}

// TxDetail is one transaction within an entry. Matching works on details, arithmetic on entries.
type TxDetail struct {
	N          int           // position within the entry, from 1
	Amount     invoice.Money // signed as booked, in the account's currency
	Kind       DetailKind    // what the amount is
	Instructed invoice.Money // what was ordered, where it differs; unsigned
	Rate       string        // exchange rate as written
	Charges    []Charge
	Refs       Refs
	Payer      Party
	Payee      Party
	Ultimate   Party // who really pays, where somebody else's account is used
	Structured []StructuredRef
	Documents  []Document
	Remittance []string // the lines as written
	Return     *Return  // nil: no return
}

// DetailKind says what the amount of a detail is.
type DetailKind string

// The kinds of detail.
const (
	Transfer    DetailKind = "transfer"
	BankCharge  DetailKind = "charge"      // taken by the bank from the entry
	Unexplained DetailKind = "unexplained" // what the details leave of the entry
)

// Charge is what a bank took.
type Charge struct {
	Amount   invoice.Money // as written; positive: taken from the account holder
	Included bool          // in the entry's amount
	Bearer   string        // SHAR, CRED, DEBT
}

// Refs are the references that travelled with a transaction; "" where none was given.
type Refs struct {
	EndToEnd, Message, PaymentInfo, Instruction, Transaction, UETR, Mandate, Cheque, Clearing, BankRef string
}

// Party is who stands at the other end.
type Party struct {
	Name, IBAN, Account, BIC, Country string
}

// Known says whether the party's account is given.
func (p Party) Known() bool { return p.IBAN != "" || p.Account != "" }

// StructuredRef is a creditor reference with the standard it claims.
type StructuredRef struct {
	Type string // RF, QRR, ISR, SCOR or what the bank wrote
	Ref  string
}

// Document is an entry of the list of documents that a payment is for.
type Document struct {
	Type     string // CINV, CREN, …
	Number   string
	On       invoice.Date
	Remitted invoice.Money
	Discount invoice.Money
	Credit   invoice.Money
}

// Return is why an earlier payment comes back.
type Return struct {
	Reason string // AC04, MD06, a bank's own code
	Text   string
	Refs   Refs // of the original transaction
}

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
	Format    string    `json:"format"` // "camt.053.001.08", "MT940", "BAI2", "OFX 1.0.2", "CSV postbank"
	Kind      Kind      `json:"kind"`
	MessageID string    `json:"message_id,omitzero"` // of the file or group it came in
	Ref       string    `json:"ref,omitzero"`        // the bank's own id of the statement
	Number    string    `json:"number,omitzero"`     // its number in the sequence, with the page where there are several
	Copy      bool      `json:"copy,omitzero"`       // the bank marks it as a copy or a duplicate: a hint only
	Account   Account   `json:"account,omitzero"`
	From      time.Time `json:"from,omitzero"`    // zero: not said
	To        time.Time `json:"to,omitzero"`      // zero: not said
	Created   time.Time `json:"created,omitzero"` // zero: not said
	Opening   *Balance  `json:"opening,omitzero"` // nil: not said
	Closing   *Balance  `json:"closing,omitzero"` // nil: not said
	Extra     []Balance `json:"extra,omitzero"`   // other balances that the file states
	Line      int       `json:"line,omitzero"`    // where it begins, from 1; 0 where a format has no lines

	Booked int64      `json:"booked,omitzero"` // sum of the booked entries in minor units of the account's currency; known at the end
	Sum    Arithmetic `json:"sum,omitzero"`    // whether opening + booked = closing; known at the end
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
	IBAN     string           `json:"iban,omitzero"`
	Other    string           `json:"other,omitzero"` // where there is no IBAN: bank code and number as written
	BIC      string           `json:"bic,omitzero"`
	Name     string           `json:"name,omitzero"`
	Currency invoice.Currency `json:"currency,omitzero"` // "" where only the entries say it
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
	Type   string        `json:"type"` // as the format calls it: OPBD, CLBD, 60F, 62M, 010, LEDGERBAL
	Amount invoice.Money `json:"amount"`
	On     invoice.Date  `json:"on"`
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
	N          int             `json:"n"`                   // position within the entry, from 1
	Amount     invoice.Money   `json:"amount"`              // signed as booked, in the account's currency
	Kind       DetailKind      `json:"kind"`                // what the amount is
	Instructed invoice.Money   `json:"instructed,omitzero"` // what was ordered, where it differs; unsigned
	Rate       string          `json:"rate,omitzero"`       // exchange rate as written
	Charges    []Charge        `json:"charges,omitzero"`
	Refs       Refs            `json:"refs,omitzero"`
	Payer      Party           `json:"payer,omitzero"`
	Payee      Party           `json:"payee,omitzero"`
	Ultimate   Party           `json:"ultimate,omitzero"` // who really pays, where somebody else's account is used
	Structured []StructuredRef `json:"structured,omitzero"`
	Documents  []Document      `json:"documents,omitzero"`
	Remittance []string        `json:"remittance,omitzero"` // the lines as written
	Return     *Return         `json:"return,omitzero"`     // nil: no return
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
	Amount   invoice.Money `json:"amount"`            // as written; positive: taken from the account holder
	Included bool          `json:"included,omitzero"` // in the entry's amount
	Bearer   string        `json:"bearer,omitzero"`   // SHAR, CRED, DEBT
}

// Refs are the references that travelled with a transaction; "" where none was given.
type Refs struct {
	EndToEnd    string `json:"end_to_end,omitzero"`
	Message     string `json:"message,omitzero"`
	PaymentInfo string `json:"payment_info,omitzero"`
	Instruction string `json:"instruction,omitzero"`
	Transaction string `json:"transaction,omitzero"`
	UETR        string `json:"uetr,omitzero"`
	Mandate     string `json:"mandate,omitzero"`
	Cheque      string `json:"cheque,omitzero"`
	Clearing    string `json:"clearing,omitzero"`
	BankRef     string `json:"bank_ref,omitzero"`
}

// Party is who stands at the other end.
type Party struct {
	Name    string `json:"name,omitzero"`
	IBAN    string `json:"iban,omitzero"`
	Account string `json:"account,omitzero"`
	BIC     string `json:"bic,omitzero"`
	Country string `json:"country,omitzero"`
}

// Known says whether the party's account is given.
func (p Party) Known() bool { return p.IBAN != "" || p.Account != "" }

// StructuredRef is a creditor reference with the standard it claims.
type StructuredRef struct {
	Type string `json:"type"` // RF, QRR, ISR, SCOR or what the bank wrote
	Ref  string `json:"ref"`
}

// Document is an entry of the list of documents that a payment is for.
type Document struct {
	Type     string        `json:"type,omitzero"` // CINV, CREN, …
	Number   string        `json:"number,omitzero"`
	On       invoice.Date  `json:"on,omitzero"`
	Remitted invoice.Money `json:"remitted,omitzero"`
	Discount invoice.Money `json:"discount,omitzero"`
	Credit   invoice.Money `json:"credit,omitzero"`
}

// Return is why an earlier payment comes back.
type Return struct {
	Reason string `json:"reason,omitzero"` // AC04, MD06, a bank's own code
	Text   string `json:"text,omitzero"`
	Refs   Refs   `json:"refs,omitzero"` // of the original transaction
}

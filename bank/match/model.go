package match

import (
	"dunlin/invoice"
)

// Version is the version of the rules; every decision carries it.
const Version = "2"

// Invoice is what the books know of one invoice, open or settled.
type Invoice struct {
	ID        int64 // of the books
	Debtor    int64 // of the books
	Number    string
	Reference string // structured reference printed on it, as Key writes it; "" when none
	Currency  invoice.Currency
	Total     int64 // minor units, as issued
	Balance   int64 // minor units still to be paid; 0 when settled
	IssuedOn  invoice.Date
	DueOn     invoice.Date // zero for orders
	Discount  *Discount    // early-payment terms; nil: none
}

// Open says whether something is owed.
func (i *Invoice) Open() bool { return i.Balance > 0 }

// Discount are the terms of an early payment.
type Discount struct {
	Minor int64        // what may be taken off
	Until invoice.Date // last day of the terms; the rules add days of grace
}

// Line is one credit on the account that is to be decided.
type Line struct {
	Amount     invoice.Money // above zero
	On         invoice.Date  // value date
	Remittance []string      // lines as written
	Structured []string      // structured references, as Key writes them
	EndToEnd   string
	Documents  []Document
	Payer      string // name of the payer, or of who really pays
	Charges    int64  // minor units that banks say they took from the amount ordered
	Repaired   bool   // the text had to be mended

	tokens []Token // of the grammar that was asked last
	by     *Grammar
	text   *text      // its words, found once
	joined *[2]string // both ways to join its lines
}

// Document is one entry of a list of documents.
type Document struct {
	Number    string
	Remitted  int64 // minor units; 0: not said
	Discount  int64
	IsCredit  bool  // a credit note: it lowers the sum
	CreditAmt int64 // minor units of a credit note
}

// Known is what the books say about a line.
type Known struct {
	Payer int64            // debtor to whom the account belongs; 0: nobody knows the account
	Sure  bool             // it stands in the master data, or was confirmed twice and never rejected
	Users []int64          // debtors who have used the account where it is not one's alone; then Payer is 0
	Named []Invoice        // every invoice, of any debtor, open or settled, that one of the line's keys finds
	Owed  []Invoice        // the payer's open invoices in the line's currency, the oldest due first
	More  bool             // the payer has more open invoices than are given
	Names map[int64]string // names of the debtors in Named and Near, and of Payer
	IDs   map[int64]string // the numbers under which the creditor has those debtors

	Near    []Invoice         // open invoices of exactly the line's amount that one of Neighbours finds
	NearAll bool              // all of Neighbours were looked up
	Around  map[string]Around // of the line's Doubtful words
	Just    []int64           // what the payer paid in the last ten days, minor units
}

// Around is what stands on file next to a number: the highest number below it and the lowest above it with as
// many letters and digits, as Key writes them; "" when there is none.
type Around struct {
	Filed        bool // the number itself is on file
	Below, Above string
}

// Rules are what a creditor decides about matching. The zero value is the house's.
type Rules struct {
	ChargeCap  int64           // bank charges forgiven at most, minor units; 0: none
	GraceDays  int             // days after the discount's end that still count
	Largest    int64           // above it everything goes to a person; 0: no limit
	QueueRungs map[string]bool // rungs that never apply by themselves
}

// Rung names the kind of evidence that decided.
type Rung string

// The rungs, the strongest evidence first.
const (
	ByReference   Rung = "1 structured reference"
	ByEndToEnd    Rung = "2 end-to-end id"
	ByDocuments   Rung = "3 document list"
	ByNumber      Rung = "4 invoice number"
	ByBareNumber  Rung = "5 digits of the number"
	ByNearNumber  Rung = "6 nearly the number"
	ByDeviation   Rung = "7 explained deviation"
	ByAmount      Rung = "8 amount of a known payer"
	BySum         Rung = "9 sum of several"
	OnAccountRung Rung = "10 known payer, nothing fits"
	Unknown       Rung = "11 unknown payer"
)

// Applied is what a decision gives one invoice.
type Applied struct {
	Invoice  int64 `json:"invoice"`
	Amount   int64 `json:"amount"`             // of the money, minor units
	Discount int64 `json:"discount,omitempty"` // taken off beside it
	Charge   int64 `json:"charge,omitempty"`   // bank charge forgiven beside it
}

// Evidence is one reason, in words.
type Evidence struct {
	Text string `json:"text"`
}

// Suggestion is a set of invoices that a person may choose.
type Suggestion struct {
	Applied  []Applied  `json:"applied"`
	Score    int        `json:"score"` // 0 to 1000: how likely
	Evidence []Evidence `json:"evidence"`
}

// Decision is what becomes of a line.
type Decision struct {
	Rung        Rung         `json:"rung"`
	Version     string       `json:"version"`
	Auto        bool         `json:"auto"`       // applied without a person
	Confidence  int          `json:"confidence"` // per mille
	Applied     []Applied    `json:"applied,omitempty"`
	OnAccount   bool         `json:"on_account,omitempty"` // the rest belongs to Payer; otherwise it stays unidentified
	Payer       int64        `json:"payer,omitempty"`
	Hold        []int64      `json:"hold,omitempty"` // debtors whose reminders wait until a person has decided
	Evidence    []Evidence   `json:"evidence,omitempty"`
	Suggestions []Suggestion `json:"suggestions,omitempty"`
}

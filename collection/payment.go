package collection

import (
	"time"

	"dunlin/invoice"
)

// PaymentView is a payment on a statement as the front doors show it: what it is, and what became of it and why.
type PaymentView struct {
	ID           int64            `json:"id"`
	Creditor     string           `json:"creditor"`
	Account      string           `json:"account"` // that it is on
	Amount       invoice.Money    `json:"amount"`  // money out is negative
	Open         invoice.Money    `json:"open"`    // what nobody has decided about
	BookedOn     invoice.Date     `json:"booked_on"`
	ValueOn      invoice.Date     `json:"value_on"`
	Payer        string           `json:"payer,omitempty"`
	PayerAccount string           `json:"payer_account,omitempty"`
	DebtorID     string           `json:"debtor,omitempty"` // who paid, as far as it is known
	Remittance   []string         `json:"remittance,omitempty"`
	References   []string         `json:"references,omitempty"`
	State        string           `json:"state"`                // undecided, waiting (for an invoice that it names), decided
	How          string           `json:"how,omitempty"`        // applied, on_account, not_ours, charge, returned
	Rung         string           `json:"rung,omitempty"`       // the kind of evidence
	Confidence   float64          `json:"confidence,omitempty"` // 0 to 1
	RuleVersion  string           `json:"rule_version,omitempty"`
	Evidence     []string         `json:"evidence"` // in words
	Suggestions  []SuggestionView `json:"suggestions,omitempty"`
	DecidedBy    string           `json:"decided_by,omitempty"` // auto, or who
	DecidedAt    time.Time        `json:"decided_at,omitzero"`
	Allocations  []AllocationView `json:"allocations,omitempty"` // every one there ever was
	Holds        []string         `json:"holds,omitempty"`       // invoices whose reminders wait for the decision
	Line         string           `json:"line"`                  // where it stands: file, statement, position
}

// SuggestionView is a set of invoices that a person may choose.
type SuggestionView struct {
	Invoices []ShareView `json:"invoices"`
	Score    int         `json:"score"` // 0 to 1000
	Evidence []string    `json:"evidence"`
}

// ShareView is what one invoice gets of a payment.
type ShareView struct {
	Number   string        `json:"number"`
	Amount   invoice.Money `json:"amount"`
	Discount invoice.Money `json:"discount,omitzero"`
	Charge   invoice.Money `json:"charge,omitzero"`
}

// AllocationView is one place that money of a payment went to.
type AllocationView struct {
	Target   string        `json:"target"` // invoice, on_account, not_ours, charge, refund
	Number   string        `json:"number,omitempty"`
	DebtorID string        `json:"debtor,omitempty"`
	Amount   invoice.Money `json:"amount"`
	Discount invoice.Money `json:"discount,omitzero"`
	Charge   invoice.Money `json:"charge,omitzero"`
	Rung     string        `json:"rung,omitempty"`
	By       string        `json:"by"`
	Reason   string        `json:"reason,omitempty"`
	At       time.Time     `json:"at"`
	Undone   bool          `json:"undone,omitempty"` // taken back by a later one, or taking back an earlier one
}

// PaymentFilter chooses payments, the oldest first.
type PaymentFilter struct {
	Creditor string
	State    string // "": all that waits for a decision; "all", or one of the states
	After    int64  // id of the last one seen
	Limit    int
}

// PaymentMatch is what a person decides about a payment.
type PaymentMatch struct {
	ID         int64
	Suggestion int            // the n-th suggestion, from 1; 0: Invoices say it
	Invoices   []PaymentShare // in their order
	OnAccount  string         // debtor who gets the rest; "": it stays undecided
	NotOurs    bool           // the rest belongs to other books
	Actor      string
	Reason     string
}

// Validate refuses a decision that says two things at once.
func (m PaymentMatch) Validate() error {
	switch {
	case m.Suggestion < 0:
		return invoice.Invalid("suggestion", "%d is none", m.Suggestion).WithHint("dunlin bank unmatched counts them from 1")
	case m.Suggestion > 0 && len(m.Invoices) > 0:
		return invoice.Invalid("suggestion", "names invoices, and others are named beside it").WithHint("take the suggestion, or name the invoices")
	case m.OnAccount != "" && m.NotOurs:
		return invoice.Invalid("on_account", "is %s, and the rest is not ours either: it can be one only", m.OnAccount).WithHint("say where the rest goes")
	}
	return invoice.Fact{Actor: m.Actor, Reason: m.Reason}.Validate()
}

// PaymentShare is what an invoice is to get of a payment.
type PaymentShare struct {
	Number string
	Amount invoice.Money // zero: what is open of it, at most what is left
}

// FeedView is an account with how fresh its statements are.
type FeedView struct {
	Creditor  string        `json:"creditor"`
	Account   string        `json:"account"`
	Currency  string        `json:"currency,omitempty"`
	Source    string        `json:"source,omitempty"` // family of the format that books
	Rhythm    string        `json:"rhythm,omitempty"` // how old the newest statement may be
	Newest    invoice.Date  `json:"newest,omitzero"`  // day that the statements reach
	HeardAt   time.Time     `json:"heard_at,omitzero"`
	DueBy     time.Time     `json:"due_by,omitzero"` // the next one should be here by then
	Stale     bool          `json:"stale,omitempty"`
	Closing   invoice.Money `json:"closing,omitzero"`
	Undecided int           `json:"undecided"` // payments that wait for a decision
}

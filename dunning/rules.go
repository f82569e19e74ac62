package dunning

import (
	"dunlin/invoice"
)

// Completion says when a step with several acts is done.
type Completion string

// The completion rules.
const (
	DoneAll Completion = "all" // every act has an end of its own
	DoneAny Completion = "any" // the first act that arrives ends the others
)

// History says how a debtor has paid so far.
type History string

// The histories. Late is what was still open more than three days after its due date.
const (
	FirstTime History = "first"  // nothing of this debtor has been late before
	Repeat    History = "repeat" // something has
)

// Condition is a set of tests that must all hold; a test that is empty always does. Segment rules and
// steps use the same words.
type Condition struct {
	Creditors []string             `json:"creditor,omitempty"`
	Groups    []string             `json:"group,omitempty"` // customer group of the debtor
	Kinds     []invoice.Kind       `json:"kind,omitempty"`
	Countries []string             `json:"country,omitempty"` // ISO 3166 of the debtor
	Types     []invoice.DebtorType `json:"type,omitempty"`
	History   History              `json:"history,omitempty"`
	From      Thresholds           `json:"amount_from,omitempty"`  // the amount is not below; a currency that is missing does not hold
	Below     Thresholds           `json:"amount_below,omitempty"` // the amount is below; a currency that is missing does not hold
}

// Features is what conditions are tested on.
type Features struct {
	Creditor string
	Group    string
	Kind     invoice.Kind
	Country  string
	Type     invoice.DebtorType
	History  History
	Amount   invoice.Money // at issue the total, for a step the balance that may be asked for
}

// Minimum keeps small and young claims from being written about.
type Minimum struct {
	Age    Span       `json:"age,omitzero"`     // since collection began, before the first reminder or formal message
	Amount Thresholds `json:"amount,omitempty"` // below it no reminder is sent; formal steps and the decision stay
}

// PromiseRules bound promises to pay; the bank's grace stands in Policy.BankGrace.
type PromiseRules struct {
	Longest Span `json:"longest,omitzero"` // from today to the promised day; zero: no limit
	Most    int  `json:"most,omitzero"`    // promises per invoice; zero: no limit
}

// PlanRules bound payment plans and say what breaks one.
type PlanRules struct {
	MostInstalments int      `json:"most_instalments,omitzero"` // zero: 12
	Longest         Span     `json:"longest,omitzero"`          // from agreement to the last instalment; zero: 365d
	Remind          Span     `json:"remind,omitzero"`           // before each instalment; zero: 3d
	BreakAfter      int      `json:"break_after,omitzero"`      // instalments missed, after the bank's grace; zero: 1
	Broken          OnBroken `json:"broken,omitempty"`          // empty: accelerate
}

// OnBroken says what becomes of a claim whose payment plan is broken.
type OnBroken string

// What a broken plan leads to.
const (
	Accelerate OnBroken = "accelerate" // the rest is due at once, and the ladder goes on
	AskPerson  OnBroken = "person"     // a person decides; everything waits until then
)

// DisputeRules give disputes a clock of their own.
type DisputeRules struct {
	Review Span `json:"review,omitzero"` // until then somebody should have answered; zero: 10bd
}

// ExpiryRules say how an unpaid order ends. The debtor is told ExpiresAt; the order really expires
// after the bank's lag, so that money sent in time is not refused.
type ExpiryRules struct {
	BankLag Span `json:"bank_lag,omitzero"`
}

// Holdout is a share of debtors to whom some steps are not sent, so that one can see what these steps bring.
type Holdout struct {
	Share int      `json:"share"` // percent of debtors, 1 to 50
	Steps []string `json:"steps"` // ids of reminder steps that they do not get
}

// Variant is one wording of a step's messages.
type Variant struct {
	Name     string `json:"name"`
	Template string `json:"template"`
	Share    int    `json:"share"` // percent of debtors; all variants of a step sum to 100
}

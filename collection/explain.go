package collection

import (
	"time"

	"dunlin/dunning"
)

// ExplainView answers, for every act of an invoice's ladder, why it was done or why it was not.
type ExplainView struct {
	View
	Segment  string            `json:"segment,omitempty"`  // the rule that chose the policy
	History  dunning.History   `json:"history,omitempty"`  // how the debtor had paid when it was issued
	Assigned map[string]string `json:"assigned,omitempty"` // variants by step, and the holdout
	Acts     []ExplainedAct    `json:"acts"`
}

// ExplainedAct is one act with its rule, what was known, the gates and what became of it.
type ExplainedAct struct {
	Step    string          `json:"step"`
	Title   string          `json:"title"`
	Act     dunning.Act     `json:"act"`
	Done    bool            `json:"done"`  // false: Why says what it waits for, or why it never came
	State   string          `json:"state"` // the end on file, or in_flight, planned, held, not_planned
	At      time.Time       `json:"at,omitzero"`
	Rule    string          `json:"rule,omitempty"` // of the policy, in words
	Why     string          `json:"why"`
	Gates   []dunning.Gate  `json:"gates,omitempty"`
	Inputs  *dunning.Inputs `json:"inputs,omitempty"` // as recorded with the claim; for what was not done, as they are now
	Receipt *ReceiptView    `json:"receipt,omitempty"`
}

// ReceiptView is what is on file about the message of an act.
type ReceiptView struct {
	Message    string         `json:"message"` // id
	Attempts   []string       `json:"attempts"`
	In         string         `json:"in,omitempty"` // number of the invoice whose message told it; empty: its own
	With       []string       `json:"with"`         // references printed in the message, e.g. INV-1/C
	Recipient  string         `json:"recipient"`
	Template   string         `json:"template"`
	Variant    string         `json:"variant,omitempty"`
	Language   string         `json:"language"`
	Subject    string         `json:"subject,omitempty"`
	Hash       string         `json:"hash"` // sha256 over subject, text and HTML
	State      string         `json:"state"`
	ProviderID string         `json:"provider_id,omitempty"`
	ClaimedAt  time.Time      `json:"claimed_at"`
	EndedAt    time.Time      `json:"ended_at,omitzero"` // accepted, refused or given up
	Delivery   string         `json:"delivery,omitempty"`
	Reports    []DeliveryView `json:"reports,omitempty"`
}

// DeliveryView is one report of a provider.
type DeliveryView struct {
	Kind   DeliveryKind `json:"kind"`
	At     time.Time    `json:"at"`
	Reason string       `json:"reason,omitempty"`
	By     string       `json:"by"` // provider
}

package collection

import (
	"time"

	"dunlin/dunning"
	"dunlin/invoice"
)

// Choice says which running cases are meant; lists that are empty choose all. An amount is compared with
// what is still open.
type Choice struct {
	dunning.Condition
	Policies []string        // names of the policies the cases follow now
	Stages   []dunning.Stage // where the cases stand
	Numbers  []string        // invoice numbers
	Text     string          // as it was written
}

// Adoption moves running cases to another policy.
type Adoption struct {
	ID       string    `json:"id"`
	Policy   string    `json:"policy"`
	Version  int       `json:"version"`
	Hash     string    `json:"hash"` // of the policy
	Chosen   string    `json:"where"`
	Actor    string    `json:"actor"`
	At       time.Time `json:"at"`
	UndoneAt time.Time `json:"undone_at,omitzero"` // when undoing it began
	Cases    int64     `json:"cases"`              // chosen
	Moved    int64     `json:"moved"`
	Refused  int64     `json:"refused"`
	Undone   int64     `json:"undone"`
	Left     int64     `json:"left"` // not looked at yet: the command was interrupted
}

// The states of a case in an adoption.
const (
	AdoptionChosen  = "chosen"  // not looked at yet
	AdoptionMoved   = "moved"   // follows the new policy
	AdoptionRefused = "refused" // stays where it is, with the reason
	AdoptionUndone  = "undone"  // follows the policy it had before
)

// AdoptedCase is what an adoption does to one case.
type AdoptedCase struct {
	Invoice  invoice.Key  `json:"invoice"`
	From     string       `json:"from"` // e.g. "standard-b2b v1"
	To       string       `json:"to"`
	State    string       `json:"state"`
	Reason   string       `json:"reason,omitempty"` // of a refusal
	Skipped  []string     `json:"skipped,omitempty"`
	FromHash string       `json:"-"`                       // of the policy it followed
	Zone     string       `json:"zone,omitempty"`          // the debtor's
	Now      dunning.Item `json:"next_now,omitzero"`       // under the present policy; without an act: nothing is planned
	Then     dunning.Item `json:"next_then,omitzero"`      // under the other one
	NowText  string       `json:"waits_for_now,omitempty"` // what the case waits for, in one line
	ThenText string       `json:"waits_for_then,omitempty"`
}

package dunning

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"dunlin/invoice"
)

// Policy is a compiled dunning policy: what is done about an unpaid invoice or order, and when. Its
// JSON is canonical; the database stores it by its hash, and a running case keeps the one it has.
type Policy struct {
	Name              string       `json:"name"`
	Version           int          `json:"version"`
	Kind              invoice.Kind `json:"kind"`
	Description       string       `json:"description,omitempty"`
	MergeWindow       Span         `json:"merge_window"`       // siblings' steps due within it share a message
	BankGrace         Span         `json:"bank_grace"`         // after a promised day, until the ledger is asked
	AcknowledgeWithin Span         `json:"acknowledge_within"` // for the lawyer or agency
	Windows           Windows      `json:"windows"`
	Caps              Caps         `json:"caps"`
	Minimum           Minimum      `json:"minimum,omitzero"`
	Promise           PromiseRules `json:"promise,omitzero"`
	Plans             PlanRules    `json:"payment_plan,omitzero"`
	Disputes          DisputeRules `json:"dispute,omitzero"`
	Feed              FeedRules    `json:"stale_feed,omitzero"`
	Crossed           CrossedRules `json:"crossed,omitzero"`
	Expiry            ExpiryRules  `json:"expiry,omitzero"`  // orders only
	Holdout           Holdout      `json:"holdout,omitzero"` // the group that is left alone
	Rules             Rules        `json:"decide,omitzero"`  // of the decide step
	Steps             []Step       `json:"steps"`
}

// Class says how a step speaks; windows, gaps and caps belong to it.
type Class string

// The classes.
const (
	Service  Class = "service"  // receipts and order reminders
	Reminder Class = "reminder" // from the courtesy note to the phone call
	Formal   Class = "formal"   // final notices; nothing formal is ever resent by itself
)

// Windows are the contact windows of the three classes, in the debtor's zone.
type Windows struct {
	Service  Window `json:"service"`
	Reminder Window `json:"reminder"`
	Formal   Window `json:"formal"`
}

// Of returns the window of a class.
func (w Windows) Of(c Class) Window {
	switch c {
	case Service:
		return w.Service
	case Formal:
		return w.Formal
	}
	return w.Reminder
}

// Window says when a class may contact a debtor, and how long it waits after the last contact.
type Window struct {
	From     int  `json:"from"` // minutes after midnight
	To       int  `json:"to"`   // minutes after midnight, exclusive
	Business bool `json:"business"`
	Gap      Span `json:"gap"` // default minimum gap of the class's steps
}

// Caps limit contacts over all invoices of a debtor. Service messages neither count nor wait. Beside
// them the house rule holds that a debtor gets at most two reminder or formal messages a day.
type Caps struct {
	Contacts int `json:"contacts"`             // reminder and formal contacts over all channels …
	Days     int `json:"days"`                 // … within so many days
	Channel  Cap `json:"per_channel,omitzero"` // messages of one channel
	Address  Cap `json:"per_address,omitzero"` // contacts at one address, whoever of its debtors is meant
	Calls    Cap `json:"calls,omitzero"`       // call tasks
}

// Cap is at most N within a sliding window of Days times 24 hours. The zero Cap limits nothing.
type Cap struct {
	N    int `json:"n"`
	Days int `json:"days"`
}

// Thresholds are amounts in minor units by currency.
type Thresholds map[invoice.Currency]int64

// Rules decide what becomes of a claim that reminders did not bring in.
type Rules struct {
	SmallBalance  Thresholds `json:"small_balance,omitempty"`  // up to this it is written off
	LawyerFrom    Thresholds `json:"lawyer_from,omitempty"`    // from this on the lawyer; between, the agency
	ApprovalAbove Thresholds `json:"approval_above,omitempty"` // above this a second person approves
}

// LateRule says what becomes of a step whose moment has passed.
type LateRule string

// The late rules.
const (
	LateSend  LateRule = "send"  // once, at the next open window
	LateSkip  LateRule = "skip"  // not at all, with the reason on file
	LateMerge LateRule = "merge" // the next sending step says it, when that is due too; otherwise once
)

// Late is the late rule of a step.
type Late struct {
	Rule  LateRule `json:"rule"`
	After Span     `json:"after"` // how late is late
}

// Step is one rung of the ladder.
type Step struct {
	ID       string `json:"id"`
	Title    string `json:"title"`            // as it stands in lists, e.g. "second reminder"
	Letter   string `json:"letter,omitempty"` // A to Z; printed in messages as a short reference
	Class    Class  `json:"class"`
	At       Offset `json:"at"`
	Acts     []Act  `json:"acts"`
	Template string `json:"template,omitempty"`
	Fallback Act    `json:"fallback,omitempty"` // when none of the step's channels works
	Late     Late   `json:"late"`
	MinGap   Span   `json:"min_gap"`
	SLA      Span   `json:"sla,omitzero"` // phone tasks: how soon somebody should have called

	When     Condition  `json:"when,omitzero"`      // otherwise the step is skipped, with what did not hold
	Done     Completion `json:"done,omitempty"`     // with several acts: when the step is done; empty: all
	Look     bool       `json:"look,omitempty"`     // a person looks at it before it goes out
	NewDue   Span       `json:"new_due,omitzero"`   // by law the debtor has so long from this step on; days
	Variants []Variant  `json:"variants,omitempty"` // other words for a share of the debtors
}

// Has says whether the step plans an act of its own (a fallback is not).
func (s Step) Has(a Act) bool { return slices.Contains(s.Acts, a) }

// sends says whether the step is a message.
func (s Step) sends() bool { return s.Has(Email) || s.Has(SMS) }

// contacts says whether the step speaks to the debtor.
func (s Step) contacts() bool { return s.sends() || s.Has(PhoneTask) }

// Step returns the step with an id, also one of a payment plan or one that thanks, which stand in no file;
// false when the policy has none.
func (p *Policy) Step(id string) (Step, bool) {
	if i := p.index(id); i >= 0 {
		return p.Steps[i], true
	}
	if IsThanks(id) {
		return thanksStep(id), true
	}
	return p.planStep(id)
}

func (p *Policy) index(id string) int {
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return i
		}
	}
	return -1
}

// find returns the first step from the given index on that has the act, or -1.
func (p *Policy) find(a Act, from int) int {
	for i := from; i < len(p.Steps); i++ {
		if p.Steps[i].Has(a) {
			return i
		}
	}
	return -1
}

// notice returns the last message step before the placement: it names the date of the handoff; -1 when
// the policy places nothing.
func (p *Policy) notice() int {
	for i := p.find(Place, 0) - 1; i >= 0; i-- {
		if p.Steps[i].sends() {
			return i
		}
	}
	return -1
}

// Mergeable says whether siblings of the same debtor may go into the step's message. Receipts and order
// reminders speak of one order, formal notices of one decision, instalments of one plan: they travel alone.
func (p *Policy) Mergeable(step string) bool {
	i := p.index(step)
	return i >= 0 && p.Steps[i].Class == Reminder && p.Steps[i].sends()
}

// Canonical returns the compiled form that is stored and hashed.
func (p *Policy) Canonical() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("dunning: policy %s has no JSON: %v", p.Name, err)) // plain data: cannot happen
	}
	return b
}

// Hash returns the sha256 of the compiled form, in hex.
func (p *Policy) Hash() string {
	sum := sha256.Sum256(p.Canonical())
	return hex.EncodeToString(sum[:])
}

// Compiled reads a compiled form, as Canonical wrote it.
func Compiled(b []byte) (*Policy, error) {
	var p Policy
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, invoice.Invalid("policy", "the stored form cannot be read: %v", err).WithHint("it was not written by this program")
	}
	if p.Name == "" || len(p.Steps) == 0 {
		return nil, invoice.Invalid("policy", "the stored form has no name or no steps")
	}
	return &p, nil
}

// title makes a readable name out of an id.
func title(id string) string { return strings.ReplaceAll(id, "-", " ") }

package collection

import (
	"encoding/json"
	"time"

	"dunlin/dunning"
	"dunlin/invoice"
)

// View is an invoice as the front doors show it.
type View struct {
	Invoice    invoice.Invoice `json:"invoice"`
	DebtorName string          `json:"debtor_name"`
	Status     invoice.Status  `json:"status"`
	Stage      dunning.Stage   `json:"stage"`
	Balance    invoice.Money   `json:"balance"`
	Paid       invoice.Money   `json:"paid"`
	OnAccount  invoice.Money   `json:"on_account"`
	Waiting    string          `json:"waiting"` // one line: what the case waits for
	Zone       string          `json:"zone"`    // the debtor's
	Policy     string          `json:"policy"`  // name and version, e.g. "standard-b2b v1"
	PolicyHash string          `json:"policy_hash"`
	Cycle      int             `json:"cycle"`
	Seq        int64           `json:"seq"`
	Workflow   string          `json:"workflow"` // Temporal workflow ID of the cycle
	NextAt     time.Time       `json:"next_at,omitzero"`

	PaymentPlan *PaymentPlanView `json:"payment_plan,omitempty"` // the newest; not in lists
	Dispute     *DisputeView     `json:"dispute,omitempty"`      // in force; not in lists
}

// PaymentPlanView is a payment plan with what is still to be paid of each instalment.
type PaymentPlanView struct {
	N           int              `json:"n"`     // the invoice's plans are counted from 1
	State       string           `json:"state"` // active, kept, broken, withdrawn
	AgreedAt    time.Time        `json:"agreed_at"`
	EndedAt     time.Time        `json:"ended_at,omitzero"`
	Reason      string           `json:"reason,omitempty"` // why it ended
	Instalments []InstalmentView `json:"instalments"`
}

// InstalmentView is one part of a payment plan. Money covers the oldest instalments first.
type InstalmentView struct {
	N      int           `json:"n"` // from 1
	DueOn  invoice.Date  `json:"due_on"`
	Amount invoice.Money `json:"amount"`
	Open   invoice.Money `json:"open"`
}

// DisputeView is a dispute in force.
type DisputeView struct {
	Amount   invoice.Money `json:"amount"` // of the balance, what is disputed
	Whole    bool          `json:"whole"`  // everything waits
	Since    time.Time     `json:"since"`
	Reason   string        `json:"reason,omitempty"`
	AnswerBy time.Time     `json:"answer_by,omitzero"` // somebody should have answered by then
}

// PlanView is what comes, what is held and what was taken.
type PlanView struct {
	View
	Plan  dunning.Plan `json:"plan"`
	Taken []TakenView  `json:"taken"`
}

// TakenView is an act with its end on file.
type TakenView struct {
	Step    string          `json:"step"`
	Act     dunning.Act     `json:"act"`
	Outcome dunning.Outcome `json:"outcome"`
	Reason  string          `json:"reason,omitempty"`
	At      time.Time       `json:"at"`
	Message string          `json:"message,omitempty"` // message id
}

// CaseView is the whole case file for people.
type CaseView struct {
	View
	Events   []invoice.Event `json:"events"`
	Messages []MessageView   `json:"messages"`
	Tasks    []TaskView      `json:"tasks"`
	Entries  []EntryView     `json:"entries"`
	Decision *DecisionView   `json:"decision,omitempty"`
	Handoff  *HandoffView    `json:"handoff,omitempty"`
}

// MessageView is one message with its exact text.
type MessageView struct {
	ID         string          `json:"id"`
	Kind       string          `json:"kind"` // collecting, placement, recall
	Channel    invoice.Channel `json:"channel"`
	Step       string          `json:"step"`
	Template   string          `json:"template"`
	Language   string          `json:"language"`
	Recipient  string          `json:"recipient"`
	Subject    string          `json:"subject,omitempty"`
	Text       string          `json:"text"`
	HTML       string          `json:"html,omitempty"`
	Hash       string          `json:"hash"` // sha256 over subject, text and HTML
	State      string          `json:"state"`
	Delivery   string          `json:"delivery,omitempty"`
	ProviderID string          `json:"provider_id,omitempty"`
	Crossed    bool            `json:"crossed,omitempty"` // accepted after a stop, claimed before it
	References []string        `json:"references"`
	CreatedAt  time.Time       `json:"created_at"`
}

// TaskView is something a person has to do.
type TaskView struct {
	ID        int64     `json:"id"`
	Kind      TaskKind  `json:"kind"`
	Creditor  string    `json:"creditor"`
	Number    string    `json:"number,omitempty"` // empty: the task is about the debtor
	DebtorID  string    `json:"debtor"`
	Debtor    string    `json:"debtor_name"`
	Phone     string    `json:"phone,omitempty"`
	Step      string    `json:"step,omitempty"`
	Text      string    `json:"text"`  // what to do and why
	State     string    `json:"state"` // open, claimed, done, closed
	ClaimedBy string    `json:"claimed_by,omitempty"`
	Outcome   string    `json:"outcome,omitempty"`
	Note      string    `json:"note,omitempty"`
	Escalated bool      `json:"escalated,omitempty"`
	OpenedAt  time.Time `json:"opened_at"`
	DueAt     time.Time `json:"due_at,omitzero"`
}

// TaskKind says what a task is about.
type TaskKind string

// The kinds of task with the outcomes that finish them.
const (
	TaskPhone       TaskKind = "phone"       // call the debtor: see PhoneOutcomes
	TaskFixContact  TaskKind = "fix_contact" // an address, the zone or the type is missing or broken: fixed, given_up
	TaskApproval    TaskKind = "approval"    // a decision above the limit: approved, rejected
	TaskDecision    TaskKind = "decision"    // no rule decides: write_off, lawyer, agency, keep
	TaskUnconfirmed TaskKind = "unconfirmed" // a message nobody can confirm: seen
	TaskHandoff     TaskKind = "handoff"     // placement not acknowledged, or handed back: seen
	TaskAlert       TaskKind = "alert"       // a line stopped, a template failed: seen
	TaskLook        TaskKind = "look"        // a message that a person looks at before it goes out: send, skip
	TaskDispute     TaskKind = "dispute"     // an objection to be answered by a day; dunlin resolve closes it: seen
	TaskPlan        TaskKind = "plan_broken" // a payment plan was broken and the policy asks a person: resume, keep (stays on hold)
	TaskLatePayment TaskKind = "late_paid"   // money came after an order had expired: accepted, refund
	TaskRefund      TaskKind = "refund"      // money to be sent back: refunded
)

// TaskOutcomes lists, per kind, the codes that finish a task.
var TaskOutcomes = map[TaskKind][]string{
	TaskPhone:       {"reached", "promised", "disputed", "no_answer", "voicemail", "wrong_number", "asked_not_to_call", "refused"},
	TaskFixContact:  {"fixed", "given_up"},
	TaskApproval:    {"approved", "rejected"},
	TaskDecision:    {"write_off", "lawyer", "agency", "keep"},
	TaskUnconfirmed: {"seen"},
	TaskHandoff:     {"seen"},
	TaskAlert:       {"seen"},
	TaskLook:        {string(dunning.LookSend), string(dunning.LookSkip)},
	TaskDispute:     {"seen"},
	TaskPlan:        {"resume", "keep"},
	TaskLatePayment: {"accepted", "refund"},
	TaskRefund:      {"refunded"},
}

// EntryView is one booking.
type EntryView struct {
	Kind     string            `json:"kind"`
	Key      string            `json:"key,omitempty"`
	At       time.Time         `json:"at"`
	Postings []invoice.Posting `json:"postings"`
}

// DecisionView is a decision with the inputs it was taken on.
type DecisionView struct {
	Route      dunning.Route   `json:"route"`
	Reason     string          `json:"reason"`
	Inputs     json.RawMessage `json:"inputs"`
	Approved   bool            `json:"approved"`
	ApprovedBy string          `json:"approved_by,omitempty"`
	At         time.Time       `json:"at"`
}

// HandoffView is a placement.
type HandoffView struct {
	Route     dunning.Route        `json:"route"`
	Partner   string               `json:"partner"`
	State     dunning.HandoffState `json:"state"`
	SentAt    time.Time            `json:"sent_at"`
	Deadline  time.Time            `json:"acknowledge_by,omitzero"`
	BundleSum string               `json:"bundle_sha256"`
}

// Filter chooses invoices for a list; pages follow the key, never an offset.
type Filter struct {
	Creditor string
	Status   invoice.Status
	Stage    dunning.Stage
	DebtorID string
	After    invoice.Key // the last key of the page before
	Limit    int         // 1..500; 0 means 100
}

// TaskFilter chooses tasks.
type TaskFilter struct {
	Creditor string
	Kind     TaskKind
	State    string // "" means open and claimed
	After    int64
	Limit    int
}

// Issue asks for an invoice to be collected.
type Issue struct {
	Invoice invoice.Invoice `json:"invoice"`
	Debtor  *invoice.Debtor `json:"debtor,omitempty"` // created or updated when given; else it must exist
	Actor   string          `json:"actor,omitempty"`
}

// Switch is a stop of sending: for all, for one creditor, or for one channel.
type Switch struct {
	Scope     string    `json:"scope"` // "all", "creditor:<id>", "channel:email", "channel:sms"
	Reason    string    `json:"reason"`
	Actor     string    `json:"actor"`
	StoppedAt time.Time `json:"stopped_at"`
}

// Check is one line of `dunlin verify`.
type Check struct {
	Name    string   `json:"name"`
	Checked int64    `json:"checked"`
	OK      bool     `json:"ok"`
	Found   []string `json:"found,omitempty"` // what is wrong, or worth knowing
}

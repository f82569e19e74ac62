package dunning

import (
	"time"

	"dunlin/invoice"
)

// Act is one thing the engine does for a step.
type Act string

// The acts. Email, SMS, PhoneTask, Decide, Place and Expire come from policy steps; the others keep a case honest.
const (
	Email     Act = "email"
	SMS       Act = "sms"
	PhoneTask Act = "phone_task"
	Decide    Act = "decide"    // is the claim worth pursuing, and by whom
	Place     Act = "place"     // hand over to the lawyer or agency
	Recall    Act = "recall"    // take a placed claim back because it was paid
	Thank     Act = "thank_you" // tell who had paid already to disregard a message; it goes out by e-mail
	Expire    Act = "expire"    // end an unpaid order
	LookUp    Act = "look_up"   // ask what became of a message whose answer was lost
	Review    Act = "review"    // a date has come at which the case must be looked at again
	Close     Act = "close"     // nothing is owed any more
)

// Contacts says whether the act speaks to the debtor, and so needs an open window and counts as a contact.
func (a Act) Contacts() bool { return a == Email || a == SMS || a == PhoneTask }

// Outcome is how an act ended. Every due step has exactly one.
type Outcome string

// The ends of an act.
const (
	Accepted    Outcome = "accepted"    // the provider took the message
	Covered     Outcome = "covered"     // another invoice's message told it, too
	Rejected    Outcome = "rejected"    // the provider refused the message for good
	Unconfirmed Outcome = "unconfirmed" // the answer was lost and nothing could be found out; never resent by itself
	Skipped     Outcome = "skipped"     // by rule, with a reason
	Person      Outcome = "person"      // a person's task took its place
	Done        Outcome = "done"        // an act that sends nothing was done
)

// Case is everything a plan depends on, read in one go under the invoice's lock. It holds no names and no addresses.
type Case struct {
	Kind      invoice.Kind
	DebtorID  string // spreads send times over debtors, the same for all invoices of one
	Amount    invoice.Money
	Balance   invoice.Money
	Status    invoice.Status
	IssuedAt  time.Time    // when collection began
	IssuedOn  invoice.Date // day on the invoice
	DueOn     invoice.Date // zero for orders
	ExpiresAt time.Time    // zero for invoices

	Zone    string             // IANA; "" when nobody knows it: every contact is held
	Country string             // for holidays
	Region  string             // for holidays
	Type    invoice.DebtorType // "" when nobody knows it: every contact is held

	Reach      map[Act]Reach // for Email, SMS and PhoneTask: can the debtor be reached that way
	Taken      []Taken       // ends on file, over all cycles
	Contacts   []Contact     // every reminder or formal contact of this debtor, all invoices of the creditor, and of others at the same addresses; newest last
	Stops      []Stop        // in order of From
	Deferred   []Deferred    // acts a provider or a switch told us to try later
	InFlight   []InFlight    // messages whose end is not known yet
	DecisionOn *Decision     // nil before the decide step
	Handoff    *Handoff      // nil before the place step
	Reviews    []ReviewAt    // dates at which something must be looked at (task deadlines)

	Creditor string            // for conditions
	Group    string            // customer group, for conditions
	History  History           // how the debtor had paid when the invoice was issued
	Assigned map[string]string // by step id the variant's name; under HoldoutKey "yes" when the debtor is left alone
	Looks    []Look            // what people said about messages they look at first
	Disputed invoice.Money     // the part of the balance that is in dispute while the rest goes on; zero: none
	PayPlan  *PayPlan          // the payment plan in force; nil: none
	Feeds    []Feed            // the creditor's accounts that statements are expected for
	Crossed  []Crossed         // the payment that settled the invoice, when a message crossed with it
}

// HoldoutKey is where Case.Assigned says that the debtor belongs to the holdout.
const HoldoutKey = "holdout"

// Contact is one contact on file: one message, however many invoices it tells of, or one call task.
type Contact struct {
	At      time.Time
	Act     Act    // Email, SMS or PhoneTask
	Address string // opaque: equal for equal addresses; "" when not known
	Other   bool   // of another debtor at the same address: counts for the address only
}

// Look is what a person said about a step before it goes out.
type Look struct {
	Step string
	Task string    // id of the task
	Said LookSaid  // "" while nobody has
	At   time.Time // when it was said
}

// LookSaid is the outcome of a look.
type LookSaid string

// The outcomes of a look.
const (
	LookSend LookSaid = "send"
	LookSkip LookSaid = "skip"
)

// PayPlan is a payment plan in force.
type PayPlan struct {
	N           int       // the invoice's plans are counted from 1
	From        time.Time // when it was agreed
	Instalments []Instalment
}

// Instalment is one part of a payment plan.
type Instalment struct {
	N      int // from 1
	DueOn  invoice.Date
	Amount invoice.Money
	Open   invoice.Money // what the money that came in since the agreement leaves of it, oldest instalment first
}

// Reach says whether a channel can be used for this debtor now.
type Reach struct {
	OK      bool
	Reason  string // when not OK: "no mobile number", "bounced on 2026-05-14", "opted out"
	Address string // opaque, as in Contact
}

// Taken is an end on file.
type Taken struct {
	Step    string
	Act     Act
	Outcome Outcome
	At      time.Time
}

// StopKind says what stopped a case.
type StopKind string

// The stops. Hold, Dispute and Promise end; HardStop never does. Settled covers the time between a
// payment in full and its return.
const (
	StopHold    StopKind = "hold"
	StopDispute StopKind = "dispute"
	StopPromise StopKind = "promise"
	StopHard    StopKind = "hard_stop"
	StopSettled StopKind = "settled"
	StopPlan    StopKind = "payment_plan" // the ladder waits; the plan's own reminders go
	StopAdopted StopKind = "adopted"      // from the last step taken until the case took another policy: of no length afterwards
)

// Stop is an interval during which nothing is sent.
type Stop struct {
	Kind  StopKind
	From  time.Time
	Until time.Time // known end, such as a promise's date plus bank grace; zero: until somebody ends it
	Ended time.Time // when it was released, kept or broken; zero: still in force
	Text  string    // one line for people
	Why   string    // the same in the program's own words, which name nobody: "a payment is being matched"; may be empty
}

// Deferred is an act that must not be tried before a moment.
type Deferred struct {
	Step      string
	Act       Act
	NotBefore time.Time // zero: until somebody lifts the reason
	Reason    string
}

// InFlight is a message whose end is not known yet: claimed and not finished, or its answer lost.
type InFlight struct {
	Step     string
	Act      Act
	Ref      string    // attempt id
	LookAt   time.Time // next look-up; zero: this case only waits (the message belongs to a sibling)
	Unknown  bool      // the answer was lost
	SiblingN string    // number of the invoice that sends it, when it is a sibling
}

// Route is where a claim goes.
type Route string

// The routes of a decision.
const (
	RouteWriteOff Route = "write_off"
	RouteLawyer   Route = "lawyer"
	RouteAgency   Route = "agency"
	RoutePerson   Route = "person" // no rule decides it: a person does
)

// Decision is what was decided about the claim.
type Decision struct {
	Route    Route
	Approved bool // false: waits for a person
}

// HandoffState says how far a placement is.
type HandoffState string

// The states of a placement.
const (
	HandoffSent         HandoffState = "sent"
	HandoffAcknowledged HandoffState = "acknowledged"
	HandoffReturned     HandoffState = "returned"
	HandoffRecalled     HandoffState = "recalled"
	HandoffClosed       HandoffState = "closed"
)

// Handoff is a placement with the lawyer or the agency.
type Handoff struct {
	State  HandoffState
	Review time.Time // acknowledgement deadline, zero once reported
}

// ReviewAt asks for a look at the case at a moment.
type ReviewAt struct {
	Step   string // what it is about, e.g. the step that opened the phone task
	Ref    string // e.g. the task id
	At     time.Time
	Reason string
}

package collection

import (
	"time"

	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// The times of the send protocol, all of the machine's monotonic clock.
const (
	ClaimValid   = 2 * time.Second  // a request starts at most this long after its claim
	HTTPTimeout  = 10 * time.Second // T_http: how long a provider may take to answer
	DeadlineSlop = 3 * time.Second  // after T_http and this, an attempt without an end counts as lost
)

// LookUpAfter are the moments at which a lost answer is looked for, in business time after the claim.
// After the last one the message is unconfirmed.
var LookUpAfter = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}

// AbsenceAfter is the youngest age at which a provider's complete list that lacks a message proves that it was never taken.
const AbsenceAfter = 10 * time.Minute

// Claim is what the guard answers: either a message to send now, or an answer that ends the act here.
type Claim struct {
	Answer  *Answer // set: nothing may be sent
	Attempt string  // attempt id, also inside the message
	Email   *message.Email
	SMS     *message.SMS
}

// Result is what became of a call to a provider.
type Result struct {
	Kind       ResultKind
	ProviderID string
	Reason     string
	RetryAt    time.Time // Unsent: not before, on the wall clock; zero: as soon as it may
	StopLine   bool      // our credentials were refused: stop this channel and alert once
	OptedOut   bool      // the provider says the recipient does not want this channel
	BadAddress bool      // the provider says that the address cannot receive
}

// ResultKind is the coarse result of a call.
type ResultKind string

// The results of a call.
const (
	SendAccepted ResultKind = "accepted" // the provider took it
	SendUnsent   ResultKind = "unsent"   // certainly not taken: the step stays due
	SendRejected ResultKind = "rejected" // refused for good
	SendUnknown  ResultKind = "unknown"  // nobody knows
)

// LookUp is a question to a provider about a message whose answer was lost.
type LookUp struct {
	Answer     *Answer // set: no question is needed any more
	Attempt    string
	Act        dunning.Act // Email or SMS
	Recipient  string
	Reference  string    // a text that only this message holds, e.g. "INV-1/C"
	ClaimedAt  time.Time // wall clock of the claim
	Age        time.Duration
	ProviderID string
}

// Evidence is what a provider's records say about a message.
type Evidence string

// The evidence. Absent needs a complete list; an empty answer from a partial one is Nothing.
const (
	Found   Evidence = "found"
	Absent  Evidence = "absent"
	Nothing Evidence = "nothing"
)

// Finding is evidence with the provider's id where it was found.
type Finding struct {
	Evidence   Evidence
	ProviderID string
}

// Delivery is one report of a provider about a message that it had taken, or a word from a recipient.
type Delivery struct {
	Provider   string // "sendgrid", "twilio"
	DedupeKey  string // the same for every repetition of the same report
	Attempt    string // attempt id when the report carries one
	ProviderID string
	Kind       DeliveryKind
	Address    string // recipient or, for opt-outs, who wrote
	Channel    invoice.Channel
	Reason     string
	At         time.Time
	Raw        []byte
}

// DeliveryKind is what a report says.
type DeliveryKind string

// The reports. Processed and Delivered change the database only; the others wake the case.
const (
	Processed   DeliveryKind = "processed"
	Delivered   DeliveryKind = "delivered"
	Deferral    DeliveryKind = "deferred"
	Bounced     DeliveryKind = "bounced"
	Dropped     DeliveryKind = "dropped"
	Undelivered DeliveryKind = "undelivered"
	SpamReport  DeliveryKind = "spam_report"
	OptOut      DeliveryKind = "opt_out"
	OptIn       DeliveryKind = "opt_in"
)

// Package audit counts what really happened. It reads the sandbox's own log, PostgreSQL by queries of its
// own, and Temporal's Describe; it imports nothing of the product, so that it cannot share its opinion.
//
// Load reads the rows, and every check is a function of rows and log alone: a test can doctor either and
// see that the check notices.
package audit

import "time"

// Books is what PostgreSQL holds, row by row.
type Books struct {
	Now       time.Time // business time when it was read
	Invoices  []Invoice
	Cases     []Case
	Acts      []Act
	Messages  []Message
	Covers    []Cover
	Attempts  []Attempt
	Claims    []Claim
	Stops     []Stop
	Entries   []Entry
	Events    []Event
	Tasks     []Task
	Handoffs  []Handoff
	Facts     []Fact
	Lines     []Line
	Shares    []Share
	Silences  []Silence
	Policies  map[string]Policy // by hash
	Unwatched []string          // state-changing rows whose transaction left no event
	Pliable   []string          // history tables in which a row could be changed
}

// Invoice is one row of invoices with its debtor's zone.
type Invoice struct {
	PK                       int64
	Creditor, Number, Debtor string
	DebtorPK                 int64
	Kind, Currency, Status   string
	Amount, Credited         int64
	WrittenOff, Paid         int64
	Balance                  int64
	IssuedOn, DueOn          time.Time
	ExpiresAt, CreatedAt     time.Time
	Policy                   string // hash
	Cycle                    int
	Seq, EventN              int64
	EventHead                []byte
	Zone                     string
	Held, Planned            []Planned
}

// Key is creditor/number.
func (i Invoice) Key() string { return i.Creditor + "/" + i.Number }

// Open says that the product collects it.
func (i Invoice) Open() bool { return i.Status == "open" || i.Status == "placed" }

// Planned is an act that the stored plan holds back, or sets for a moment.
type Planned struct {
	Step string    `json:"step"`
	Act  string    `json:"act"`
	Gate string    `json:"gate"`
	At   time.Time `json:"at"`
}

// Case is one cycle.
type Case struct {
	Invoice  int64
	Cycle    int
	ClosedAt time.Time
}

// Act is the end of an act.
type Act struct {
	Invoice            int64
	Step, Act, Outcome string
	Message            string
	Seq                int64
	At                 time.Time
}

// Message is one text to one recipient.
type Message struct {
	ID                         string
	Invoice                    int64
	Kind, Channel, Step, State string
	Recipient                  string
}

// Cover is one invoice's step told in a message.
type Cover struct {
	Message   string
	Invoice   int64
	Step, Act string
	Reference string
	Void      bool
}

// Attempt is one call to a provider.
type Attempt struct {
	ID, Message, State string
	ClaimedAt, EndedAt time.Time // business time
}

// Claim is the sequence that an invoice gave an attempt.
type Claim struct {
	Attempt string
	Invoice int64
	Seq     int64
	Crossed bool
}

// Stop is an interval without contact.
type Stop struct {
	Invoice               int64
	Kind, How             string
	From, Until, EndedAt  time.Time
	Seq, EndedSeq         int64 // EndedSeq 0: in force
	Promised, PaidAlready int64 // of a dispute, Promised is the disputed part; 0: everything
}

// Entry is one booking with its postings.
type Entry struct {
	PK, Invoice, Seq int64
	Kind, Key        string
	At               time.Time
	Postings         []Posting
}

// Posting is one line of an entry.
type Posting struct {
	Account, Currency string
	Amount            int64
}

// Event is one line of a history.
type Event struct {
	Invoice, N, Seq         int64
	At                      time.Time
	Kind, Actor, Text, Data string
	Hash                    []byte
}

// Task is a person's task.
type Task struct {
	ID, Debtor, Invoice  int64 // Invoice 0: about the debtor
	Kind, Step           string
	State, Outcome, Note string
	Seq                  int64
	OpenedAt, EndedAt    time.Time
}

// Handoff is one placement.
type Handoff struct {
	Invoice      int64
	Route, State string
	Message, Sum string
	At           time.Time
}

// Fact is something that was told.
type Fact struct {
	Invoice             int64
	Creditor, Kind, Key string
	Amount              int64
}

// Line is a booked line of a bank account, or of money told by hand.
type Line struct {
	PK                int64
	Account, Currency string
	Amount            int64
}

// Share is what a payment gave an invoice, or took back from it; Invoice 0: it went elsewhere.
type Share struct {
	Payment, Invoice         int64
	Amount, Discount, Charge int64
}

// Silence is an address that wants no messages.
type Silence struct {
	Creditor, Channel, Address string
	At                         time.Time
}

// Policy is what the audit understands of a compiled policy.
type Policy struct {
	Name  string `json:"name"`
	Steps []Step `json:"steps"`
}

// Step is one step of it.
type Step struct {
	ID       string   `json:"id"`
	Letter   string   `json:"letter"`
	At       string   `json:"at"`
	Acts     []string `json:"acts"`
	Fallback string   `json:"fallback"`
}

// invoices is the index by key.
func (b *Books) invoices() map[int64]Invoice {
	m := make(map[int64]Invoice, len(b.Invoices))
	for _, i := range b.Invoices {
		m[i.PK] = i
	}
	return m
}

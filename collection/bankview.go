package collection

import (
	"io"
	"time"

	"dunlin/invoice"
)

// MaxBankFile is the largest bank file that is taken in, in bytes.
const MaxBankFile = 2 << 30

// BankUpload says what a bank file is called and how it is to be read.
type BankUpload struct {
	Name        string // for people; folders are dropped
	Actor       string
	Profile     string           // CSV profile by name; "": found out
	ProfileYAML string           // a profile of the caller's own; Profile is its name
	Account     string           // where the file names none: IBAN or the bank's own number
	Currency    invoice.Currency // where the file names none
	AllowOff    bool             // take booked statements in that don't add up
}

// StoredFile is a bank file at hand to be read.
type StoredFile struct {
	BankUpload
	Size    int64
	Content Content
}

// Content is read from its beginning once, or at any place.
type Content interface {
	io.Reader
	io.ReaderAt
}

// BankFile is a bank file as the front doors show it.
type BankFile struct {
	SHA256     string        `json:"sha256"`
	Name       string        `json:"name"`
	Size       int64         `json:"size"` // bytes
	State      FileState     `json:"state"`
	Attempt    int           `json:"attempt"`
	Format     string        `json:"format,omitempty"`
	Statements int           `json:"statements"`
	Entries    int           `json:"entries"`
	Repeated   int           `json:"repeated"`         // entries that were on file before
	Payments   int           `json:"payments"`         // that phase two books
	Booked     int           `json:"booked"`           // of those
	ReadBytes  int64         `json:"read_bytes"`       // progress of phase one
	Reason     string        `json:"reason,omitempty"` // why it was refused
	Hint       string        `json:"hint,omitempty"`
	Problems   []BankProblem `json:"problems,omitempty"` // what was left out of it
	Left       int           `json:"left,omitempty"`     // problems beyond those
	Waits      string        `json:"waits,omitempty"`    // why its import hasn't started
	Workflow   string        `json:"workflow"`
	StoredAt   time.Time     `json:"stored_at"`
	DecidedAt  time.Time     `json:"decided_at,omitzero"`
	DoneAt     time.Time     `json:"done_at,omitzero"`
	AlreadyHad bool          `json:"already_had,omitempty"` // the same bytes were on file before
}

// BankProblem is one thing wrong with a bank file.
type BankProblem struct {
	File    string `json:"file"` // the file, or the archive's member
	Line    int    `json:"line,omitempty"`
	Entry   int    `json:"entry,omitempty"` // position within the statement, from 1
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// BankStatement is a statement as the front doors show it.
type BankStatement struct {
	ID         int64          `json:"id"`
	File       string         `json:"file"` // sha256
	FileName   string         `json:"file_name"`
	Creditor   string         `json:"creditor"`
	Account    string         `json:"account"`
	Kind       string         `json:"kind"` // booked, intraday, notification
	Format     string         `json:"format"`
	Ref        string         `json:"ref,omitempty"`
	Number     string         `json:"number,omitempty"`
	From       invoice.Date   `json:"from,omitzero"`
	To         invoice.Date   `json:"to,omitzero"`
	Opening    *invoice.Money `json:"opening,omitempty"`
	Closing    *invoice.Money `json:"closing,omitempty"`
	Sum        string         `json:"sum"`        // ok, off, unknown: whether opening + booked = closing
	Continuity string         `json:"continuity"` // first, ok, gap, overlap, unknown: how it joins the one before it
	Gap        invoice.Money  `json:"gap,omitzero"`
	SignRule   string         `json:"sign_rule"` // as_booked, turn_reversals
	State      string         `json:"state"`     // accepted, repeated
	Entries    int            `json:"entries"`
	Fresh      int            `json:"fresh"`
	Repeated   int            `json:"repeated"`
	Alerts     []string       `json:"alerts,omitempty"` // what a person should know
	At         time.Time      `json:"at"`
}

// BankFileFilter chooses bank files, newest first.
type BankFileFilter struct {
	State FileState // "": all
	After string    // sha256 of the last one seen
	Limit int
}

// BankStatementFilter chooses statements, newest first.
type BankStatementFilter struct {
	Creditor string
	Account  string
	File     string // sha256
	After    int64  // id of the last one seen
	Limit    int
}

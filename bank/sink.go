package bank

import (
	"fmt"
	"strings"

	"dunlin/invoice"
)

// Sink takes what a reader finds, in the order of the file. An error it returns ends the reading.
// What it is given belongs to it.
type Sink interface {
	// Begin opens a statement; Opening may still be nil.
	Begin(s *Statement) error
	// Entry takes one entry of the statement that is open.
	Entry(e *Entry) error
	// End closes the statement; all balances that the file states are in it now.
	End(s *Statement) error
}

// Problem is one thing wrong with a file.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`  // from 1; 0 where a format has no lines
	Entry   int    `json:"entry,omitempty"` // position within the statement, from 1; 0: not about an entry
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Fatal   bool   `json:"fatal"` // the file is refused whole
}

// Error is the problem in one line, as a compiler would say it.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Entry > 0 {
		fmt.Fprintf(&b, ": entry %d", p.Entry)
	}
	if p.Field != "" {
		b.WriteString(": " + p.Field)
	}
	b.WriteString(": " + p.Message)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Report says what a reading came to.
type Report struct {
	Format     string
	Statements int
	Entries    int
	Details    int
	Problems   []*Problem // what was wrong and left out, at most maxProblems; Fatal ones end the reading
	Left       int        // problems beyond those
}

// Limits keep a hostile file from costing anything. The zero value means the defaults.
type Limits struct {
	Bytes    int64 // of the file after unpacking; 4 GiB
	Entries  int   // 5,000,000
	Token    int   // bytes of one text, tag or line; 1 MiB
	Depth    int   // of nested elements; 64
	Members  int   // files in an archive; 1,000
	Inflated int64 // bytes that an archive may unpack to, all members; 8 GiB
}

// Options say how a file is read.
type Options struct {
	Limits   Limits
	Profiles []Profile        // for CSV; the shipped ones are always known
	Profile  string           // read as CSV by this profile, instead of finding out
	Currency invoice.Currency // where the file names none
	Account  string           // where the file names none: IBAN or the bank's own number
}

package bank

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"dunlin/invoice"
)

// Read reads one statement file of any format and hands what it finds to the sink, as it finds it. file is
// only named in problems. The error is a *Problem when the file is refused whole, or the sink's own; what
// can be left out without harm is left out and stands in the report.
func Read(file string, r io.Reader, o Options, sink Sink) (Report, error) {
	s := newSource(file, r, o)
	head, err := s.in.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return s.report, err
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return s.report, s.fatal(1, 0, "", "the file is empty", "ask the bank for the statement again")
	}
	f := s.detect(head)
	if f == nil {
		return s.report, s.fatal(1, 0, "", "is no statement format that is known", "camt.052/053/054, MT940/942, BAI2, OFX and CSV by a profile are; a ZIP of these, too")
	}
	err = f.read(s, &checked{Sink: sink, s: s})
	return s.report, err
}

// sniffBytes is how much of a file is looked at to find out its format.
const sniffBytes = 64 << 10

// maxProblems is how many problems a report lists.
const maxProblems = 200

// format is one way to write statements.
type format struct {
	name  string
	sniff func(s *source, head []byte) bool
	read  func(s *source, sink Sink) error
}

// detect finds the format by what the file begins with; a profile that was named decides for CSV.
func (s *source) detect(head []byte) *format {
	all := formats()
	if s.o.Profile != "" {
		return &all[len(all)-1]
	}
	for i := range all {
		if all[i].sniff(s, head) {
			return &all[i]
		}
	}
	return nil
}

// source is one reading of one file.
type source struct {
	file string
	o    Options
	in   *bufio.Reader

	repaired bool // something in the text had to be mended so far
	report   Report
}

func newSource(file string, r io.Reader, o Options) *source {
	o.Limits = o.Limits.withDefaults()
	s := &source{file: file, o: o}
	s.in = bufio.NewReaderSize(&capped{r: r, left: o.Limits.Bytes, s: s}, sniffBytes)
	return s
}

// withDefaults fills in what is not set.
func (l Limits) withDefaults() Limits {
	set := func(n *int64, to int64) {
		if *n == 0 {
			*n = to
		}
	}
	setInt := func(n *int, to int) {
		if *n == 0 {
			*n = to
		}
	}
	set(&l.Bytes, 4<<30)
	set(&l.Inflated, 8<<30)
	setInt(&l.Entries, 5_000_000)
	setInt(&l.Token, 1<<20)
	setInt(&l.Depth, 64)
	setInt(&l.Members, 1_000)
	return l
}

// capped ends a file that is larger than the limit.
type capped struct {
	r    io.Reader
	left int64
	s    *source
}

// Read reads on until the limit is passed.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, c.s.fatal(0, 0, "", fmt.Sprintf("is larger than %d bytes", c.s.o.Limits.Bytes), "split it, or raise the limit")
	}
	return n, err
}

// fatal refuses the file whole.
func (s *source) fatal(line, entry int, field, message, hint string) *Problem {
	p := &Problem{File: s.file, Line: line, Entry: entry, Field: field, Message: message, Hint: hint, Fatal: true}
	s.note(p)
	return p
}

// leaveOut notes a problem that costs one entry or one field and nothing else.
func (s *source) leaveOut(line, entry int, field, message, hint string) {
	s.note(&Problem{File: s.file, Line: line, Entry: entry, Field: field, Message: message, Hint: hint})
}

func (s *source) note(p *Problem) {
	if len(s.report.Problems) >= maxProblems && !p.Fatal {
		s.report.Left++
		return
	}
	s.report.Problems = append(s.report.Problems, p)
}

// checked stands between every reader and the sink: it numbers and counts, and holds what all formats
// promise, so that no reader has to.
type checked struct {
	Sink
	s       *source
	entries int // of the open statement
	booked  invoice.Money
	mixed   bool // booked entries in several currencies, or too large to add
}

// Begin counts the statement.
func (c *checked) Begin(st *Statement) error {
	c.s.report.Statements++
	c.s.report.Format = st.Format
	c.entries, c.booked, c.mixed = 0, invoice.Money{}, false
	return c.Sink.Begin(st)
}

// Entry numbers the entry and its details, makes sure that it has one, and accounts for all of its amount.
func (c *checked) Entry(e *Entry) error {
	c.entries++
	e.N = c.entries
	if c.s.report.Entries++; c.s.report.Entries > c.s.o.Limits.Entries {
		return c.s.fatal(e.Line, e.N, "", fmt.Sprintf("holds more than %d entries", c.s.o.Limits.Entries), "split it, or raise the limit")
	}
	if err := e.complete(); err != nil {
		return c.s.fatal(e.Line, e.N, "amount", err.Error(), "")
	}
	c.s.report.Details += len(e.Details)
	if e.Status == StatusBooked {
		c.add(e.Amount)
	}
	return c.Sink.Entry(e)
}

func (c *checked) add(m invoice.Money) {
	if c.booked.Currency == "" {
		c.booked.Currency = m.Currency
	}
	sum, err := c.booked.Add(m)
	if err != nil {
		c.mixed = true
		return
	}
	c.booked = sum
}

// End adds the statement up.
func (c *checked) End(st *Statement) error {
	st.Booked, st.Sum = c.booked.Minor, NotSaid
	if o, l := st.Opening, st.Closing; o != nil && l != nil && !c.mixed && o.Amount.Currency == l.Amount.Currency &&
		(c.booked.Currency == "" || c.booked.Currency == o.Amount.Currency) {
		st.Sum = Off
		if o.Amount.Minor+c.booked.Minor == l.Amount.Minor {
			st.Sum = AddsUp
		}
	}
	return c.Sink.End(st)
}

// complete gives the entry at least one detail, and a detail of its own for what the others leave of the
// amount: included charges first, and what nobody explains.
func (e *Entry) complete() error {
	if len(e.Details) == 0 {
		e.Details = []TxDetail{{Amount: e.Amount, Kind: Transfer}}
	}
	sum := invoice.NewMoney(0, e.Amount.Currency)
	for i := range e.Details {
		d := &e.Details[i]
		if d.Kind == "" {
			d.Kind = Transfer
		}
		var err error
		if sum, err = sum.Add(d.Amount); err != nil {
			return err
		}
	}
	if rest := e.Amount.Minor - sum.Minor; rest != 0 {
		kind := Unexplained
		if c := e.includedCharges(); c != 0 && (rest == -c || rest == c) {
			kind = BankCharge
		}
		e.Details = append(e.Details, TxDetail{Amount: invoice.NewMoney(rest, e.Amount.Currency), Kind: kind})
	}
	for i := range e.Details {
		e.Details[i].N = i + 1
	}
	return nil
}

// includedCharges sums the charges that the entry's amount already contains, in the entry's currency.
func (e *Entry) includedCharges() int64 {
	var sum int64
	for i := range e.Details {
		for _, c := range e.Details[i].Charges {
			if c.Included && c.Amount.Currency == e.Amount.Currency {
				sum += c.Amount.Minor
			}
		}
	}
	return sum
}

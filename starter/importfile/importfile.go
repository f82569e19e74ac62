// Package importfile reads invoices from the files that shops and ERPs export: CSV, JSON and NDJSON.
// It streams, so that a file of any length takes the memory of one row, and it never stops at a bad
// row: the row says what is wrong with it, and reading goes on with the next one.
package importfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"dunlin/collection"
	"dunlin/invoice"
)

// Format is how a file is written.
type Format string

// The formats. JSON is an array of objects, or one object; NDJSON one object per line.
const (
	CSV    Format = "csv"
	JSON   Format = "json"
	NDJSON Format = "ndjson"
)

// Options say how to read a file.
type Options struct {
	Format   Format // empty: by the name's ending, else by the first character
	Name     string // file name, for its ending only
	Creditor string // creditor of rows that name none
	Actor    string // put on every row
	Enrol    bool   // rows may say what was done before: already_paid, last_step, last_contact_on
}

// Row is one invoice of the file, or what is wrong with it.
type Row struct {
	Line   int    // first line of the row, from 1
	Number string // invoice number as far as it could be read
	Issue  collection.Issue
	Before collection.Earlier // with Options.Enrol: what was done before
	Err    *invoice.Error     // set: the row cannot be issued
}

// Reader reads rows one by one.
type Reader struct {
	rows rows
	o    Options
}

// rows is one format. next returns io.EOF at the end, an *invoice.Error for a bad row, any other
// error when the file cannot be read on.
type rows interface {
	next() (collection.Enrolment, int, error)
}

// New looks at the beginning of r and returns a Reader of its rows. A heading line that cannot be
// understood is an error here, not in a row.
func New(r io.Reader, o Options) (*Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if err := skipMark(b); err != nil {
		return nil, err
	}
	if o.Format == "" {
		o.Format = guess(o.Name, b)
	}
	switch o.Format {
	case CSV:
		c, err := newCSV(b, o.Enrol)
		return &Reader{c, o}, err
	case JSON:
		j, err := newJSON(b, o.Enrol)
		return &Reader{j, o}, err
	case NDJSON:
		return &Reader{&ndjsonRows{lines: newLines(b), enrol: o.Enrol}, o}, nil
	}
	return nil, invoice.Invalid("format", "%q is not a format", o.Format).WithHint("write csv, json or ndjson")
}

// Next returns the next row; io.EOF after the last one. Another error means that the file could not
// be read to its end.
func (r *Reader) Next() (Row, error) {
	read, line, err := r.rows.next()
	row := Row{Line: line, Number: read.Invoice.Number, Issue: read.Issue, Before: read.Earlier}
	if err != nil {
		if bad, ok := errors.AsType[*invoice.Error](err); ok {
			row.Err = bad
			return row, nil
		}
		return row, err
	}
	complete(&row.Issue, r.o)
	if row.Err = check(row.Issue); row.Err == nil {
		row.Err, _ = errors.AsType[*invoice.Error](row.Before.Validate(row.Issue.Invoice))
	}
	return row, nil
}

// complete fills what a row may leave out.
func complete(i *collection.Issue, o Options) {
	if i.Invoice.Creditor == "" {
		i.Invoice.Creditor = o.Creditor
	}
	if i.Invoice.Kind == "" {
		i.Invoice.Kind = invoice.KindInvoice
	}
	if d := i.Debtor; d != nil {
		if d.Creditor == "" {
			d.Creditor = i.Invoice.Creditor
		}
		if d.ID == "" {
			d.ID = i.Invoice.DebtorID
		}
		if i.Invoice.DebtorID == "" {
			i.Invoice.DebtorID = d.ID
		}
	}
	i.Actor = o.Actor
}

// check finds what is wrong with a row without asking the database.
func check(i collection.Issue) *invoice.Error {
	err := i.Invoice.Validate()
	if err == nil && i.Debtor != nil {
		switch {
		case i.Debtor.Creditor != i.Invoice.Creditor:
			return invoice.Invalid("debtor.creditor", "%q is not the invoice's creditor %q", i.Debtor.Creditor, i.Invoice.Creditor)
		case i.Debtor.ID != i.Invoice.DebtorID:
			return invoice.Invalid("debtor.id", "%q is not the invoice's debtor %q", i.Debtor.ID, i.Invoice.DebtorID)
		}
		if err = i.Debtor.Validate(); err == nil {
			err = i.Debtor.CheckAccounts()
		}
	}
	bad, _ := errors.AsType[*invoice.Error](err)
	return bad
}

func guess(name string, b *bufio.Reader) Format {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv", ".txt", ".tsv":
		return CSV
	case ".json":
		return JSON
	case ".ndjson", ".jsonl":
		return NDJSON
	}
	head, _ := b.Peek(512)
	switch head = bytes.TrimSpace(head); {
	case bytes.HasPrefix(head, []byte("[")):
		return JSON
	case bytes.HasPrefix(head, []byte("{")):
		return NDJSON
	}
	return CSV
}

// skipMark drops a UTF-8 byte order mark and refuses UTF-16.
func skipMark(b *bufio.Reader) error {
	head, _ := b.Peek(3)
	switch {
	case bytes.Equal(head, []byte("\xef\xbb\xbf")):
		_, err := b.Discard(3)
		return err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return invoice.Invalid("file", "is written in UTF-16").WithHint("save it as UTF-8")
	}
	return nil
}

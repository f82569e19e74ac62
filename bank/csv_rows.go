package bank

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxColumns bounds one row; banks write up to a hundred.
const maxColumns = 1_000

// csvRow is a row with the line on which it begins.
type csvRow struct {
	line  int
	cells []string
	odd   bool // a quote stood where none belongs, or letters were lost: no one can be sure of the texts
}

// cell returns a cell; "" beyond the end.
func (r csvRow) cell(i int) string {
	if i < 0 || i >= len(r.cells) {
		return ""
	}
	return r.cells[i]
}

// width is how many cells there are without the empty ones at the end.
func (r csvRow) width() int {
	n := len(r.cells)
	for n > 0 && r.cells[n-1] == "" {
		n--
	}
	return n
}

// rowError says why no further row can be read.
type rowError struct {
	line          int
	message, hint string
}

func (e *rowError) Error() string { return e.message }

// csvRows gives the rows of a text one by one. Fields may be quoted, with separators, line breaks and
// doubled quotes inside, or wrapped as Excel wants its texts, ="…". Nothing but one row is held.
type csvRows struct {
	in        *bufio.Reader
	separator byte
	limit     int // bytes of one row
	line      int // lines that have been read

	buf  []byte
	ends []int
	odd  bool
}

// row returns the next row; io.EOF after the last.
func (r *csvRows) row() (csvRow, error) {
	if _, err := r.in.Peek(1); err != nil {
		return csvRow{}, r.wrong(err)
	}
	r.buf, r.ends, r.odd = r.buf[:0], r.ends[:0], false
	start := r.line + 1
	for {
		more, err := r.field()
		if err != nil {
			return csvRow{}, err
		}
		if r.ends = append(r.ends, len(r.buf)); len(r.ends) > maxColumns {
			return csvRow{}, &rowError{start, fmt.Sprintf("the row has more than %d columns", maxColumns), "is this a statement, and is the separator the right one?"}
		}
		if !more {
			break
		}
	}
	text := string(r.buf)
	row := csvRow{line: start, cells: make([]string, len(r.ends)), odd: r.odd || strings.ContainsRune(text, utf8.RuneError)}
	from := 0
	for i, end := range r.ends {
		row.cells[i] = cleanCell(text[from:end])
		from = end
	}
	return row, nil
}

// wrong gives an error its line, where it has none.
func (r *csvRows) wrong(err error) error {
	if errors.Is(err, errNotText) {
		return &rowError{r.line + 1, "holds letters that are not written in the encoding of the file", "name the encoding in the profile (encoding: windows-1252, gb18030, …), or save the file as UTF-8"}
	}
	return err
}

// next returns the next byte; at the end of the text it is a line feed with io.EOF.
func (r *csvRows) next() (byte, error) {
	b, err := r.in.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return '\n', io.EOF
	case err != nil:
		return 0, r.wrong(err)
	case b == 0:
		return 0, &rowError{r.line + 1, "holds a NUL byte", "a statement holds none; a file in UTF-16 needs its byte order mark, or encoding: utf-16le in the profile"}
	case b == '\r':
		if peek, err := r.in.Peek(1); err == nil && peek[0] == '\n' {
			_, _ = r.in.Discard(1) // it has just been peeked
		}
		b = '\n'
	}
	if b == '\n' {
		r.line++
	}
	return b, nil
}

// put keeps a byte of a field.
func (r *csvRows) put(b byte) error {
	if r.buf = append(r.buf, b); len(r.buf) > r.limit {
		return &rowError{r.line + 1, fmt.Sprintf("holds a row of more than %d bytes", r.limit), "no statement has one; a quote that is not closed may be the cause"}
	}
	return nil
}

// field reads one field; more says whether another follows in the row.
func (r *csvRows) field() (more bool, err error) {
	for begun := false; ; {
		b, err := r.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		switch {
		case b == r.separator:
			return true, nil
		case b == '\n':
			return false, nil
		case b == '"' && !begun:
			return r.quoted()
		case b == '=' && !begun:
			if peek, _ := r.in.Peek(1); len(peek) == 1 && peek[0] == '"' {
				_, _ = r.in.Discard(1) // it has just been peeked
				return r.quoted()
			}
		}
		begun = begun || b != ' ' && b != '\t'
		if err := r.put(b); err != nil {
			return false, err
		}
	}
}

// quoted reads the rest of a field that began with a quote.
func (r *csvRows) quoted() (more bool, err error) {
	began := r.line + 1
	for {
		b, err := r.next()
		if errors.Is(err, io.EOF) {
			return false, &rowError{began, "a quote is opened here and never closed", "the file was cut off, or a text holds a quote that is not doubled"}
		}
		if e, ok := errors.AsType[*rowError](err); ok {
			return false, e
		}
		if err != nil {
			return false, err
		}
		if b != '"' {
			if err := r.put(b); err != nil {
				return false, &rowError{began, err.Error(), "a quote is opened on this line and not closed for long"}
			}
			continue
		}
		closed, more, err := r.closing()
		if closed || err != nil {
			return more, err
		}
	}
}

// closing decides what a quote inside a quoted field is: doubled it is one quote, before the end of the
// field it closes, anything else is a slip of the bank's.
func (r *csvRows) closing() (closed, more bool, err error) {
	if peek, _ := r.in.Peek(1); len(peek) == 1 && peek[0] == '"' {
		_, _ = r.in.Discard(1) // it has just been peeked
		return false, false, r.put('"')
	}
	blanks := 0
	for {
		peek, _ := r.in.Peek(blanks + 1)
		if len(peek) <= blanks {
			break // the end of the text closes
		}
		c := peek[blanks]
		if (c == ' ' || c == '\t') && c != r.separator && blanks < 256 {
			blanks++
			continue
		}
		if c != r.separator && c != '\n' && c != '\r' {
			r.odd = true
			return false, false, r.put('"')
		}
		break
	}
	_, _ = r.in.Discard(blanks) // they have just been peeked
	b, err := r.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return true, false, err
	}
	return true, b == r.separator, nil
}

// cleanCell takes off what is no part of a value: blanks around it, Excel's wrapper, control characters.
// Everything else is data, formulas too: nothing here is ever calculated.
func cleanCell(text string) string {
	text = trimCell(text)
	if len(text) > 2 && strings.HasPrefix(text, `="`) && strings.HasSuffix(text, `"`) {
		text = trimCell(text[2 : len(text)-1])
	}
	if strings.IndexFunc(text, isControl) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case isControl(r):
			return -1
		}
		return r
	}, text)
}

func trimCell(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return r == ' ' || r == '\t' || r == '\n' || r == '\u00a0' || r == '\u3000' || r == '\ufeff' || r == '\u200b'
	})
}

func isControl(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }

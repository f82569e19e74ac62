package importfile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"dunlin/collection"
	"dunlin/invoice"
)

// maxRecordLines is how many lines a quoted field may run over before its opening quotation mark is
// taken for the mistake that it then is.
const maxRecordLines = 50

// csvRows reads separated values under a heading line.
type csvRows struct {
	lines *lines
	comma rune
	cols  []string // heading per position
	enrol bool     // what was done before may stand in columns of its own
}

// newCSV reads the heading and finds the separator by it.
func newCSV(b *bufio.Reader, enrol bool) (*csvRows, error) {
	c := &csvRows{lines: newLines(b), enrol: enrol}
	head, err := c.heading()
	if err != nil {
		return nil, err
	}
	if c.comma == 0 {
		c.comma = separator(head.text)
	}
	names, err := c.split(head.text)
	if err != nil {
		return nil, invoice.Invalid("columns", "the heading line cannot be read: %s", err)
	}
	for i, n := range names {
		names[i] = strings.ToLower(strings.TrimSpace(n))
	}
	if err := checkColumns(names, enrol); err != nil {
		return nil, err
	}
	c.cols = names
	return c, nil
}

// heading returns the first line with text, after the "sep=;" line that some spreadsheets write.
func (c *csvRows) heading() (textLine, error) {
	for {
		t, err := c.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return t, invoice.Invalid("file", "is empty").WithHint("the first line names the columns")
		case err != nil:
			return t, err
		case t.bad != nil:
			return t, t.bad
		}
		if sep, ok := strings.CutPrefix(t.text, "sep="); ok && len(sep) == 1 && strings.ContainsAny(sep, ",;\t") {
			c.comma = rune(sep[0])
		} else if strings.TrimSpace(t.text) != "" {
			return t, nil
		}
	}
}

// separator is the one of comma, semicolon and tab that the heading holds most of.
func separator(head string) rune {
	best := ','
	for _, r := range ";\t" {
		if strings.Count(head, string(r)) > strings.Count(head, string(best)) {
			best = r
		}
	}
	return best
}

func (c *csvRows) next() (collection.Enrolment, int, error) {
	for {
		fields, line, err := c.record()
		if err != nil {
			return collection.Enrolment{}, line, err
		}
		if blank(fields) {
			continue
		}
		if len(fields) != len(c.cols) {
			return collection.Enrolment{}, line, invoice.Invalid("row", "has %d fields, the heading has %d", len(fields), len(c.cols)).
				WithHint("is a separator or a quotation mark missing, or one too many?")
		}
		row, err := c.row(fields)
		return row, line, err
	}
}

// record reads one record with the number of its first line. A quoted field may run over several
// lines; when that does not come out, only the first line is refused and the others are read again.
func (c *csvRows) record() ([]string, int, error) {
	first, err := c.lines.next()
	if err != nil {
		return nil, first.no, err
	}
	if first.bad != nil {
		return nil, first.no, first.bad
	}
	text, taken := first.text, []textLine{}
	for strings.Count(text, `"`)%2 == 1 && len(taken) < maxRecordLines && len(text) < maxLine {
		t, err := c.lines.next()
		if err != nil || t.bad != nil {
			if err == nil {
				taken = append(taken, t)
			}
			break
		}
		taken = append(taken, t)
		text += "\n" + t.text
	}
	fields, err := c.split(text)
	if err != nil {
		c.lines.unread(taken)
		return nil, first.no, invoice.Invalid("row", "has a quotation mark out of place").WithHint(`quote the whole field and double the marks inside it: "5"" pipe"`)
	}
	return fields, first.no, nil
}

// split cuts a record into its fields.
func (c *csvRows) split(text string) ([]string, error) {
	if !strings.Contains(text, `"`) {
		return strings.Split(text, string(c.comma)), nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = c.comma, -1
	fields, err := r.Read()
	if err != nil {
		return nil, err
	}
	if _, err := r.Read(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one record")
	}
	return fields, nil
}

func blank(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}

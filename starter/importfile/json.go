package importfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"dunlin/collection"
	"dunlin/invoice"
)

// decode reads one object of the form {"invoice":{…},"debtor":{…}}, for an enrolment with what was done
// before; unknown fields are refused.
func decode(raw []byte, enrol bool) (collection.Enrolment, error) {
	var i collection.Enrolment
	var into any = &i.Issue
	if enrol {
		into = &i
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return i, invoice.Invalid("row", "has something after its object")
		}
		return i, nil
	}
	return i, jsonError(err)
}

func jsonError(err error) *invoice.Error {
	if bad, ok := errors.AsType[*invoice.Error](err); ok {
		return bad
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		// Embedded structs, which the file knows nothing of.
		field := strings.TrimPrefix(strings.TrimPrefix(strings.ReplaceAll(t.Field, ".Key.", "."), "Issue."), "Earlier.")
		return invoice.Invalid(field, "is a %s, which does not belong there", t.Value)
	}
	text := strings.TrimPrefix(err.Error(), "json: ")
	if name, ok := strings.CutPrefix(text, "unknown field "); ok {
		return invoice.Invalid(strings.Trim(name, `"`), "is not a field").WithHint(`a row is {"invoice":{…},"debtor":{…}}`)
	}
	return invoice.Invalid("row", "is not JSON: %s", text)
}

// ndjsonRows reads one object per line.
type ndjsonRows struct {
	lines *lines
	enrol bool
}

func (n *ndjsonRows) next() (collection.Enrolment, int, error) {
	for {
		t, err := n.lines.next()
		if err != nil {
			return collection.Enrolment{}, t.no, err
		}
		if t.bad != nil {
			return collection.Enrolment{}, t.no, t.bad
		}
		if strings.TrimSpace(t.text) == "" {
			continue
		}
		i, err := decode([]byte(t.text), n.enrol)
		return i, t.no, err
	}
}

// jsonRows reads the objects of one array, or the one object that a file may hold instead.
type jsonRows struct {
	d     *json.Decoder
	lines *newlines
	array bool
	enrol bool
}

func newJSON(b *bufio.Reader, enrol bool) (*jsonRows, error) {
	n := &newlines{r: b}
	j := &jsonRows{d: json.NewDecoder(n), lines: n, enrol: enrol}
	if head, _ := b.Peek(512); bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) {
		return j, nil
	}
	j.array = true
	if t, err := j.d.Token(); err != nil || t != json.Delim('[') {
		return nil, invoice.Invalid("file", "is neither a JSON object nor an array of them").WithHint("write {…} or [{…},{…}], or one object per line and name the file .ndjson")
	}
	return j, nil
}

// next decodes the next object. After broken JSON nothing more can be read from an array, so that
// ends the file; a wrong value ends its row only.
func (j *jsonRows) next() (collection.Enrolment, int, error) {
	if !j.d.More() {
		if _, err := j.d.Token(); err != nil && (j.array || !errors.Is(err, io.EOF)) {
			return collection.Enrolment{}, j.lines.at(j.d.InputOffset()), j.broken(err)
		}
		return collection.Enrolment{}, 0, io.EOF
	}
	var raw json.RawMessage
	err := j.d.Decode(&raw)
	line := j.lines.at(j.d.InputOffset() - int64(len(raw)))
	if err != nil {
		return collection.Enrolment{}, line, j.broken(err)
	}
	i, err := decode(raw, j.enrol)
	return i, line, err
}

func (j *jsonRows) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends before its array or object does")
	}
	return fmt.Errorf("the JSON cannot be read on: %w", err)
}

// maxObject is how far the decoder may read on for one object of an array.
const maxObject = 1 << 20

// newlines remembers where lines begin, as far ahead as the decoder reads.
type newlines struct {
	r     io.Reader
	off   int64
	asked int64   // last offset whose line was asked for: the end of the last row
	ends  []int64 // offsets of line ends not yet passed
	lines int     // line ends passed
}

func (n *newlines) Read(p []byte) (int, error) {
	if n.off-n.asked > maxObject {
		return 0, fmt.Errorf("a row is longer than %d KB", maxObject>>10)
	}
	k, err := n.r.Read(p)
	for i, b := range p[:k] {
		if b == '\n' {
			n.ends = append(n.ends, n.off+int64(i))
		}
	}
	n.off += int64(k)
	return k, err
}

// at returns the line of an offset; offsets only grow.
func (n *newlines) at(off int64) int {
	n.asked = off
	passed := 0
	for passed < len(n.ends) && n.ends[passed] < off {
		passed++
	}
	n.lines += passed
	n.ends = n.ends[passed:]
	return n.lines + 1
}

package bank

import (
	"errors"
	"io"
	"regexp"
	"strings"
)

// mt940Format reads SWIFT MT940 (end of day) and MT942 (interim), with and without SWIFT's own blocks, in
// the dialects that banks write.
var mt940Format = format{name: "MT940", sniff: looksLikeMT940, read: readMT940}

var mtTag = regexp.MustCompile(`^:(20|21|25P?|28C?|34F|13D?|60[FM]|61|62[FM]|64|65|86|90[CD]|NS):`)

// mtBlock is the beginning of one of SWIFT's blocks; in the Nordic alphabet of seven bits ä and å are the braces.
var mtBlock = regexp.MustCompile(`^[{ä][1-5S]:`)

var mtSign = regexp.MustCompile(`(?m)^\s*(:20:|:25:|:60[FM]:|:61:|:62[FM]:|:86:|\{1:)`)

func looksLikeMT940(_ *source, head []byte) bool {
	text := strings.ReplaceAll(string(head), "\r", "\n")
	if !mtSign.MatchString(text) {
		return false
	}
	return strings.Contains(text, ":20:") || strings.Contains(text, ":61:") || strings.Contains(text, ":60F:") || strings.Contains(text, ":86:")
}

// mtFile is one reading of one file.
type mtFile struct {
	lineReader
	sink Sink
	st   *mtStatement // nil between statements
	seen bool
}

// mtField is a field with all its lines; the tag's own is the first.
type mtField struct {
	tag   string
	line  int
	lines []string
}

// text joins the lines without anything between them: long texts are cut anywhere.
func (f *mtField) text() string { return strings.Join(f.lines, "") }

func readMT940(s *source, sink Sink) error {
	f := &mtFile{lineReader: lineReader{s: s}, sink: sink}
	var open *mtField
	flush := func() error {
		if open == nil {
			return nil
		}
		field := open
		open = nil
		return f.field(field)
	}
	for {
		l, err := f.line()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch {
		case f.isTag(l.text, open):
			if err := flush(); err != nil {
				return err
			}
			tag := mtTag.FindStringSubmatch(l.text)
			open = &mtField{tag: tag[1], line: l.n, lines: []string{l.text[len(tag[0]):]}}
		case f.endsMessage(l.text):
			if err := flush(); err != nil {
				return err
			}
			if err := f.end(); err != nil {
				return err
			}
		case open == nil || l.text == "" || mtBlock.MatchString(l.text):
			// a header, a block of SWIFT's own, or an empty line
		case l.text == ":": // broken within a tag
			if next, ok := f.peek(); ok && mtTag.MatchString(":"+next.text) {
				f.next.text = ":" + next.text
			}
		default:
			if open.lines = append(open.lines, l.text); len(open.lines) > maxFieldLines {
				return s.fatal(open.line, 0, ":"+open.tag+":", "goes on for too many lines", "the file is damaged")
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if err := f.end(); err != nil {
		return err
	}
	if !f.seen {
		return s.fatal(1, 0, "", "holds no statement", "an MT940 statement begins with :20: and names its account in :25:")
	}
	return nil
}

// maxFieldLines bounds one field; SWIFT allows six lines, banks write some more.
const maxFieldLines = 200

// isTag says whether a line begins a field. A text may go on with a line that looks like a tag: within the
// entries only what can follow there counts, and a new statement must look like one.
func (f *mtFile) isTag(text string, open *mtField) bool {
	m := mtTag.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	inText := open != nil && (open.tag == "86" || open.tag == "61" || open.tag == "NS") && f.st != nil && f.st.pending != nil || open != nil && open.tag == "61"
	if !inText {
		return true
	}
	switch m[1] {
	case "61", "62F", "62M", "86", "NS", "90C", "90D":
		return true
	case "20":
		next, ok := f.peek()
		return ok && (strings.HasPrefix(next.text, ":25") || strings.HasPrefix(next.text, ":21:"))
	}
	return false
}

// endsMessage says whether a line is the end of a message: a hyphen, alone or with SWIFT's brace. A text may
// hold such a line, too; then the statement goes on behind it.
func (f *mtFile) endsMessage(text string) bool {
	t := strings.TrimSpace(text)
	if strings.HasPrefix(t, "-}") || t == "-å" {
		return true
	}
	if t != "-" {
		return false
	}
	next, ok := f.peek()
	if !ok {
		return true
	}
	m := mtTag.FindStringSubmatch(next.text)
	return m == nil && (strings.HasPrefix(next.text, "{") || strings.HasPrefix(next.text, ":") || strings.TrimSpace(next.text) == "" || f.st == nil || f.st.closed) || m != nil && m[1] == "20"
}

// field takes one field to where it belongs.
func (f *mtFile) field(x *mtField) error {
	if f.begins(x) {
		if err := f.end(); err != nil {
			return err
		}
		f.st = &mtStatement{mtFile: f, Statement: Statement{Format: "MT940", Kind: Booked, Line: x.line}}
	}
	if f.st == nil {
		return nil // a text that belongs to nothing
	}
	return f.st.field(x)
}

// begins says whether a field begins a statement: its reference does, and where a bank writes none, its account
// behind the balance or the entries of another.
func (f *mtFile) begins(x *mtField) bool {
	switch {
	case x.tag == "20":
		return true
	case f.st == nil:
		return x.tag != "86"
	}
	return (x.tag == "25" || x.tag == "25P") && (f.st.closed || f.st.begun)
}

// end closes the statement that is open.
func (f *mtFile) end() error {
	if f.st == nil {
		return nil
	}
	st := f.st
	f.st = nil
	return st.finish()
}

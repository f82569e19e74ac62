package importfile

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"dunlin/invoice"
)

// maxLine is the longest line in bytes; a longer one is a bad row, not a reason to fill the memory.
const maxLine = 256 << 10

// textLine is one line with its number.
type textLine struct {
	text string
	no   int
	bad  *invoice.Error // too long, or not UTF-8
}

// lines reads line by line and can take lines back.
type lines struct {
	r    *bufio.Reader
	no   int
	back []textLine // read again before the file, first one first
}

func newLines(r *bufio.Reader) *lines { return &lines{r: r} }

// next returns the next line without its end; io.EOF after the last.
func (l *lines) next() (textLine, error) {
	if len(l.back) > 0 {
		t := l.back[0]
		l.back = l.back[1:]
		return t, nil
	}
	text, long, err := l.read()
	if err != nil {
		return textLine{}, err
	}
	l.no++
	t := textLine{text: text, no: l.no}
	switch {
	case long:
		t.text, t.bad = "", invoice.Invalid("row", "is longer than %d KB", maxLine>>10).WithHint("is a quotation mark missing, or is it one line for the whole file?")
	case !utf8.ValidString(text):
		t.bad = invoice.Invalid("row", "is not UTF-8").WithHint("save the file as UTF-8")
	case strings.ContainsRune(text, 0):
		t.bad = invoice.Invalid("row", "holds a NUL character")
	}
	return t, nil
}

// read returns a line of at most maxLine bytes and skips the rest of a longer one.
func (l *lines) read() (text string, long bool, err error) {
	var b strings.Builder
	for {
		part, prefix, err := l.r.ReadLine()
		if err != nil {
			if err == io.EOF && (b.Len() > 0 || long) {
				return b.String(), long, nil
			}
			return "", false, err
		}
		if b.Len()+len(part) > maxLine {
			long = true
		} else if !long {
			b.Write(part)
		}
		if !prefix {
			return b.String(), long, nil
		}
	}
}

// unread gives lines back, to be read again in their order.
func (l *lines) unread(t []textLine) { l.back = append(append([]textLine{}, t...), l.back...) }

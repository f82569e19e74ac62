package bank

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// lineReader gives the lines of a text file one by one, whether they end in CR, LF or both, in UTF-8
// whatever the bank writes. A line has a limit, and so has nothing else to be held.
type lineReader struct {
	s       *source
	n       int // of the line that was given last, from 1
	next    *textLine
	central bool // a bank of Central Europe wrote it
}

// textLine is a line with its number.
type textLine struct {
	n    int
	text string
}

// line returns the next line; io.EOF after the last.
func (l *lineReader) line() (textLine, error) {
	if l.next != nil {
		t := *l.next
		l.next = nil
		return t, nil
	}
	raw, err := l.raw()
	if err != nil {
		return textLine{}, err
	}
	l.n++
	text := toUTF8(raw)
	if l.central {
		text = centralToUTF8(raw)
	}
	return textLine{l.n, strings.TrimLeftFunc(text, isMark)}, nil
}

// isMark says whether a rune is one that DOS and SWIFT put around a message.
func isMark(r rune) bool { return r < ' ' && r != '\t' }

// peek returns the next line without taking it; ok is false at the end.
func (l *lineReader) peek() (textLine, bool) {
	if l.next == nil {
		t, err := l.line()
		if err != nil {
			return textLine{}, false
		}
		l.next = &t
	}
	return *l.next, true
}

func (l *lineReader) raw() ([]byte, error) {
	var line []byte
	for {
		if _, err := l.s.in.Peek(1); err != nil {
			if errors.Is(err, io.EOF) && len(line) > 0 {
				return line, nil
			}
			return nil, err
		}
		chunk, _ := l.s.in.Peek(l.s.in.Buffered())
		if i := bytes.IndexAny(chunk, "\r\n"); i >= 0 {
			line = append(line, chunk[:i]...)
			end := chunk[i]
			_, _ = l.s.in.Discard(i + 1) // it has just been peeked
			if end == '\r' {
				if b, err := l.s.in.Peek(1); err == nil && b[0] == '\n' {
					_, _ = l.s.in.Discard(1)
				}
			}
			return line, nil
		}
		line = append(line, chunk...)
		_, _ = l.s.in.Discard(len(chunk))
		if len(line) > l.s.o.Limits.Token {
			return nil, l.s.fatal(l.n+1, 0, "", fmt.Sprintf("holds a line of more than %d bytes", l.s.o.Limits.Token), "no statement has one")
		}
	}
}

// dos are letters that CP850 writes by bytes which Windows-1252 uses for marks that stand in no name.
var dos = []byte{0x81, 0x84, 0x8e, 0x94, 0x99, 0x9a}

// toUTF8 reads a line as UTF-8, or as the Latin alphabet that most banks use, or as the one of DOS.
func toUTF8(b []byte) string {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if utf8.Valid(b) {
		return string(b)
	}
	m := charmap.Windows1252
	if containsByte(b, dos) && !containsByte(b, []byte("\xe4\xf6\xfc\xdf\xc4\xd6\xdc")) {
		m = charmap.CodePage850
	}
	return decoded(b, m)
}

// centralToUTF8 reads a line as UTF-8, or as the alphabet of Central Europe in which it has most of the letters
// that are written there: Windows-1250, ISO 8859-2 or the one of DOS.
func centralToUTF8(b []byte) string {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if utf8.Valid(b) {
		return string(b)
	}
	var best string
	most := -1
	for _, m := range []*charmap.Charmap{charmap.Windows1250, charmap.ISO8859_2, charmap.CodePage852} {
		text, letters := decoded(b, m), 0
		for _, r := range text {
			if r >= utf8.RuneSelf && strings.ContainsRune(centralLetters, r) {
				letters++
			}
		}
		if letters > most {
			best, most = text, letters
		}
	}
	return best
}

// centralLetters are the letters beyond ASCII of Polish, Czech, Slovak, Hungarian, Croatian and Slovenian.
const centralLetters = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽäĺľôŕÄĹĽÔŔöőüűÖŐÜŰđĐ"

func decoded(b []byte, m *charmap.Charmap) string {
	out := make([]byte, 0, len(b)+8)
	for _, c := range b {
		out = utf8.AppendRune(out, m.DecodeByte(c))
	}
	return string(out)
}

func containsByte(b, wanted []byte) bool {
	for _, c := range wanted {
		if bytes.IndexByte(b, c) >= 0 {
			return true
		}
	}
	return false
}

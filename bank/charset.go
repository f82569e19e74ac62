package bank

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// charset makes UTF-8 of what an XML header declares. The bytes have passed the mender, which leaves a
// declared encoding alone.
func (s *source) charset(label string, in io.Reader) (io.Reader, error) {
	label = strings.ToLower(strings.TrimSpace(label))
	if strings.HasPrefix(label, "utf-16") || label == "us-ascii" {
		return in, nil // transcoded already by its byte order mark, or no more than UTF-8 is
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return nil, s.fatal(1, 0, "encoding", fmt.Sprintf("%q is no encoding that is known", label), "ask the bank for UTF-8")
	}
	return enc.NewDecoder().Reader(in), nil
}

// newMender stands before the XML decoder. UTF-16 becomes UTF-8. Where the file claims UTF-8, bytes that are
// none are read as Windows-1252, a stray & becomes &amp;, and control characters go: banks do write
// that. Every entry read after a repair is marked, and never applied without a person.
func newMender(s *source) io.Reader {
	if head, _ := s.in.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = s.in.Discard(3) // it has just been peeked
	}
	head, _ := s.in.Peek(256)
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(s.in)
	case declared(head) != "" && declared(head) != "utf-8":
		return s.in
	}
	return &mender{in: s.in, s: s}
}

// declared is the encoding that an XML header names, in lower case.
func declared(head []byte) string {
	header, _, found := bytes.Cut(head, []byte("?>"))
	if !found {
		return ""
	}
	_, rest, found := bytes.Cut(header, []byte("encoding="))
	if !found || len(rest) < 2 {
		return ""
	}
	name, _, _ := bytes.Cut(rest[1:], rest[:1])
	return strings.ToLower(string(name))
}

type mender struct {
	in  *bufio.Reader
	s   *source
	out []byte // mended and not handed on yet
}

// Read hands on mended text.
func (m *mender) Read(p []byte) (int, error) {
	for len(m.out) == 0 {
		if err := m.more(); err != nil {
			return 0, err
		}
	}
	n := copy(p, m.out)
	m.out = m.out[n:]
	return n, nil
}

// entityBytes is how far an entity's end is looked for.
const entityBytes = 12

// more mends the next piece. What might be cut in the middle at its end waits for the next one.
func (m *mender) more() error {
	chunk, err := m.in.Peek(4096)
	if len(chunk) == 0 {
		return err
	}
	last := err != nil // nothing follows
	m.out = m.out[:0]
	i := 0
	for i < len(chunk) {
		c := chunk[i]
		rest := chunk[i:]
		switch {
		case c == '&':
			if !last && len(rest) < entityBytes {
				goto out
			}
			m.out = append(m.out, '&')
			if !isEntity(rest) {
				m.repaired()
				m.out = append(m.out, "amp;"...)
			}
			i++
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r':
			m.repaired()
			i++
		case c < utf8.RuneSelf:
			m.out = append(m.out, c)
			i++
		default:
			if !last && !utf8.FullRune(rest) {
				goto out
			}
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				m.repaired()
				r = charmap.Windows1252.DecodeByte(c)
			}
			m.out = utf8.AppendRune(m.out, r)
			i += size
		}
	}
out:
	_, _ = m.in.Discard(i) // it has just been peeked
	return nil
}

func (m *mender) repaired() { m.s.repaired = true }

// isEntity says whether an entity or a character reference begins here.
func isEntity(b []byte) bool {
	end := bytes.IndexByte(b[:min(len(b), entityBytes)], ';')
	if end < 2 {
		return false
	}
	name := b[1:end]
	if name[0] == '#' {
		return true // the decoder judges the number
	}
	for _, c := range name {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

package bank

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// errNotText says that bytes are not written in the encoding of the file.
var errNotText = errors.New("not in the encoding")

// csvText makes UTF-8 of a file. A byte order mark decides; a file that is UTF-8 is; any other is read in
// the encoding that the profile names, and without one it is refused.
func csvText(in *bufio.Reader, name string) io.Reader {
	head, _ := in.Peek(sniffBytes)
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return &strict{in: bufio.NewReader(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(in))}
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = in.Discard(3) // it has just been peeked
		return &strict{in: in, spare: oneByte(name)}
	case validHead(head) && bytes.IndexByte(head, 0) < 0:
		return &strict{in: in, spare: oneByte(name)}
	}
	enc, err := htmlindex.Get(name)
	if name == "" || err != nil {
		return &strict{in: in}
	}
	if one := oneByte(name); one != nil {
		return one.NewDecoder().Reader(in)
	}
	return &strict{in: bufio.NewReader(enc.NewDecoder().Reader(in)), decoded: true}
}

// oneByte is an encoding with one byte a letter; nil when the one that is named is none.
func oneByte(name string) *charmap.Charmap {
	enc, err := htmlindex.Get(name)
	if name == "" || err != nil {
		return nil
	}
	one, _ := enc.(*charmap.Charmap)
	return one
}

var _ encoding.Encoding = charmap.Windows1252

// validHead says whether the beginning of a file is UTF-8. Its last letter may be cut.
func validHead(head []byte) bool {
	for i := 0; i < utf8.UTFMax && i < len(head); i++ {
		if utf8.Valid(head[:len(head)-i]) {
			return i == 0 || !utf8.FullRune(head[len(head)-i:])
		}
	}
	return len(head) == 0
}

// strict hands on UTF-8 and stops where it is none; a decoder before it marks that by U+FFFD. With a spare
// encoding such bytes are read by it: a file may begin with pages of plain letters.
type strict struct {
	in      *bufio.Reader
	spare   *charmap.Charmap
	decoded bool
	out     []byte
	err     error
}

// Read hands on what has been checked.
func (s *strict) Read(p []byte) (int, error) {
	for len(s.out) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.more()
	}
	n := copy(p, s.out)
	s.out = s.out[n:]
	return n, nil
}

// more checks the next piece. A letter that might be cut at its end waits for the next one.
func (s *strict) more() {
	chunk, err := s.in.Peek(4096)
	if len(chunk) == 0 {
		s.err = err
		return
	}
	s.out = s.out[:0]
	i := 0
	for i < len(chunk) {
		if chunk[i] < utf8.RuneSelf {
			s.out = append(s.out, chunk[i])
			i++
			continue
		}
		if err == nil && !utf8.FullRune(chunk[i:]) {
			break
		}
		r, size := utf8.DecodeRune(chunk[i:])
		if r == utf8.RuneError && (size == 1 || s.decoded) {
			if s.spare == nil {
				s.err = errNotText
				break
			}
			r = s.spare.DecodeByte(chunk[i])
		}
		s.out = utf8.AppendRune(s.out, r)
		i += size
	}
	_, _ = s.in.Discard(i) // it has just been peeked
}

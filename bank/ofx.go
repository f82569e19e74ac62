package bank

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
)

// ofxFormat reads OFX 1.x (SGML, where values need no closing tags) and 2.x (XML).
var ofxFormat = format{name: "OFX", sniff: looksLikeOFX, read: readOFX}

func looksLikeOFX(_ *source, head []byte) bool {
	text := bytes.ToUpper(head)
	return bytes.Contains(text, []byte("<OFX>")) || bytes.Contains(text, []byte("OFXHEADER"))
}

// ofxTags gives the tags of a file one by one, each with the text behind it. Nothing else is held.
type ofxTags struct {
	s     *source
	line  int
	begun bool // a tag has come: a comment would tear a value apart now
}

// ofxTag is a tag, its name in capitals, with the text that follows it.
type ofxTag struct {
	name  string
	close bool
	text  string
	line  int
}

// next returns the next tag; io.EOF after the last.
func (t *ofxTags) next() (ofxTag, error) {
	for {
		if _, err := t.until('<'); err != nil {
			return ofxTag{}, err
		}
		tag := ofxTag{line: t.line + 1}
		inside, err := t.until('>')
		if errors.Is(err, io.EOF) {
			return tag, t.s.fatal(t.line+1, 0, "", "ends in the middle of a tag", "it was cut off: fetch it again")
		}
		if err != nil {
			return tag, err
		}
		switch {
		case strings.HasPrefix(inside, "!--") && !t.begun:
			if err := t.comment(inside); err != nil {
				return tag, err
			}
			continue
		case strings.HasPrefix(inside, "!"):
			return tag, t.s.fatal(tag.line, 0, "", "has a document type or a comment (<!)", "no bank needs one; it is refused for safety")
		case strings.HasPrefix(inside, "?"):
			continue
		}
		t.begun = true
		inside = strings.TrimSuffix(inside, "/")
		tag.name, tag.close = strings.ToUpper(strings.TrimSpace(strings.TrimPrefix(inside, "/"))), strings.HasPrefix(inside, "/")
		text, err := t.peekText()
		if err != nil {
			return tag, err
		}
		tag.text = strings.TrimSpace(text)
		return tag, nil
	}
}

// comment passes over the rest of a comment before the first tag.
func (t *ofxTags) comment(inside string) error {
	for !strings.HasSuffix(inside, "--") {
		var err error
		if inside, err = t.until('>'); err != nil {
			return t.s.fatal(t.line+1, 0, "", "a comment does not end", "the file is damaged: fetch it again")
		}
	}
	return nil
}

const cdata = "<![CDATA["

// peekText reads the text up to the next tag, and leaves the tag. What is marked as text belongs to it.
func (t *ofxTags) peekText() (string, error) {
	text, err := t.until('<')
	if errors.Is(err, io.EOF) {
		return html.UnescapeString(text), nil
	}
	if err != nil {
		return "", err
	}
	text = html.UnescapeString(text)
	if err := t.s.in.UnreadByte(); err != nil {
		return "", err
	}
	if mark, _ := t.s.in.Peek(len(cdata)); string(mark) != cdata {
		return text, nil
	}
	_, _ = t.s.in.Discard(len(cdata)) // it has just been peeked
	for {
		part, err := t.until('>')
		if err != nil {
			return "", t.s.fatal(t.line+1, 0, "", "a marked text does not end", "the file is damaged: fetch it again")
		}
		if text += part; strings.HasSuffix(text, "]]") {
			break
		}
		if text += ">"; len(text) > t.s.o.Limits.Token {
			return "", t.s.fatal(t.line+1, 0, "", "a marked text does not end", "the file is damaged: fetch it again")
		}
	}
	rest, err := t.peekText()
	return strings.TrimSuffix(text, "]]") + rest, err
}

// until reads up to a mark and takes it; the text comes without it.
func (t *ofxTags) until(mark byte) (string, error) {
	var text []byte
	for {
		chunk, err := t.s.in.ReadSlice(mark)
		text = append(text, chunk...)
		t.line += bytes.Count(chunk, []byte("\n"))
		if len(text) > t.s.o.Limits.Token {
			return "", t.s.fatal(t.line+1, 0, "", fmt.Sprintf("holds a text of more than %d bytes", t.s.o.Limits.Token), "no statement has one")
		}
		switch {
		case err == nil:
			return toUTF8(text[:len(text)-1]), nil
		case errors.Is(err, io.EOF) && len(text) > 0:
			return toUTF8(text), io.EOF
		case isFull(err):
		default:
			return "", err
		}
	}
}

// ofxFile is one reading of one file.
type ofxFile struct {
	ofxTags
	sink    Sink
	version string
	failure string // what the bank says went wrong
	found   bool
	invest  bool // it holds accounts of investments
}

func readOFX(s *source, sink Sink) error {
	f := &ofxFile{ofxTags: ofxTags{s: s}, sink: sink}
	f.version = ofxVersion(s)
	for {
		tag, err := f.next()
		if errors.Is(err, io.EOF) {
			return f.whatCame()
		}
		if err != nil {
			return err
		}
		if tag.close {
			continue
		}
		switch tag.name {
		case "SEVERITY":
			if tag.text == "ERROR" {
				f.failure = first(f.failure, "it reports an error")
			}
		case "MESSAGE":
			if f.failure != "" {
				f.failure = tag.text
			}
		case "INVSTMTRS":
			f.invest = true
		case "STMTRS", "CCSTMTRS":
			f.found = true
			if err := f.statement(tag); err != nil {
				return err
			}
		}
	}
}

// ofxVersion finds the version in the header, "102" or "2.1.1" alike.
func ofxVersion(s *source) string {
	head, _ := s.in.Peek(1024)
	text := strings.ToUpper(string(head))
	for _, mark := range []string{`VERSION="`, "VERSION:"} {
		i := strings.LastIndex(text[:max(0, strings.Index(text, "<OFX>"))], mark)
		if i < 0 {
			continue
		}
		digits := strings.TrimLeft(text[i+len(mark):], " ")
		if n := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); n > 0 {
			return " " + digits[:n]
		}
	}
	return ""
}

// whatCame refuses a file in which no statement was.
func (f *ofxFile) whatCame() error {
	switch {
	case f.found:
		return nil
	case f.failure != "":
		return f.s.fatal(1, 0, "STATUS", "the bank answered with an error: "+f.failure, "fetch the statement again")
	case f.invest:
		return f.s.fatal(1, 0, "INVSTMTRS", "holds an account of investments, which no debtor pays into", "ask for the bank account's statement")
	}
	return f.s.fatal(1, 0, "", "holds no statement", "an OFX statement has a STMTRS or CCSTMTRS")
}

package bank

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
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
	open  bool // the < of the next tag has been read
	back  *ofxTag
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
	if back := t.back; back != nil {
		t.back = nil
		return *back, nil
	}
	for {
		if !t.open {
			if _, err := t.until('<'); err != nil {
				return ofxTag{}, err
			}
		}
		t.open = false
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
		tag.name, tag.close = tagName(strings.TrimPrefix(inside, "/")), strings.HasPrefix(inside, "/")
		text, err := t.peekText()
		if err != nil {
			return tag, err
		}
		tag.text = strings.TrimSpace(text)
		return tag, nil
	}
}

// tagName is a tag's name in capitals, without a namespace and without attributes.
func tagName(inside string) string {
	if words := strings.Fields(inside); len(words) > 0 {
		inside = words[0]
	}
	return strings.ToUpper(inside[strings.IndexByte(inside, ':')+1:])
}

// entity is a character reference as the format knows it: one that ends.
var entity = regexp.MustCompile(`&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});`)

// unescaped puts letters where references to them stand. An & that begins none is itself.
func unescaped(text string) string {
	if !strings.Contains(text, "&") {
		return text
	}
	return entity.ReplaceAllStringFunc(text, html.UnescapeString)
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

const cdata = "![CDATA["

// peekText reads the text up to the next tag, and leaves the tag but for its <. What is marked as text belongs to it.
func (t *ofxTags) peekText() (string, error) {
	text, err := t.untilTag()
	if errors.Is(err, io.EOF) {
		return unescaped(text), nil
	}
	if err != nil {
		return "", err
	}
	text = unescaped(text)
	if mark, _ := t.s.in.Peek(len(cdata)); string(mark) != cdata {
		return text, nil
	}
	t.open = false
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

// untilTag reads up to a tag and takes its <. What follows decides: "A < B" is a text.
func (t *ofxTags) untilTag() (string, error) {
	var text strings.Builder
	for {
		part, err := t.until('<')
		if text.WriteString(part); err != nil {
			return text.String(), err
		}
		peek, _ := t.s.in.Peek(1)
		if len(peek) == 1 && (peek[0] == '/' || peek[0] == '!' || peek[0] == '?' || peek[0]|0x20 >= 'a' && peek[0]|0x20 <= 'z') {
			t.open = true
			return text.String(), nil
		}
		if text.WriteByte('<'); text.Len() > t.s.o.Limits.Token {
			return "", t.s.fatal(t.line+1, 0, "", fmt.Sprintf("holds a text of more than %d bytes", t.s.o.Limits.Token), "no statement has one")
		}
	}
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
		if f.failure != "" {
			f.s.leaveOut(1, 0, "STATUS", "beside the statement the bank reports an error: "+f.failure, "a statement may be missing: fetch it again")
		}
		if f.invest {
			f.s.leaveOut(1, 0, "INVSTMTRS", "an account of investments is left out", "no debtor pays into one")
		}
		return nil
	case f.failure != "":
		return f.s.fatal(1, 0, "STATUS", "the bank answered with an error: "+f.failure, "fetch the statement again")
	case f.invest:
		return f.s.fatal(1, 0, "INVSTMTRS", "holds an account of investments, which no debtor pays into", "ask for the bank account's statement")
	}
	return f.s.fatal(1, 0, "", "holds no statement", "an OFX statement has a STMTRS or CCSTMTRS")
}

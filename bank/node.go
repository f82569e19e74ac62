package bank

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// node is one element of an XML file with all that is in it. A reader makes nodes of what is small, an
// entry or a balance, and never of a whole file.
type node struct {
	name string // without namespace
	ccy  string // the attribute Ccy
	text string
	kids []*node
	line int
	torn bool // a comment or an instruction stood inside the text
}

// all returns the children with a name.
func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	var found []*node
	for _, k := range n.kids {
		if k.name == name {
			found = append(found, k)
		}
	}
	return found
}

// at returns the first element below n along a path; nil when there is none. It works on nil.
func (n *node) at(path ...string) *node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		var next *node
		for _, k := range n.kids {
			if k.name == name {
				next = k
				break
			}
		}
		n = next
	}
	return n
}

// value returns the text of the element along a path, trimmed; "" when there is none.
func (n *node) value(path ...string) string {
	if k := n.at(path...); k != nil {
		return k.text
	}
	return ""
}

// texts joins the texts of all children with a name.
func (n *node) texts(name string) string {
	var all []string
	for _, k := range n.all(name) {
		all = append(all, nonEmpty(k.text)...)
	}
	return strings.Join(all, " ")
}

// first returns the first value that is there.
func first[T comparable](values ...T) T {
	var none T
	for _, v := range values {
		if v != none {
			return v
		}
	}
	return none
}

// xmlReader walks an XML file without ever holding more than one small part of it.
type xmlReader struct {
	s     *source
	dec   *xml.Decoder
	fuse  *fuse
	depth int
}

func newXMLReader(s *source) *xmlReader {
	x := &xmlReader{s: s}
	x.fuse = &fuse{r: newMender(s), s: s, limit: int64(s.o.Limits.Token)}
	x.dec = xml.NewDecoder(x.fuse)
	x.dec.CharsetReader = s.charset
	return x
}

// line is where the reader stands.
func (x *xmlReader) line() int {
	line, _ := x.dec.InputPos()
	return line
}

// next returns the next token that matters: a start, an end or a text. DOCTYPE is refused, comments and
// instructions are passed over but reported as torn.
func (x *xmlReader) next() (tok xml.Token, torn bool, err error) {
	for {
		tok, err = x.dec.Token()
		x.fuse.used = 0
		if err != nil {
			return nil, torn, x.wrong(err)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return nil, torn, x.s.fatal(x.line(), 0, "", "has a document type (DOCTYPE) or another declaration", "no bank needs one; it is refused for safety")
		case xml.Comment, xml.ProcInst:
			torn = true
			continue
		case xml.StartElement:
			if x.depth++; x.depth > x.s.o.Limits.Depth {
				return nil, torn, x.s.fatal(x.line(), 0, t.Name.Local, fmt.Sprintf("is nested deeper than %d elements", x.s.o.Limits.Depth), "")
			}
		case xml.EndElement:
			x.depth--
		}
		return tok, torn, nil
	}
}

// wrong turns the decoder's complaint into a problem of the file.
func (x *xmlReader) wrong(err error) error {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if e, ok := errors.AsType[*xml.SyntaxError](err); ok {
		if strings.Contains(e.Msg, "unexpected EOF") {
			return x.s.fatal(e.Line, 0, "", "ends in the middle", "it was cut off: fetch it again")
		}
		return x.s.fatal(e.Line, 0, "", "is not well-formed XML: "+e.Msg, "")
	}
	if text, ok := strings.CutPrefix(err.Error(), "xml: "); ok {
		return x.s.fatal(x.line(), 0, "", text, "")
	}
	return err
}

// subtree reads the element that has just begun, with all that is in it. nodes bounds how much that may be.
func (x *xmlReader) subtree(start xml.StartElement, nodes *int) (*node, error) {
	n := &node{name: start.Name.Local, line: x.line()}
	if *nodes--; *nodes < 0 {
		return nil, x.s.fatal(n.line, 0, n.name, "holds more than can be read at once", "ask the bank for smaller batches")
	}
	for _, a := range start.Attr {
		if a.Name.Local == "Ccy" {
			n.ccy = strings.TrimSpace(a.Value)
		}
	}
	var text strings.Builder
	for {
		tok, torn, err := x.next()
		if errors.Is(err, io.EOF) {
			err = x.s.fatal(x.line(), 0, n.name, "ends in the middle", "it was cut off: fetch it again")
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			k, err := x.subtree(t, nodes)
			if err != nil {
				return nil, err
			}
			n.kids = append(n.kids, k)
		case xml.CharData:
			n.torn = n.torn || torn && strings.TrimSpace(text.String()) != ""
			text.Write(t)
		case xml.EndElement:
			n.text = strings.TrimSpace(text.String())
			return n, nil
		}
	}
}

// fuse burns when one token takes more bytes than the limit: a text or a tag without an end.
type fuse struct {
	r     io.Reader
	s     *source
	used  int64
	limit int64
}

// Read reads on while the token is small enough.
func (f *fuse) Read(p []byte) (int, error) {
	if f.used > f.limit {
		return 0, f.s.fatal(0, 0, "", fmt.Sprintf("holds a text or a tag of more than %d bytes", f.limit), "no statement has one")
	}
	n, err := f.r.Read(p[:min(len(p), 4096)])
	f.used += int64(n)
	return n, err
}

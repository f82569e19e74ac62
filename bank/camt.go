package bank

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// camtFormat reads ISO 20022 camt.052, .053 and .054 in all versions from .01 to .14. Elements are found by
// their local names, so that it does not matter which namespace a bank writes, or whether any.
var camtFormat = format{name: "camt", sniff: looksLikeCAMT, read: readCAMT}

// camtKinds are the elements that hold statements, with what they make of them.
var camtKinds = map[string]struct {
	message string
	kind    Kind
}{
	"Stmt":   {"camt.053", Booked},
	"Rpt":    {"camt.052", Intraday},
	"Ntfctn": {"camt.054", Notification},
}

// maxNodes bounds one part of a file that is read at once: an entry with its batch, a header.
const maxNodes = 4_000_000

func looksLikeCAMT(_ *source, head []byte) bool {
	plain := bytes.ReplaceAll(head, []byte{0}, nil) // UTF-16 looks like this, too
	text := string(bytes.TrimLeft(plain, "\xef\xbb\xbf\xff\xfe \t\r\n"))
	if !strings.HasPrefix(text, "<") {
		return false
	}
	for _, mark := range []string{"BkToCstmr", "camt.05", "<Stmt", ":Stmt>", "<Ntfctn", "<Rpt>"} {
		if strings.Contains(text, mark) {
			return true
		}
	}
	return false
}

// camtFile is one reading of one camt file.
type camtFile struct {
	*xmlReader
	sink    Sink
	version string // e.g. "08"; "" when the namespace does not say
	message string // GrpHdr/MsgId
	inside  bool   // the message has begun: what is around it is an envelope
	found   bool   // a statement was there
}

func readCAMT(s *source, sink Sink) error {
	f := &camtFile{xmlReader: newXMLReader(s), sink: sink}
	if err := f.document(); err != nil {
		return err
	}
	if !f.found {
		return s.fatal(1, 0, "", "holds no statement", "a camt file has Stmt, Rpt or Ntfctn elements")
	}
	return f.nothingMore()
}

// document walks from the root to the statements, whatever wraps them.
func (f *camtFile) document() error {
	for depth := 0; ; {
		tok, _, err := f.next()
		switch {
		case errors.Is(err, io.EOF) && depth == 0:
			return nil
		case errors.Is(err, io.EOF):
			return f.s.fatal(f.line(), 0, "", "ends in the middle", "it was cut off: fetch it again")
		case err != nil:
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			f.noteVersion(t)
			_, statement := camtKinds[t.Name.Local]
			switch {
			case statement:
				f.found = true
				err = f.statement(t)
			case t.Name.Local == "GrpHdr":
				var header *node
				if header, err = f.part(t); err == nil {
					f.message = header.value("MsgId")
				}
			case strings.HasPrefix(t.Name.Local, "BkToCstmr"):
				depth, f.inside = depth+1, true
			case t.Name.Local == "Document" || !f.inside || depth < 2:
				depth++ // an envelope
			default:
				_, err = f.part(t)
			}
			if err != nil {
				return err
			}
		case xml.EndElement:
			if depth--; depth == 0 {
				return nil
			}
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" && depth == 0 {
				return f.s.fatal(f.line(), 0, "", "has text outside its elements", "")
			}
		}
	}
}

// nothingMore refuses whatever follows the document.
func (f *camtFile) nothingMore() error {
	for {
		tok, _, err := f.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return f.s.fatal(f.line(), 0, t.Name.Local, "a second document follows the first", "split the file")
		case xml.CharData:
			if strings.TrimSpace(string(t)) != "" {
				return f.s.fatal(f.line(), 0, "", "something follows the document", "the file is damaged: fetch it again")
			}
		}
	}
}

// noteVersion reads the version out of a namespace such as urn:iso:std:iso:20022:tech:xsd:camt.053.001.08.
func (f *camtFile) noteVersion(t xml.StartElement) {
	i := strings.LastIndex(t.Name.Space, "camt.05")
	if i < 0 || f.version != "" {
		return
	}
	if parts := strings.Split(t.Name.Space[i:], "."); len(parts) >= 4 {
		f.version = parts[3]
	}
}

// part reads one element whole.
func (f *camtFile) part(t xml.StartElement) (*node, error) {
	left := maxNodes
	return f.subtree(t, &left)
}

// statement reads one Stmt, Rpt or Ntfctn: what stands before the entries, the entries one by one, and
// what comes after them.
func (f *camtFile) statement(start xml.StartElement) error {
	k := camtKinds[start.Name.Local]
	st := &camtStatement{camtFile: f, head: &node{name: start.Name.Local, line: f.line()}, Statement: Statement{Format: k.message, Kind: k.kind, MessageID: f.message, Line: f.line()}}
	if f.version != "" {
		st.Format += ".001." + f.version
	}
	for {
		tok, _, err := f.next()
		if errors.Is(err, io.EOF) {
			err = f.s.fatal(f.line(), 0, start.Name.Local, "ends in the middle", "it was cut off: fetch it again")
		}
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			n, err := f.part(t)
			if err != nil {
				return err
			}
			if n.name != "Ntry" {
				st.head.kids = append(st.head.kids, n)
				continue
			}
			if err := st.entry(n); err != nil {
				return err
			}
		case xml.EndElement:
			return st.end()
		}
	}
}

package dunning

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"dunlin/invoice"
)

// Templates says which messages can be written.
type Templates interface {
	// Has says whether a template exists for the act, Email or SMS.
	Has(template string, act Act) bool
}

// maxErrors is how many errors a file may have before reading it is given up.
const maxErrors = 50

// Parse reads and compiles one policy. file is only named in errors. With templates nil nobody checks
// whether the templates exist. The error is always a PolicyErrors and holds everything that is wrong.
func Parse(file string, source []byte, templates Templates) (*Policy, error) {
	r := newReader(file, source)
	r.templates = templates
	doc, ok := r.document(policyShape, "policy", "start with policy: NAME; dunlin policy show standard-b2b prints an example")
	if !ok {
		return nil, r.failed()
	}
	p := r.compile(doc)
	if len(r.errs) > 0 {
		return nil, r.failed()
	}
	return p, nil
}

// reader is one reading of a file, collecting what is wrong with it.
type reader struct {
	file      string
	source    []byte
	lines     []string
	templates Templates
	errs      PolicyErrors
}

func newReader(file string, source []byte) *reader {
	return &reader{file: file, source: source}
}

// failed returns the errors in order of their places.
func (r *reader) failed() PolicyErrors {
	slices.SortStableFunc(r.errs, func(a, b *PolicyError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.errs
}

// fail notes an error at a place of the file. After too many it notes that and no more.
func (r *reader) fail(line, column int, path, message, hint string) {
	switch {
	case len(r.errs) > maxErrors:
		return
	case len(r.errs) == maxErrors:
		path, message, hint = "", fmt.Sprintf("has more than %d errors", maxErrors), "mend the first ones; is this the right file?"
	}
	if r.lines == nil {
		r.lines = strings.Split(string(r.source), "\n")
	}
	r.errs = append(r.errs, &PolicyError{File: r.file, Line: line, Column: column, Path: path, Message: message, Hint: hint, Excerpt: excerpt(r.lines, line, column)})
}

// wrong notes an error at a value; at the place it would have when it is not written. What has been
// complained about already is not complained about again.
func (r *reader) wrong(v *value, hint, format string, args ...any) {
	if v.bad {
		return
	}
	r.fail(v.line, v.column, v.path, fmt.Sprintf(format, args...), hint)
}

// refused notes an error of the invoice package at a value.
func (r *reader) refused(v *value, err error) {
	if e, ok := errors.AsType[*invoice.Error](err); ok {
		r.wrong(v, e.Hint, "%s", e.Message)
		return
	}
	r.wrong(v, "", "%v", err)
}

// document reads the one document of a file by its shape. ok is false when there is none to go on with.
func (r *reader) document(s *shape, what, example string) (doc *value, ok bool) {
	if !r.harmless(what) {
		return nil, false
	}
	body, ok := r.parse(what, example)
	if !ok {
		return nil, false
	}
	if r.mistaken(body, s) {
		return nil, false
	}
	doc = r.read(body, s, "", place{1, 1})
	return doc, !doc.bad
}

// mistaken notes a file of the other language: one error instead of one for every key.
func (r *reader) mistaken(body ast.Node, s *shape) bool {
	pairs, _ := pairsOf(body)
	for _, pair := range pairs {
		key, _ := r.key(pair, &value{bad: true})
		switch {
		case s == policyShape && key == "segments":
			r.fail(1, 1, "", "holds segment rules, not a policy", "dunlin segments check reads it")
			return true
		case s == segmentsShape && key == "policy":
			r.fail(1, 1, "", "holds a policy, not segment rules", "dunlin policy check reads it")
			return true
		}
	}
	return false
}

// parse makes a tree of the text. The library has been seen to panic on malformed input: that is an
// error of the file like any other.
func (r *reader) parse(what, example string) (body ast.Node, ok bool) {
	defer func() {
		if recover() != nil {
			body, ok = nil, false
			r.fail(1, 1, "", "is not YAML that can be read", "look for stray !, & or * and for broken indentation")
		}
	}()
	tree, err := parser.ParseBytes(r.source, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil, false
	}
	for _, d := range tree.Docs {
		switch {
		case d.Body == nil:
		case body == nil:
			body = d.Body
		default:
			at := start(d.Body, place{1, 1})
			r.fail(at.line, at.column, "", "holds more than one document", "write one "+what+" per file")
			return nil, false
		}
	}
	if body == nil {
		r.fail(1, 1, "", "holds no "+what, example)
		return nil, false
	}
	return body, true
}

// syntax gives the library's complaint its place.
func (r *reader) syntax(err error) {
	e, ok := errors.AsType[yaml.Error](err)
	if !ok || e.GetToken() == nil || e.GetToken().Position == nil {
		r.fail(1, 1, "", firstLine(err.Error()), "")
		return
	}
	at := e.GetToken().Position
	r.fail(max(1, at.Line), max(1, at.Column), "", "is not YAML: "+firstLine(e.GetMessage()), "indent with spaces, close what is opened, put texts with : or # in quotes")
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

package dunning

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

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

// A policy is a page or two; these limits keep a hostile file from costing anything.
const (
	maxPolicyBytes = 256 << 10
	maxNesting     = 32
)

// Parse reads and compiles one policy. file is only named in errors. With templates nil nobody checks
// whether the templates exist. The error is always a PolicyErrors.
func Parse(file string, source []byte, templates Templates) (*Policy, error) {
	r := &reader{file: file, source: source, templates: templates}
	if err := r.limits(); err != nil {
		return nil, PolicyErrors{err}
	}
	raw, err := r.decode()
	if err != nil {
		return nil, PolicyErrors{err}
	}
	p := r.compile(raw)
	if len(r.errs) > 0 {
		slices.SortStableFunc(r.errs, func(a, b *PolicyError) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, r.errs
	}
	return p, nil
}

// reader is one reading of a file, collecting what is wrong with it.
type reader struct {
	file      string
	source    []byte
	templates Templates
	tree      *ast.File
	errs      PolicyErrors
}

func (r *reader) errorAt(line, column int, message, hint string) *PolicyError {
	return &PolicyError{File: r.file, Line: line, Column: column, Message: message, Hint: hint, Excerpt: excerpt(r.source, line, column)}
}

func (r *reader) limits() *PolicyError {
	switch {
	case len(r.source) > maxPolicyBytes:
		return &PolicyError{File: r.file, Line: 1, Column: 1, Message: fmt.Sprintf("is larger than %d KB", maxPolicyBytes>>10), Hint: "a policy is a page or two; is this the right file?"}
	case !utf8.Valid(r.source) || bytes.IndexByte(r.source, 0) >= 0:
		return &PolicyError{File: r.file, Line: 1, Column: 1, Message: "is not a text in UTF-8", Hint: "save it as UTF-8"}
	}
	depth := 0
	for i, c := range r.source {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth > maxNesting {
			line := 1 + bytes.Count(r.source[:i], []byte("\n"))
			return r.errorAt(line, i-bytes.LastIndexByte(r.source[:i], '\n'), "opens too many brackets", "close them; no part of a policy is nested so deep")
		}
	}
	return nil
}

// decode reads the one document strictly. The library has been seen to panic on malformed input: that
// is an error of the file like any other.
func (r *reader) decode() (raw *rawPolicy, failed *PolicyError) {
	defer func() {
		if recover() != nil {
			raw, failed = nil, r.errorAt(1, 1, "is not YAML that can be read", "look for stray !, & or * and for broken indentation")
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(r.source), yaml.Strict())
	raw = &rawPolicy{}
	switch err := dec.Decode(raw); {
	case errors.Is(err, io.EOF):
		return nil, r.errorAt(1, 1, "holds no policy", "start with policy: NAME; dunlin policy show standard-b2b prints an example")
	case err != nil:
		return nil, r.yamlError(err)
	}
	var more any
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		line := 1 + bytes.Count(r.source[:max(0, bytes.LastIndex(r.source, []byte("\n---")))+1], []byte("\n"))
		return nil, r.errorAt(line, 1, "holds more than one document", "write one policy per file")
	}
	tree, err := parser.ParseBytes(r.source, 0)
	if err != nil {
		return nil, r.yamlError(err)
	}
	r.tree = tree
	return raw, nil
}

// yamlError gives the library's complaint its place and a hint.
func (r *reader) yamlError(err error) *PolicyError {
	e, ok := errors.AsType[yaml.Error](err)
	if !ok || e.GetToken() == nil || e.GetToken().Position == nil {
		return r.errorAt(1, 1, firstLine(err.Error()), "")
	}
	at := e.GetToken().Position
	message, hint := firstLine(e.GetMessage()), ""
	if unknown, ok := errors.AsType[*yaml.UnknownFieldError](err); ok {
		key := unknown.GetToken().Value
		message, hint = fmt.Sprintf("%q is not a key that is known here", key), keyHint(key)
	}
	return r.errorAt(at.Line, at.Column, message, hint)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

// wrong notes an error at a path of the document, such as "steps[2].at"; the nearest place that exists
// is shown.
func (r *reader) wrong(path, hint, format string, args ...any) {
	line, column := r.place(path)
	e := r.errorAt(line, column, fmt.Sprintf(format, args...), hint)
	e.Path = path
	r.errs = append(r.errs, e)
}

// refused notes an error of the invoice package at a path.
func (r *reader) refused(path string, err error) {
	if e, ok := errors.AsType[*invoice.Error](err); ok {
		r.wrong(path, e.Hint, "%s", e.Message)
		return
	}
	r.wrong(path, "", "%v", err)
}

func (r *reader) place(path string) (line, column int) {
	defer func() {
		if recover() != nil {
			line, column = 1, 1
		}
	}()
	for path != "" {
		if p, err := yaml.PathString("$." + path); err == nil {
			if node, err := p.FilterFile(r.tree); err == nil && node != nil {
				at := start(node)
				return at.Line, at.Column
			}
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1, 1
}

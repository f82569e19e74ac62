package bank

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A profile is a page. These limits hold before the YAML library sees a file: nesting is what makes a
// parser recurse.
const (
	maxProfileBytes   = 64 << 10
	maxProfileNesting = 16
	maxProfileIndent  = 40
	maxProfileErrors  = 50
)

// yamlReader is one reading of a profile, collecting what is wrong with it.
type yamlReader struct {
	file string
	errs ProfileErrors
}

// yamlNode is what is written at one place; the zero node is what is not written.
type yamlNode struct {
	r            *yamlReader
	n            ast.Node
	path         string
	line, column int
}

func (v yamlNode) written() bool { return v.n != nil }

// wrong notes an error at a node.
func (v yamlNode) wrong(hint, format string, args ...any) {
	if len(v.r.errs) < maxProfileErrors {
		v.r.errs = append(v.r.errs, &ProfileError{File: v.r.file, Line: v.line, Column: v.column, Path: v.path, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// document reads the one mapping of a file.
func (r *yamlReader) document(source []byte) (yamlNode, bool) {
	top := yamlNode{r: r, line: 1, column: 1}
	if hint, why := harmful(source); why != "" {
		top.wrong(hint, "%s", why)
		return top, false
	}
	body, ok := r.parse(source, top)
	if !ok {
		return top, false
	}
	top.n = body
	return top, true
}

// harmful says why a file is no profile before anything parses it.
func harmful(source []byte) (hint, why string) {
	switch {
	case len(source) > maxProfileBytes:
		return "a profile is a page; is this the right file?", fmt.Sprintf("is larger than %d KB", maxProfileBytes>>10)
	case !utf8.Valid(source) || bytes.IndexByte(source, 0) >= 0:
		return "save it as UTF-8", "is not a text in UTF-8"
	}
	depth := 0
	for line := range strings.Lines(string(source)) {
		text := strings.TrimLeft(line, " ")
		open := strings.Count(text, "[") + strings.Count(text, "{")
		if depth = max(0, depth+open-strings.Count(text, "]")-strings.Count(text, "}")); depth > maxProfileNesting || open > 8*maxProfileNesting ||
			len(line)-len(text) > maxProfileIndent && strings.TrimSpace(text) != "" || strings.Count(text, "- ") > 8*maxProfileNesting {
			return "no part of a profile is nested so deep", "opens too many levels"
		}
	}
	return "", ""
}

// parse makes a tree of the text. The library has been seen to panic on malformed input: that is an error
// of the file like any other.
func (r *yamlReader) parse(source []byte, top yamlNode) (body ast.Node, ok bool) {
	defer func() {
		if recover() != nil {
			body, ok = nil, false
			top.wrong("look for stray !, & or * and for broken indentation", "is not YAML that can be read")
		}
	}()
	tree, err := parser.ParseBytes(source, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		if e, is := errors.AsType[yaml.Error](err); is && e.GetToken() != nil && e.GetToken().Position != nil {
			top.line, top.column = max(1, e.GetToken().Position.Line), max(1, e.GetToken().Position.Column)
			err = errors.New(e.GetMessage())
		}
		text, _, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
		top.wrong("indent with spaces; put texts with : # [ { in quotes", "is not YAML: %s", text)
		return nil, false
	}
	for _, d := range tree.Docs {
		switch {
		case d.Body == nil:
		case body == nil:
			body = d.Body
		default:
			top.wrong("write one profile per file", "holds more than one document")
			return nil, false
		}
	}
	if body == nil {
		top.wrong("start with profile: NAME; docs/bank-profiles.md has an example", "holds no profile")
		return nil, false
	}
	return body, true
}

// keys reads a mapping. The keys have to be among those that are known; none stands there twice.
func (v yamlNode) keys(known ...string) map[string]yamlNode {
	found := map[string]yamlNode{}
	if !v.written() {
		return found
	}
	var pairs []*ast.MappingValueNode
	switch n := v.n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		v.wrong("write key: value here", "%s is not a set of keys", seen(v.n))
		return found
	}
	for _, p := range pairs {
		key := p.Key.GetToken().Value
		k := yamlNode{r: v.r, path: v.path, line: v.line, column: v.column}.at(p.Key)
		if _, twice := found[key]; twice {
			k.wrong("keep one", "the key %q stands there twice", key)
			continue
		}
		if len(known) > 0 && !slices.Contains(known, key) {
			k.wrong(closest(key, known), "%q is not a key that is known here", key)
			continue
		}
		child := k
		child.path = strings.TrimPrefix(v.path+"."+key, ".")
		if p.Value == nil || p.Value.Type() == ast.NullType {
			child.wrong("write one, or drop the key", "has no value")
			continue
		}
		child.n = p.Value
		found[key] = child.at(p.Value)
	}
	return found
}

// at is the node with the place of another.
func (v yamlNode) at(n ast.Node) yamlNode {
	if t := n.GetToken(); t != nil && t.Position != nil && t.Position.Line > 0 {
		if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
			return v.at(m.Values[0].Key)
		}
		if m, ok := n.(*ast.MappingValueNode); ok {
			return v.at(m.Key)
		}
		v.line, v.column = t.Position.Line, max(1, t.Position.Column)
	}
	return v
}

// list reads a list, or one value in place of a list of one.
func (v yamlNode) list() []yamlNode {
	if !v.written() {
		return nil
	}
	s, ok := v.n.(*ast.SequenceNode)
	if !ok {
		return []yamlNode{v}
	}
	if len(s.Values) == 0 {
		v.wrong("list at least one, or drop the key", "lists nothing")
	}
	var all []yamlNode
	for i, n := range s.Values {
		item := v
		item.n, item.path = n, fmt.Sprintf("%s[%d]", v.path, i)
		if n == nil || n.Type() == ast.NullType {
			item.wrong("write one, or drop it", "has no value")
			continue
		}
		all = append(all, item.at(n))
	}
	return all
}

// text reads one text. A number is read as its digits.
func (v yamlNode) text() string {
	if !v.written() {
		return ""
	}
	switch n := v.n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value
	case *ast.BoolNode:
		v.wrong("put it in quotes", "%s is read as true or false", n.GetToken().Value)
		return ""
	}
	v.wrong("write one text here; texts that begin with & * ! [ { need quotes", "%s is not a text", seen(v.n))
	return ""
}

// oneOf reads one of some words.
func (v yamlNode) oneOf(words ...string) string {
	text := v.text()
	if v.written() && text != "" && !slices.Contains(words, text) {
		v.wrong("write "+strings.Join(words, " or "), "%q is not one of the words that are known here", text)
		return ""
	}
	return text
}

func (v yamlNode) whole() (int, bool) {
	if n, ok := v.n.(*ast.IntegerNode); ok {
		i, err := strconv.Atoi(n.GetToken().Value)
		return i, err == nil
	}
	return 0, false
}

func seen(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a set of keys"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "an anchor, alias or tag"
	}
	if t := n.GetToken(); t != nil {
		return strconv.Quote(t.Value)
	}
	return "this"
}

// closest proposes the known key that shares the most letters with a mistyped one, else lists all.
func closest(key string, known []string) string {
	best, most := "", 0
	for _, k := range known {
		if n := shared(key, k); n > most || n == most && n > 0 && len(k) < len(best) {
			best, most = k, n
		}
	}
	if 2*most >= max(len(key), len(best)) {
		return "did you mean " + best + "?"
	}
	return "known are " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
}

// shared counts the letters that two words have in common.
func shared(a, b string) int {
	left := map[rune]int{}
	for _, r := range a {
		left[r]++
	}
	n := 0
	for _, r := range b {
		if left[r] > 0 {
			left[r]--
			n++
		}
	}
	return n
}

// failed returns the errors in order of their places.
func (r *yamlReader) failed() ProfileErrors {
	slices.SortStableFunc(r.errs, func(a, b *ProfileError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.errs
}

// sorted are the keys of a table in order.
func sorted(m map[string]yamlNode) []string { return slices.Sorted(maps.Keys(m)) }

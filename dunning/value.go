package dunning

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// place is a line and a column, both from 1.
type place struct{ line, column int }

// value is what is written at one place of a file, read by its shape. A value that is not written has
// the place of what should have held it; a bad one has been complained about.
type value struct {
	place

	path    string // such as "steps[2].at"
	shape   *shape
	written bool
	bad     bool
	text    string // of texts
	n       int    // of whole numbers
	yes     bool   // of flags
	items   []*value
	keys    []string // of a table, sorted
	fields  map[string]*value
}

// get returns the value of a key; an unwritten one when it is missing. The key has to be one that the
// shape knows: anything else is a mistake of the program.
func (v *value) get(key string) *value {
	if f, ok := v.fields[key]; ok {
		return f
	}
	missing := &value{place: v.place, path: under(v.path, key), bad: v.bad}
	if v.shape != nil && v.shape.form == formRecord {
		f := v.shape.field(key)
		if f == nil {
			panic("dunning: no key " + missing.path)
		}
		missing.shape = f.shape
	}
	return missing
}

func under(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// read reads a node by a shape, noting everything that does not fit.
func (r *reader) read(n ast.Node, s *shape, path string, near place) *value {
	v := &value{place: start(n, near), path: path, shape: s, written: true}
	if why, hint := strange(n); why != "" {
		return r.misfit(v, hint, "%s", why)
	}
	switch s.form {
	case formRecord, formTable:
		r.readKeys(n, v)
	case formList, formMany:
		r.readList(n, v)
	case formWhole:
		r.readWhole(n, v)
	case formFlag:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			return r.misfit(v, "write true or false, without quotes", "%s is not true or false", r.seen(n))
		}
		v.yes = b.Value
	default:
		r.readText(n, v)
	}
	return v
}

// misfit notes an error and marks the value as bad.
func (r *reader) misfit(v *value, hint, format string, args ...any) *value {
	r.wrong(v, hint, format, args...)
	v.bad = true
	return v
}

// strange names what YAML offers and a policy does without.
func strange(n ast.Node) (why, hint string) {
	switch n.(type) {
	case nil:
		return "has no value", "write one, or drop the key"
	case *ast.NullNode:
		return "has no value", "write one, or drop the key"
	case *ast.AnchorNode, *ast.AliasNode:
		return "anchors and aliases (& and *) are not read", "write the value out; a text that begins so needs quotes"
	case *ast.TagNode:
		return "tags (!) are not read", "drop the tag; a text that begins so needs quotes"
	}
	return "", ""
}

func (r *reader) readWhole(n ast.Node, v *value) {
	number, ok := n.(*ast.IntegerNode)
	if !ok {
		r.misfit(v, "write a whole number, without quotes", "%s is not a whole number", r.seen(n))
		return
	}
	written := number.GetToken().Value
	i, err := strconv.Atoi(written)
	switch s := v.shape; {
	case err != nil:
		r.misfit(v, "write digits only", "%s is not a number that can be read", written)
	case i < s.min || (s.max > 0 && i > s.max):
		r.misfit(v, s.bounds(), "%d is out of bounds", i)
	}
	v.n = i
}

// bounds says which numbers are allowed.
func (s *shape) bounds() string {
	if s.max == 0 {
		return fmt.Sprintf("write a number from %d up", s.min)
	}
	return fmt.Sprintf("write a number from %d to %d", s.min, s.max)
}

func (r *reader) readText(n ast.Node, v *value) {
	switch n := n.(type) {
	case *ast.StringNode:
		v.text = n.Value
	case *ast.LiteralNode:
		v.text = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		v.text = n.GetToken().Value
		if v.shape.form != formLoose {
			r.misfit(v, fmt.Sprintf("a text that looks like a number or like true needs quotes: %q", v.text), "%s is not %s", v.text, v.shape.named())
		}
	default:
		r.misfit(v, "write one text here", "%s is not %s", r.seen(n), v.shape.named())
	}
	if len(v.shape.enum) > 0 && !v.bad && !slices.Contains(v.shape.enum, v.text) {
		r.misfit(v, "write "+choice(v.shape.enum), "%q is not %s", v.text, v.shape.named())
	}
}

func (r *reader) readList(n ast.Node, v *value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		if v.shape.form == formList {
			r.misfit(v, "write a list: [a, b], or lines that begin with -", "%s is not a list", r.seen(n))
			return
		}
		item := r.read(n, v.shape.item, v.path, v.place)
		v.items, v.bad = []*value{item}, item.bad
		return
	}
	for i, one := range s.Values {
		v.items = append(v.items, r.read(one, v.shape.item, fmt.Sprintf("%s[%d]", v.path, i), v.place))
	}
	switch n := len(v.items); {
	case n == 0 && v.shape.min > 0:
		r.misfit(v, fmt.Sprintf("list at least %d", v.shape.min), "lists nothing")
	case n < v.shape.min:
		r.misfit(v, fmt.Sprintf("list at least %d, or drop the key", v.shape.min), "%d are too few", n)
	case v.shape.max > 0 && n > v.shape.max:
		r.misfit(v, fmt.Sprintf("list at most %d", v.shape.max), "%d are too many", n)
	}
}

// seen says what stands there instead of what should.
func (r *reader) seen(n ast.Node) string {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a set of keys"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode:
		return strconv.Quote(n.Value)
	case *ast.LiteralNode:
		return "a block of text"
	}
	if t := n.GetToken(); t != nil {
		return t.Value
	}
	return "this"
}

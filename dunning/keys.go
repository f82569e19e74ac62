package dunning

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// readKeys reads a record or a table. An unknown key that is nearly a known one is read as that one, so
// that one slip is one error.
func (r *reader) readKeys(n ast.Node, v *value) {
	pairs, ok := pairsOf(n)
	if !ok {
		r.misfit(v, "write key: value here", "%s is not a set of keys", r.seen(n))
		return
	}
	v.fields = map[string]*value{}
	var slips []*ast.MappingValueNode
	for _, pair := range pairs {
		key, at := r.key(pair, v)
		switch {
		case at.bad:
		case v.fields[key] != nil:
			r.wrong(at, "keep one", "the key %q stands there twice", key)
		case v.shape.form == formTable:
			v.fields[key] = r.read(pair.Value, v.shape.item, under(v.path, key), at.place)
			v.keys = append(v.keys, key)
		case v.shape.field(key) == nil:
			r.wrong(at, keyHint(key, v.shape), "%q is not a key that is known here", key)
			slips = append(slips, pair)
		default:
			v.fields[key] = r.read(pair.Value, v.shape.field(key).shape, under(v.path, key), at.place)
		}
	}
	slices.Sort(v.keys)
	for _, pair := range slips {
		key, at := r.key(pair, v)
		if meant, ok := nearest(key, v.shape.names()); ok && v.fields[meant] == nil {
			v.fields[meant] = r.read(pair.Value, v.shape.field(meant).shape, under(v.path, meant), at.place)
		}
	}
	for i := range v.shape.fields {
		if f := &v.shape.fields[i]; f.required && v.fields[f.key] == nil {
			r.wrong(v, "add "+f.key+": "+f.doc, "%q is missing", f.key)
			v.fields[f.key] = &value{place: v.place, path: under(v.path, f.key), shape: f.shape, bad: true}
		}
	}
}

func pairsOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// key reads the key of a pair; at carries its place for errors.
func (r *reader) key(pair *ast.MappingValueNode, in *value) (key string, at *value) {
	at = &value{place: start(pair.Key, in.place), path: in.path}
	switch k := pair.Key.(type) {
	case *ast.StringNode:
		key = k.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		key = k.GetToken().Value
	default:
		return "", r.misfit(at, "write key: value", "is not a key that is known here")
	}
	if key == "" {
		return "", r.misfit(at, "write key: value", "a key is missing")
	}
	return key, at
}

// keyHint proposes the known key that is nearest to a mistyped one, or says where the key belongs.
func keyHint(key string, at *shape) string {
	if near, ok := nearest(key, at.names()); ok {
		return "did you mean " + near + "?"
	}
	here := "known here: " + strings.Join(at.names(), ", ")
	for _, root := range []*shape{policyShape, segmentsShape} {
		if place, ok := home(key, root, ""); ok {
			return key + " belongs to " + place + "; " + here
		}
	}
	return here
}

// home finds where a key, or one near it, belongs.
func home(key string, s *shape, path string) (string, bool) {
	if s == nil {
		return "", false
	}
	for i := range s.fields {
		if s.fields[i].key == key {
			if path == "" {
				return "the top of the file", true
			}
			return path, true
		}
	}
	for i := range s.fields {
		if p, ok := home(key, s.fields[i].shape, under(path, s.fields[i].key)); ok {
			return p, true
		}
	}
	return home(key, s.item, path)
}

// nearest returns the word with the fewest edits, when these are few enough for a slip.
func nearest(word string, all []string) (string, bool) {
	best, least := "", 3
	if len(word) > 40 {
		return "", false
	}
	for _, w := range all {
		if e := edits(word, w); e < least && 2*e < len(w) {
			best, least = w, e
		}
	}
	return best, best != ""
}

// edits counts the letters to change, add or drop between two words.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// choice lists words for people: "a, b or c".
func choice(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// start returns where a node begins; a mapping begins at its first key.
func start(n ast.Node, near place) place {
	switch n := n.(type) {
	case nil:
		return near
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return start(n.Values[0], near)
		}
	case *ast.MappingValueNode:
		return start(n.Key, near)
	case *ast.SequenceNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return start(n.Values[0], near)
		}
	}
	if t := n.GetToken(); t != nil && t.Position != nil && t.Position.Line > 0 && t.Position.Column > 0 {
		return place{t.Position.Line, t.Position.Column}
	}
	return near
}

package dunning

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"dunlin/invoice"
)

// Segments are the rules that choose a policy when an invoice or order is issued. Their JSON is
// canonical; the database stores it by its hash.
type Segments struct {
	Rules []Segment `json:"segments"`
}

// Segment is one rule.
type Segment struct {
	Name   string    `json:"name"`
	When   Condition `json:"when"`
	Policy string    `json:"policy"` // name of the policy, in the version that is on file at issue
}

// Choose returns the first segment that holds, and its policy. When none does, the kind's default counts.
func (s *Segments) Choose(f Features) (segment, policy string, ok bool) {
	for i := range s.Rules {
		if ok, _ := s.Rules[i].When.Holds(f); ok {
			return s.Rules[i].Name, s.Rules[i].Policy, true
		}
	}
	return "", "", false
}

// Canonical returns the compiled form that is stored and hashed.
func (s *Segments) Canonical() []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("dunning: segments have no JSON: %v", err)) // plain data: cannot happen
	}
	return b
}

// Hash returns the sha256 of the compiled form, in hex.
func (s *Segments) Hash() string {
	sum := sha256.Sum256(s.Canonical())
	return hex.EncodeToString(sum[:])
}

// CompiledSegments reads a compiled form, as Canonical wrote it.
func CompiledSegments(b []byte) (*Segments, error) {
	var s Segments
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, invoice.Invalid("segments", "the stored form cannot be read: %v", err).WithHint("it was not written by this program")
	}
	return &s, nil
}

// ParseSegments reads and compiles a file of segment rules. file is only named in errors. known has the
// kind of every policy on file by its name; with nil nobody checks whether the policies exist. The error
// is always a PolicyErrors and holds everything that is wrong.
//
// A rule that does not name a kind holds for the kind of its policy.
func ParseSegments(file string, source []byte, known map[string]invoice.Kind) (*Segments, error) {
	r := newReader(file, source)
	doc, ok := r.document(segmentsShape, "segments file", "start with segments: and a list of {name: …, when: {…}, policy: …}")
	if !ok {
		return nil, r.failed()
	}
	s := &Segments{Rules: []Segment{}}
	for _, one := range doc.get("segments").items {
		x := Segment{Name: strings.TrimSpace(one.get("name").text), When: r.condition(one.get("when")), Policy: r.named(one.get("policy"))}
		r.segment(one, &x, known)
		r.reached(one, &x, s.Rules)
		s.Rules = append(s.Rules, x)
	}
	if len(r.errs) > 0 {
		return nil, r.failed()
	}
	return s, nil
}

// segment checks one rule by itself.
func (r *reader) segment(v *value, x *Segment, known map[string]invoice.Kind) {
	if name := v.get("name"); x.Name == "" || len(x.Name) > 80 {
		r.wrong(name, "write a few words: they stand in the case file", "%q is not a name", x.Name)
	}
	policy := v.get("policy")
	if known == nil || policy.bad {
		return
	}
	kind, ok := known[x.Policy]
	switch {
	case !ok:
		hint := "put the policy on file first; on file: " + strings.Join(sortedKeys(known), ", ")
		if near, ok := nearest(x.Policy, sortedKeys(known)); ok {
			hint = "did you mean " + near + "?"
		}
		r.wrong(policy, hint, "there is no policy %q", x.Policy)
	case len(x.When.Kinds) == 0:
		x.When.Kinds = []invoice.Kind{kind}
	case len(x.When.Kinds) > 1 || x.When.Kinds[0] != kind:
		r.wrong(v.get("when").get("kind"), fmt.Sprintf("write kind: %s, or choose another policy", kind), "the policy %q is for kind: %s", x.Policy, kind)
	}
}

// reached checks that the rules before leave something to this one.
func (r *reader) reached(v *value, x *Segment, before []Segment) {
	for i := range before {
		b := &before[i]
		if b.Name == x.Name {
			r.wrong(v.get("name"), "the case file tells rules apart by it", "rule %d has the name %q already", i+1, b.Name)
			return
		}
		same := b.Policy == x.Policy || len(b.When.Kinds) > 0 && len(x.When.Kinds) > 0 // else the kinds are not known
		if same && b.When.covers(x.When) {
			r.wrong(v, "move it up, or drop it: the first rule that holds counts", "is never reached: %q takes all of it", b.Name)
			return
		}
	}
}

// covers says whether c surely holds wherever d does. It need not find every such case.
func (c Condition) covers(d Condition) bool {
	return wider(c.Creditors, d.Creditors) && wider(c.Groups, d.Groups) && wider(c.Kinds, d.Kinds) &&
		wider(c.Countries, d.Countries) && wider(c.Types, d.Types) && (c.History == "" || c.History == d.History) &&
		looser(c.From, d.From, func(c, d int64) bool { return c <= d }) &&
		looser(c.Below, d.Below, func(c, d int64) bool { return c >= d })
}

// wider says whether a list of choices allows all that another allows; an empty one allows all.
func wider[T comparable](c, d []T) bool {
	if len(c) == 0 {
		return true
	}
	return len(d) > 0 && !slices.ContainsFunc(d, func(x T) bool { return !slices.Contains(c, x) })
}

// looser says whether thresholds allow all that others allow; none at all allow every currency.
func looser(c, d Thresholds, within func(c, d int64) bool) bool {
	if len(c) == 0 {
		return true
	}
	for currency, limit := range d {
		if own, ok := c[currency]; !ok || !within(own, limit) {
			return false
		}
	}
	return len(d) > 0
}

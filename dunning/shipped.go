package dunning

import (
	"embed"
	"io/fs"
	"path"
	"sync"
)

//go:embed policies/*.yaml
var policies embed.FS

// Source is a shipped policy with the YAML it was made from.
type Source struct {
	File   string // e.g. "policies/standard-b2b.yaml"
	YAML   []byte
	Policy *Policy
}

// Shipped returns the policies that come with Dunlin, in order of their names. They are parsed once;
// the templates they name are checked by whoever has the templates (Parse with the YAML).
var Shipped = sync.OnceValue(func() []Source {
	files, err := fs.Glob(policies, "policies/*.yaml")
	if err != nil {
		panic(err) // the pattern is constant
	}
	var all []Source
	for _, file := range files {
		yaml, err := policies.ReadFile(file)
		if err != nil {
			panic(err) // embedded
		}
		p, err := Parse(path.Base(file), yaml, nil)
		if err != nil {
			panic("dunning: shipped policy does not parse:\n" + err.Error()) // held by a test
		}
		all = append(all, Source{File: file, YAML: yaml, Policy: p})
	}
	return all
})

// ShippedPolicy returns the shipped policy with a name; false when there is none.
func ShippedPolicy(name string) (*Policy, bool) {
	for _, s := range Shipped() {
		if s.Policy.Name == name {
			return s.Policy, true
		}
	}
	return nil, false
}

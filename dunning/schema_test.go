package dunning_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"dunlin/dunning"
)

func TestSchemasOnFile(t *testing.T) {
	t.Parallel()
	for file, schema := range map[string][]byte{"policy.schema.json": dunning.PolicySchema(), "segments.schema.json": dunning.SegmentsSchema()} {
		path := filepath.Join("..", "docs", file)
		if os.Getenv("UPDATE_SCHEMAS") != "" {
			require.NoError(t, os.WriteFile(path, schema, 0o644))
		}
		onFile, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(schema), string(onFile), "run UPDATE_SCHEMAS=1 go test ./dunning -run TestSchemasOnFile")
	}
}

// keysOf lists all keys of a schema with their places, sorted.
func keysOf(schema map[string]any, path string) []string {
	var keys []string
	for key, p := range asMap(schema["properties"]) {
		keys = append(keys, path+key)
		keys = append(keys, keysOf(asMap(p), path+key+".")...)
	}
	keys = append(keys, itemKeys(schema, path)...)
	slices.Sort(keys)
	return keys
}

func itemKeys(schema map[string]any, path string) []string {
	if items := asMap(schema["items"]); items != nil {
		return keysOf(items, path)
	}
	return nil
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// written lists all keys of a document with their places, sorted, each once.
func written(doc any, path string, schema map[string]any) []string {
	var keys []string
	switch doc := doc.(type) {
	case map[string]any:
		for key, v := range doc {
			if p := asMap(asMap(schema["properties"])[key]); p != nil {
				keys = append(keys, path+key)
				keys = append(keys, written(v, path+key+".", p)...)
			}
		}
	case []any:
		for _, v := range doc {
			keys = append(keys, written(v, path, asMap(schema["items"]))...)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Every key of the schema is a key that the parser reads: a policy that uses all of them parses, and
// without any one of them it is another policy or none. Every key that the schema does not have is
// refused, because both are made of one table.
func TestSchemaAndParserKnowTheSameKeys(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	require.NoError(t, json.Unmarshal(dunning.PolicySchema(), &schema))
	var doc map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(full), &doc))
	var missing []string
	used := written(doc, "", schema)
	for _, key := range keysOf(schema, "") {
		if _, found := slices.BinarySearch(used, key); !found {
			missing = append(missing, key)
		}
	}
	require.Equal(t, []string{"expiry", "expiry.bank_lag"}, missing, "all other keys can be used by an invoice's policy")
	order := func(lag string) string {
		return "policy: o\nversion: 1\nkind: order\n" + lag + "steps: [{id: e, class: service, at: expiry+0h, acts: [expire]}]\n"
	}
	with, err := dunning.Parse("o.yaml", []byte(order("expiry: {bank_lag: 5h}\n")), nil)
	require.NoError(t, err)
	without, err := dunning.Parse("o.yaml", []byte(order("")), nil)
	require.NoError(t, err)
	require.NotEqual(t, with.Hash(), without.Hash())

	whole, err := dunning.Parse("full.yaml", []byte(full), nil)
	require.NoError(t, err)
	require.Equal(t, whole.Hash(), parsed(t, doc).Hash())
	for _, key := range used {
		less := drop(doc, strings.Split(key, ".")).(map[string]any)
		source, err := yaml.Marshal(less)
		require.NoError(t, err)
		if p, err := dunning.Parse("less.yaml", source, nil); err == nil {
			require.NotEqual(t, whole.Hash(), p.Hash(), "%s changes nothing: is it read?", key)
		}
	}
}

func parsed(t *testing.T, doc any) *dunning.Policy {
	t.Helper()
	source, err := yaml.Marshal(doc)
	require.NoError(t, err)
	p, err := dunning.Parse("again.yaml", source, nil)
	require.NoError(t, err)
	return p
}

// drop copies a document without a key; of a list's items the first that has it loses it.
func drop(doc any, path []string) any {
	switch doc := doc.(type) {
	case map[string]any:
		less := map[string]any{}
		for k, v := range doc {
			switch {
			case k != path[0]:
				less[k] = v
			case len(path) > 1:
				less[k] = drop(v, path[1:])
			}
		}
		return less
	case []any:
		less := slices.Clone(doc)
		for i := range less {
			if has(less[i], path) {
				less[i] = drop(less[i], path)
				break
			}
		}
		return less
	}
	return doc
}

func has(doc any, path []string) bool {
	switch doc := doc.(type) {
	case map[string]any:
		v, ok := doc[path[0]]
		return ok && (len(path) == 1 || has(v, path[1:]))
	case []any:
		return slices.ContainsFunc(doc, func(v any) bool { return has(v, path) })
	}
	return false
}

// validator reads a schema for a validator that is not ours.
func validator(t *testing.T, schema []byte) *huma.Schema {
	t.Helper()
	var s huma.Schema
	require.NoError(t, yaml.Unmarshal(schema, &s))
	prepare(t, &s)
	s.PrecomputeMessages()
	return &s
}

// prepare gives tables of amounts the form in which the validator wants them.
func prepare(t *testing.T, s *huma.Schema) {
	t.Helper()
	if more, ok := s.AdditionalProperties.(map[string]any); ok {
		b, err := yaml.Marshal(more)
		require.NoError(t, err)
		s.AdditionalProperties = validator(t, b)
	}
	for _, p := range s.Properties {
		prepare(t, p)
	}
	for _, p := range s.AnyOf {
		prepare(t, p)
	}
	if s.Items != nil {
		prepare(t, s.Items)
	}
}

func valid(t *testing.T, s *huma.Schema, source []byte) []error {
	t.Helper()
	var doc any
	require.NoError(t, yaml.Unmarshal(source, &doc))
	b, err := json.Marshal(doc)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &doc))
	var result huma.ValidateResult
	huma.Validate(huma.NewMapRegistry("#/", huma.DefaultSchemaNamer), s, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, doc, &result)
	return result.Errors
}

func TestPoliciesFollowTheSchema(t *testing.T) {
	t.Parallel()
	s := validator(t, dunning.PolicySchema())
	require.Empty(t, valid(t, s, []byte(full)))
	for _, p := range dunning.Shipped() {
		require.Empty(t, valid(t, s, p.YAML), p.File)
	}
	for _, tc := range []struct{ old, changed string }{
		{"kind: invoice\ndescription", "kind: bill\ndescription"},
		{"version: 3", "version: three"},
		{"colour", "colour"},
		{"at: due+7d", "at: soon"},
		{"acts: [decide]", "acts: [fax]"},
		{"share: 40", "share: 400"},
		{"look: true", "look: maybe"},
		{`EUR: "9000.00"`, `EUR: "-1"`},
		{"letter: A", "letter: AA"},
		{"id: nudge, ", ""},
	} {
		source := strings.Replace(full, tc.old, tc.changed, 1)
		if tc.old == "colour" {
			source += "colour: red\n"
		}
		require.NotEmpty(t, valid(t, s, []byte(source)), tc.changed)
	}
	rules := validator(t, dunning.SegmentsSchema())
	require.Empty(t, valid(t, rules, []byte(`segments: [{name: a, when: {country: [DE], type: business, amount_from: {EUR: 5}}, policy: consumer}]`)))
	require.NotEmpty(t, valid(t, rules, []byte(`segments: [{name: a, when: {contry: [DE]}, policy: consumer}]`)))
}

package dunning

import (
	"bytes"
	"encoding/json"
	"fmt"
)

const schemaDraft = "https://json-schema.org/draft/2020-12/schema"

// PolicySchema returns the JSON Schema (draft 2020-12) of policy files, for editors. It is made of the
// table that the parser reads by. What follows from several keys together, only Parse can tell.
func PolicySchema() []byte {
	return schemaOf(policyShape, "Dunlin policy", "What is done about an unpaid invoice or order, and when.")
}

// SegmentsSchema returns the JSON Schema (draft 2020-12) of segment files, for editors.
func SegmentsSchema() []byte {
	return schemaOf(segmentsShape, "Dunlin segments", "Rules that choose the policy of an invoice or order when it is issued.")
}

func schemaOf(s *shape, title, description string) []byte {
	root := s.schema()
	root["$schema"], root["title"], root["description"] = schemaDraft, title, description
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		panic(fmt.Sprintf("dunning: the schema has no JSON: %v", err)) // plain data: cannot happen
	}
	return b.Bytes()
}

// node is one schema object.
type node map[string]any

func (s *shape) schema() node {
	switch s.form {
	case formRecord:
		return s.recordSchema()
	case formTable:
		return node{"type": "object", "propertyNames": node{"pattern": s.keys}, "additionalProperties": s.item.schema()}
	case formList:
		n := node{"type": "array", "items": s.item.schema()}
		if s.min > 0 {
			n["minItems"] = s.min
		}
		if s.max > 0 {
			n["maxItems"] = s.max
		}
		return n
	case formMany:
		return node{"anyOf": []node{s.item.schema(), {"type": "array", "items": s.item.schema(), "minItems": s.min}}}
	case formWhole:
		n := node{"type": "integer", "minimum": s.min}
		if s.max > 0 {
			n["maximum"] = s.max
		}
		return n
	case formFlag:
		return node{"type": "boolean"}
	}
	return s.textSchema()
}

func (s *shape) textSchema() node {
	n := node{"type": "string"}
	if s.pattern != "" {
		n["pattern"] = s.pattern
	}
	if len(s.enum) > 0 {
		n["enum"] = s.enum
	}
	if s == amountTable.item {
		return node{"anyOf": []node{n, {"type": "number", "minimum": 0}}}
	}
	return n
}

func (s *shape) recordSchema() node {
	properties, required := node{}, []string{}
	for _, f := range s.fields {
		p := f.shape.schema()
		p["description"] = f.doc
		properties[f.key] = p
		if f.required {
			required = append(required, f.key)
		}
	}
	n := node{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		n["required"] = required
	}
	return n
}

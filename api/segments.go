package api

import (
	"context"
	"errors"
	"net/http"

	"dunlin/dunning"
	"dunlin/invoice"
)

// SegmentRules are the rules that choose the policy of a new invoice.
type SegmentRules struct {
	Source string `json:"source" minLength:"1" maxLength:"262144" doc:"The rules as YAML; GET /v1/policies lists the policies they may name"`
}

// SegmentsOnFile are the rules in force.
type SegmentsOnFile struct {
	Source string        `json:"source"`
	Rules  []SegmentRule `json:"rules" nullable:"false"`
}

// SegmentRule is one rule; the first that holds counts.
type SegmentRule struct {
	Name   string `json:"name"`
	When   string `json:"when" doc:"What has to hold, in words"`
	Policy string `json:"policy"`
}

func (s *server) registerSegments() {
	type input struct{ Body SegmentRules }
	handle(s, operation{
		method: http.MethodPut, path: "/v1/segments", id: "put-segments", tag: tagPolicies, summary: "Put the rules in force that choose the policy of new invoices",
		description: "A policy named on the invoice beats the rules; where none holds, the default of the kind is taken. Running cases keep their policy.",
	},
		func(ctx context.Context, in *input) (*answer[SegmentsOnFile], error) {
			return s.putSegments(ctx, in.Body.Source)
		})
	handle(s, operation{method: http.MethodGet, path: "/v1/segments", id: "get-segments", tag: tagPolicies, summary: "Show the rules in force"},
		func(ctx context.Context, _ *struct{}) (*answer[SegmentsOnFile], error) { return s.segments(ctx) })
}

func (s *server) putSegments(ctx context.Context, source string) (*answer[SegmentsOnFile], error) {
	rules, err := dunning.ParseSegments("source", []byte(source), nil)
	if wrong, ok := errors.AsType[*dunning.PolicyError](err); ok {
		return nil, invoice.Invalid("source", "line %d, column %d: %s", wrong.Line, wrong.Column, wrong.Message).WithHint("%s", wrong.Hint)
	}
	if err != nil {
		return nil, err
	}
	if err := s.Store.PutSegments(ctx, rules, []byte(source), actor(ctx)); err != nil {
		return nil, err
	}
	return s.segments(ctx)
}

func (s *server) segments(ctx context.Context) (*answer[SegmentsOnFile], error) {
	rules, source, err := s.Store.Segments(ctx)
	if err != nil {
		return nil, err
	}
	v := SegmentsOnFile{Source: string(source), Rules: make([]SegmentRule, 0, len(rules.Rules))}
	for _, r := range rules.Rules {
		v.Rules = append(v.Rules, SegmentRule{Name: r.Name, When: r.When.Words(), Policy: r.Policy})
	}
	return &answer[SegmentsOnFile]{v}, nil
}

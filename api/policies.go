package api

import (
	"context"
	"net/http"

	"dunlin/dunning"
	"dunlin/invoice"
)

// PolicyHead names a policy on file.
type PolicyHead struct {
	Name        string       `json:"name"`
	Version     int          `json:"version"`
	Kind        invoice.Kind `json:"kind"`
	Description string       `json:"description,omitempty"`
	Hash        string       `json:"hash" doc:"Names this very content; plans refer to it"`
}

// PolicyList is the policies on file.
type PolicyList struct {
	Items []PolicyHead `json:"items"`
}

// PolicyOnFile is a compiled policy.
type PolicyOnFile struct {
	Hash   string         `json:"hash"`
	Policy dunning.Policy `json:"policy"`
}

func (s *server) registerPolicies() {
	type place struct {
		Name string `path:"name" maxLength:"60"`
	}
	handle(s, operation{method: http.MethodGet, path: "/v1/policies", id: "list-policies", tag: tagPolicies, summary: "List the dunning policies on file"},
		func(ctx context.Context, _ *struct{}) (*answer[PolicyList], error) { return s.listPolicies(ctx) })
	handle(s, operation{
		method: http.MethodGet, path: "/v1/policies/{name}", id: "get-policy", tag: tagPolicies, summary: "Show what a policy's name stands for now",
		description: "Running cases keep the policy they started with.",
	},
		func(ctx context.Context, in *place) (*answer[PolicyOnFile], error) {
			p, err := s.Store.Policy(ctx, in.Name)
			if err != nil {
				return nil, err
			}
			return &answer[PolicyOnFile]{PolicyOnFile{Hash: p.Hash(), Policy: *p}}, nil
		})
}

func (s *server) listPolicies(ctx context.Context) (*answer[PolicyList], error) {
	names, err := s.Store.Policies(ctx)
	if err != nil {
		return nil, err
	}
	list := PolicyList{Items: make([]PolicyHead, 0, len(names))}
	for _, name := range names {
		p, err := s.Store.Policy(ctx, name)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, PolicyHead{Name: p.Name, Version: p.Version, Kind: p.Kind, Description: p.Description, Hash: p.Hash()})
	}
	return &answer[PolicyList]{list}, nil
}

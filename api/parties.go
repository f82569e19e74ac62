package api

import (
	"context"
	"net/http"

	"dunlin/invoice"
)

const (
	creditorPath = "/v1/creditors/{creditor}"
	debtorPath   = creditorPath + "/debtors/{debtor}"
)

type creditorPlace struct {
	Creditor string `path:"creditor" maxLength:"40" doc:"Creditor id"`
}

type debtorPlace struct {
	Creditor string `path:"creditor" maxLength:"40" doc:"Creditor id"`
	Debtor   string `path:"debtor" maxLength:"100" doc:"Debtor id, path-escaped"`
}

func (s *server) registerParties() {
	type creditorInput struct {
		Creditor string `path:"creditor" maxLength:"40" doc:"Creditor id"`
		Body     invoice.Creditor
	}
	type debtorInput struct {
		Creditor string `path:"creditor" maxLength:"40" doc:"Creditor id"`
		Debtor   string `path:"debtor" maxLength:"100" doc:"Debtor id, path-escaped"`
		Body     Debtor
	}
	handle(s, operation{method: http.MethodPut, path: creditorPath, id: "put-creditor", tag: tagParties, summary: "Create or replace a creditor"},
		func(ctx context.Context, in *creditorInput) (*answer[invoice.Creditor], error) {
			return s.putCreditor(ctx, in.Creditor, in.Body)
		})
	handle(s, operation{method: http.MethodGet, path: creditorPath, id: "get-creditor", tag: tagParties, summary: "Show a creditor"},
		func(ctx context.Context, in *creditorPlace) (*answer[invoice.Creditor], error) {
			c, err := s.Store.Creditor(ctx, in.Creditor)
			return &answer[invoice.Creditor]{c}, err
		})
	handle(s, operation{
		method: http.MethodPut, path: debtorPath, id: "put-debtor", tag: tagParties, summary: "Create or replace a debtor",
		description: "What is missing (zone, type, a contact) holds the steps that need it, visibly, until it is filled in.",
	},
		func(ctx context.Context, in *debtorInput) (*answer[invoice.Debtor], error) {
			return s.putDebtor(ctx, in.Creditor, in.Debtor, in.Body)
		})
	handle(s, operation{method: http.MethodGet, path: debtorPath, id: "get-debtor", tag: tagParties, summary: "Show a debtor"},
		func(ctx context.Context, in *debtorPlace) (*answer[invoice.Debtor], error) {
			d, err := s.Store.Debtor(ctx, in.Creditor, in.Debtor)
			return &answer[invoice.Debtor]{d}, err
		})
}

func (s *server) putCreditor(ctx context.Context, id string, c invoice.Creditor) (*answer[invoice.Creditor], error) {
	if c.ID != id {
		return nil, invoice.Invalid("creditor.id", "%q is not the %q of the address", c.ID, id)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := s.Store.PutCreditor(ctx, c, actor(ctx)); err != nil {
		return nil, err
	}
	stored, err := s.Store.Creditor(ctx, id)
	return &answer[invoice.Creditor]{stored}, err
}

func (s *server) putDebtor(ctx context.Context, creditor, id string, d Debtor) (*answer[invoice.Debtor], error) {
	v, err := d.value(creditor, id)
	if err != nil {
		return nil, err
	}
	if err := v.Validate(); err != nil {
		return nil, err
	}
	if err := s.Store.PutDebtor(ctx, v, actor(ctx)); err != nil {
		return nil, err
	}
	stored, err := s.Store.Debtor(ctx, creditor, id)
	return &answer[invoice.Debtor]{stored}, err
}

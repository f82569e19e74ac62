package api

import (
	"context"
	"net/http"

	"dunlin/collection"
)

// Payments decides about payments that no rule could decide about.
type Payments interface {
	Payments(ctx context.Context, f collection.PaymentFilter) ([]collection.PaymentView, error)
	Payment(ctx context.Context, id int64) (collection.PaymentView, error)
	MatchPayment(ctx context.Context, m collection.PaymentMatch) (collection.PaymentView, error)
	UndoPayment(ctx context.Context, id int64, actor, reason string) (collection.PaymentView, error)
	Feeds(ctx context.Context, creditor string) ([]collection.FeedView, error)
}

// PaymentPage is one page of payments.
type PaymentPage struct {
	Items []collection.PaymentView `json:"items" nullable:"false"`
	Next  int64                    `json:"next,omitempty" doc:"Pass it as after to get the next page; missing: this was the last"`
}

// FeedList lists accounts.
type FeedList struct {
	Items []collection.FeedView `json:"items" nullable:"false"`
}

// PaymentChoice is what a person decides about a payment.
type PaymentChoice struct {
	Suggestion int           `json:"suggestion,omitempty" minimum:"1" doc:"Take the n-th suggestion, from 1; otherwise invoices say it"`
	Invoices   []InvoicePart `json:"invoices,omitempty" maxItems:"200"`
	OnAccount  string        `json:"on_account,omitempty" maxLength:"255" doc:"The debtor whose account gets the rest"`
	NotOurs    bool          `json:"not_ours,omitempty" doc:"The rest is for other books"`
	Reason     string        `json:"reason,omitempty" maxLength:"1000"`
}

// InvoicePart is what an invoice is to get of a payment.
type InvoicePart struct {
	Number string `json:"number" minLength:"1" maxLength:"60"`
	Amount *Money `json:"amount,omitempty" doc:"Missing: what is open of it, at most what is left of the payment"`
}

// PaymentUndoing takes a decision back.
type PaymentUndoing struct {
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

func (s *server) registerPayments() {
	type listing struct {
		Creditor string `query:"creditor" doc:"Only this creditor's"`
		State    string `query:"state" enum:"undecided,waiting,decided,all" doc:"Missing: undecided and waiting"`
		After    int64  `query:"after" minimum:"0" doc:"The next of the page before"`
		Limit    int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}
	type one struct {
		ID int64 `path:"id" minimum:"1"`
	}
	type feeds struct {
		Creditor string `query:"creditor" doc:"Only this creditor's"`
	}
	handle(s, operation{
		method: http.MethodGet, path: "/v1/bank/payments", id: "list-payments", tag: tagBank, summary: "List payments that wait for a decision",
		description: "Each with ranked suggestions and the evidence for them, in words.",
	},
		func(ctx context.Context, in *listing) (*answer[PaymentPage], error) {
			items, err := s.Store.Payments(ctx, collection.PaymentFilter{Creditor: in.Creditor, State: in.State, After: in.After, Limit: in.Limit})
			page := PaymentPage{Items: append([]collection.PaymentView{}, items...)}
			if len(items) == in.Limit {
				page.Next = items[len(items)-1].ID
			}
			return &answer[PaymentPage]{page}, err
		})
	handle(s, operation{method: http.MethodGet, path: "/v1/bank/payments/{id}", id: "explain-payment", tag: tagBank, summary: "Tell why a payment was applied, or why it wasn't"},
		func(ctx context.Context, in *one) (*answer[collection.PaymentView], error) {
			p, err := s.Store.Payment(ctx, in.ID)
			return &answer[collection.PaymentView]{p}, err
		})
	handle(s, operation{method: http.MethodGet, path: "/v1/bank/accounts", id: "list-bank-accounts", tag: tagBank, summary: "List accounts with how fresh their statements are"},
		func(ctx context.Context, in *feeds) (*answer[FeedList], error) {
			items, err := s.Store.Feeds(ctx, in.Creditor)
			return &answer[FeedList]{FeedList{append([]collection.FeedView{}, items...)}}, err
		})
	s.registerPaymentChoices()
}

func (s *server) registerPaymentChoices() {
	type choose struct {
		ID             int64  `path:"id" minimum:"1"`
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
		Body           PaymentChoice
	}
	type undo struct {
		ID             int64  `path:"id" minimum:"1"`
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
		Body           PaymentUndoing
	}
	handle(s, operation{
		method: http.MethodPost, path: "/v1/bank/payments/{id}/match", id: "match-payment", tag: tagBank, summary: "Decide what a payment is for",
		description: "Take a suggestion, split it over invoices, put the rest on a debtor's account, or mark it as not ours. Two confirmed choices make the payer's account known.",
	},
		func(ctx context.Context, in *choose) (*answer[collection.PaymentView], error) {
			m := collection.PaymentMatch{ID: in.ID, Suggestion: in.Body.Suggestion, OnAccount: in.Body.OnAccount, NotOurs: in.Body.NotOurs, Actor: actor(ctx), Reason: in.Body.Reason}
			for _, part := range in.Body.Invoices {
				amount, err := part.Amount.value("invoices.amount")
				if err != nil {
					return nil, err
				}
				m.Invoices = append(m.Invoices, collection.PaymentShare{Number: part.Number, Amount: amount})
			}
			p, err := s.Store.MatchPayment(ctx, m)
			return &answer[collection.PaymentView]{p}, err
		})
	handle(s, operation{
		method: http.MethodPost, path: "/v1/bank/payments/{id}/undo", id: "undo-payment", tag: tagBank, summary: "Take back what was decided about a payment",
		description: "By reversing entries. Invoices that it had paid are open again, and it counts against the account that the payment came from.", optionalBody: true,
	},
		func(ctx context.Context, in *undo) (*answer[collection.PaymentView], error) {
			p, err := s.Store.UndoPayment(ctx, in.ID, actor(ctx), in.Body.Reason)
			return &answer[collection.PaymentView]{p}, err
		})
}

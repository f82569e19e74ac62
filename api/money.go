package api

import (
	"context"

	"dunlin/invoice"
)

// Payment is money that has come in.
type Payment struct {
	Said
	Amount Money        `json:"amount"`
	PaidOn invoice.Date `json:"paid_on,omitzero" doc:"Value date; missing: today"`
}

// PaymentReturn is a payment, or a part of it, taken back by the bank.
type PaymentReturn struct {
	Said
	Payment string `json:"payment" minLength:"1" maxLength:"255" doc:"Key of the payment"`
	Amount  *Money `json:"amount,omitempty" doc:"Missing: all that is left of it"`
}

// CreditNote lowers what is owed.
type CreditNote struct {
	Said
	Amount Money `json:"amount"`
}

// Cancellation withdraws the invoice.
type Cancellation struct{ Said }

// DueDate moves the due date.
type DueDate struct {
	Said
	DueOn invoice.Date `json:"due_on"`
}

func (s *server) registerMoneyFacts() {
	tell(s, fact{
		path: "/payments", id: "pay-invoice", strict: true, summary: "Money has come in",
		description: "In full, in part or too much; in full it ends the case.",
	},
		func(ctx context.Context, f invoice.Fact, b Payment) (invoice.Receipt, error) {
			amount, err := b.Amount.value("amount")
			if err != nil {
				return invoice.Receipt{}, err
			}
			return s.Store.Pay(ctx, invoice.Payment{Fact: f, Amount: amount, PaidOn: b.PaidOn})
		})
	tell(s, fact{
		path: "/payment-returns", id: "return-payment", summary: "The bank took a payment back",
		description: "Collection goes on where it stopped; steps taken are not repeated.",
	},
		func(ctx context.Context, f invoice.Fact, b PaymentReturn) (invoice.Receipt, error) {
			amount, err := b.Amount.value("amount")
			if err != nil {
				return invoice.Receipt{}, err
			}
			return s.Store.ReturnPayment(ctx, invoice.Return{Fact: f, Payment: b.Payment, Amount: amount})
		})
	tell(s, fact{path: "/credit-notes", id: "credit-invoice", summary: "A credit note was issued"},
		func(ctx context.Context, f invoice.Fact, b CreditNote) (invoice.Receipt, error) {
			amount, err := b.Amount.value("amount")
			if err != nil {
				return invoice.Receipt{}, err
			}
			return s.Store.Credit(ctx, invoice.CreditNote{Fact: f, Amount: amount})
		})
	tell(s, fact{
		path: "/cancellation", id: "cancel-invoice", optionalBody: true, summary: "The invoice is withdrawn",
		description: "Money already received stays on account.",
	},
		func(ctx context.Context, f invoice.Fact, _ Cancellation) (invoice.Receipt, error) {
			return s.Store.Cancel(ctx, invoice.Cancellation{Fact: f})
		})
	tell(s, fact{
		path: "/due-date", id: "change-due-date", summary: "The due date has moved",
		description: "Steps not yet taken are anchored anew.",
	},
		func(ctx context.Context, f invoice.Fact, b DueDate) (invoice.Receipt, error) {
			return s.Store.ChangeDueDate(ctx, invoice.DueDateChange{Fact: f, DueOn: b.DueOn})
		})
}

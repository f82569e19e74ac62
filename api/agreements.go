package api

import (
	"context"

	"dunlin/invoice"
)

// Promise is a promise to pay.
type Promise struct {
	Said
	Amount *Money       `json:"amount,omitempty" doc:"Missing: the whole balance"`
	By     invoice.Date `json:"by"`
}

// HandoffReport is what the lawyer or the agency tells.
type HandoffReport struct {
	Said
	Outcome string `json:"outcome" enum:"acknowledged,returned,closed,recalled" doc:"recalled: by the creditor"`
}

func (s *server) registerAgreements() {
	tell(s, fact{
		path: "/promises", id: "promise-payment", summary: "The debtor promises to pay",
		description: "Everything waits until the day plus the bank's grace; the ledger decides whether it was kept.",
	},
		func(ctx context.Context, f invoice.Fact, b Promise) (invoice.Receipt, error) {
			amount, err := b.Amount.value("amount")
			if err != nil {
				return invoice.Receipt{}, err
			}
			return s.Store.Promise(ctx, invoice.Promise{Fact: f, Amount: amount, By: b.By})
		})
	tell(s, fact{path: "/handoff-reports", id: "report-handoff", summary: "The lawyer or the agency reports"},
		func(ctx context.Context, f invoice.Fact, b HandoffReport) (invoice.Receipt, error) {
			return s.Store.ReportHandoff(ctx, invoice.HandoffReport{Fact: f, Outcome: b.Outcome})
		})
}

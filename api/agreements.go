package api

import (
	"context"
	"fmt"

	"dunlin/invoice"
)

// Promise is a promise to pay.
type Promise struct {
	Said
	Amount *Money       `json:"amount,omitempty" doc:"Missing: the whole balance"`
	By     invoice.Date `json:"by"`
}

// Instalment is one part of a payment plan.
type Instalment struct {
	DueOn  invoice.Date `json:"due_on"`
	Amount Money        `json:"amount"`
}

// PaymentPlan divides the open balance.
type PaymentPlan struct {
	Said
	Instalments []Instalment `json:"instalments" minItems:"1" maxItems:"120" doc:"By date; together the open balance"`
}

func (p PaymentPlan) value(f invoice.Fact) (invoice.PaymentPlan, error) {
	plan := invoice.PaymentPlan{Fact: f}
	for i, in := range p.Instalments {
		amount, err := in.Amount.value(fmt.Sprintf("instalments[%d].amount", i))
		if err != nil {
			return plan, err
		}
		plan.Instalments = append(plan.Instalments, invoice.Instalment{DueOn: in.DueOn, Amount: amount})
	}
	return plan, nil
}

// PlanEnd withdraws a payment plan.
type PlanEnd struct{ Said }

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
	tell(s, fact{
		path: "/payment-plans", id: "agree-payment-plan", strict: true, summary: "The debtor pays in instalments",
		description: "The reminders wait while the plan is kept; each instalment is announced. Money covers the oldest instalment first. A newer plan takes the place of the older.",
	},
		func(ctx context.Context, f invoice.Fact, b PaymentPlan) (invoice.Receipt, error) {
			plan, err := b.value(f)
			if err != nil {
				return invoice.Receipt{}, err
			}
			return s.Store.AgreePlan(ctx, plan)
		})
	tell(s, fact{path: "/payment-plan-withdrawal", id: "withdraw-payment-plan", optionalBody: true, summary: "The payment plan ends; the reminders go on"},
		func(ctx context.Context, f invoice.Fact, _ PlanEnd) (invoice.Receipt, error) {
			return s.Store.WithdrawPlan(ctx, invoice.PlanEnd{Fact: f})
		})
	tell(s, fact{path: "/handoff-reports", id: "report-handoff", summary: "The lawyer or the agency reports"},
		func(ctx context.Context, f invoice.Fact, b HandoffReport) (invoice.Receipt, error) {
			return s.Store.ReportHandoff(ctx, invoice.HandoffReport{Fact: f, Outcome: b.Outcome})
		})
}

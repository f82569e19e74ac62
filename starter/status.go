package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/invoice"
)

// statusCmd shows where an invoice stands.
func (a *app) statusCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "status INVOICE",
		Short:   "Show where an invoice stands",
		Long:    "Show where an invoice stands: what is owed, what its case waits for, and when it goes on.",
		Example: "  dunlin status acme/INV-1",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			k, err := parseKey(args[0])
			if err != nil {
				return err
			}
			v, err := b.View(ctx, k)
			if err != nil {
				return err
			}
			if a.json {
				return a.show(v)
			}
			a.standing(v)
			return nil
		}),
	}
}

// standing prints a view: the head of status, plan and case.
func (a *app) standing(v collection.View) {
	a.say("%s: %s", v.Invoice.Key, state(v))
	t := newTable()
	add := func(name, value string) {
		if value != "" {
			t.add(name, value)
		}
	}
	add("debtor", strings.TrimSpace(v.Invoice.DebtorID+"  "+v.DebtorName))
	add("total", v.Invoice.Amount.String()+", issued "+v.Invoice.IssuedOn.String()+term(v))
	balance := v.Balance.String() + ", paid " + v.Paid.String()
	if v.OnAccount.Positive() {
		balance += ", on account " + v.OnAccount.String()
	}
	add("balance", balance)
	add("goods", v.Invoice.Goods)
	add("reference", v.Invoice.Reference)
	if d := v.Dispute; d != nil {
		add("disputed", disputeWords(d, v.Zone))
	}
	if p := v.PaymentPlan; p != nil {
		add("payment plan", planState(p, v.Zone))
	}
	add("waits for", v.Waiting)
	add("next", momentIn(v.NextAt, v.Zone))
	add("policy", v.Policy)
	if v.Workflow != "" {
		add("workflow", fmt.Sprintf("%s (cycle %d)", v.Workflow, v.Cycle))
	}
	t.print(a.out, "  ")
	if p := v.PaymentPlan; p != nil && p.State == "active" {
		a.instalments(p)
	}
}

// state is status and stage without saying the same twice.
func state(v collection.View) string {
	s, stage := plain(v.Status), plain(v.Stage)
	if stage == "" || stage == s || v.Status.Settled() {
		return s
	}
	return s + ", " + stage
}

func term(v collection.View) string {
	if v.Invoice.Kind == invoice.KindOrder {
		return ", expires " + momentIn(v.Invoice.ExpiresAt, v.Zone)
	}
	return ", due " + v.Invoice.DueOn.String()
}

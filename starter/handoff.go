package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// handoffCmd reports on a placement.
func (a *app) handoffCmd() *cobra.Command {
	c := family("handoff", "Report on a claim placed with the lawyer or the agency",
		a.handoffReport("ack", "acknowledged", "The lawyer or agency has taken the claim over"),
		a.handoffReport("return", "returned", "The lawyer or agency hands the claim back: collection goes on here"),
		a.handoffReport("close", "closed", "The lawyer or agency reports the end, with whatever balance is left"),
		a.handoffReport("recall", "recalled", "We take the claim back"),
	)
	c.Example = "  dunlin handoff ack acme/INV-1 --reason \"file no. 26/1432\"\n  dunlin handoff close acme/INV-1 --reason \"debtor insolvent\""
	return c
}

func (a *app) handoffReport(use, outcome, short string) *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     use + " INVOICE",
		Short:   short,
		Example: "  dunlin handoff " + use + " acme/INV-1",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyNew, false)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		r := invoice.HandoffReport{Fact: a.fact(k, f, a.newKey()), Outcome: outcome}
		return a.tell(ctx, b, "that the placement is "+outcome, r.Fact, false, func() (invoice.Receipt, error) { return b.ReportHandoff(ctx, r) })
	})
	return cmd
}

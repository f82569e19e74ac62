package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// cancelCmd withdraws an invoice.
func (a *app) cancelCmd() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "cancel INVOICE",
		Short:   "Withdraw an invoice",
		Long:    "Withdraw an invoice: nothing is owed on it any more. Money already received stays on account.",
		Example: "  dunlin cancel acme/INV-1 --reason \"billed twice\"",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyOnce, false)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		c := invoice.Cancellation{Fact: a.fact(k, f, contentKey("cancel", k))}
		return a.tell(ctx, b, "the cancellation", c.Fact, false, func() (invoice.Receipt, error) { return b.Cancel(ctx, c) })
	})
	return cmd
}

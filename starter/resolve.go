package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// resolveCmd ends a dispute.
func (a *app) resolveCmd() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "resolve INVOICE",
		Short:   "End a dispute",
		Long:    "End a dispute. When it ends in the debtor's favour, book the credit note first: dunlin credit.",
		Example: "  dunlin resolve acme/INV-1 --reason \"debtor accepts\"",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyNew, false)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		x := invoice.Resolution{Fact: a.fact(k, f, a.newKey())}
		return a.tell(ctx, b, "the end of the dispute", x.Fact, false, func() (invoice.Receipt, error) { return b.Resolve(ctx, x) })
	})
	return cmd
}

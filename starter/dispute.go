package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// disputeCmd opens a dispute.
func (a *app) disputeCmd() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "dispute INVOICE",
		Short:   "Record that the debtor objects",
		Long:    "Record that the debtor objects: everything waits until dunlin resolve. Answers when no message is in\nflight, at most some 13 seconds later.",
		Example: "  dunlin dispute acme/INV-1 --reason \"goods arrived broken\"",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyNew, true)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		x := invoice.Dispute{Fact: a.fact(k, f, a.newKey())}
		return a.tell(ctx, b, "a dispute", x.Fact, !f.noWait, func() (invoice.Receipt, error) { return b.Dispute(ctx, x) })
	})
	return cmd
}

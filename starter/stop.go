package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// stopCmd ends all contact.
func (a *app) stopCmd() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "stop INVOICE",
		Short:   "End all contact for good",
		Long:    "End all contact for good: insolvency, death, a letter from the debtor's lawyer. It is never released;\nfor a pause use dunlin hold. Answers when no message is in flight, at most some 13 seconds later.",
		Example: "  dunlin stop acme/INV-1 --reason \"insolvency opened 2026-05-02\"",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyOnce, true)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		x := invoice.HardStop{Fact: a.fact(k, f, contentKey("stop", k))}
		return a.tell(ctx, b, "the end of all contact", x.Fact, !f.noWait, func() (invoice.Receipt, error) { return b.HardStop(ctx, x) })
	})
	return cmd
}

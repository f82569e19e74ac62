package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// disputeCmd opens a dispute.
func (a *app) disputeCmd() *cobra.Command {
	var f factFlags
	var amount string
	cmd := &cobra.Command{
		Use:     "dispute INVOICE",
		Short:   "Record that the debtor objects",
		Long:    "Record that the debtor objects: everything waits until dunlin resolve. With --amount only that part\nwaits, and the messages ask for the rest. Answers when no message is in flight, at most some 13 seconds\nlater.",
		Example: "  dunlin dispute acme/INV-1 --reason \"goods arrived broken\"\n  dunlin dispute acme/INV-1 --amount \"100.00 EUR\" --reason \"one box is missing\"",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyNew, true)
	cmd.Flags().StringVar(&amount, "amount", "", "the disputed part, e.g. \"100.00 EUR\"; default the whole balance")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		x := invoice.Dispute{Fact: a.fact(k, f, a.newKey())}
		what := "a dispute"
		if amount != "" {
			if x.Amount, err = positive([]string{amount}); err != nil {
				return err
			}
			what += " about " + x.Amount.String()
		}
		return a.tell(ctx, b, what, x.Fact, !f.noWait, func() (invoice.Receipt, error) { return b.Dispute(ctx, x) })
	})
	return cmd
}

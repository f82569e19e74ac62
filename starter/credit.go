package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// creditCmd books a credit note.
func (a *app) creditCmd() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "credit INVOICE AMOUNT CURRENCY --key CREDIT-NOTE-NUMBER",
		Short:   "Book a credit note",
		Long:    "Book a credit note: it lowers what is owed. Its own number is the key, so that it is booked once.",
		Example: "  dunlin credit acme/INV-1 20.00 EUR --key CN-17 --reason \"two chairs sent back\"",
		Args:    cobra.RangeArgs(2, 3),
	}
	f.flags(cmd, "number of the credit note; repeating it changes nothing", false)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, rest, err := invoiceArg(args)
		if err != nil {
			return err
		}
		m, err := positive(rest)
		if err != nil {
			return err
		}
		if f.key == "" {
			return invoice.Invalid("key", "is missing").WithHint("give the credit note's number with --key: it keeps the note from being booked twice")
		}
		c := invoice.CreditNote{Fact: a.fact(k, f, ""), Amount: m}
		return a.tell(ctx, b, "a credit note of "+m.String(), c.Fact, false, func() (invoice.Receipt, error) { return b.Credit(ctx, c) })
	})
	return cmd
}

package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// promiseCmd records a promise to pay.
func (a *app) promiseCmd() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "promise INVOICE DATE [AMOUNT CURRENCY]",
		Short:   "Record a promise to pay",
		Long:    "Record a promise to pay by a day: everything waits until that day and the bank's grace have passed.\nThe ledger decides whether it was kept. Without an amount the whole balance is promised.",
		Example: "  dunlin promise acme/INV-1 2026-05-20\n  dunlin promise acme/INV-1 2026-05-20 50.00 EUR",
		Args:    cobra.RangeArgs(2, 4),
	}
	f.flags(cmd, keyOnce, true)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, rest, err := invoiceArg(args)
		if err != nil {
			return err
		}
		var p invoice.Promise
		if p.By, err = parseDay("by", rest[0]); err != nil {
			return err
		}
		content := []string{p.By.String()}
		if len(rest) > 1 {
			if p.Amount, err = positive(rest[1:]); err != nil {
				return err
			}
			content = append(content, p.Amount.String())
		}
		p.Fact = a.fact(k, f, contentKey("promise", k, content...))
		return a.tell(ctx, b, "the promise to pay by "+p.By.String(), p.Fact, !f.noWait, func() (invoice.Receipt, error) { return b.Promise(ctx, p) })
	})
	return cmd
}

package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// returnCmd takes a payment back.
func (a *app) returnCmd() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "return INVOICE PAYMENT-KEY [AMOUNT CURRENCY]",
		Short:   "Book that the bank took a payment back",
		Long:    "Book that a payment, or a part of it, was taken back by the bank. PAYMENT-KEY is the key the payment\nwas booked under; dunlin case shows it. A settled invoice is opened again where it was left.",
		Example: "  dunlin return acme/INV-1 BANK-20260514-0042\n  dunlin return acme/INV-1 BANK-20260514-0042 50.00 EUR --key CHARGEBACK-7",
		Args:    cobra.RangeArgs(2, 4),
	}
	f.flags(cmd, keyOnce, false)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, rest, err := invoiceArg(args)
		if err != nil {
			return err
		}
		r := invoice.Return{Payment: rest[0]}
		content := []string{r.Payment}
		if len(rest) > 1 {
			if r.Amount, err = positive(rest[1:]); err != nil {
				return err
			}
			content = append(content, r.Amount.String())
		}
		r.Fact = a.fact(k, f, contentKey("return", k, content...))
		return a.tell(ctx, b, "the return of payment "+r.Payment, r.Fact, false, func() (invoice.Receipt, error) { return b.ReturnPayment(ctx, r) })
	})
	return cmd
}

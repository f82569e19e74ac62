package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// resolveCmd ends a dispute.
func (a *app) resolveCmd() *cobra.Command {
	var f factFlags
	var how, credit string
	cmd := &cobra.Command{
		Use:     "resolve INVOICE",
		Short:   "End a dispute",
		Long:    "End a dispute: the claim is upheld, the debtor was right and gets a credit note with it, or the debtor\nhas withdrawn the objection.",
		Example: "  dunlin resolve acme/INV-1 --reason \"debtor accepts\"\n  dunlin resolve acme/INV-1 --how credited --credit \"100.00 EUR\"",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyNew, false)
	cmd.Flags().StringVar(&how, "how", "", "upheld, credited or withdrawn; default upheld")
	cmd.Flags().StringVar(&credit, "credit", "", "with credited: the credit note, e.g. \"100.00 EUR\"; default all that is disputed")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		if err := oneOf("how", how, []string{string(invoice.Upheld), string(invoice.Credited), string(invoice.Withdrawn)}); err != nil {
			return err
		}
		x := invoice.Resolution{Fact: a.fact(k, f, a.newKey()), How: invoice.ResolvedHow(how)}
		if credit != "" {
			if x.Credit, err = positive([]string{credit}); err != nil {
				return err
			}
		}
		return a.tell(ctx, b, "the end of the dispute", x.Fact, false, func() (invoice.Receipt, error) { return b.Resolve(ctx, x) })
	})
	return cmd
}

package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// releaseCmd ends a hold.
func (a *app) releaseCmd() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "release INVOICE",
		Short:   "End a hold",
		Long:    "End a hold. The next step comes no sooner than its minimum gap after the release.",
		Example: "  dunlin release acme/INV-1",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyNew, false)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		x := invoice.Release{Fact: a.fact(k, f, a.newKey())}
		return a.tell(ctx, b, "the release", x.Fact, false, func() (invoice.Receipt, error) { return b.Release(ctx, x) })
	})
	return cmd
}

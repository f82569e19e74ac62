package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// holdCmd pauses a case.
func (a *app) holdCmd() *cobra.Command {
	var f factFlags
	var until string
	cmd := &cobra.Command{
		Use:     "hold INVOICE",
		Short:   "Pause everything until a day or until released",
		Long:    "Pause everything: until a moment, or until dunlin release. A day in --until begins at 00:00 in the\ndebtor's zone. Answers when no message is in flight, at most some 13 seconds later.",
		Example: "  dunlin hold acme/INV-1 --until 2026-06-01 --reason \"asks for time\"",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyNew, true)
	cmd.Flags().StringVar(&until, "until", "", "day or moment (RFC 3339) at which it goes on by itself")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		h := invoice.Hold{Fact: a.fact(k, f, a.newKey())}
		what := "a hold until released"
		if until != "" {
			v, err := b.View(ctx, k)
			if err != nil {
				return err
			}
			if h.Until, err = parseMoment("until", until, location(v.Zone)); err != nil {
				return err
			}
			what = "a hold until " + momentIn(h.Until, v.Zone)
		}
		return a.tell(ctx, b, what, h.Fact, !f.noWait, func() (invoice.Receipt, error) { return b.Hold(ctx, h) })
	})
	return cmd
}

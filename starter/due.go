package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// dueCmd moves a due date.
func (a *app) dueCmd() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "due INVOICE DATE",
		Short:   "Move the due date",
		Long:    "Move the due date. Steps not taken yet are planned anew from it; dunlin plan shows them.",
		Example: "  dunlin due acme/INV-1 2026-06-30 --reason \"agreed by phone\"",
		Args:    cobra.ExactArgs(2),
	}
	f.flags(cmd, keyNew, false)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, rest, err := invoiceArg(args)
		if err != nil {
			return err
		}
		day, err := parseDay("due_on", rest[0])
		if err != nil {
			return err
		}
		d := invoice.DueDateChange{Fact: a.fact(k, f, a.newKey()), DueOn: day}
		return a.tell(ctx, b, "the due date "+day.String(), d.Fact, false, func() (invoice.Receipt, error) { return b.ChangeDueDate(ctx, d) })
	})
	return cmd
}

package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// What invoices can be chosen by, as the flags spell it.
var (
	statuses = words(invoice.Open, invoice.Placed, invoice.Paid, invoice.WrittenOff, invoice.Cancelled, invoice.Expired, invoice.Closed)
	stages   = words(dunning.StageBeforeDue, dunning.StageOverdue, dunning.StageHeld, dunning.StageDisputed, dunning.StagePromised, dunning.StagePayPlan, dunning.StageDeciding,
		dunning.StageFinalNotice, dunning.StagePlaced, dunning.StageSettled, dunning.StageOrder)
)

func words[T ~string](codes ...T) (all []string) {
	for _, c := range codes {
		all = append(all, string(c))
	}
	return all
}

// oneOf refuses a word that is none of the choices: a misspelt one would find nothing, and look like an answer.
func oneOf(flag, word string, choices []string) error {
	if word == "" || slices.Contains(choices, word) {
		return nil
	}
	return invoice.Invalid(flag, "%q is not known", word).WithHint("write one of %s", strings.Join(choices, ", "))
}

// listCmd lists invoices.
func (a *app) listCmd() *cobra.Command {
	var f collection.Filter
	var status, stage, after string
	var all bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List invoices",
		Long:    "List invoices in the order of their names. A long list comes in pages: go on with --after and the\nlast name shown, or take --all. With --json: one JSON document per line.",
		Example: "  dunlin list --creditor acme --status open --stage overdue\n  dunlin list --all --json",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&f.Creditor, "creditor", "", "of this creditor only")
	cmd.Flags().StringVar(&f.DebtorID, "debtor", "", "of this customer number only (with --creditor)")
	cmd.Flags().StringVar(&status, "status", "", strings.Join(statuses, ", "))
	cmd.Flags().StringVar(&stage, "stage", "", strings.Join(stages, ", "))
	cmd.Flags().StringVar(&after, "after", "", "go on after this invoice")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "at most this many, 1 to 500")
	cmd.Flags().BoolVar(&all, "all", false, "all pages")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, _ []string) (err error) {
		f.Status, f.Stage = invoice.Status(status), dunning.Stage(stage)
		if err := oneOf("status", status, statuses); err != nil {
			return err
		}
		if err := oneOf("stage", stage, stages); err != nil {
			return err
		}
		if after != "" {
			if f.After, err = parseKey(after); err != nil {
				return err
			}
		}
		if f.Limit < 1 || f.Limit > 500 {
			return invoice.Invalid("limit", "%d is not between 1 and 500", f.Limit)
		}
		return a.list(ctx, b, f, all)
	})
	return cmd
}

// list prints page by page, so that a long list takes the memory of one page.
func (a *app) list(ctx context.Context, b reader, f collection.Filter, all bool) error {
	for first := true; ; first = false {
		views, err := b.List(ctx, f)
		if err != nil {
			return err
		}
		if err := a.page(views, first); err != nil {
			return err
		}
		if len(views) < f.Limit {
			return nil
		}
		f.After = views[len(views)-1].Invoice.Key
		if !all {
			if !a.json {
				a.say("There may be more: --after %s", f.After)
			}
			return nil
		}
	}
}

func (a *app) page(views []collection.View, first bool) error {
	if a.json {
		for _, v := range views {
			if err := a.stream(v); err != nil {
				return err
			}
		}
		return nil
	}
	if len(views) == 0 {
		if first {
			a.say("No invoices.")
		}
		return nil
	}
	t := newTable("INVOICE", "DEBTOR", ">BALANCE", "DUE", "STATUS", "WAITS FOR")
	for _, v := range views {
		due := v.Invoice.DueOn.String()
		if v.Invoice.Kind == invoice.KindOrder {
			due = moment(v.Invoice.ExpiresAt, v.Zone)
		}
		t.add(v.Invoice.String(), v.DebtorName, v.Balance.String(), due, state(v), v.Waiting)
	}
	t.print(a.out, "")
	return nil
}

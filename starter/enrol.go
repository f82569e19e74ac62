package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/starter/importfile"
)

const enrolHelp = `Bring in invoices that have been open for a while, and perhaps been dunned elsewhere, each at the right
step. The file is one of dunlin issue, CSV, JSON or NDJSON, with three more columns:

`

const enrolRules = `

In JSON they stand beside the invoice:
  {"invoice":{…},"debtor":{…},"already_paid":{"amount":"50.00","currency":"EUR"},"last_step":"reminder-1","last_contact_on":"2026-05-04"}

With last_step the ladder goes on behind it: it and the steps before count as taken by an earlier
system. With last_contact_on alone the ladder begins with its first reminder, the minimum gap counted
from that day. With neither it begins with its first reminder, never with the severest. Notes of before
the due date are skipped once that has passed, and later steps keep their distances. A decision or a
final notice is never taken on trust. An invoice that is on file already stays as it is, so the same
file again changes nothing.`

// enrolCmd brings in invoices that were open already.
func (a *app) enrolCmd() *cobra.Command {
	var f issueFlags
	var b strings.Builder
	t := newTable()
	for _, c := range importfile.Earlier {
		t.add(c.Name, c.Help)
	}
	t.print(&b, "  ")
	cmd := &cobra.Command{
		Use:     "enrol FILE",
		Short:   "Bring in invoices that are open already, at the right step",
		Long:    enrolHelp + strings.TrimRight(b.String(), "\n") + enrolRules,
		Example: "  dunlin enrol open-items.csv --creditor acme\n  erp-export | dunlin enrol - --format ndjson --json",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&f.creditor, "creditor", "", "creditor of rows that name none")
	cmd.Flags().StringVar(&f.format, "format", "", "csv, json or ndjson; default: by the file's name")
	cmd.Flags().BoolVar(&f.allOrNothing, "all-or-nothing", false, "when one row is refused, none goes in")
	cmd.Flags().IntVar(&f.chunk, "chunk", 1000, "rows per transaction, 1 to 1000")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		return a.enrolFile(ctx, b, args[0], f)
	})
	return cmd
}

func (a *app) enrolFile(ctx context.Context, b intake, name string, f issueFlags) error {
	t, err := a.takeFile(ctx, name, f, "enrolled", true, func(ctx context.Context, good []importfile.Row, allOrNothing bool) ([]collection.IssueResult, error) {
		rows := make([]collection.Enrolment, len(good))
		for i, r := range good {
			rows[i] = collection.Enrolment{Issue: r.Issue, Earlier: r.Before}
		}
		return b.Enrol(ctx, rows, allOrNothing)
	})
	if err == nil && !a.json {
		a.say("%s on file now; every open invoice has one case: dunlin verify proves it.", many(t.Issued+t.AlreadyThere, "enrolled invoice"))
	}
	return err
}

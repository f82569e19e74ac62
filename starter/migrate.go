package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// migrateOptions say what migrate brings up to date.
type migrateOptions struct {
	Lab          bool          // a new database becomes a lab, for good
	Promote      bool          // make TEMPORAL_WORKER_BUILD_ID the current version of the workers
	DatabaseOnly bool          // leave Temporal alone
	Retention    time.Duration // how long a new namespace keeps closed cases
}

const migrateHelp = `Bring everything up to date, in this order: the database schema, the shipped policies, Temporal's
namespace with its retention, the search attributes. It can be repeated at any time.

--lab makes a new database a lab for good: its time can be moved, and it talks to no provider but the
sandbox. --promote makes TEMPORAL_WORKER_BUILD_ID the version that all cases run on
(TEMPORAL_DEPLOYMENT_NAME, default dunlin): run it after the new workers have started.`

// migrateCmd brings database and namespace up to date.
func (a *app) migrateCmd() *cobra.Command {
	var o migrateOptions
	cmd := &cobra.Command{
		Use:     "migrate",
		Short:   "Bring the database and the Temporal namespace up to date",
		Long:    migrateHelp,
		Example: "  dunlin migrate\n  DATABASE_URL=postgres://dunlin@db/dunlin TEMPORAL_ADDRESS=temporal:7233 dunlin migrate\n  TEMPORAL_WORKER_BUILD_ID=1.4.0 dunlin migrate --promote",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&o.Lab, "lab", false, "a new database becomes a lab, for good")
	cmd.Flags().BoolVar(&o.Promote, "promote", false, "make TEMPORAL_WORKER_BUILD_ID the workers' current version")
	cmd.Flags().BoolVar(&o.DatabaseOnly, "database-only", false, "leave Temporal alone")
	cmd.Flags().DurationVar(&o.Retention, "retention", 30*24*time.Hour, "of a new namespace: how long closed cases stay readable in Temporal")
	cmd.MarkFlagsMutuallyExclusive("promote", "database-only")
	cmd.RunE = a.do(func(ctx context.Context, _ []string) error {
		if o.Retention < 24*time.Hour {
			return invoice.Invalid("retention", "%s is less than a day", o.Retention).WithHint("Temporal keeps closed cases for at least 24h")
		}
		progress := a.out
		if a.json {
			progress = a.errs
		}
		if err := a.migrate(ctx, o, progress); err != nil {
			return err
		}
		if a.json {
			return a.show(map[string]string{"state": "up to date"})
		}
		a.say("Up to date.")
		return nil
	})
	return cmd
}

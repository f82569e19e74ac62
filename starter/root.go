package main

import (
	"strings"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

const rootHelp = `Dunlin sees every invoice through to paid, or to the lawyer's or the agency's desk.

An invoice is named CREDITOR/NUMBER, e.g. acme/INV-1. Every command answers in words; with --json it
answers with one JSON document (lists: one JSON document per line). Errors go to standard error as
"dunlin: field: what is wrong", with a hint below.

Settings come from the environment: DATABASE_URL or PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE for
PostgreSQL; TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS* or a temporal.toml
profile (TEMPORAL_PROFILE) for Temporal, which only migrate and verify reach. DATABASE_URL_FILE may name
a file that holds the address instead.

`

// root builds the tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "dunlin",
		Short:         "Collects invoices: reminds, escalates, decides, hands over",
		Long:          rootHelp + exitHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          subcommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().BoolVar(&a.json, "json", false, "answer in JSON")
	root.PersistentFlags().StringVar(&a.actor, "actor", a.user(), "who says so, for the case file")
	root.AddGroup(
		&cobra.Group{ID: "facts", Title: "Tell a fact:"},
		&cobra.Group{ID: "look", Title: "Look:"},
		&cobra.Group{ID: "work", Title: "Work:"},
		&cobra.Group{ID: "run", Title: "Set up and run:"},
	)
	group := func(id string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	group("facts", a.issueCmd(), a.enrolCmd(), a.payCmd(), a.returnCmd(), a.creditCmd(), a.cancelCmd(), a.dueCmd(), a.holdCmd(), a.releaseCmd(),
		a.stopCmd(), a.disputeCmd(), a.resolveCmd(), a.promiseCmd(), a.payplanCmd(), a.optoutCmd())
	group("look", a.statusCmd(), a.listCmd(), a.planCmd(), a.explainCmd(), a.caseCmd(), a.verifyCmd())
	group("work", a.bankCmd(), a.tasksCmd(), a.handoffCmd(), a.sendingCmd())
	group("run", a.creditorCmd(), a.debtorCmd(), a.policyCmd(), a.segmentsCmd(), a.templateCmd(), a.keyCmd(), a.migrateCmd(), a.serveCmd())
	return root
}

// user is who sits at the keyboard.
func (a *app) user() string {
	if u := a.getenv("USER"); u != "" {
		return u
	}
	return "cli"
}

// subcommand refuses a word that is no command of cmd.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := invoice.Invalid("command", "%q is not a command of %s", args[0], cmd.CommandPath())
	if !strings.Contains(args[0], "/") {
		return err.WithHint("%s --help lists them", cmd.CommandPath())
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return err.WithHint("it looks like an invoice: say what to do with it, %s %s %s", cmd.CommandPath(), strings.Join(names, "|"), args[0])
}

// family is a command that only holds others.
func family(use, short string, cmds ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: subcommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	c.AddCommand(cmds...)
	return c
}

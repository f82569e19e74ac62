package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dunlin/relay"
)

const verifyHelp = `Prove that nothing was lost: every open invoice has exactly one running case and no closed case runs,
the ledger is balanced and the balances equal it, wakes are delivered or explained, the history's chain
is intact, no attempt is stuck. It prints how many it checked, and what is held and why.

--repair starts cases that are missing, wakes those that must look again, and lets bank files that Temporal
refused be tried again. Exit code 8 says that
something was found; what --repair mended was found, too.`

// proofOptions say what is compared with Temporal.
type proofOptions struct {
	Repair bool
	Since  time.Duration // how far back closed cases are compared
	Log    io.Writer
}

// verifyCmd proves that database, ledger and Temporal agree.
func (a *app) verifyCmd() *cobra.Command {
	var o proofOptions
	var sqlOnly bool
	cmd := &cobra.Command{
		Use:     "verify",
		Short:   "Prove that nothing was lost; --repair starts what is missing",
		Long:    verifyHelp,
		Example: "  dunlin verify\n  dunlin verify --repair --json",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&o.Repair, "repair", false, "start what is missing")
	cmd.Flags().BoolVar(&sqlOnly, "database-only", false, "leave Temporal out, when it cannot be reached")
	cmd.Flags().DurationVar(&o.Since, "closed-since", 7*24*time.Hour, "how far back closed cases are compared; Temporal forgets them after its retention")
	cmd.MarkFlagsMutuallyExclusive("repair", "database-only")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, _ []string) error {
		o.Log = a.errs
		var r relay.Report
		var err error
		if sqlOnly {
			r, err = ledgerOnly(ctx, b)
		} else {
			r, err = a.proof(ctx, b, o)
		}
		if err != nil {
			return err
		}
		switch {
		case r.Unchecked != "":
			a.exitCode = exitUnavailable
		case !r.OK:
			a.exitCode = exitFound
		}
		if a.json {
			return a.show(r)
		}
		a.verdict(r, sqlOnly)
		return nil
	})
	return cmd
}

// ledgerOnly makes the checks that need no Temporal.
func ledgerOnly(ctx context.Context, b reader) (relay.Report, error) {
	r := relay.Report{OK: true, Missing: []relay.CaseProblem{}, Orphans: []relay.CaseProblem{}}
	var err error
	r.Checks, err = b.Checks(ctx)
	for _, c := range r.Checks {
		r.OK = r.OK && c.OK
	}
	return r, err
}

func (a *app) verdict(r relay.Report, sqlOnly bool) {
	t := newTable("", "CHECK", ">CHECKED", "FOUND")
	if !sqlOnly {
		cases(t, "every open invoice has one running case", r.OpenChecked, r.Missing, r.Unchecked)
		cases(t, "no closed case runs", r.ClosedChecked+r.Candidates, r.Orphans, r.Unchecked)
	}
	for _, c := range r.Checks {
		found(t, c.OK, c.Name, int(c.Checked), c.Found)
	}
	t.print(a.out, "")
	if r.OnTheirWay > 0 {
		a.say("About to be started or woken: %s.", many(int64(r.OnTheirWay), "case"))
	}
	if r.Repaired > 0 {
		a.say("Will be started or woken: %s; verify again in a minute.", many(int64(r.Repaired), "case"))
	}
	if r.Restarted > 0 {
		a.say("Will be tried again: %s that Temporal had refused; verify again in a minute.", many(int64(r.Restarted), "bank file"))
	}
	switch {
	case r.OK:
		a.say("All is well.")
	case r.Unchecked != "":
		a.say("Temporal could not be asked, so nothing is proved about the cases.")
	case r.OpenChecked+r.ClosedChecked == 0 && !sqlOnly:
		a.say("No case was there to be checked, so nothing is proved.")
	case r.Repaired+r.Restarted == 0:
		a.say("Something is wrong: see above. dunlin verify --repair starts what is missing.")
	}
}

// cases is the line about cases in Temporal.
func cases(t *table, name string, checked int, problems []relay.CaseProblem, unchecked string) {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Workflow+": "+p.Reason)
	}
	if unchecked != "" {
		lines = append(lines, unchecked)
	}
	found(t, len(lines) == 0, name, checked, lines)
}

func found(t *table, ok bool, name string, checked int, lines []string) {
	mark := "ok"
	if !ok {
		mark = "WRONG"
	}
	first := ""
	if len(lines) > 0 {
		first, lines = lines[0], lines[1:]
	}
	t.add(mark, strings.ReplaceAll(name, "_", " "), count(int64(checked)), first)
	for _, l := range lines {
		t.add("", "", "", l)
	}
}

package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/invoice"
)

// bankCmd is everything about statements.
func (a *app) bankCmd() *cobra.Command {
	return family("bank", "Bank statements in, and what they paid", a.bankImportCmd(), a.bankFilesCmd(), a.bankStatementsCmd(),
		a.bankUnmatchedCmd(), a.bankMatchCmd(), a.bankUndoCmd(), a.bankExplainCmd(), a.bankAccountsCmd())
}

// bankPage is how many rows the lists show.
const bankPage = 50

func (a *app) bankFilesCmd() *cobra.Command {
	var f collection.BankFileFilter
	cmd := &cobra.Command{
		Use:     "files [HASH]",
		Short:   "List bank files, or show one: how far it is, why it was refused, what was left out",
		Example: "  dunlin bank files --state refused\n  dunlin bank files 3f2a91",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.Flags().StringVar((*string)(&f.State), "state", "", "stored, parsing, refused, accepted, booking or done")
	cmd.Flags().IntVar(&f.Limit, "limit", bankPage, "at most so many, the newest first")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		if len(args) == 1 {
			one, err := b.BankFile(ctx, args[0])
			if err != nil {
				return err
			}
			return a.showBankFile(one)
		}
		all, err := b.BankFiles(ctx, f)
		if err != nil {
			return err
		}
		return a.listBankFiles(all)
	})
	return cmd
}

func (a *app) listBankFiles(all []collection.BankFile) error {
	t := newTable("FILE", "NAME", "FORMAT", "STATE", ">STATEMENTS", ">ENTRIES", ">REPEATED", "STORED (UTC)")
	for _, f := range all {
		if a.json {
			if err := a.stream(f); err != nil {
				return err
			}
		}
		t.add(f.SHA256[:min(8, len(f.SHA256))], f.Name, f.Format, string(f.State), count(int64(f.Statements)), count(int64(f.Entries)), count(int64(f.Repeated)), moment(f.StoredAt, ""))
	}
	switch {
	case a.json:
	case len(all) == 0:
		a.say("There are no bank files.")
	default:
		t.print(a.out, "")
	}
	return nil
}

// showBankFile tells all about one file.
func (a *app) showBankFile(f collection.BankFile) error {
	if a.json {
		return a.show(f)
	}
	a.say("%s", fileWords(f))
	t := newTable()
	t.add("hash", f.SHA256)
	t.add("workflow", f.Workflow)
	t.add("stored", momentIn(f.StoredAt, ""))
	t.add("decided", momentIn(f.DecidedAt, ""))
	t.add("done", momentIn(f.DoneAt, ""))
	t.print(a.out, "  ")
	a.tellProblems(f)
	return nil
}

// tellProblems lists what was left out of a file.
func (a *app) tellProblems(f collection.BankFile) {
	for _, p := range f.Problems {
		if words := problemWords(p); f.Reason == "" || !strings.HasPrefix(words, f.Reason) { // the reason was told
			a.say("  %s", words)
		}
	}
	if f.Left > 0 {
		a.say("  and %s more", count(int64(f.Left)))
	}
}

func (a *app) bankStatementsCmd() *cobra.Command {
	var f collection.BankStatementFilter
	cmd := &cobra.Command{
		Use:   "statements",
		Short: "List statements: whether they add up, how they join, what was new in them",
		Long: "List statements, the newest first: whether they add up, how each joins the one before it (a gap says that one\n" +
			"is missing), how many of its entries were new, and what somebody should look at.",
		Example: "  dunlin bank statements --creditor acme",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&f.Creditor, "creditor", "", "only this creditor's")
	cmd.Flags().StringVar(&f.Account, "account", "", "only this account's: IBAN or number")
	cmd.Flags().StringVar(&f.File, "file", "", "only those of a file, by its hash")
	cmd.Flags().IntVar(&f.Limit, "limit", bankPage, "at most so many, the newest first")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, _ []string) error {
		if f.File != "" {
			file, err := b.BankFile(ctx, f.File)
			if err != nil {
				return err
			}
			f.File = file.SHA256
		}
		all, err := b.BankStatements(ctx, f)
		if err != nil {
			return err
		}
		return a.listBankStatements(all)
	})
	return cmd
}

func (a *app) listBankStatements(all []collection.BankStatement) error {
	t := newTable("ACCOUNT", "STATEMENT", "KIND", "DAYS", ">OPENING", ">CLOSING", "SUM", "JOINS", ">ENTRIES", ">NEW")
	for _, s := range all {
		if a.json {
			if err := a.stream(s); err != nil {
				return err
			}
		}
		joins := s.Continuity
		if s.State == "repeated" {
			joins = "repeated"
		} else if !s.Gap.IsZero() {
			joins += " of " + s.Gap.String()
		}
		t.add(s.Account, s.Number, s.Kind, days(s.From, s.To), amountWords(s.Opening), amountWords(s.Closing), s.Sum, joins, count(int64(s.Entries)), count(int64(s.Fresh)))
	}
	if a.json {
		return nil
	}
	if len(all) == 0 {
		a.say("There are no statements.")
		return nil
	}
	t.print(a.out, "")
	for _, s := range all {
		for _, alert := range s.Alerts {
			a.say("%s: %s", s.Account, alert)
		}
	}
	return nil
}

func amountWords(m *invoice.Money) string {
	if m == nil {
		return ""
	}
	return m.String()
}

func days(from, to invoice.Date) string {
	if from == to {
		return from.String()
	}
	return from.String() + " – " + to.String()
}

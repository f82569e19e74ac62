package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"dunlin/dev/rehearse"
)

const rehearseHelp = `Let a portfolio live through a policy before anybody is written to.

A throw-away lab is filled, the policy runs on the real engine in lab time with the sandbox as provider, and
a report says what goes out on which day and what it costs, who gets what, what moved or held back which
step, and what the audit found. FILE is a policy file or the name of a policy that comes with Dunlin.

The invoices come from
  --from-db URL     the open invoices of a database, each where it stands: it is only read, in one transaction
  --portfolio FILE  a CSV, JSON or NDJSON file, as dunlin issue reads it (its debtors must stand in it, too)
  neither           the sample portfolio

No name, address, account or link enters the lab: each is replaced on the way in, the same by the same, so
that debtors who share an address still share one. Texts that people wrote stay behind. Creditor ids,
customer groups, customer and invoice numbers stay, except those that hold an address or a word of the name.

The desk is scripted: calls are made once a workday, approvals given, placements acknowledged after two
days. With --behave typical most debtors pay sooner or later, some promise, few object; with none nobody
pays, so that everything is sent that the policy can send.

Prices are plain numbers in any one currency: per e-mail, per SMS part, per call.`

// rehearseCmd rehearses a policy.
func rehearseCmd() *cobra.Command {
	o := rehearse.Options{Cost: rehearse.Prices{}}
	var jsonFile, htmlFile, behave string
	var text bool
	cmd := &cobra.Command{
		Use:   "rehearse FILE",
		Short: "Let a portfolio live through a policy in lab time, with all addresses replaced, and report",
		Long:  rehearseHelp,
		Example: "  dunlin-lab rehearse standard-b2b\n  dunlin-lab rehearse mine.yaml --portfolio open.csv --creditors creditors.json --html report.html\n" +
			"  dunlin-lab rehearse mine.yaml --from-db \"$DATABASE_URL\" --limit 1000 --behave typical --email-cost 0.001 --sms-cost 0.075 --call-cost 4",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Policy, o.Behave, o.Out = args[0], rehearse.Behaviour(behave), cmd.ErrOrStderr()
			files := []output{{jsonFile, writeJSON}, {htmlFile, writeHTML}}
			if err := creatable(files); err != nil {
				return err
			}
			report, err := rehearse.Run(cmd.Context(), o)
			if err != nil {
				return err
			}
			return present(report, files, text || jsonFile != "-" && htmlFile != "-", cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.FromDB, "from-db", "", "URL of the database whose open invoices are rehearsed; it is only read")
	f.StringVar(&o.Portfolio, "portfolio", "", "file of invoices, as dunlin issue reads it")
	f.StringVar(&o.Creditors, "creditors", "", "JSON file with the creditors of the portfolio")
	f.StringVar(&o.Examples, "examples", "", "folder with the sample portfolio")
	f.IntVar(&o.Days, "days", 120, "how long it lasts")
	f.IntVar(&o.Limit, "limit", 0, "at most so many invoices; 0: all")
	f.Uint64Var(&o.Seed, "seed", 1, "of what people do: the same seed gives the same people")
	f.StringVar(&behave, "behave", string(rehearse.BehaveNone), "what debtors do: none or typical")
	f.BoolVar(&text, "text", false, "print the report as text (the default, unless JSON or HTML go to -)")
	f.StringVar(&jsonFile, "json", "", "write the report as JSON to this file; -: standard output")
	f.StringVar(&htmlFile, "html", "", "write the report as a page with plots to this file; -: standard output")
	f.Var(&o.Cost.Email, "email-cost", "price of an e-mail")
	f.Var(&o.Cost.SMS, "sms-cost", "price of a part of an SMS")
	f.Var(&o.Cost.Call, "call-cost", "price of a call")
	return cmd
}

// output is a form of the report and where it goes.
type output struct {
	file  string // "": nowhere, "-": standard output
	write func(w io.Writer, r *rehearse.Report) error
}

func writeJSON(w io.Writer, r *rehearse.Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func writeHTML(w io.Writer, r *rehearse.Report) error { return r.HTML(w) }

// creatable finds out before the work, not after it, that a file cannot be written. It leaves no empty file.
func creatable(files []output) error {
	for _, f := range files {
		if f.file == "" || f.file == "-" {
			continue
		}
		_, missing := os.Stat(f.file)
		out, err := os.OpenFile(f.file, os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("the report cannot be written: %w", err)
		}
		err = out.Close()
		if missing != nil {
			err = errors.Join(err, os.Remove(f.file))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// errFound says that the audit is not content: the rehearsal ends with an error, as the demo does.
var errFound = errors.New("the audit found something wrong: see the report")

func present(r *rehearse.Report, files []output, text bool, stdout io.Writer) error {
	for _, f := range files {
		var err error
		switch f.file {
		case "":
		case "-":
			err = f.write(stdout, r)
		default:
			err = writeFile(f, r)
		}
		if err != nil {
			return fmt.Errorf("the report: %w", err)
		}
	}
	if text {
		r.Text(stdout)
	}
	if len(r.Audit.Findings) > 0 {
		return errFound
	}
	return nil
}

func writeFile(f output, r *rehearse.Report) error {
	out, err := os.Create(f.file)
	if err != nil {
		return err
	}
	return errors.Join(f.write(out, r), out.Close())
}

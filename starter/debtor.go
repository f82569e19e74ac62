package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// debtorCmd keeps who owes.
func (a *app) debtorCmd() *cobra.Command {
	put := &cobra.Command{
		Use:   "put FILE",
		Short: "Create a debtor or bring it up to date",
		Long: "Create a debtor or bring it up to date from a JSON file (\"-\" is standard input):\n\n" +
			`  {"creditor":"acme","id":"C-1","name":"Kunde GmbH","type":"business","country":"DE","region":"BE",` + "\n" +
			`   "zone":"Europe/Berlin","language":"en","group":"key","contacts":[` + "\n" +
			`     {"channel":"email","address":"ap@kunde.example","name":"Jo Weber"},` + "\n" +
			`     {"channel":"sms","address":"+4915112345678"}],` + "\n" +
			`   "accounts":["DE02120300000000202051"]}`,
		Example: "  dunlin debtor put kunde.json",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			var d invoice.Debtor
			if err := a.readJSON(args[0], &d); err != nil {
				return err
			}
			if d.Creditor == "" {
				return invoice.Invalid("creditor", "is missing").WithHint("whose debtor is it?")
			}
			if err := d.Validate(); err != nil {
				return err
			}
			if err := d.CheckAccounts(); err != nil {
				return err
			}
			if err := b.PutDebtor(ctx, d, a.actor); err != nil {
				return err
			}
			stored, err := b.Debtor(ctx, d.Creditor, d.ID) // with what only Dunlin knows: an opt-out stays
			if err != nil {
				return err
			}
			return a.showDebtor(stored)
		}),
	}
	show := &cobra.Command{
		Use:     "show CREDITOR ID",
		Short:   "Show a debtor",
		Example: "  dunlin debtor show acme C-1 --json > c1.json",
		Args:    cobra.ExactArgs(2),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			d, err := b.Debtor(ctx, args[0], args[1])
			if err != nil {
				return err
			}
			return a.showDebtor(d)
		}),
	}
	return family("debtor", "Keep who owes, and how to reach them", put, show)
}

func (a *app) showDebtor(d invoice.Debtor) error {
	if a.json {
		return a.show(d)
	}
	a.say("%s debtor %s: %s", d.Creditor, d.ID, d.Name)
	t := newTable()
	t.add("type", orMissing(string(d.Type)))
	t.add("zone", orMissing(d.Zone))
	t.add("country", strings.Trim(d.Country+"-"+d.Region, "-"))
	t.add("language", d.Language)
	if d.Group != "" {
		t.add("group", d.Group)
	}
	for _, c := range d.Contacts {
		about := strings.TrimSpace(c.Address + "  " + c.Name + "  " + c.Role)
		if c.Health != "" && c.Health != invoice.HealthOK {
			about += "  (" + plain(c.Health) + ")"
		}
		t.add(string(c.Channel), about)
	}
	t.print(a.out, "  ")
	return nil
}

func orMissing(s string) string {
	if s == "" {
		return "missing: holds every message"
	}
	return s
}

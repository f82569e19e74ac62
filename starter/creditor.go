package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// creditorCmd keeps who is owed.
func (a *app) creditorCmd() *cobra.Command {
	put := &cobra.Command{
		Use:   "put FILE",
		Short: "Create a creditor or bring it up to date",
		Long: "Create a creditor or bring it up to date from a JSON file (\"-\" is standard input):\n\n" +
			`  {"id":"acme","name":"Acme GmbH","country":"DE","zone":"Europe/Berlin","language":"en",` + "\n" +
			`   "person":"Vera Muster","sender_email":"billing@acme.example","reply_to":"billing@acme.example",` + "\n" +
			`   "bank_accounts":[{"iban":"DE02120300000000202051"}],` + "\n" +
			`   "agency":{"name":"Inkasso AG","email":"new@agency.example"}}`,
		Example: "  dunlin creditor put acme.json",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			var c invoice.Creditor
			if err := a.readJSON(args[0], &c); err != nil {
				return err
			}
			if err := c.Validate(); err != nil {
				return err
			}
			if err := b.PutCreditor(ctx, c, a.actor); err != nil {
				return err
			}
			return a.showCreditor(c)
		}),
	}
	show := &cobra.Command{
		Use:     "show ID",
		Short:   "Show a creditor",
		Example: "  dunlin creditor show acme --json > acme.json",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			c, err := b.Creditor(ctx, args[0])
			if err != nil {
				return err
			}
			return a.showCreditor(c)
		}),
	}
	return family("creditor", "Keep who is owed: the sender of every message", put, show)
}

func (a *app) showCreditor(c invoice.Creditor) error {
	if a.json {
		return a.show(c)
	}
	a.say("%s: %s", c.ID, c.Name)
	t := newTable()
	t.add("signs", c.Person)
	t.add("sends from", c.SenderEmail+", answers to "+c.ReplyTo)
	if c.SMSFrom != "" {
		t.add("texts from", c.SMSFrom)
	}
	if c.StockHook != "" {
		t.add("stock hook", c.StockHook)
	}
	t.add("office", c.Country+", "+c.Zone)
	for _, b := range c.BankAccounts {
		t.add("account", fmt.Sprint(b.IBAN, b.Account, " ", b.Currency))
	}
	for _, p := range []struct {
		role string
		invoice.Partner
	}{{"lawyer", c.Lawyer}, {"agency", c.Agency}} {
		if p.Email != "" {
			t.add(p.role, p.Name+" <"+p.Email+">")
		}
	}
	t.print(a.out, "  ")
	return nil
}

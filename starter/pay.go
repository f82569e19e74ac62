package main

import (
	"context"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

const payHelp = `Book a payment on an invoice.

A payment needs a name, so that nothing is booked twice: the bank's transaction reference as --key, or
the value date as --paid-on, from which the name is then made (invoice, amount and day). Repeating the
command, after a lost connection for example, finds the payment on file and changes nothing. A second
payment of the same amount on the same day needs a --key of its own.

The command answers when no message of the invoice is in flight, at most some 13 seconds later.`

// payCmd books a payment.
func (a *app) payCmd() *cobra.Command {
	var f factFlags
	var paidOn string
	cmd := &cobra.Command{
		Use:     "pay INVOICE AMOUNT CURRENCY",
		Short:   "Book a payment",
		Long:    payHelp,
		Example: "  dunlin pay acme/INV-1 119.00 EUR --key BANK-20260514-0042\n  dunlin pay acme/INV-1 119.00 EUR --paid-on 2026-05-14",
		Args:    cobra.RangeArgs(2, 3),
	}
	f.flags(cmd, keyOfMoney, true)
	cmd.Flags().StringVar(&paidOn, "paid-on", "", "value date, YYYY-MM-DD; default with --key: today")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		p, err := a.payment(args, f, paidOn)
		if err != nil {
			return err
		}
		return a.tell(ctx, b, "a payment of "+p.Amount.String(), p.Fact, !f.noWait, func() (invoice.Receipt, error) { return b.Pay(ctx, p) })
	})
	return cmd
}

func (a *app) payment(args []string, f factFlags, paidOn string) (p invoice.Payment, err error) {
	k, rest, err := invoiceArg(args)
	if err != nil {
		return p, err
	}
	if p.Amount, err = positive(rest); err != nil {
		return p, err
	}
	if paidOn != "" {
		if p.PaidOn, err = parseDay("paid-on", paidOn); err != nil {
			return p, err
		}
	} else if f.key == "" {
		return p, invoice.Invalid("key", "is missing").
			WithHint("give the bank's reference with --key, or the value date with --paid-on: it keeps the payment from being booked twice")
	}
	p.Fact = a.fact(k, f, contentKey("pay", k, p.Amount.String(), p.PaidOn.String()))
	return p, nil
}

// positive reads an amount above zero.
func positive(args []string) (invoice.Money, error) {
	m, err := parseAmount(args)
	if err == nil && !m.Positive() {
		err = invoice.Invalid("amount", "%s is not above zero", m)
	}
	return m, err
}

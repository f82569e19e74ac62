package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// payplanCmd agrees on payment plans, shows and withdraws them.
func (a *app) payplanCmd() *cobra.Command {
	c := family("payplan", "Agree on instalments, show and withdraw them", a.payplanAgree(), a.payplanShow(), a.payplanWithdraw())
	c.Example = "  dunlin payplan agree acme/INV-1 --instalments 3 --first 2026-12-01\n  dunlin payplan show acme/INV-1"
	return c
}

// planFlags say how the balance is divided.
type planFlags struct {
	n           int
	first       string
	every       string
	instalments []string
}

func (a *app) payplanAgree() *cobra.Command {
	var f factFlags
	var p planFlags
	cmd := &cobra.Command{
		Use:   "agree INVOICE",
		Short: "Record that the debtor pays the balance in instalments",
		Long: "Record that the debtor pays the balance in instalments: the reminders wait while the plan is kept, and\n" +
			"each instalment is announced. Money covers the oldest instalment first. The instalments together are the\n" +
			"whole balance: either a number of equal ones from a day on, or each with its day and amount. A newer plan\n" +
			"takes the place of the older.",
		Example: "  dunlin payplan agree acme/INV-1 --instalments 3 --first 2026-12-01\n" +
			"  dunlin payplan agree acme/INV-1 --instalments 4 --first 2026-12-01 --every 14d\n" +
			"  dunlin payplan agree acme/INV-1 --instalment \"2026-12-01=400.00 EUR\" --instalment \"2027-01-15=800.00 EUR\"",
		Args: cobra.ExactArgs(1),
	}
	f.flags(cmd, keyOnce, true)
	cmd.Flags().IntVar(&p.n, "instalments", 0, "so many equal instalments; odd cents go to the first ones")
	cmd.Flags().StringVar(&p.first, "first", "", "day of the first instalment, YYYY-MM-DD")
	cmd.Flags().StringVar(&p.every, "every", "1m", "from one instalment to the next: days (14d) or months (1m)")
	cmd.Flags().StringArrayVar(&p.instalments, "instalment", nil, "one instalment, DATE=AMOUNT, e.g. \"2026-12-01=400.00 EUR\"; as often as there are")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		x := invoice.PaymentPlan{}
		if x.Instalments, err = p.read(ctx, b, k); err != nil {
			return err
		}
		content := make([]string, 0, len(x.Instalments))
		for _, in := range x.Instalments {
			content = append(content, in.DueOn.String(), in.Amount.String())
		}
		x.Fact = a.fact(k, f, contentKey("payplan", k, content...))
		what := "a payment plan of " + many(int64(len(x.Instalments)), "instalment")
		return a.tell(ctx, b, what, x.Fact, !f.noWait, func() (invoice.Receipt, error) { return b.AgreePlan(ctx, x) })
	})
	return cmd
}

// read makes the instalments: those that were given, or equal parts of the balance.
func (p planFlags) read(ctx context.Context, b reader, k invoice.Key) ([]invoice.Instalment, error) {
	switch {
	case len(p.instalments) > 0 && (p.n != 0 || p.first != ""):
		return nil, invoice.Invalid("instalment", "and --instalments exclude each other").WithHint("give a number and a first day, or each instalment by itself")
	case len(p.instalments) > 0:
		return givenInstalments(p.instalments)
	case p.n < 1:
		return nil, invoice.Invalid("instalments", "is missing").WithHint("--instalments 3 --first 2026-12-01, or --instalment DATE=AMOUNT for each")
	}
	first, err := parseDay("first", p.first)
	if err != nil {
		return nil, err
	}
	step, err := parseRhythm(p.every)
	if err != nil {
		return nil, err
	}
	v, err := b.View(ctx, k)
	if err != nil {
		return nil, err
	}
	return equalInstalments(v.Balance, p.n, first, step)
}

func givenInstalments(texts []string) ([]invoice.Instalment, error) {
	parts := make([]invoice.Instalment, 0, len(texts))
	for _, t := range texts {
		day, amount, ok := strings.Cut(t, "=")
		if !ok {
			return nil, invoice.Invalid("instalment", "%q is not a day and an amount", t).WithHint("e.g. --instalment \"2026-12-01=400.00 EUR\"")
		}
		due, err := parseDay("instalment", strings.TrimSpace(day))
		if err != nil {
			return nil, err
		}
		m, err := positive([]string{amount})
		if err != nil {
			return nil, err
		}
		parts = append(parts, invoice.Instalment{DueOn: due, Amount: m})
	}
	slices.SortStableFunc(parts, func(a, b invoice.Instalment) int { return b.DueOn.DaysUntil(a.DueOn) })
	return parts, nil
}

// equalInstalments divides an amount; what does not divide goes to the first ones, a cent each.
func equalInstalments(total invoice.Money, n int, first invoice.Date, next rhythm) ([]invoice.Instalment, error) {
	if total.Minor < int64(n) {
		return nil, invoice.Invalid("instalments", "%s cannot be divided into %d", total, n)
	}
	parts := make([]invoice.Instalment, n)
	for i := range parts {
		minor := total.Minor / int64(n)
		if int64(i) < total.Minor%int64(n) {
			minor++
		}
		parts[i] = invoice.Instalment{DueOn: next.after(first, i), Amount: invoice.NewMoney(minor, total.Currency)}
	}
	return parts, nil
}

// rhythm is the time from one instalment to the next.
type rhythm struct{ days, months int }

func parseRhythm(s string) (r rhythm, err error) {
	n, bad := 0, s == ""
	if !bad {
		n, err = strconv.Atoi(s[:len(s)-1])
		bad = err != nil || n < 1 || n > 1000
	}
	switch {
	case bad:
	case strings.HasSuffix(s, "d"):
		return rhythm{days: n}, nil
	case strings.HasSuffix(s, "m"):
		return rhythm{months: n}, nil
	}
	return r, invoice.Invalid("every", "%q is not a number of days or months", s).WithHint("e.g. 14d or 1m")
}

// after is the day of the i-th instalment from 0: in a month that is too short its last day.
func (r rhythm) after(first invoice.Date, i int) invoice.Date {
	if r.months == 0 {
		return first.AddDays(r.days * i)
	}
	t := first.At(0, 0, time.UTC)
	month := time.Date(t.Year(), t.Month()+time.Month(r.months*i), 1, 0, 0, 0, 0, time.UTC)
	last := month.AddDate(0, 1, -1).Day()
	return invoice.DateOf(month.AddDate(0, 0, min(t.Day(), last)-1))
}

func (a *app) payplanShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show INVOICE",
		Short:   "Show the newest payment plan and what is still to be paid of it",
		Example: "  dunlin payplan show acme/INV-1",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			k, err := parseKey(args[0])
			if err != nil {
				return err
			}
			v, err := b.View(ctx, k)
			if err != nil {
				return err
			}
			if v.PaymentPlan == nil {
				return invoice.Unknown("payment_plan", "%s has none", k).WithHint("dunlin payplan agree records one")
			}
			if a.json {
				return a.show(v.PaymentPlan)
			}
			a.say("%s: payment plan, %s", k, planState(v.PaymentPlan, v.Zone))
			a.instalments(v.PaymentPlan)
			return nil
		}),
	}
}

func (a *app) payplanWithdraw() *cobra.Command {
	var f factFlags
	cmd := &cobra.Command{
		Use:     "withdraw INVOICE",
		Short:   "End the payment plan; the reminders go on",
		Example: "  dunlin payplan withdraw acme/INV-1 --reason \"the debtor asked for it\"",
		Args:    cobra.ExactArgs(1),
	}
	f.flags(cmd, keyNew, false)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		k, _, err := invoiceArg(args)
		if err != nil {
			return err
		}
		x := invoice.PlanEnd{Fact: a.fact(k, f, a.newKey())}
		return a.tell(ctx, b, "the end of the payment plan", x.Fact, false, func() (invoice.Receipt, error) { return b.WithdrawPlan(ctx, x) })
	})
	return cmd
}

package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/invoice"
)

// cashdesk decides about payments that nobody could decide about by rule.
type cashdesk interface {
	Payments(ctx context.Context, f collection.PaymentFilter) ([]collection.PaymentView, error)
	Payment(ctx context.Context, id int64) (collection.PaymentView, error)
	MatchPayment(ctx context.Context, m collection.PaymentMatch) (collection.PaymentView, error)
	UndoPayment(ctx context.Context, id int64, actor, reason string) (collection.PaymentView, error)
	Feeds(ctx context.Context, creditor string) ([]collection.FeedView, error)
}

func (a *app) bankUnmatchedCmd() *cobra.Command {
	var f collection.PaymentFilter
	cmd := &cobra.Command{
		Use:     "unmatched",
		Short:   "List payments that wait for a decision, with what they may be for",
		Long:    "List payments that wait for a decision, the oldest first, each with ranked suggestions and their reasons.\nWith --json: one JSON document per line.",
		Example: "  dunlin bank unmatched --creditor acme",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&f.Creditor, "creditor", "", "only this creditor's")
	cmd.Flags().StringVar(&f.State, "state", "", "undecided, waiting (for an invoice that it names), decided or all; default undecided and waiting")
	cmd.Flags().Int64Var(&f.After, "after", 0, "go on after this payment")
	cmd.Flags().IntVar(&f.Limit, "limit", bankPage, "at most so many")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, _ []string) error {
		if err := oneOf("state", f.State, []string{"undecided", "waiting", "decided", "all"}); err != nil {
			return err
		}
		all, err := b.Payments(ctx, f)
		if err != nil {
			return err
		}
		return a.listPayments(all, f)
	})
	return cmd
}

func (a *app) listPayments(all []collection.PaymentView, f collection.PaymentFilter) error {
	if a.json {
		for _, p := range all {
			if err := a.stream(p); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		a.say("No payment waits for a decision.")
		return nil
	}
	for _, p := range all {
		a.say("%d  %s  %s  %s", p.ID, p.BookedOn, p.Open, payerWords(p))
		if text := strings.Join(p.Remittance, " "); text != "" {
			a.say("    %q", clean(text))
		}
		a.say("    %s: %s", p.State, strings.Join(p.Evidence, "; "))
		a.suggestions(p, "    ")
	}
	if f.Limit > 0 && len(all) == f.Limit {
		a.say("There may be more: --after %d", all[len(all)-1].ID)
	}
	return nil
}

func payerWords(p collection.PaymentView) string {
	words := clean(strings.TrimSpace(p.Payer + " " + p.PayerAccount))
	if p.DebtorID != "" {
		words = strings.TrimSpace(words + " (debtor " + p.DebtorID + ")")
	}
	if words == "" {
		return "payer not told"
	}
	return words
}

func (a *app) suggestions(p collection.PaymentView, indent string) {
	for i, s := range p.Suggestions {
		a.say("%s%d. %s: %s", indent, i+1, shareWords(s.Invoices), strings.Join(s.Evidence, "; "))
	}
}

func shareWords(all []collection.ShareView) string {
	parts := make([]string, 0, len(all))
	for _, s := range all {
		text := s.Number + " " + s.Amount.String()
		if s.Discount.Positive() {
			text += " and " + s.Discount.String() + " discount"
		}
		if s.Charge.Positive() {
			text += " and " + s.Charge.String() + " bank charge"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func (a *app) bankMatchCmd() *cobra.Command {
	m := collection.PaymentMatch{}
	var invoices []string
	cmd := &cobra.Command{
		Use:   "match PAYMENT",
		Short: "Decide what a payment is for",
		Long: "Decide what a payment is for: take a suggestion, name invoices with or without amounts, put the rest on a\n" +
			"debtor's account, or mark it as not ours. A payment may be split. What is on account can be given to invoices\n" +
			"later. Of money that went out, --invoice names the invoice whose payment has come back. Two confirmed choices\n" +
			"make the payer's account known.",
		Example: "  dunlin bank match 17 --suggestion 1\n" +
			"  dunlin bank match 17 --invoice INV-1 --invoice \"INV-2=50.00 EUR\" --on-account blum\n" +
			"  dunlin bank match 17 --not-ours --reason \"rent of the canteen\"",
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().IntVar(&m.Suggestion, "suggestion", 0, "take this suggestion, as dunlin bank unmatched counts them")
	cmd.Flags().StringArrayVar(&invoices, "invoice", nil, "NUMBER or NUMBER=AMOUNT, e.g. \"INV-2=50.00 EUR\"; as often as there are")
	cmd.Flags().StringVar(&m.OnAccount, "on-account", "", "customer number of the debtor whose account gets the rest")
	cmd.Flags().BoolVar(&m.NotOurs, "not-ours", false, "the rest is for other books")
	cmd.Flags().StringVar(&m.Reason, "reason", "", "why, for the case file")
	cmd.MarkFlagsMutuallyExclusive("suggestion", "invoice")
	cmd.MarkFlagsMutuallyExclusive("on-account", "not-ours")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) (err error) {
		if m.ID, err = paymentID(args[0]); err != nil {
			return err
		}
		if m.Invoices, err = shares(invoices); err != nil {
			return err
		}
		m.Actor = a.actor
		p, err := b.MatchPayment(ctx, m)
		if err != nil {
			return err
		}
		return a.showPayment(p)
	})
	return cmd
}

func paymentID(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, invoice.Invalid("payment", "%q is not a payment's number", s).WithHint("dunlin bank unmatched lists them")
	}
	return id, nil
}

func shares(texts []string) ([]collection.PaymentShare, error) {
	var all []collection.PaymentShare
	for _, t := range texts {
		number, amount, with := strings.Cut(t, "=")
		s := collection.PaymentShare{Number: number}
		if with {
			m, err := positive([]string{amount})
			if err != nil {
				return nil, err
			}
			s.Amount = m
		}
		all = append(all, s)
	}
	return all, nil
}

func (a *app) bankUndoCmd() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:     "undo PAYMENT",
		Short:   "Take back what was decided about a payment",
		Long:    "Take back what was decided about a payment, by rule or by a person: reversing entries, nothing is erased.\nInvoices that it had paid are open again. It counts against the account that the payment came from.",
		Example: "  dunlin bank undo 17 --reason \"it was another customer's\"",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the case file")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		id, err := paymentID(args[0])
		if err != nil {
			return err
		}
		p, err := b.UndoPayment(ctx, id, a.actor, reason)
		if err != nil {
			return err
		}
		return a.showPayment(p)
	})
	return cmd
}

func (a *app) bankExplainCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "explain PAYMENT",
		Short:   "Tell why a payment was applied, or why it wasn't",
		Example: "  dunlin bank explain 17",
		Args:    cobra.ExactArgs(1),
		RunE: a.withBooks(func(ctx context.Context, b books, args []string) error {
			id, err := paymentID(args[0])
			if err != nil {
				return err
			}
			p, err := b.Payment(ctx, id)
			if err != nil {
				return err
			}
			return a.showPayment(p)
		}),
	}
}

// showPayment tells everything about one payment.
func (a *app) showPayment(p collection.PaymentView) error {
	if a.json {
		return a.show(p)
	}
	a.say("Payment %d: %s, %s", p.ID, p.Amount, payerWords(p))
	t := newTable()
	for _, row := range [][2]string{
		{"stands in", p.Line},
		{"booked", p.BookedOn.String()},
		{"value day", p.ValueOn.String()},
		{"text", clean(strings.Join(p.Remittance, " "))},
		{"references", clean(strings.Join(p.References, ", "))},
		{"state", strings.TrimSpace(p.State + " " + plain(p.How))},
		{"by", p.DecidedBy},
		{"rule", ruleWords(p)},
		{"because", strings.Join(p.Evidence, "; ")},
		{"reminders wait", strings.Join(p.Holds, ", ")},
	} {
		if row[1] != "" {
			t.add(row[0], row[1])
		}
	}
	t.print(a.out, "  ")
	for _, x := range p.Allocations {
		a.say("  %s", allocationWords(x))
	}
	if !p.Open.IsZero() {
		a.say("  %s: nobody has decided yet", p.Open)
		a.suggestions(p, "  ")
	}
	return nil
}

func ruleWords(p collection.PaymentView) string {
	if p.Rung == "" {
		return ""
	}
	return fmt.Sprintf("%s (version %s, confidence %.3f)", p.Rung, p.RuleVersion, p.Confidence)
}

func allocationWords(x collection.AllocationView) string {
	to := map[string]string{"not_ours": "other books", "charge": "bank charges", "refund": "refunds", "on_account": "the account of debtor " + x.DebtorID, "invoice": "invoice " + x.Number}[x.Target]
	text := fmt.Sprintf("%s to %s, by %s", x.Amount, to, x.By)
	if !x.Discount.IsZero() {
		text += fmt.Sprintf("; discount %s", x.Discount)
	}
	if !x.Charge.IsZero() {
		text += fmt.Sprintf("; bank charge %s", x.Charge)
	}
	if x.Undone {
		text += " (undone)"
	}
	if x.Reason != "" {
		text += ": " + x.Reason
	}
	return text
}

func (a *app) bankAccountsCmd() *cobra.Command {
	var creditor string
	cmd := &cobra.Command{
		Use:     "accounts",
		Short:   "List the accounts with how fresh their statements are",
		Long:    "List the accounts with how fresh their statements are. An account's rhythm stands in the creditor's profile\n(bank_accounts: feed): when its newest statement is older, formal steps wait.",
		Example: "  dunlin bank accounts",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&creditor, "creditor", "", "only this creditor's")
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, _ []string) error {
		all, err := b.Feeds(ctx, creditor)
		if err != nil {
			return err
		}
		t := newTable("CREDITOR", "ACCOUNT", "CURRENCY", "RHYTHM", "REACHES", "NEXT BY (UTC)", "", ">CLOSING", ">UNDECIDED")
		for _, f := range all {
			if a.json {
				if err := a.stream(f); err != nil {
					return err
				}
			}
			stale := ""
			if f.Stale {
				stale = "too old"
			}
			closing := ""
			if f.Closing.Currency != "" {
				closing = f.Closing.String()
			}
			t.add(f.Creditor, f.Account, f.Currency, f.Rhythm, f.Newest.String(), moment(f.DueBy, ""), stale, closing, count(int64(f.Undecided)))
		}
		switch {
		case a.json:
		case len(all) == 0:
			a.say("There are no accounts.")
		default:
			t.print(a.out, "")
		}
		return nil
	})
	return cmd
}

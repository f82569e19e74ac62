package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

const previewHelp = `Show what a policy would do to an invoice that nobody pays: each step with date, time and zone, channel,
reason and text. FILE is a policy file, or the name of a policy that comes with Dunlin.

With --invoice the invoice, its debtor and its creditor are taken from the database, as if it were
issued now under this policy; otherwise they are made up from the flags. Nothing is stored or sent.`

// previewFlags make up an invoice.
type previewFlags struct {
	invoice, amount, issuedOn, dueOn, zone, country, region, dtype string
	expiresIn                                                      time.Duration
	noTexts                                                        bool
}

func (a *app) policyPreview() *cobra.Command {
	var f previewFlags
	cmd := &cobra.Command{
		Use:     "preview FILE",
		Short:   "Show each step of a policy with date, time, channel, text and reason",
		Long:    previewHelp,
		Example: "  dunlin policy preview standard-b2b --amount \"1190.00 EUR\" --issued-on 2026-05-01 --due-on 2026-05-31\n  dunlin policy preview mine.yaml --invoice acme/INV-1",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&f.invoice, "invoice", "", "an invoice on file, CREDITOR/NUMBER")
	cmd.Flags().StringVar(&f.amount, "amount", "", "amount of a made-up invoice, e.g. \"1190.00 EUR\"")
	cmd.Flags().StringVar(&f.issuedOn, "issued-on", "", "day on the made-up invoice; default today")
	cmd.Flags().StringVar(&f.dueOn, "due-on", "", "its due date; default 30 days later")
	cmd.Flags().DurationVar(&f.expiresIn, "expires-in", 24*time.Hour, "of a made-up order: time until it expires")
	cmd.Flags().StringVar(&f.zone, "zone", "Europe/Berlin", "the made-up debtor's zone")
	cmd.Flags().StringVar(&f.country, "country", "DE", "the made-up debtor's country")
	cmd.Flags().StringVar(&f.region, "region", "", "the made-up debtor's region")
	cmd.Flags().StringVar(&f.dtype, "type", "business", "the made-up debtor's type")
	cmd.Flags().BoolVar(&f.noTexts, "no-texts", false, "leave the texts away")
	cmd.MarkFlagsOneRequired("invoice", "amount")
	cmd.MarkFlagsMutuallyExclusive("invoice", "amount")
	cmd.RunE = a.do(func(ctx context.Context, args []string) error {
		p, _, catalog, err := a.loadPolicy(args[0])
		if err != nil {
			return err
		}
		s, err := a.scene(ctx, p, f)
		if err != nil {
			return err
		}
		return a.rehearse(p, catalog, s, !f.noTexts)
	})
	return cmd
}

// scene is who and what a preview is about.
type scene struct {
	creditor invoice.Creditor
	debtor   invoice.Debtor
	invoice  invoice.Invoice
}

func (a *app) scene(ctx context.Context, p *dunning.Policy, f previewFlags) (s scene, err error) {
	if f.invoice != "" {
		s, err = a.realScene(ctx, f.invoice)
	} else {
		s, err = a.madeUpScene(p, f)
	}
	if err == nil && s.invoice.Kind != p.Kind {
		err = invoice.Invalid("invoice", "%s is for an %s, and this is an %s", p.Name, p.Kind, s.invoice.Kind)
	}
	return s, err
}

func (a *app) realScene(ctx context.Context, name string) (s scene, err error) {
	k, err := parseKey(name)
	if err != nil {
		return s, err
	}
	b, err := a.open(ctx)
	if err != nil {
		return s, err
	}
	defer b.Close()
	v, err := b.View(ctx, k)
	if err != nil {
		return s, err
	}
	s.invoice = v.Invoice
	if s.creditor, err = b.Creditor(ctx, k.Creditor); err != nil {
		return s, err
	}
	s.debtor, err = b.Debtor(ctx, k.Creditor, v.Invoice.DebtorID)
	return s, err
}

func (a *app) madeUpScene(p *dunning.Policy, f previewFlags) (s scene, err error) {
	if _, err := time.LoadLocation(f.zone); err != nil || f.zone == "" {
		return s, invoice.Invalid("zone", "%q is not an IANA time zone", f.zone).WithHint("e.g. Europe/Berlin")
	}
	loc := location(f.zone)
	i := invoice.Invoice{Key: invoice.Key{Creditor: "example", Number: "INV-1"}, Kind: p.Kind, DebtorID: "C-1", IssuedOn: invoice.DateOf(a.now().In(loc))}
	if i.Amount, err = positive([]string{f.amount}); err != nil {
		return s, err
	}
	if f.issuedOn != "" {
		if i.IssuedOn, err = parseDay("issued-on", f.issuedOn); err != nil {
			return s, err
		}
	}
	if p.Kind == invoice.KindOrder {
		i.Goods, i.ExpiresAt, i.PayURL = "2 garden chairs", i.IssuedOn.At(9, 0, loc).Add(f.expiresIn), "https://pay.example.com/INV-1"
	} else if i.DueOn = i.IssuedOn.AddDays(30); f.dueOn != "" {
		if i.DueOn, err = parseDay("due-on", f.dueOn); err != nil {
			return s, err
		}
	}
	s.invoice = i
	s.debtor = invoice.Debtor{
		Creditor: "example", ID: "C-1", Name: "Example Debtor", Type: invoice.DebtorType(f.dtype), Country: f.country, Region: f.region, Zone: f.zone, Language: "en",
		Contacts: []invoice.Contact{{Channel: invoice.Email, Address: "debtor@example.com", Name: "Jo Example"}, {Channel: invoice.SMS, Address: "+15005550006"}},
	}
	s.creditor = invoice.Creditor{
		ID: "example", Name: "Example Creditor", Country: f.country, Zone: f.zone, Language: "en", Person: "Sam Example", SenderEmail: "billing@example.com",
		ReplyTo: "billing@example.com", Phone: "+15005550007", SMSFrom: "+15005550008",
		Lawyer: invoice.Partner{Name: "Example Lawyers", Email: "lawyer@example.com"}, Agency: invoice.Partner{Name: "Example Agency", Email: "agency@example.com"},
	}
	if err := s.debtor.Validate(); err != nil {
		return s, err
	}
	return s, i.Validate()
}

// previewed is one step with its text.
type previewed struct {
	dunning.Row
	To      string `json:"to,omitempty"`
	Subject string `json:"subject,omitempty"`
	Text    string `json:"text,omitempty"`
	Problem string `json:"problem,omitempty"` // why there is no text
}

func (a *app) rehearse(p *dunning.Policy, catalog *message.Catalog, s scene, texts bool) error {
	c := s.fresh()
	steps := []previewed{}
	for _, row := range p.Explain(c, c.IssuedAt) {
		step := previewed{Row: row}
		if texts && row.Template != "" && !row.At.IsZero() {
			step.write(p, catalog, s, c)
		}
		steps = append(steps, step)
	}
	if a.json {
		return a.show(struct {
			checkedPolicy
			Invoice invoice.Invoice `json:"invoice"`
			Preview []previewed     `json:"preview"`
		}{checkedOf(p), s.invoice, steps})
	}
	a.say("%s v%d for %s, %s, as if it were issued on %s and nobody paid:", p.Name, p.Version, s.invoice.Key, s.invoice.Amount, s.invoice.IssuedOn)
	for _, step := range steps {
		a.say("")
		a.say("%s  %s  %s", strings.TrimSpace(moment(step.At, step.Zone)+" "+step.Zone), plain(step.Channel), step.Title)
		a.say("  %s: %s", step.State, step.Reason)
		a.quote(step)
	}
	return nil
}

func (a *app) quote(step previewed) {
	if step.Problem != "" {
		a.say("  no text: %s", step.Problem)
		return
	}
	if step.To == "" {
		return
	}
	a.say("  to %s", step.To)
	if step.Subject != "" {
		a.say("    | Subject: %s", step.Subject)
	}
	for line := range strings.SplitSeq(strings.TrimRight(step.Text, "\n"), "\n") {
		fmt.Fprintln(a.out, strings.TrimRight("    | "+clean(line), " "))
	}
}

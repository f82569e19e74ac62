package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/starter/importfile"
)

const issueHelp = `Hand one invoice over for collection, or a whole file of them.

One invoice: give its number, debtor, amount and dates as flags; with --debtor-name the debtor is
created or brought up to date, too. Repeating the command changes nothing; the same number with other
content is refused.

A file: CSV, JSON or NDJSON ("-" is standard input). Rows are read as a stream and go in by chunks; a
bad row is refused with file, line, field and hint, and the good ones go in. After an interruption run
the same command again: rows that are in already are counted as "already there". With --all-or-nothing
either all rows go in or none (at most 100,000).

JSON rows look like
  {"invoice":{"creditor":"acme","number":"INV-1","kind":"invoice","debtor":"C-1",
   "total":{"amount":"119.00","currency":"EUR"},"issued_on":"2026-05-01","due_on":"2026-05-31",
   "discount":{"amount":"2.38","currency":"EUR"},"discount_until":"2026-05-10"},
   "debtor":{"id":"C-1","name":"Kunde GmbH","zone":"Europe/Berlin","accounts":["DE02120300000000202051"]}}

CSV has a heading line, commas, semicolons or tabs between the columns, and these columns in any order:
`

// issueFlags are one invoice and its debtor as flags.
type issueFlags struct {
	creditor, number, kind, debtor, total, issuedOn, dueOn, expiresAt, goods, reference, payURL, policy, discount, discountUntil string
	expiresIn                                                                                                                    time.Duration
	name, dtype, country, region, zone, language, contact, email, sms, phone                                                     string
	accounts                                                                                                                     []string

	format       string
	allOrNothing bool
	chunk        int
}

// issueCmd issues one invoice or a file of them.
func (a *app) issueCmd() *cobra.Command {
	var f issueFlags
	cmd := &cobra.Command{
		Use:   "issue [FILE]",
		Short: "Hand an invoice, or a file of them, over for collection",
		Long:  issueHelp + columnHelp(),
		Example: "  dunlin issue --creditor acme --number INV-1 --debtor C-1 --total \"119.00 EUR\" --issued-on 2026-05-01 --due-on 2026-05-31\n" +
			"  dunlin issue invoices.csv --creditor acme\n  erp-export | dunlin issue - --format ndjson --json",
		Args: cobra.MaximumNArgs(1),
	}
	f.register(cmd)
	cmd.RunE = a.withBooks(func(ctx context.Context, b books, args []string) error {
		if len(args) == 1 {
			if err := onlyOfFiles(cmd); err != nil {
				return err
			}
			return a.issueFile(ctx, b, args[0], f)
		}
		return a.issueOne(ctx, b, f)
	})
	return cmd
}

func (f *issueFlags) register(cmd *cobra.Command) {
	text := func(p *string, name, help string) { cmd.Flags().StringVar(p, name, "", help) }
	text(&f.creditor, "creditor", "id of who is owed; for a file: of rows that name none")
	text(&f.number, "number", "invoice or order number")
	text(&f.kind, "kind", "invoice (default) or order")
	text(&f.debtor, "debtor", "customer number")
	text(&f.total, "total", "gross amount with currency, e.g. \"119.00 EUR\"")
	text(&f.issuedOn, "issued-on", "day on the invoice, YYYY-MM-DD; default today in the creditor's zone")
	text(&f.dueOn, "due-on", "last day to pay, YYYY-MM-DD (invoices)")
	text(&f.expiresAt, "expires-at", "moment the goods are released, RFC 3339 (orders)")
	cmd.Flags().DurationVar(&f.expiresIn, "expires-in", 0, "instead of --expires-at: time from now, e.g. 24h (not repeatable)")
	text(&f.goods, "goods", "what was ordered (orders)")
	text(&f.reference, "reference", "the debtor's purchase order number")
	text(&f.payURL, "pay-url", "https link that pays this invoice")
	text(&f.discount, "discount", "early payment: what may be taken off, with its currency, e.g. \"2.38 EUR\"")
	text(&f.discountUntil, "discount-until", "early payment: last day for it, YYYY-MM-DD")
	text(&f.policy, "policy", "dunning policy; default: that of the kind")
	text(&f.name, "debtor-name", "creates the debtor or brings it up to date")
	text(&f.dtype, "debtor-type", "business or consumer")
	text(&f.country, "debtor-country", "ISO 3166, e.g. DE")
	text(&f.region, "debtor-region", "ISO 3166-2 without the country, e.g. BE")
	text(&f.zone, "debtor-zone", "IANA zone, e.g. Europe/Berlin")
	text(&f.language, "debtor-language", "e.g. en")
	cmd.Flags().StringArrayVar(&f.accounts, "debtor-account", nil, "bank account that the debtor pays from, IBAN or number (repeatable)")
	text(&f.contact, "contact-name", "whom to greet")
	text(&f.email, "email", "e-mail address")
	text(&f.sms, "sms", "mobile number in E.164")
	text(&f.phone, "phone", "number to call in E.164")
	text(&f.format, "format", "of the file: csv, json or ndjson; default: by its name")
	cmd.Flags().BoolVar(&f.allOrNothing, "all-or-nothing", false, "of a file: when one row is refused, none goes in")
	cmd.Flags().IntVar(&f.chunk, "chunk", 1000, "of a file: rows per transaction, 1 to 1000")
}

func columnHelp() string {
	var b strings.Builder
	t := newTable()
	for _, c := range importfile.Columns {
		t.add(c.Name, c.Help)
	}
	t.print(&b, "  ")
	return strings.TrimRight(b.String(), "\n")
}

func (a *app) issueOne(ctx context.Context, b books, f issueFlags) error {
	i, err := a.oneInvoice(ctx, b, f)
	if err != nil {
		return err
	}
	r, err := b.Issue(ctx, i)
	if err != nil {
		return err
	}
	if a.json {
		return a.show(r)
	}
	if r.Repeated {
		a.say("%s was there already: nothing changed.", r.Invoice)
	} else {
		a.say("%s is in collection.", r.Invoice)
	}
	a.say("Now %s, balance %s.", plain(r.Status), r.Balance)
	return nil
}

// oneInvoice makes an invoice of the flags.
func (a *app) oneInvoice(ctx context.Context, b books, f issueFlags) (i collection.Issue, err error) {
	i.Actor = a.actor
	i.Invoice = invoice.Invoice{
		Key: invoice.Key{Creditor: f.creditor, Number: f.number}, Kind: invoice.KindInvoice, DebtorID: f.debtor,
		Goods: f.goods, Reference: f.reference, PayURL: f.payURL, Policy: f.policy,
	}
	if f.kind != "" {
		i.Invoice.Kind = invoice.Kind(f.kind)
	}
	for _, must := range [][2]string{{"creditor", f.creditor}, {"number", f.number}, {"debtor", f.debtor}, {"total", f.total}} {
		if must[1] == "" {
			return i, invoice.Invalid(must[0], "is missing").WithHint("give --%s, or a file of invoices", must[0])
		}
	}
	if i.Invoice.Amount, err = parseAmount([]string{f.total}); err != nil {
		return i, err
	}
	if err = a.dates(ctx, b, f, &i.Invoice); err != nil {
		return i, err
	}
	if f.discount != "" {
		if i.Invoice.Discount, err = parseAmount([]string{f.discount}); err != nil {
			return i, err
		}
	}
	i.Debtor = f.debtorGiven()
	if i.Debtor != nil {
		if err := i.Debtor.Validate(); err != nil {
			return i, err
		}
		if err := i.Debtor.CheckAccounts(); err != nil {
			return i, err
		}
	} else if f.dtype+f.country+f.region+f.zone+f.language+f.contact+f.email+f.sms+f.phone != "" || len(f.accounts) > 0 {
		return i, invoice.Invalid("debtor-name", "is missing").WithHint("a debtor needs a name; for one that exists give --debtor only")
	}
	return i, i.Invoice.Validate()
}

func (a *app) dates(ctx context.Context, b books, f issueFlags, i *invoice.Invoice) (err error) {
	if f.issuedOn != "" {
		i.IssuedOn, err = parseDay("issued-on", f.issuedOn)
	} else {
		i.IssuedOn, err = today(ctx, b, f.creditor)
	}
	if err == nil && f.dueOn != "" {
		i.DueOn, err = parseDay("due-on", f.dueOn)
	}
	if err == nil && f.discountUntil != "" {
		i.DiscountUntil, err = parseDay("discount-until", f.discountUntil)
	}
	if err != nil {
		return err
	}
	switch {
	case f.expiresAt != "" && f.expiresIn != 0:
		return invoice.Invalid("expires-in", "and --expires-at cannot both be given")
	case f.expiresAt != "":
		i.ExpiresAt, err = parseMoment("expires-at", f.expiresAt, time.UTC)
	case f.expiresIn != 0:
		now, nowErr := b.Now(ctx)
		i.ExpiresAt, err = now.Add(f.expiresIn).Truncate(time.Second).UTC(), nowErr
	}
	return err
}

// today is the business day in the creditor's zone.
func today(ctx context.Context, b registry, creditor string) (invoice.Date, error) {
	c, err := b.Creditor(ctx, creditor)
	if err != nil {
		return invoice.Date{}, err
	}
	now, err := b.Now(ctx)
	return invoice.DateOf(now.In(location(c.Zone))), err
}

func (f issueFlags) debtorGiven() *invoice.Debtor {
	if f.name == "" {
		return nil
	}
	d := &invoice.Debtor{
		Creditor: f.creditor, ID: f.debtor, Name: f.name, Type: invoice.DebtorType(f.dtype), Country: f.country, Region: f.region, Zone: f.zone,
		Language: f.language, Accounts: f.accounts,
	}
	for _, c := range []invoice.Contact{{Channel: invoice.Email, Address: f.email}, {Channel: invoice.SMS, Address: f.sms}, {Channel: invoice.Phone, Address: f.phone}} {
		if c.Address != "" {
			c.Name = f.contact
			d.Contacts = append(d.Contacts, c)
		}
	}
	return d
}

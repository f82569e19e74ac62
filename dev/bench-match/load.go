package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dev/bankgen"
	"dunlin/invoice"
)

// actor is who the case files say it was.
const actor = "bench-match"

// load puts a world's books on file: the creditor with all accounts, his debtors, open and settled invoices,
// and the accounts that he knows his debtors by.
func (b *books) load(ctx context.Context, w *bankgen.World) error {
	if err := b.PutCreditor(ctx, creditorOf(w), actor); err != nil {
		return err
	}
	rows := make([]collection.Issue, 0, len(w.Open)+len(w.Settled))
	seen := make([]bool, len(w.Customers))
	for _, invs := range [][]bankgen.Invoice{w.Settled, w.Open} {
		for i := range invs {
			row := collection.Issue{Actor: actor, Invoice: issueOf(w, &invs[i])}
			if c := invs[i].Customer; !seen[c] {
				seen[c], row.Debtor = true, debtorOf(&w.Customers[c])
			}
			rows = append(rows, row)
		}
	}
	began := time.Now()
	if err := b.issueAll(ctx, rows); err != nil {
		return err
	}
	progress("%d invoices issued in %s", len(rows), time.Since(began).Round(time.Millisecond))
	began = time.Now()
	if err := b.settle(ctx, w.Settled); err != nil {
		return err
	}
	progress("%d of them settled in %s", len(w.Settled), time.Since(began).Round(time.Millisecond))
	if err := b.credit(ctx, w.Open); err != nil {
		return err
	}
	for i := range w.Customers { // those with no invoice at all
		if !seen[i] {
			if err := b.PutDebtor(ctx, *debtorOf(&w.Customers[i]), actor); err != nil {
				return err
			}
		}
	}
	if err := b.remember(ctx, w); err != nil {
		return err
	}
	_, err := b.sql.Exec(ctx, "VACUUM ANALYZE")
	return err
}

func creditorOf(w *bankgen.World) invoice.Creditor {
	c := invoice.Creditor{
		ID: bankgen.Creditor, Name: "Nordlicht Bürobedarf GmbH", Address: "Kaiweg 4, 20457 Hamburg", Country: "DE", Zone: "Europe/Berlin", Language: "de", Person: "Dana Keller",
		Reference: "rf", Matching: invoice.Matching{ChargeCap: map[invoice.Currency]int64{"EUR": 1500, "USD": 1500, "GBP": 1500, "CHF": 1500, "CNY": 1500}, GraceDays: 3},
		SenderEmail: "billing@nordlicht.example", ReplyTo: "billing@nordlicht.example", Defaults: invoice.Defaults{Zone: "Europe/Berlin", Country: "DE", Language: "de", Type: invoice.Business},
	}
	for _, a := range w.Accounts {
		c.BankAccounts = append(c.BankAccounts, invoice.Bank{Holder: c.Name, IBAN: a.IBAN, Account: a.Number, BIC: a.BIC, Name: a.Bank, Currency: a.Currency})
	}
	return c
}

func debtorOf(c *bankgen.Customer) *invoice.Debtor {
	d := &invoice.Debtor{Creditor: bankgen.Creditor, ID: c.ID, Name: c.Name, Type: c.Type, Country: c.Country, Zone: "Europe/Berlin", Language: c.Language}
	for _, a := range c.Accounts {
		if a.Known == bankgen.MasterData {
			d.Accounts = append(d.Accounts, a.Key())
		}
	}
	d.Contacts = []invoice.Contact{{Channel: invoice.Email, Address: "c" + c.ID + "@debtor.example"}}
	return d
}

func issueOf(w *bankgen.World, inv *bankgen.Invoice) invoice.Invoice {
	x := invoice.Invoice{
		Key: invoice.Key{Creditor: bankgen.Creditor, Number: inv.Number}, Kind: invoice.KindInvoice, DebtorID: w.Customers[inv.Customer].ID,
		Amount: inv.Amount, IssuedOn: inv.IssuedOn, DueOn: inv.DueOn, Reference: inv.Order,
	}
	if off := inv.Discount.Off(inv.Amount.Minor); off > 0 {
		x.Discount, x.DiscountUntil = invoice.NewMoney(off, inv.Amount.Currency), inv.IssuedOn.AddDays(int(inv.Discount.Days))
	}
	return x
}

// issueAll puts the invoices on file in chunks, the first ones of each debtor in order.
func (b *books) issueAll(ctx context.Context, rows []collection.Issue) error {
	const chunk = 1_000
	began := time.Now()
	for from := 0; from < len(rows); from += chunk {
		results, err := b.IssueMany(ctx, rows[from:min(len(rows), from+chunk)], true)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
		}
		if from > 0 && from%100_000 == 0 {
			progress("%d of %d invoices on file, %.0f/s", from, len(rows), float64(from)/time.Since(began).Seconds())
		}
	}
	return nil
}

// credit books the credit notes that were on file before the first statement.
func (b *books) credit(ctx context.Context, invs []bankgen.Invoice) error {
	for i := range invs {
		inv := &invs[i]
		if inv.Credit == "" {
			continue
		}
		note := invoice.CreditNote{Fact: invoice.Fact{Invoice: invoice.Key{Creditor: bankgen.Creditor, Number: inv.Number}, Key: inv.Credit + "/" + inv.Number, Actor: actor}, Amount: invoice.NewMoney(inv.Credited, inv.Amount.Currency)}
		if _, err := b.Credit(ctx, note); err != nil {
			return err
		}
	}
	return nil
}

// settle pays the settled invoices in full, as the books were told before the first statement.
func (b *books) settle(ctx context.Context, invs []bankgen.Invoice) error {
	const workers = 8
	var wg sync.WaitGroup
	failed := make(chan error, workers)
	for n := range workers {
		wg.Go(func() {
			for i := n; i < len(invs); i += workers {
				p := invoice.Payment{Fact: invoice.Fact{Invoice: invoice.Key{Creditor: bankgen.Creditor, Number: invs[i].Number}, Key: fmt.Sprintf("before-%d", i), Actor: actor}, Amount: invs[i].Amount}
				if _, err := b.Pay(ctx, p); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	return <-failed // nil when there is none
}

// remember writes the accounts that the books know from earlier payments, which were confirmed once or twice.
// Those payments themselves are older than the books. What is known from master data came with the debtors.
func (b *books) remember(ctx context.Context, w *bankgen.World) error {
	pks := map[string]int64{}
	rows, err := b.sql.Query(ctx, `SELECT id, pk FROM debtors WHERE creditor = $1`, bankgen.Creditor)
	if err != nil {
		return err
	}
	var id string
	var pk int64
	if _, err := pgx.ForEachRow(rows, []any{&id, &pk}, func() error { pks[id] = pk; return nil }); err != nil {
		return err
	}
	confirmations := map[bankgen.Known]int{bankgen.Once: 1, bankgen.Confirmed: 2}
	var known [][]any
	for i := range w.Customers {
		c := &w.Customers[i]
		for _, a := range c.Accounts {
			if n := confirmations[a.Known]; n > 0 {
				known = append(known, []any{bankgen.Creditor, a.Key(), pks[c.ID], n, time.Now()})
			}
		}
	}
	_, err = b.sql.CopyFrom(ctx, pgx.Identifier{"payer_accounts"}, []string{"creditor", "account", "debtor_pk", "confirmations", "last_at"}, pgx.CopyFromRows(known))
	return err
}

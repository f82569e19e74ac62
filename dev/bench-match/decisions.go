package main

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// place is where a payment stands in the statements.
type place struct {
	file                     string
	statement, entry, detail int
}

// decision is what the product did with a payment.
type decision struct {
	state   string
	rung    string
	why     string            // the evidence in words
	applied map[string]*given // by invoice number
}

// given is what an invoice got, as the ledger has it.
type given struct{ amount, discount, charge int64 }

// decisions reads what was decided about every payment: the states of the details, and from the ledger what
// each invoice got. Whatever was undone has cancelled itself.
func (b *books) decisions(ctx context.Context) (map[place]*decision, error) {
	byPlace, byPK := map[place]*decision{}, map[int64]*decision{}
	rows, err := b.sql.Query(ctx, `SELECT d.pk, f.name, s.n, e.n, d.n, d.state, d.rung, d.evidence::text FROM bank_details d JOIN bank_entries e ON e.pk = d.entry_pk
		JOIN bank_statements s ON s.pk = e.statement_pk JOIN bank_files f ON f.pk = d.file_pk`)
	if err != nil {
		return nil, err
	}
	var pk int64
	var at place
	var state, rung, why string
	if _, err := pgx.ForEachRow(rows, []any{&pk, &at.file, &at.statement, &at.entry, &at.detail, &state, &rung, &why}, func() error {
		d := &decision{state: state, rung: rung, why: why, applied: map[string]*given{}}
		byPlace[at], byPK[pk] = d, d
		return nil
	}); err != nil {
		return nil, err
	}
	return byPlace, b.allocations(ctx, byPK)
}

// allocations reads the ledger's entries of payments: the receivable is what the invoice got in all, the
// discount and the bank's charge are what of it was no money.
func (b *books) allocations(ctx context.Context, byPK map[int64]*decision) error {
	rows, err := b.sql.Query(ctx, `SELECT e.bank_detail_pk, i.number, p.account, sum(p.amount) FROM entries e JOIN postings p ON p.entry_pk = e.pk JOIN invoices i ON i.pk = e.invoice_pk
		WHERE e.bank_detail_pk IS NOT NULL AND p.account IN ('receivable', 'discount', 'bank_charge') GROUP BY 1, 2, 3 HAVING sum(p.amount) <> 0`)
	if err != nil {
		return err
	}
	var pk, amount int64
	var number, account string
	_, err = pgx.ForEachRow(rows, []any{&pk, &number, &account, &amount}, func() error {
		d := byPK[pk]
		if d == nil {
			return nil // told by hand: the settled invoices of the beginning
		}
		g := d.applied[number]
		if g == nil {
			g = &given{}
			d.applied[number] = g
		}
		switch account {
		case "receivable":
			g.amount -= amount
		case "discount":
			g.discount, g.amount = g.discount+amount, g.amount-amount
		case "bank_charge":
			g.charge, g.amount = g.charge+amount, g.amount-amount
		}
		return nil
	})
	return err
}

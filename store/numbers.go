package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"dunlin/invoice"
)

// LearnNumbers writes by which keys payments may name the invoices that were issued before payments were
// matched, and how their creditors number them. It returns how many they were; repeated, it finds none.
func (s *Store) LearnNumbers(ctx context.Context) (learnt int, err error) {
	for after, n := int64(0), portfolioChunk; n == portfolioChunk; learnt += n {
		err := s.tx(ctx, func(tx pgx.Tx) error {
			in := &intake{s: s, tx: tx, creditors: map[string]invoice.Creditor{}}
			if after, err = in.unkeyed(ctx, after); err != nil {
				return err
			}
			if n = len(in.fresh); n == 0 {
				return nil
			}
			b := &pgx.Batch{}
			if err := in.queueKeys(ctx, b); err != nil {
				return err
			}
			return tx.SendBatch(ctx, b).Close()
		})
		if err != nil {
			return learnt, err
		}
	}
	return learnt, nil
}

// unkeyed reads the next invoices without keys behind one, and returns the last of them.
func (in *intake) unkeyed(ctx context.Context, after int64) (int64, error) {
	rows, err := in.tx.Query(ctx, `SELECT pk, creditor, number FROM invoices i WHERE pk > $1 AND NOT EXISTS (SELECT FROM invoice_keys k WHERE k.invoice_pk = i.pk) ORDER BY pk LIMIT $2 FOR KEY SHARE`, after, portfolioChunk)
	if err != nil {
		return after, err
	}
	in.fresh, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*arrival, error) {
		a := &arrival{file: &file{}}
		return a, row.Scan(&a.file.pk, &a.inv.Creditor, &a.inv.Number)
	})
	if err != nil || len(in.fresh) == 0 {
		return after, err
	}
	for _, a := range in.fresh {
		if _, known := in.creditors[a.inv.Creditor]; known {
			continue
		}
		if in.creditors[a.inv.Creditor], err = creditor(ctx, in.tx, a.inv.Creditor); err != nil {
			return after, err
		}
	}
	return in.fresh[len(in.fresh)-1].file.pk, nil
}

package store

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// askHeld finds the invoices that wait for these payments.
func (c *cashier) askHeld(ctx context.Context) error {
	c.held = map[int64][]int64{}
	var pks []int64
	for _, l := range c.lines {
		if l.state != "accepted" || l.inherits {
			pks = append(pks, l.pk)
		}
	}
	for _, e := range c.earlier {
		pks = append(pks, e.line.pk)
	}
	if len(pks) == 0 {
		return nil
	}
	rows, err := c.tx.Query(ctx, `SELECT bank_detail_pk, invoice_pk FROM stops WHERE bank_detail_pk = ANY($1) AND ended_at IS NULL`, pks)
	if err != nil {
		return err
	}
	var payment, pk int64
	_, err = pgx.ForEachRow(rows, []any{&payment, &pk}, func() error {
		c.held[payment] = append(c.held[payment], pk)
		return nil
	})
	return err
}

// touched are the invoices that the decisions give to, take from, or hold.
func (c *cashier) touched() (pks, debtors []int64) {
	for _, l := range c.lines {
		for _, a := range l.decision.Applied {
			pks = append(pks, a.Invoice)
		}
		if e := c.earlier[l.pk]; e != nil {
			for _, a := range e.given {
				pks = append(pks, a.invoice)
			}
			pks = append(pks, c.held[e.line.pk]...)
		}
		pks, debtors = append(pks, c.held[l.pk]...), append(debtors, c.holding[l.pk]...)
	}
	return pks, debtors
}

// open locks and opens the files of invoices, and of all that debtors owe, by ascending key. It says whether
// they are as they were read.
func (c *cashier) open(ctx context.Context, pks, debtors []int64) (same bool, err error) {
	if len(debtors) > 0 {
		slices.Sort(debtors)
		if _, err := c.tx.Exec(ctx, `SELECT 1 FROM debtors WHERE pk = ANY($1) ORDER BY pk FOR NO KEY UPDATE`, debtors); err != nil {
			return false, err
		}
		rows, err := c.tx.Query(ctx, `SELECT pk FROM invoices WHERE debtor_pk = ANY($1) AND status IN ('open', 'placed')`, debtors)
		if err != nil {
			return false, err
		}
		owed, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return false, err
		}
		pks = append(pks, owed...)
	}
	pks = slices.DeleteFunc(pks, func(pk int64) bool { return pk == 0 || c.files[pk] != nil })
	files, err := c.s.openFiles(ctx, c.tx, pks)
	if err != nil {
		return false, err
	}
	same = true
	for _, f := range files {
		f.out = c.out
		c.files[f.pk] = f
		if was, ok := c.seen[f.pk]; ok && was != f.standing.Balance() {
			same = false
		}
	}
	return same, nil
}

// selectToChange reads invoices whose plans are computed anew before anybody looks at them: the old plan is
// the longest thing in the row.
var selectToChange = strings.Replace(selectInvoice, "i.plan,", "'null'::jsonb,", 1)

// openFiles locks invoices by ascending key and reads their files, with one question each.
func (s *Store) openFiles(ctx context.Context, tx pgx.Tx, pks []int64) ([]*file, error) {
	if len(pks) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT policy_hash FROM invoices WHERE pk = ANY($1)`, pks)
	if err != nil {
		return nil, err
	}
	hashes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, hash := range hashes { // no question can be asked between rows
		if _, err := s.policy(ctx, tx, hash); err != nil {
			return nil, err
		}
	}
	rows, err = tx.Query(ctx, selectToChange+` WHERE i.pk = ANY($1) ORDER BY i.pk FOR NO KEY UPDATE OF i`, pks)
	if err != nil {
		return nil, err
	}
	files, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*file, error) { return s.scanFile(ctx, tx, row) })
	if err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	queueRead(b, files...)
	return files, tx.SendBatch(ctx, b).Close()
}

// settledKeys makes sure that no invoice came meanwhile that a waiting payment names: who issues one looks
// for payments that wait for it, and takes turns with this.
func (c *cashier) settledKeys(ctx context.Context) (bool, error) {
	var creditors, keys []string
	var names []string
	for _, l := range c.lines {
		if l.how == howUndecided && l.rest() > 0 {
			names = append(names, l.creditor)
			for _, key := range l.waitsFor() {
				creditors, keys = append(creditors, l.creditor), append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return true, nil
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if _, err := c.tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('payments waiting ' || $1, 0))`, name); err != nil {
			return false, err
		}
	}
	rows, err := c.tx.Query(ctx, `SELECT creditor, key, invoice_pk FROM invoice_keys WHERE (creditor, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))`, creditors, keys)
	if err != nil {
		return false, err
	}
	same := true
	var key [2]string
	var pk int64
	_, err = pgx.ForEachRow(rows, []any{&key[0], &key[1], &pk}, func() error {
		same = same && c.invoices[pk] != nil
		return nil
	})
	return same, err
}

// waitsFor are the keys under which an invoice to come may be named.
func (l *cashLine) waitsFor() []string {
	all := slices.Concat(l.keys.Numbers, l.keys.Digits, l.keys.References)
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(k string) bool { return len(k) < 4 || nothings[k] })
}

package store

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"dunlin/bank/match"
	"dunlin/collection"
	"dunlin/invoice"
)

// referenceOf is the structured reference under which an invoice may be paid: by ISO 11649 where its creditor
// gives them; "" otherwise.
func referenceOf(c invoice.Creditor, number string) string {
	if c.Reference != "rf" {
		return ""
	}
	return match.MakeRF(number)
}

// queueKeys writes by which keys payments may name the invoices, and how the creditors number them.
func (in *intake) queueKeys(ctx context.Context, b *pgx.Batch) error {
	var creditors, keys, kinds []string
	var pks []int64
	shapes := map[[2]string]int64{}
	for _, a := range in.fresh {
		var all [][2]string
		for i, key := range numberKeys(a.inv.Number) {
			all = append(all, [2]string{[]string{"number", "digits"}[i], key})
		}
		if r := referenceOf(in.creditors[a.inv.Creditor], a.inv.Number); r != "" {
			all = append(all, [2]string{"reference", r})
		}
		for _, k := range all {
			if k[1] != "" {
				creditors, kinds, keys, pks = append(creditors, a.inv.Creditor), append(kinds, k[0]), append(keys, k[1]), append(pks, a.file.pk)
			}
		}
		shapes[[2]string{a.inv.Creditor, string(match.ShapeOf(a.inv.Number))}]++
	}
	b.Queue(`INSERT INTO invoice_keys (creditor, key, kind, invoice_pk) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])`, creditors, keys, kinds, pks)
	return in.queueShapes(ctx, b, shapes)
}

// enoughOfShape is from when on another invoice teaches nothing about how its creditor numbers: the row is
// left alone, so that nobody waits for it.
const enoughOfShape = 500

func (in *intake) queueShapes(ctx context.Context, b *pgx.Batch, shapes map[[2]string]int64) error {
	order := slices.SortedFunc(maps.Keys(shapes), func(x, y [2]string) int {
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	creditors, texts, ns := make([]string, len(order)), make([]string, len(order)), make([]int64, len(order))
	for i, k := range order {
		creditors[i], texts[i], ns[i] = k[0], k[1], shapes[k]
	}
	rows, err := in.tx.Query(ctx, `SELECT u.creditor, u.shape FROM unnest($1::text[], $2::text[]) AS u (creditor, shape) JOIN number_shapes s ON s.creditor = u.creditor AND s.shape = u.shape AND s.n >= $3`,
		creditors, texts, enoughOfShape)
	if err != nil {
		return err
	}
	var known [2]string
	if _, err = pgx.ForEachRow(rows, []any{&known[0], &known[1]}, func() error {
		for i := range order {
			if order[i] == known {
				ns[i] = 0
			}
		}
		return nil
	}); err != nil {
		return err
	}
	b.Queue(`INSERT INTO number_shapes (creditor, shape, n) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) AS u (creditor, shape, n) WHERE n > 0
		ON CONFLICT (creditor, shape) DO UPDATE SET n = number_shapes.n + excluded.n`, creditors, texts, ns)
	return nil
}

// matchWaiting decides anew about payments that have waited for one of these invoices. It takes turns with
// who is about to let a payment wait, so that none of them misses the other.
func (in *intake) matchWaiting(ctx context.Context, results []collection.IssueResult) error {
	pks := make([]int64, 0, len(in.fresh))
	for _, a := range in.fresh {
		pks = append(pks, a.file.pk)
	}
	for _, name := range slices.Sorted(maps.Keys(in.creditors)) {
		if _, err := in.tx.Exec(ctx, `SELECT pg_advisory_xact_lock_shared(hashtextextended('payments waiting ' || $1, 0))`, name); err != nil {
			return err
		}
	}
	rows, err := in.tx.Query(ctx, `SELECT pk FROM bank_details WHERE state IN ('waiting', 'undecided') AND pk IN (
			SELECT k.detail_pk FROM invoice_keys i JOIN detail_keys k ON k.creditor = i.creditor AND k.key = i.key WHERE i.invoice_pk = ANY($1)) ORDER BY pk FOR NO KEY UPDATE`, pks)
	if err != nil {
		return err
	}
	waiting, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(waiting) == 0 {
		return err
	}
	decide := func(ctx context.Context, tx pgx.Tx, pks []int64) error {
		_, err := in.s.decideLines(ctx, tx, pks)
		return err
	}
	if err := (apart{do: decide, leave: in.s.leaveToPerson}).run(ctx, in.tx, waiting); err != nil {
		return err
	}
	return in.answerAgain(ctx, results)
}

// answerAgain tells what has become of the invoices that payments were waiting for.
func (in *intake) answerAgain(ctx context.Context, results []collection.IssueResult) error {
	pks, seqs, rows := make([]int64, len(in.fresh)), make([]int64, len(in.fresh)), make(map[int64]int, len(in.fresh))
	for i, a := range in.fresh {
		pks[i], seqs[i], rows[a.file.pk] = a.file.pk, results[a.row].Receipt.Seq, a.row
	}
	moved, err := in.tx.Query(ctx, `SELECT i.pk FROM unnest($1::bigint[], $2::bigint[]) AS u (pk, seq) JOIN invoices i ON i.pk = u.pk WHERE i.seq > u.seq ORDER BY i.pk`, pks, seqs)
	if err != nil {
		return err
	}
	if pks, err = pgx.CollectRows(moved, pgx.RowTo[int64]); err != nil {
		return err
	}
	files, err := in.s.openFiles(ctx, in.tx, pks)
	for _, f := range files {
		results[rows[f.pk]].Receipt = f.receipt()
	}
	return err
}

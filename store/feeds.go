package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// reached is SQL for the newest day that a booked statement of the feed f covers. What is accepted and not booked yet
// does not count: it may hold the very payment that a step would ask for.
const reached = `(SELECT s.to_on FROM bank_statements s JOIN bank_files x ON x.pk = s.file_pk WHERE s.account = f.account AND s.currency = f.currency AND s.to_on IS NOT NULL
	AND s.kind = 'booked' AND s.state = 'accepted' AND x.state = 'done' ORDER BY s.to_on DESC LIMIT 1)`

// selectFeeds lists the accounts of creditors ($1) that statements are expected for.
const selectFeeds = `SELECT c.id, b.account, b.currency, b.feed, max(` + reached + `) FROM creditors c
	CROSS JOIN LATERAL (SELECT upper(replace(coalesce(nullif(x->>'iban', ''), x->>'account', ''), ' ', '')) AS account, coalesce(x->>'currency', '') AS currency, coalesce(x->>'feed', '') AS feed
		FROM jsonb_array_elements(CASE WHEN jsonb_typeof(c.profile->'bank_accounts') = 'array' THEN c.profile->'bank_accounts' ELSE '[]' END) AS x) AS b
	LEFT JOIN feeds f ON f.creditor = c.id AND f.account = b.account AND (b.currency = '' OR f.currency = b.currency)
	WHERE c.id = ANY($1) AND b.feed <> '' GROUP BY c.id, b.account, b.currency, b.feed ORDER BY c.id, b.account`

// readFeeds reads how far the statements reach of the accounts that the invoices may be paid into.
func readFeeds(b *pgx.Batch, files ...*file) {
	var names []string
	for _, f := range files {
		if !slices.Contains(names, f.inv.Creditor) {
			names = append(names, f.inv.Creditor)
		}
	}
	b.Queue(selectFeeds, names).Query(func(rows pgx.Rows) error {
		var name, account, currency, rhythm string
		var newest *time.Time
		_, err := pgx.ForEachRow(rows, []any{&name, &account, &currency, &rhythm, &newest}, func() error {
			span, err := dunning.ParseSpan(rhythm)
			if err != nil {
				return err
			}
			feed := dunning.Feed{Rhythm: span}
			if newest != nil {
				feed.Reached = invoice.DateOf(*newest)
			}
			for _, f := range files {
				if f.inv.Creditor == name && (currency == "" || currency == string(f.inv.Amount.Currency)) {
					f.state.Feeds = append(f.state.Feeds, feed)
				}
			}
			return nil
		})
		return err
	})
}

// stepStatements is what the request for newer statements is about.
const stepStatements = "statements"

// askForStatements tells somebody that steps wait for bank statements, once per creditor until one comes.
func (f *file) askForStatements(ctx context.Context) error {
	i := slices.IndexFunc(f.plan.Held, func(h dunning.Held) bool { return h.Gate == dunning.GateStaleFeed })
	if i < 0 {
		return nil
	}
	tag, err := f.tx.Exec(ctx, `INSERT INTO bank_alerts (creditor, account, currency, kind, text, at) SELECT $1, '', '', 'stale', $2, $3
		WHERE NOT EXISTS (SELECT FROM bank_alerts WHERE creditor = $1 AND kind = 'stale' AND ended_at IS NULL)`, f.inv.Creditor, f.plan.Held[i].Reason, f.now)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return f.openTask(ctx, task{
		kind: collection.TaskAlert, step: stepStatements,
		text: fmt.Sprintf("Import the newer bank statements of %s (dunlin bank accounts shows which are missing): %s. Formal steps wait for them.", f.inv.Creditor, f.plan.Held[i].Reason),
	})
}

// statementsCame lets the cases look again that have waited for a statement of the file's creditors. All of it is booked.
func (s *Store) statementsCame(ctx context.Context, tx pgx.Tx, file int64) error {
	rows, err := tx.Query(ctx, `UPDATE bank_alerts SET ended_at = business_now() WHERE kind = 'stale' AND ended_at IS NULL
		AND creditor IN (SELECT creditor FROM bank_statements WHERE file_pk = $1 AND state = 'accepted' AND kind = 'booked') RETURNING creditor`, file)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) == 0 {
		return err
	}
	if rows, err = tx.Query(ctx, `SELECT pk FROM invoices WHERE creditor = ANY($1) AND status IN ('open', 'placed') AND plan->'held' @> '[{"gate": "stale_feed"}]' ORDER BY pk`, names); err != nil {
		return err
	}
	pks, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(pks, portfolioChunk) {
		if err := (apart{do: s.goOn, leave: stayHeld}).run(ctx, tx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// goOn plans invoices anew that waited for a statement.
func (s *Store) goOn(ctx context.Context, tx pgx.Tx, pks []int64) error {
	files, err := s.openFiles(ctx, tx, pks)
	if err != nil {
		return err
	}
	out := newOuttray(tx)
	for _, f := range files {
		f.out = out
		f.event("statement_came", "", "a newer bank statement has come", nil)
		if err := f.closeTasks(ctx, collection.TaskAlert, stepStatements, "came"); err != nil {
			return err
		}
		if err := f.save(ctx, collection.SignalSending); err != nil {
			return err
		}
	}
	return out.flush(ctx)
}

// stayHeld tells somebody of an invoice that cannot be planned anew: it keeps waiting, the file does not.
func stayHeld(ctx context.Context, tx pgx.Tx, pk int64, spoilt error) error {
	_, err := tx.Exec(ctx, `INSERT INTO tasks (kind, creditor, debtor_pk, invoice_pk, step, text, seq, opened_at) SELECT $2, creditor, debtor_pk, pk, $3, $4, seq, business_now() FROM invoices WHERE pk = $1
		ON CONFLICT (invoice_pk, step, kind) WHERE state IN ('open', 'claimed') DO UPDATE SET text = excluded.text`,
		pk, collection.TaskAlert, stepStatements,
		"A newer bank statement has come, but the invoice could not be planned anew, and still waits: "+pgText(spoilt.Error())+". When that is mended, finish this task: it is planned anew then.")
	return err
}

// Feeds lists the accounts with how fresh their statements are.
func (s *Store) Feeds(ctx context.Context, creditor string) ([]collection.FeedView, error) {
	rows, err := s.pool.Query(ctx, `SELECT c.id, coalesce(b.account, f.account), coalesce(f.currency, b.currency, ''), coalesce(f.source, ''), coalesce(b.feed, ''), `+reached+`, f.heard_at, f.closing,
			coalesce(c.profile->>'zone', ''), coalesce(c.profile->>'country', ''), business_now(),
			(SELECT count(*) FROM bank_details d JOIN bank_entries e ON e.pk = d.entry_pk WHERE d.creditor = c.id AND d.queued AND e.account = coalesce(b.account, f.account))
		FROM creditors c LEFT JOIN LATERAL (SELECT upper(replace(coalesce(nullif(x->>'iban', ''), x->>'account', ''), ' ', '')) AS account, x->>'currency' AS currency, x->>'feed' AS feed
			FROM jsonb_array_elements(CASE WHEN jsonb_typeof(c.profile->'bank_accounts') = 'array' THEN c.profile->'bank_accounts' ELSE '[]' END) AS x) AS b ON true
		LEFT JOIN feeds f ON f.creditor = c.id AND f.account = b.account AND (coalesce(b.currency, '') IN ('', f.currency))
		WHERE ($1 = '' OR c.id = $1) AND coalesce(b.account, f.account, '') <> '' ORDER BY 1, 2, 3`, creditor)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanFeed)
}

func scanFeed(row pgx.CollectableRow) (v collection.FeedView, err error) {
	var newest, heard *time.Time
	var closing *int64
	var zone, country string
	var now time.Time
	if err := row.Scan(&v.Creditor, &v.Account, &v.Currency, &v.Source, &v.Rhythm, &newest, &heard, &closing, &zone, &country, &now, &v.Undecided); err != nil {
		return v, err
	}
	v.HeardAt = orZero(heard)
	if newest != nil {
		v.Newest = invoice.DateOf(*newest)
	}
	if closing != nil {
		v.Closing = invoice.NewMoney(*closing, invoice.Currency(v.Currency))
	}
	if v.Rhythm == "" {
		return v, nil
	}
	span, err := dunning.ParseSpan(v.Rhythm)
	if err != nil {
		return v, err
	}
	if v.DueBy, err = (dunning.Feed{Reached: v.Newest, Rhythm: span}).DueBy(zone, country); err != nil {
		return v, nil //nolint:nilerr // no calendar for the place: when the next is due cannot be said
	}
	v.DueBy, v.Stale = v.DueBy.UTC(), !v.DueBy.After(now)
	if v.Newest.IsZero() {
		v.DueBy = time.Time{}
	}
	return v, nil
}

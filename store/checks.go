package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/invoice"
)

// check is one question to the database: how much was looked at, and what was found wrong.
type check struct {
	name    string
	counted string // SQL: one number
	wrong   string // SQL: one text per finding
	note    bool   // findings are worth knowing, not wrong
}

var checks = []check{
	{
		name:    "entries balance per currency",
		counted: `SELECT count(*) FROM entries`,
		wrong:   `SELECT format('entry %s: %s %s', entry_pk, sum(amount), currency) FROM postings GROUP BY entry_pk, currency HAVING sum(amount) <> 0 LIMIT 20`,
	},
	{
		name:    "balances equal the ledger",
		counted: `SELECT count(*) FROM invoices`,
		wrong: `SELECT format('%s/%s: balance %s, ledger %s', i.creditor, i.number, i.balance, coalesce(sum(p.amount), 0)) FROM invoices i
			LEFT JOIN postings p ON p.invoice_pk = i.pk AND p.account = 'receivable' GROUP BY i.pk HAVING i.balance <> coalesce(sum(p.amount), 0) LIMIT 20`,
	},
	{
		name:    "an invoice is open exactly while something is owed",
		counted: `SELECT count(*) FROM invoices`,
		wrong:   `SELECT format('%s/%s is %s with a balance of %s', creditor, number, status, balance) FROM invoices WHERE (status IN ('open', 'placed')) <> (balance > 0) AND status <> 'closed' LIMIT 20`,
	},
	{
		name:    "every open invoice has an open case",
		counted: `SELECT count(*) FROM invoices WHERE status IN ('open', 'placed')`,
		wrong: `SELECT format('%s/%s is %s, its case %s is closed', i.creditor, i.number, i.status, i.cycle) FROM invoices i
			WHERE i.status IN ('open', 'placed') AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.invoice_pk = i.pk AND c.cycle = i.cycle AND c.closed_at IS NULL) LIMIT 20`,
	},
	{
		name:    "payments on file are in the ledger, once",
		counted: `SELECT count(*) FROM facts WHERE kind IN ('payment', 'return')`,
		wrong: `SELECT format('%s %s: %s on file, %s booked', f.creditor, f.key, f.amount, coalesce(sum(abs(p.amount)), 0)) FROM facts f
			LEFT JOIN entries e ON e.invoice_pk = f.invoice_pk AND e.kind = f.kind AND e.key = f.key LEFT JOIN postings p ON p.entry_pk = e.pk AND p.account = 'unidentified'
			WHERE f.kind IN ('payment', 'return') GROUP BY f.creditor, f.kind, f.key HAVING f.amount <> coalesce(sum(abs(p.amount)), 0) LIMIT 20`,
	},
	{
		name:    "no attempt is stuck",
		counted: `SELECT count(*) FROM attempts`,
		wrong: `SELECT format('attempt %s of %s/%s is %s since %s', a.id, i.creditor, i.number, a.state, a.claimed_at) FROM attempts a JOIN messages m ON m.id = a.message_id JOIN invoices i ON i.pk = m.invoice_pk
			WHERE (a.state = 'in_flight' AND a.http_deadline < clock_timestamp() - interval '5 minutes') OR (a.state = 'unknown' AND a.claimed_at < business_now() - interval '8 hours') LIMIT 20`,
	},
	{
		name:    "no attempt was claimed after a stop",
		counted: `SELECT count(*) FROM attempt_claims`,
		wrong: `SELECT format('%s/%s: attempt %s (seq %s) after %s (seq %s)', i.creditor, i.number, k.attempt_id, k.seq, s.kind, s.seq) FROM attempt_claims k
			JOIN attempts a ON a.id = k.attempt_id JOIN messages m ON m.id = a.message_id AND m.kind = 'collecting'
			JOIN message_covers c ON c.message_id = m.id AND c.invoice_pk = k.invoice_pk
			JOIN stops s ON s.invoice_pk = k.invoice_pk AND s.seq < k.seq AND (s.ended_seq IS NULL OR s.ended_seq > k.seq)
				AND NOT (s.kind = 'dispute' AND s.amount > 0) AND NOT (s.kind = 'payment_plan' AND c.step LIKE 'plan-%')
			JOIN invoices i ON i.pk = k.invoice_pk LIMIT 20`,
	},
	{
		name:    "payment plans hold their ladder",
		counted: `SELECT count(*) FROM payment_plans`,
		wrong: `SELECT format('%s/%s: payment plan %s is %s, its stop is %s', i.creditor, i.number, p.n, p.state, CASE WHEN s.pk IS NULL THEN 'not in force' ELSE 'in force' END)
			FROM payment_plans p JOIN invoices i ON i.pk = p.invoice_pk LEFT JOIN stops s ON s.invoice_pk = p.invoice_pk AND s.kind = 'payment_plan' AND s.ended_at IS NULL
			WHERE p.n = (SELECT max(n) FROM payment_plans WHERE invoice_pk = p.invoice_pk) AND (p.state = 'active') <> (s.pk IS NOT NULL) LIMIT 20`,
	},
	{
		name:    "wakes are delivered",
		counted: `SELECT count(*) FROM wakes`,
		wrong: `SELECT format('%s/%s: %s waits since %s%s', i.creditor, i.number, w.signal, w.available_at, CASE WHEN w.parked_at IS NOT NULL THEN ' (parked: ' || w.last_error || ')' ELSE '' END)
			FROM wakes w JOIN invoices i ON i.pk = w.invoice_pk WHERE w.parked_at IS NOT NULL OR w.available_at < clock_timestamp() - interval '10 minutes' LIMIT 20`,
	},
	{
		name:    "crossed messages (claimed before a stop, taken after it)",
		counted: `SELECT count(*) FROM attempt_claims WHERE crossed`,
		wrong: `SELECT format('%s/%s: %s by %s', i.creditor, i.number, m.step, m.channel) FROM attempt_claims k JOIN attempts a ON a.id = k.attempt_id JOIN messages m ON m.id = a.message_id
			JOIN invoices i ON i.pk = k.invoice_pk WHERE k.crossed ORDER BY 1 LIMIT 20`,
		note: true,
	},
	{
		name:    "what is held, and why",
		counted: `SELECT count(*) FROM invoices WHERE status IN ('open', 'placed') AND jsonb_typeof(plan->'held') = 'array' AND jsonb_array_length(plan->'held') > 0`,
		wrong: `SELECT format('%s case(s): %s', count(DISTINCT i.pk), h->>'gate') FROM invoices i, jsonb_array_elements(CASE WHEN jsonb_typeof(i.plan->'held') = 'array' THEN i.plan->'held' ELSE '[]' END) AS h
			WHERE i.status IN ('open', 'placed') GROUP BY h->>'gate' ORDER BY 1 LIMIT 20`,
		note: true,
	},
	{
		name:    "stop switches in force",
		counted: `SELECT count(*) FROM switches`,
		wrong:   `SELECT format('%s: %s (%s)', scope, reason, actor) FROM switches ORDER BY 1`,
		note:    true,
	},
}

// Checks answers everything about verify that the database alone can tell.
func (s *Store) Checks(ctx context.Context) ([]collection.Check, error) {
	var results []collection.Check
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, c := range slices.Concat(checks, cashChecks, bankChecks) {
			r := collection.Check{Name: c.name}
			if err := tx.QueryRow(ctx, c.counted).Scan(&r.Checked); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			rows, err := tx.Query(ctx, c.wrong)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if r.Found, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			r.OK = len(r.Found) == 0 || c.note
			results = append(results, r)
		}
		chain, err := checkChains(ctx, tx)
		results = append(results, chain)
		return err
	})
	return results, err
}

// checkChains recomputes every event's hash from its predecessor's and compares the newest with the invoice.
func checkChains(ctx context.Context, tx pgx.Tx) (collection.Check, error) {
	r := collection.Check{Name: "the history of every invoice is whole"}
	rows, err := tx.Query(ctx, `SELECT e.n, e.seq, e.at, e.kind, e.actor, e.text, e.data, e.hash, i.pk, i.creditor, i.number, i.event_n, i.event_head
		FROM invoices i LEFT JOIN events e ON e.invoice_pk = i.pk ORDER BY i.pk, e.n`)
	if err != nil {
		return r, err
	}
	defer rows.Close()
	var at walk
	for rows.Next() {
		if err := at.step(rows, &r); err != nil {
			return r, err
		}
	}
	r.OK = len(r.Found) == 0
	return r, rows.Err()
}

// walk is where a check of the chains has got to.
type walk struct {
	pk   int64
	n    int64
	prev []byte
}

func (w *walk) step(rows pgx.Rows, r *collection.Check) error {
	var n, seq *int64
	var at any
	var kind, actor, text, data *string
	var hash, head []byte
	var pk, last int64
	var k invoice.Key
	if err := rows.Scan(&n, &seq, &at, &kind, &actor, &text, &data, &hash, &pk, &k.Creditor, &k.Number, &last, &head); err != nil {
		return err
	}
	if pk != w.pk {
		*w = walk{pk: pk}
	}
	bad := func(format string, args ...any) {
		if len(r.Found) < 20 {
			r.Found = append(r.Found, k.String()+": "+fmt.Sprintf(format, args...))
		}
	}
	if n == nil {
		bad("has no history")
		return nil
	}
	r.Checked++
	e := eventOf(*n, *seq, at, *kind, *actor, *text, *data)
	if w.n++; e.N != w.n {
		bad("event %d is missing", w.n)
		w.n = e.N
	}
	if w.prev = e.ChainHash(w.prev); string(w.prev) != string(hash) {
		bad("event %d was changed", e.N)
	}
	if e.N == last && string(head) != string(hash) {
		bad("the newest event does not fit the invoice")
	}
	w.prev = hash
	return nil
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// A bank tells an entry several times: pending, in an intraday statement, in a notification, booked. Once it
// is booked, whatever was told about it before or comes later is superseded by it.

// nearby is how many days may lie between what was told and what was booked; lapsed is when a pending entry
// that nobody mentions again is given up.
const (
	nearby = 5
	lapsed = 14 * 24 * time.Hour
)

// pairings are the ways to know that a told entry t and a booked one b are one, the surest first. Each pairs
// the k-th of the one with the k-th of the other among those that agree in group.
var pairings = []struct{ group, where string }{
	{group: "bank_ref", where: `x.bank_ref <> ''`},
	{group: "entry_ref, coalesce(value_on, booked_on)", where: `x.entry_ref <> ''`},
	{group: "party, coalesce(value_on, booked_on)", where: `x.party <> ''`},
	{group: "party", where: `x.party <> ''`},
	{group: "coalesce(value_on, booked_on)", where: `true`},
}

// pair supersedes what was told by what is booked, where either side came with this statement, and lets the
// better details of what was told take the place of the entry's own.
func (a *acceptance) pair(ctx context.Context, st *stagedStatement) error {
	var waits bool
	err := a.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM bank_entries WHERE account = $1 AND currency = $2 AND awaited)
		OR EXISTS (SELECT FROM bank_entries WHERE statement_pk = $3 AND told_as = 'other_format')`, st.home.account, st.Account.Currency, st.pk).Scan(&waits)
	if err != nil || !waits {
		return err
	}
	for i, p := range pairings {
		last := i == len(pairings)-1 // without a name or a reference: only where there is no choice
		if err := a.pairBy(ctx, st, p.group, p.where, last); err != nil {
			return err
		}
	}
	if err := a.openLumps(ctx, st); err != nil {
		return err
	}
	return a.enrich(ctx, st)
}

func (a *acceptance) pairBy(ctx context.Context, st *stagedStatement, group, where string, only bool) error {
	_, err := a.tx.Exec(ctx, `WITH span AS (
			SELECT min(booked_on) - $4::int AS from_on, max(booked_on) + $4::int AS to_on FROM bank_entries WHERE statement_pk = $3 AND booked_on IS NOT NULL),
		t AS (
			SELECT x.*, row_number() OVER w AS k, count(*) OVER (PARTITION BY x.told_as, x.amount, `+columnsOf("x", group)+`) AS all_of
			FROM bank_entries x, span WHERE x.account = $1 AND x.currency = $2 AND x.awaited AND (x.booked_on IS NULL OR x.booked_on BETWEEN span.from_on AND span.to_on) AND `+where+`
			WINDOW w AS (PARTITION BY x.told_as, x.amount, `+columnsOf("x", group)+` ORDER BY x.booked_on, x.pk)),
		kinds AS (SELECT DISTINCT told_as FROM t),
		b AS (
			SELECT x.*, kinds.told_as AS as_told, row_number() OVER w AS k, count(*) OVER (PARTITION BY kinds.told_as, x.amount, `+columnsOf("x", group)+`) AS all_of
			FROM bank_entries x, span, kinds WHERE x.account = $1 AND x.currency = $2 AND NOT x.told AND x.booked_on BETWEEN span.from_on AND span.to_on AND `+where+`
				AND x.amount IN (SELECT amount FROM t) AND NOT EXISTS (SELECT FROM bank_entries y WHERE y.superseded_by = x.pk AND y.told_as = kinds.told_as)
			WINDOW w AS (PARTITION BY kinds.told_as, x.amount, `+columnsOf("x", group)+` ORDER BY x.booked_on, x.pk))
		UPDATE bank_entries e SET state = 'superseded', superseded_by = b.pk FROM t JOIN b ON b.as_told = t.told_as AND b.amount = t.amount AND b.k = t.k AND `+equalIn(group)+`
		WHERE e.pk = t.pk AND (t.statement_pk = $3 OR b.statement_pk = $3) AND (NOT $5 OR (t.all_of = 1 AND b.all_of = 1 AND (t.party = '' OR b.party = '' OR t.party = b.party)))
			AND (t.booked_on IS NULL OR abs(t.booked_on - b.booked_on) <= $4)`, st.home.account, st.Account.Currency, st.pk, nearby, only)
	return err
}

// groups are the columns of each group, of a table.
func columnsOf(table, group string) string {
	switch group {
	case "bank_ref", "party":
		return table + "." + group
	case "entry_ref, coalesce(value_on, booked_on)":
		return fmt.Sprintf("%[1]s.entry_ref, coalesce(%[1]s.value_on, %[1]s.booked_on)", table)
	case "party, coalesce(value_on, booked_on)":
		return fmt.Sprintf("%[1]s.party, coalesce(%[1]s.value_on, %[1]s.booked_on)", table)
	}
	return fmt.Sprintf("coalesce(%[1]s.value_on, %[1]s.booked_on)", table)
}

func equalIn(group string) string {
	return "(" + columnsOf("t", group) + ") IS NOT DISTINCT FROM (" + columnsOf("b", group) + ")"
}

// better chooses, of the pairs that this statement has made, those whose told side knows more: more payments
// inside than the booked lump, or references where the booked line has none. free says that nothing was
// decided about the booked side's details yet.
const better = `SELECT t.pk, b.pk, bd.free FROM bank_entries t JOIN bank_entries b ON b.pk = t.superseded_by
	CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'transfer') AS n, bool_or(says) AS says FROM bank_details d
		CROSS JOIN LATERAL (SELECT end_to_end <> '' OR tx ?| array['remittance', 'structured', 'documents'] AS says) w WHERE d.entry_pk = t.pk) td
	CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE kind = 'transfer') AS n, coalesce(bool_or(says), false) AS says,
			bool_and(state IN ('accepted', 'undecided', 'waiting') AND allocated = 0) AS free FROM bank_details d
		CROSS JOIN LATERAL (SELECT end_to_end <> '' OR tx ?| array['remittance', 'structured', 'documents'] AS says) w WHERE d.entry_pk = b.pk AND d.state <> 'replaced') bd
	WHERE t.told_as IN ('intraday', 'notification', 'other_format') AND t.state = 'superseded' AND t.amount = b.amount AND b.details_from IS NULL
		AND (t.statement_pk = $1 OR b.statement_pk = $1) AND (td.n > bd.n OR (td.n = bd.n AND td.says AND NOT bd.says))
	ORDER BY t.pk`

// enrich replaces details by better ones. They are this file's then: its phase two decides about them.
func (a *acceptance) enrich(ctx context.Context, st *stagedStatement) error {
	// Whoever decides about a detail holds its row: wait for that, then look.
	_, err := a.tx.Exec(ctx, `SELECT 1 FROM bank_details WHERE entry_pk IN (SELECT b.pk FROM bank_entries t JOIN bank_entries b ON b.pk = t.superseded_by WHERE t.statement_pk = $1 OR b.statement_pk = $1)
		ORDER BY pk FOR UPDATE`, st.pk)
	if err != nil {
		return err
	}
	rows, err := a.tx.Query(ctx, better, st.pk)
	if err != nil {
		return err
	}
	var from, to []int64
	var t, b int64
	var free bool
	late := 0
	taken := map[int64]bool{}
	_, err = pgx.ForEachRow(rows, []any{&t, &b, &free}, func() error {
		switch {
		case taken[b]:
		case !free:
			late++
		default:
			taken[b] = true
			from, to = append(from, t), append(to, b)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if late > 0 {
		st.alert("late_details", "statement %s tells more about %s than was known when they were decided: the decisions stand; undo them to have them made anew", named(st), entriesOf(late))
	}
	if len(to) == 0 {
		return nil
	}
	return a.replaceDetails(ctx, from, to)
}

func (a *acceptance) replaceDetails(ctx context.Context, from, to []int64) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM detail_keys WHERE detail_pk IN (SELECT pk FROM bank_details WHERE entry_pk = ANY ($1))`, to)
	batch.Queue(`UPDATE bank_details SET state = 'replaced' WHERE entry_pk = ANY ($1) AND state <> 'replaced'`, to)
	batch.Queue(`INSERT INTO bank_details (entry_pk, file_pk, n, creditor, amount, currency, kind, payer_name, payer_account, end_to_end, tx, state)
		SELECT p.b, $3, row_number() OVER (PARTITION BY p.b ORDER BY p.t, d.n) + (SELECT max(n) FROM bank_details o WHERE o.entry_pk = p.b), d.creditor, d.amount, d.currency, d.kind, d.payer_name, d.payer_account, d.end_to_end, d.tx, 'accepted'
		FROM unnest($1::bigint[], $2::bigint[]) AS p (t, b) JOIN bank_details d ON d.entry_pk = p.t ORDER BY p.b, p.t, d.n`, from, to, a.file)
	// Whoever waits for the lump to be decided waits for the first payment inside instead.
	batch.Queue(`UPDATE stops s SET bank_detail_pk = n.pk FROM bank_details was JOIN LATERAL (SELECT min(pk) AS pk FROM bank_details d WHERE d.entry_pk = was.entry_pk AND d.state = 'accepted') n ON true
		WHERE was.entry_pk = ANY ($1) AND was.state = 'replaced' AND s.bank_detail_pk = was.pk AND s.ended_at IS NULL AND n.pk IS NOT NULL`, to)
	batch.Queue(`UPDATE bank_entries e SET details_from = p.t FROM unnest($1::bigint[], $2::bigint[]) AS p (t, b) WHERE e.pk = p.b`, from, to)
	return a.tx.SendBatch(ctx, batch).Close()
}

// giveUp ends pending entries that never came.
func (a *acceptance) giveUp(ctx context.Context, h home) error {
	_, err := a.tx.Exec(ctx, `UPDATE bank_entries SET state = 'expired' WHERE account = $1 AND state = 'pending' AND at < $2`, h.account, a.now.Add(-lapsed))
	return err
}

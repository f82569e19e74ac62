package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/bank"
)

// findSame looks for the statement itself on file: the same entries in the same order with the same
// balances, whatever the file, its number and its format. An empty one is known by its days and number.
func (a *acceptance) findSame(ctx context.Context, st *stagedStatement) error {
	opening, _ := figure(st.Opening)
	closing, on := figure(st.Closing)
	err := a.tx.QueryRow(ctx, `SELECT pk FROM bank_statements WHERE account = $1 AND currency = $2 AND kind = $3 AND state = 'accepted' AND hash = $4 AND entries = $5
			AND coalesce(opening = $6, true) AND coalesce(closing = $7, true)
			AND (entries > 0 OR (closing_on IS NOT DISTINCT FROM $8 AND number = $9 AND ref = $10
				AND (statement->>'from')::timestamptz IS NOT DISTINCT FROM $11 AND (statement->>'to')::timestamptz IS NOT DISTINCT FROM $12)) ORDER BY pk LIMIT 1`,
		st.home.account, st.Account.Currency, st.Kind, st.hash, st.entries, opening, closing, on, pgText(st.Number), pgText(st.Ref), nullTime(st.From), nullTime(st.To)).Scan(&st.repeats)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// takeEntries turns the statement's lines into entries: those that book, those that are only told, and then
// who belongs to whom.
func (a *acceptance) takeEntries(ctx context.Context, st *stagedStatement) error {
	if st.Kind == bank.Booked && st.first != nil {
		if err := a.takeBooked(ctx, st); err != nil {
			return err
		}
	}
	if err := a.takeTold(ctx, st); err != nil {
		return err
	}
	tag, err := a.tx.Exec(ctx, `INSERT INTO bank_details (entry_pk, file_pk, n, creditor, amount, currency, kind, payer_name, payer_account, end_to_end, tx, state)
		SELECT e.pk, e.file_pk, d.n, e.creditor, CASE WHEN $4 AND e.reversal THEN -d.amount ELSE d.amount END, e.currency, d.kind, d.payer_name, d.payer_account, d.end_to_end, d.tx,
			CASE WHEN e.told THEN 'told' ELSE 'accepted' END
		FROM bank_entries e JOIN staged_details d ON d.file_pk = $2 AND d.statement_n = $3 AND d.entry_n = e.n WHERE e.statement_pk = $1 ORDER BY e.pk, d.n`, st.pk, a.file, st.n, st.turn)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return a.pair(ctx, st)
}

// takeBooked takes in what no other statement has brought. Where days are shared with entries on file, only
// the surplus of each key is new, unless the balances prove that this statement goes on where another ended.
func (a *acceptance) takeBooked(ctx context.Context, st *stagedStatement) error {
	shared, goesOn, err := a.shares(ctx, st)
	if err != nil {
		return err
	}
	if shared && !goesOn {
		if err := a.markRepeats(ctx, st); err != nil {
			return err
		}
	}
	tag, err := a.tx.Exec(ctx, `INSERT INTO bank_entries (statement_pk, file_pk, n, creditor, account, currency, amount, state, reversal, booked_on, value_on, bank_ref, entry_ref, code, info,
			batch, line, repaired, doubts, doubtful, key, occurrence, party, at)
		SELECT $1, e.file_pk, e.n, $4, $5, e.currency, CASE WHEN $6 AND e.reversal THEN -e.amount ELSE e.amount END, 'accepted', e.reversal, e.booked_on, e.value_on, e.bank_ref, e.entry_ref,
			e.code, e.info, e.batch, e.line, e.repaired, e.doubts, coalesce(e.booked_on = ANY ($7::date[]), false), e.key,
			e.k + CASE WHEN $8 THEN coalesce((SELECT max(o.occurrence) FROM bank_entries o WHERE o.account = $5 AND o.currency = e.currency AND o.key = e.key AND NOT o.told), 0) ELSE 0 END, e.party, $9
		FROM (SELECT *, row_number() OVER (PARTITION BY currency, key ORDER BY n) AS k FROM staged_entries WHERE file_pk = $2 AND statement_n = $3 AND status = 'booked') e
		WHERE e.repeats IS NULL ORDER BY e.n`,
		st.pk, a.file, st.n, st.home.creditor, st.home.account, st.turn, st.closed, goesOn, a.now)
	if err != nil {
		return err
	}
	var booked int
	err = a.tx.QueryRow(ctx, `SELECT count(*) FROM staged_entries WHERE file_pk = $1 AND statement_n = $2 AND status = 'booked'`, a.file, st.n).Scan(&booked)
	st.fresh += int(tag.RowsAffected())
	st.same += booked - int(tag.RowsAffected())
	return err
}

// shares says whether entries on file lie on the statement's days, and if so, whether it provably goes on
// where the newest statement ended: it opens with that one's closing balance, nothing on file is later, and
// its first day's entries on file do not cancel out, so that it cannot be the whole day told again.
func (a *acceptance) shares(ctx context.Context, st *stagedStatement) (shared, goesOn bool, err error) {
	opening, _ := figure(st.Opening)
	err = a.tx.QueryRow(ctx, `WITH live AS (SELECT booked_on, amount, currency FROM bank_entries WHERE account = $1 AND NOT told AND booked_on BETWEEN $4 AND $5)
		SELECT EXISTS (SELECT FROM live),
			$6::bigint IS NOT NULL AND NOT EXISTS (SELECT FROM live WHERE booked_on > $4) AND (SELECT coalesce(sum(amount) FILTER (WHERE currency = $2), 0) <> 0 FROM live) AND EXISTS (
				SELECT FROM bank_statements p WHERE p.account = $1 AND p.currency = $2 AND p.kind = 'booked' AND p.state = 'accepted' AND p.pk <> $3 AND p.closing = $6 AND p.to_on >= $4
					AND NOT EXISTS (SELECT FROM bank_statements q WHERE q.account = $1 AND q.currency = $2 AND q.kind = 'booked' AND q.state = 'accepted' AND q.pk NOT IN ($3, p.pk)
						AND q.opening = p.closing AND q.to_on >= p.to_on AND q.entries > 0))`,
		st.home.account, st.Account.Currency, st.pk, st.first, st.last, opening).Scan(&shared, &goesOn)
	return shared, goesOn, err
}

// markRepeats finds for every booked entry of the statement the one on file that it repeats. First by key and
// occurrence; then by amount and day, where the day was told by another format, or is known to be whole on one
// of the sides: inside a statement that adds up, or at an end where the balances agree. Texts and references
// differ from delivery to delivery, a day's amounts don't.
func (a *acceptance) markRepeats(ctx context.Context, st *stagedStatement) error {
	opening, _ := figure(st.Opening)
	closing, _ := figure(st.Closing)
	_, err := a.tx.Exec(ctx, `WITH s AS (
			SELECT n, currency, key, booked_on, CASE WHEN $6 AND reversal THEN -amount ELSE amount END AS amount, row_number() OVER (PARTITION BY currency, key ORDER BY n) AS k
			FROM staged_entries WHERE file_pk = $1 AND statement_n = $2 AND status = 'booked'),
		live AS (
			SELECT e.pk, e.currency, e.key, e.occurrence, e.booked_on, e.amount,
				split_part(coalesce(p.format, ''), '.', 1) <> $7 OR ($9 AND e.booked_on > $4 AND e.booked_on < $5)
					OR EXISTS (SELECT FROM bank_statements w WHERE w.account = $3 AND w.kind = 'booked' AND w.state = 'accepted' AND w.currency = e.currency AND w.pk <> $8 AND w.sum = 'ok'
						AND (w.from_on < e.booked_on OR (w.from_on = e.booked_on AND w.opening = $10)) AND (w.to_on > e.booked_on OR (w.to_on = e.booked_on AND w.closing = $11))) AS loose
			FROM bank_entries e LEFT JOIN bank_statements p ON p.pk = e.statement_pk WHERE e.account = $3 AND NOT e.told AND e.booked_on BETWEEN $4 AND $5),
		strict AS (SELECT s.n, live.pk FROM s JOIN live ON live.currency = s.currency AND live.key = s.key AND live.occurrence = s.k),
		loose AS (
			SELECT x.n, y.pk FROM (SELECT s.*, row_number() OVER (PARTITION BY currency, booked_on, amount ORDER BY n) AS j FROM s WHERE n NOT IN (SELECT n FROM strict)) x
			JOIN (SELECT live.*, row_number() OVER (PARTITION BY currency, booked_on, amount ORDER BY pk) AS j FROM live WHERE loose AND pk NOT IN (SELECT pk FROM strict)) y
				USING (currency, booked_on, amount, j))
		UPDATE staged_entries e SET repeats = m.pk, occurrence = CASE WHEN m.loosely THEN 0 ELSE 1 END FROM (SELECT n, pk, false AS loosely FROM strict UNION ALL SELECT n, pk, true FROM loose) m
		WHERE e.file_pk = $1 AND e.statement_n = $2 AND e.n = m.n`,
		a.file, st.n, st.home.account, st.first, st.last, st.turn, familyOf(st.Format), st.pk, st.sum == bank.AddsUp, opening, closing)
	if err != nil {
		return err
	}
	if err := a.noteDivided(ctx, st); err != nil {
		return err
	}
	return a.noteDoubts(ctx, st)
}

// noteDivided keeps entries from being booked that a statement on file has told in other pieces: it leads from the
// same balance to the same balance, and what moved between them is booked.
func (a *acceptance) noteDivided(ctx context.Context, st *stagedStatement) error {
	if st.sum != bank.AddsUp || st.Opening == nil || st.Closing == nil || st.Opening.Amount == st.Closing.Amount {
		return nil
	}
	opening, _ := figure(st.Opening)
	closing, on := figure(st.Closing)
	tag, err := a.tx.Exec(ctx, `UPDATE staged_entries e SET repeats = live.pk, occurrence = 0
		FROM (SELECT min(pk) AS pk FROM bank_entries WHERE account = $3 AND currency = $4 AND NOT told AND booked_on BETWEEN $5 AND $6) AS live
		WHERE e.file_pk = $1 AND e.statement_n = $2 AND e.status = 'booked' AND e.repeats IS NULL AND live.pk IS NOT NULL
			AND EXISTS (SELECT FROM bank_statements w WHERE w.account = $3 AND w.currency = $4 AND w.kind = 'booked' AND w.state = 'accepted' AND w.pk <> $7 AND w.sum = 'ok'
				AND w.opening = $8 AND w.closing = $9 AND w.closing_on = $10 AND w.from_on = $5 AND w.to_on >= $6)`,
		a.file, st.n, st.home.account, st.Account.Currency, st.first, st.last, st.pk, opening, closing, on)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	st.alert("doubt", "statement %s has the balances of one on file and divides the money otherwise: %s not booked again", named(st), entriesOf(int(tag.RowsAffected())))
	return nil
}

// familyOf is what entries of a format have in common: camt, MT940, …
func familyOf(format string) string {
	family, _, _ := strings.Cut(format, ".")
	return family
}

// noteDoubts tells somebody where the entries of a day can be read in two ways: part of them is on file,
// part is new, and the statement lacks some that are on file. Whether the equal ones are repetitions or
// twins nobody can tell then. On a day that is known to be whole, new ones are doubtful themselves.
func (a *acceptance) noteDoubts(ctx context.Context, st *stagedStatement) error {
	rows, err := a.tx.Query(ctx, `SELECT s.booked_on, s.repeated, s.fresh, whole FROM (
			SELECT booked_on, count(repeats) AS repeated, count(*) - count(repeats) AS fresh FROM staged_entries
			WHERE file_pk = $1 AND statement_n = $2 AND status = 'booked' GROUP BY booked_on) s
		CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM bank_statements w WHERE w.account = $3 AND w.currency = $4 AND w.kind = 'booked' AND w.state = 'accepted' AND w.pk <> $5 AND w.sum = 'ok'
			AND w.from_on < s.booked_on AND w.to_on > s.booked_on) AS whole) w
		WHERE s.fresh > 0 AND (whole OR (s.repeated > 0 AND s.repeated < (SELECT count(*) FROM bank_entries e WHERE e.account = $3 AND e.currency = $4 AND NOT e.told AND e.booked_on = s.booked_on)))
		ORDER BY 1`, a.file, st.n, st.home.account, st.Account.Currency, st.pk)
	if err != nil {
		return err
	}
	var day time.Time
	var repeated, fresh int
	var whole bool
	_, err = pgx.ForEachRow(rows, []any{&day, &repeated, &fresh, &whole}, func() error {
		on := day.Format(time.DateOnly)
		if whole {
			st.closed = append(st.closed, day)
			st.alert("doubt", "%s was complete on file, and statement %s brings %s more: booked, and not applied without a person", on, named(st), entriesOf(fresh))
			return nil
		}
		st.alert("doubt", "statement %s tells %s in part (on file before: %d, new: %d); if somebody paid the same amount twice that day, check it", named(st), on, repeated, fresh)
		return nil
	})
	return err
}

func entriesOf(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// takeTold files what never books: entries that are pending or for information, all of an intraday statement
// or a notification, and the same entries in another format, whose details may say more.
func (a *acceptance) takeTold(ctx context.Context, st *stagedStatement) error {
	tag, err := a.tx.Exec(ctx, `INSERT INTO bank_entries (statement_pk, file_pk, n, creditor, account, currency, amount, state, told_as, reversal, booked_on, value_on, bank_ref, entry_ref, code, info,
			batch, line, repaired, doubts, key, occurrence, party, superseded_by, at)
		SELECT $1, file_pk, n, $4, $5, currency, CASE WHEN $6 AND reversal THEN -amount ELSE amount END,
			CASE WHEN status = 'booked' AND $7 = 'booked' THEN 'superseded' WHEN status = 'booked' THEN 'announced' ELSE status END,
			CASE WHEN status = 'booked' AND $7 = 'booked' THEN 'other_format' WHEN status = 'booked' THEN $7 ELSE status END,
			reversal, booked_on, value_on, bank_ref, entry_ref, code, info, batch, line, repaired, doubts, key,
			row_number() OVER (PARTITION BY currency, key, status ORDER BY n), party, repeats, $8
		FROM staged_entries WHERE file_pk = $2 AND statement_n = $3 AND (status <> 'booked' OR $7 <> 'booked' OR (repeats IS NOT NULL AND occurrence = 0)) ORDER BY n
		ON CONFLICT (account, currency, key, occurrence, told_as) WHERE told DO NOTHING`,
		st.pk, a.file, st.n, st.home.creditor, st.home.account, st.turn, string(st.Kind), a.now)
	if err != nil {
		return err
	}
	var told int
	err = a.tx.QueryRow(ctx, `SELECT count(*) FROM staged_entries WHERE file_pk = $1 AND statement_n = $2 AND (status <> 'booked' OR $3 <> 'booked')`, a.file, st.n, string(st.Kind)).Scan(&told)
	if st.Kind == bank.Booked {
		var others int
		if err == nil {
			err = a.tx.QueryRow(ctx, `SELECT count(*) FROM bank_entries WHERE statement_pk = $1 AND told_as = 'other_format'`, st.pk).Scan(&others)
		}
		st.fresh += int(tag.RowsAffected()) - others
		st.same += told - (int(tag.RowsAffected()) - others)
		return err
	}
	st.fresh += int(tag.RowsAffected())
	st.same += told - int(tag.RowsAffected())
	return err
}

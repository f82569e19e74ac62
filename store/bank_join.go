package store

import (
	"context"

	"dunlin/bank"
	"dunlin/invoice"
)

// joinAll looks how the statements join each other, on every account that this file tells about. Files come
// in any order: a late one may close a gap before a statement that was there first.
func (a *acceptance) joinAll(ctx context.Context) error {
	type feed struct {
		home
		currency invoice.Currency
	}
	seen := map[feed]bool{}
	for _, st := range a.all {
		f := feed{st.home, st.Account.Currency}
		if seen[f] {
			continue
		}
		seen[f] = true
		if err := a.giveUp(ctx, f.home); err != nil {
			return err
		}
		if st.Kind != bank.Booked {
			continue
		}
		if err := a.join(ctx, f.account, f.currency); err != nil {
			return err
		}
		if err := a.tellGaps(ctx, f.home, f.currency); err != nil {
			return err
		}
		if err := a.noteFeed(ctx, f.account, f.currency, familyOf(st.Format)); err != nil {
			return err
		}
	}
	return nil
}

// join computes anew how this file's statements, and the first one behind them, join what lies before. A
// statement joins one that ends with its opening balance, with no other between them; else it overlaps
// one, or something is missing before it.
func (a *acceptance) join(ctx context.Context, account string, c invoice.Currency) error {
	_, err := a.tx.Exec(ctx, `WITH all_of AS (
			SELECT pk, file_pk, from_on, to_on, opening, closing, repeated FROM bank_statements WHERE account = $1 AND currency = $2 AND kind = 'booked' AND state = 'accepted' AND from_on IS NOT NULL),
		span AS (SELECT min(from_on) AS from_on, max(to_on) AS to_on FROM all_of WHERE file_pk = $3),
		looked AS (SELECT s.* FROM all_of s, span WHERE s.from_on >= span.from_on AND s.from_on <= coalesce((SELECT min(from_on) FROM all_of WHERE from_on > span.to_on), span.to_on)),
		judged AS (
			SELECT s.pk, CASE
				WHEN s.opening IS NULL THEN 'unknown'
				WHEN EXISTS (SELECT FROM all_of p WHERE p.pk <> s.pk AND p.to_on <= s.from_on AND p.closing = s.opening AND p.to_on >= coalesce(
					(SELECT max(q.from_on) FROM all_of q WHERE q.to_on < s.from_on AND q.pk NOT IN (s.pk, p.pk)), p.to_on)) THEN 'ok'
				WHEN EXISTS (SELECT FROM all_of q WHERE q.pk <> s.pk AND ((q.from_on < s.to_on AND q.to_on > s.from_on) OR (q.from_on <= s.from_on AND q.to_on >= s.to_on)
					OR (q.from_on <= s.from_on AND q.to_on = s.from_on AND s.repeated + q.repeated > 0))) THEN 'overlap'
				WHEN prev.pk IS NULL THEN 'first'
				WHEN prev.closing IS NULL THEN 'unknown'
				ELSE 'gap' END AS how, s.opening - prev.closing AS gap
			FROM looked s LEFT JOIN LATERAL (SELECT p.pk, p.closing FROM all_of p WHERE p.pk <> s.pk AND p.to_on <= s.from_on ORDER BY p.to_on DESC, p.pk DESC LIMIT 1) prev ON true)
		UPDATE bank_statements s SET continuity = j.how, gap = CASE WHEN j.how = 'gap' THEN j.gap ELSE 0 END FROM judged j
		WHERE s.pk = j.pk AND (s.continuity, s.gap) IS DISTINCT FROM (j.how, CASE WHEN j.how = 'gap' THEN j.gap ELSE 0 END)`, account, c, a.file)
	return err
}

// tellGaps opens an alert where statements are missing, and ends those that were filled.
func (a *acceptance) tellGaps(ctx context.Context, h home, c invoice.Currency) error {
	_, err := a.tx.Exec(ctx, `UPDATE bank_alerts g SET ended_at = $3 FROM bank_statements s
		WHERE g.account = $1 AND g.currency = $2 AND g.kind = 'gap' AND g.ended_at IS NULL AND s.pk = g.statement_pk AND s.continuity <> 'gap'`, h.account, c, a.now)
	if err != nil {
		return err
	}
	_, err = a.tx.Exec(ctx, `INSERT INTO bank_alerts (creditor, account, currency, statement_pk, kind, text, at)
		SELECT s.creditor, s.account, s.currency, s.pk, 'gap', format('a statement is missing before the one of %s: the balances differ', s.from_on), $3 FROM bank_statements s
		WHERE s.account = $1 AND s.currency = $2 AND s.continuity = 'gap' AND s.state = 'accepted'
			AND NOT EXISTS (SELECT FROM bank_alerts g WHERE g.statement_pk = s.pk AND g.kind = 'gap' AND g.ended_at IS NULL)`, h.account, c, a.now)
	return err
}

// noteFeed notes how far the account's statements reach now.
func (a *acceptance) noteFeed(ctx context.Context, account string, c invoice.Currency, family string) error {
	_, err := a.tx.Exec(ctx, `UPDATE feeds f SET heard_at = $4, source = $3,
			newest_on = (SELECT max(to_on) FROM bank_statements WHERE account = $1 AND currency = $2 AND kind = 'booked' AND state = 'accepted'),
			(closing_on, closing) = (SELECT closing_on, closing FROM bank_statements WHERE account = $1 AND currency = $2 AND kind = 'booked' AND state = 'accepted' AND closing IS NOT NULL
				ORDER BY closing_on DESC NULLS LAST, pk DESC LIMIT 1)
		WHERE f.account = $1 AND f.currency = $2`, account, c, family, a.now)
	return err
}

package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"dunlin/bank/match"
)

// suggestAgain writes what a payment may be for that is undecided again. It decides nothing: what a person has
// undone, a person decides.
func (s *Store) suggestAgain(ctx context.Context, id int64) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT 1 FROM bank_details WHERE pk = $1 FOR NO KEY UPDATE`, id); err != nil {
			return err
		}
		now, err := businessNow(ctx, tx)
		if err != nil {
			return err
		}
		c := newCashier(s, tx, now)
		if c.lines, err = loadLines(ctx, tx, []int64{id}); err != nil {
			return err
		}
		l := c.lines[0]
		if l.state != lineUndecided || l.rest() <= 0 {
			return nil
		}
		if err := c.learn(ctx); err != nil {
			return err
		}
		if err := c.gather(ctx); err != nil {
			return err
		}
		h := c.houses[l.creditor]
		d := match.Decide(h.grammar, &l.line, c.known(l), h.rules)
		all := d.Suggestions
		if d.Auto && len(d.Applied) > 0 {
			all = append([]match.Suggestion{{Applied: d.Applied, Evidence: d.Evidence, Score: d.Confidence}}, all...)
		}
		if len(all) == 0 {
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE bank_details SET suggestions = $2 WHERE pk = $1`, id, jsonText(all))
		return err
	})
}

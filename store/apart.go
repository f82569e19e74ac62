package store

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dunlin/invoice"
)

// apart does something about many rows that one of them may spoil. It tries all of them at once; where that fails
// for what stands in one of them, it halves them until it has found that one, and leaves it aside with the error, so
// that the others do not wait for it. Everything happens in the caller's transaction.
type apart struct {
	do    func(ctx context.Context, tx pgx.Tx, pks []int64) error
	leave func(ctx context.Context, tx pgx.Tx, pk int64, spoilt error) error
}

func (a apart) run(ctx context.Context, tx pgx.Tx, pks []int64) error {
	if len(pks) == 0 {
		return nil
	}
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		if err := a.do(ctx, tx, pks); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SET CONSTRAINTS ALL IMMEDIATE`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `SET CONSTRAINTS ALL DEFERRED`)
		return err
	})
	switch half := len(pks) / 2; {
	case !stuck(err):
		return err
	case half == 0:
		return a.leave(ctx, tx, pks[0], err)
	default:
		if err := a.run(ctx, tx, pks[:half]); err != nil {
			return err
		}
		return a.run(ctx, tx, pks[half:])
	}
}

// stuck says whether an error comes from what stands in the rows, so that trying again would not help.
func stuck(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "23") || pg.Code == "P0001"
	}
	code := invoice.CodeOf(err)
	return code != "" && code != invoice.CodeUnavailable
}

// leaveToPerson puts a payment that no rule can get through into the queue, with the error as evidence. Whose account
// it came from is not reminded meanwhile, unless just that is what cannot be done.
func (s *Store) leaveToPerson(ctx context.Context, tx pgx.Tx, payment int64, spoilt error) error {
	why := []string{"it could not be decided about by itself, a person looks: " + pgText(spoilt.Error())}
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return s.holdSpoilt(ctx, tx, payment, why) })
	if !stuck(err) {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE bank_details SET state = 'undecided', evidence = $2 WHERE pk = $1`, payment, jsonText(why))
	return err
}

func (s *Store) holdSpoilt(ctx context.Context, tx pgx.Tx, payment int64, why []string) error {
	now, err := businessNow(ctx, tx)
	if err != nil {
		return err
	}
	c := newCashier(s, tx, now)
	if c.lines, err = loadLines(ctx, tx, []int64{payment}); err != nil {
		return err
	}
	c.lines[0].why = why
	debtors, err := c.holdAgain(ctx, c.lines[0], nil)
	if err != nil {
		return err
	}
	if _, err := c.open(ctx, nil, debtors); err != nil {
		return err
	}
	if err := c.holdAll(ctx); err != nil {
		return err
	}
	return c.finish(ctx)
}

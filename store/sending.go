package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/invoice"
)

// StopSending throws a stop switch: nothing is claimed in its scope after its commit.
func (s *Store) StopSending(ctx context.Context, w collection.Switch) error {
	if err := checkScope(w.Scope); err != nil {
		return err
	}
	if w.Reason == "" {
		return invoice.Invalid("reason", "is missing").WithHint("say why sending stops; it stands in every case it holds")
	}
	_, err := s.atSwitches(ctx, `INSERT INTO switches (scope, reason, actor, at) VALUES ($1, $2, $3, business_now())
		ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason, actor = excluded.actor`, w.Scope, w.Reason, w.Actor)
	return err
}

// atSwitches runs a statement alone with the switches: no claim is under way, and none before it commits.
func (s *Store) atSwitches(ctx context.Context, sql string, args ...any) (rows int64, err error) {
	err = s.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, aloneAtSwitches); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, sql, args...)
		rows = tag.RowsAffected()
		return err
	})
	return rows, err
}

func checkScope(scope string) error {
	kind, name, named := strings.Cut(scope, ":")
	if scope == "all" || scope == "channel:email" || scope == "channel:sms" || (kind == "creditor" && named && name != "") {
		return nil
	}
	return invoice.Invalid("scope", "%q is not a scope", scope).WithHint("all, creditor:ID, channel:email or channel:sms")
}

// ResumeSending lifts a stop switch and wakes the cases it held; they drip out at the line's rate.
func (s *Store) ResumeSending(ctx context.Context, scope, actor string) error {
	if err := checkScope(scope); err != nil {
		return err
	}
	lifted, err := s.atSwitches(ctx, `DELETE FROM switches WHERE scope = $1`, scope)
	if err != nil {
		return err
	}
	if lifted == 0 {
		return invoice.WrongState("sending is not stopped for %s", scope)
	}
	return s.resumeAll(ctx, scope, actor, "sending goes on ("+scope+")")
}

// resumeAll wakes the cases that a scope held.
func (s *Store) resumeAll(ctx context.Context, scope, actor, text string) error {
	for {
		n, err := s.resumeSome(ctx, scope, actor, text)
		if err != nil || n == 0 {
			return err
		}
	}
}

// resumeChunk is how many held cases one transaction wakes.
const resumeChunk = 200

func (s *Store) resumeSome(ctx context.Context, scope, actor, text string) (int, error) {
	var pks []int64
	err := s.tx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT pk FROM invoices WHERE pk IN (SELECT invoice_pk FROM deferrals WHERE scope = $1) ORDER BY pk LIMIT $2 FOR NO KEY UPDATE`, scope, resumeChunk)
		if err != nil {
			return err
		}
		if pks, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM deferrals WHERE scope = $1 AND invoice_pk = ANY($2)`, scope, pks); err != nil {
			return err
		}
		for _, pk := range pks {
			f, err := s.openByPK(ctx, tx, pk)
			if err != nil {
				return err
			}
			f.event("sending_resumed", actor, text, nil)
			if err := f.save(ctx, collection.SignalSending); err != nil {
				return err
			}
		}
		return nil
	})
	return len(pks), err
}

// Switches lists the stops in force.
func (s *Store) Switches(ctx context.Context) ([]collection.Switch, error) {
	rows, err := s.pool.Query(ctx, `SELECT scope, reason, actor, at FROM switches ORDER BY at, scope`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (w collection.Switch, err error) {
		return w, row.Scan(&w.Scope, &w.Reason, &w.Actor, &w.StoppedAt)
	})
}

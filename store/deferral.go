package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
)

// The switches' lock: every claim shares it to its end, and who throws or lifts a switch has it alone. So
// nothing is claimed after a stop has committed, and no act is deferred behind a lift's back.
const (
	underSwitches   = `(SELECT pg_advisory_xact_lock_shared(hashtext('dunlin switches'))::text)`
	aloneAtSwitches = `SELECT pg_advisory_xact_lock(hashtext('dunlin switches'))`
)

// checkSwitches defers an act while a stop switch holds its line.
func (f *file) checkSwitches(ctx context.Context, act collection.Act) error {
	scopes := []string{"all", "creditor:" + f.inv.Creditor, "channel:" + string(channelOf(act.Item.Act))}
	var scope, reason string
	err := f.tx.QueryRow(ctx, `SELECT scope, reason FROM switches WHERE scope = ANY($1) ORDER BY at LIMIT 1`, scopes).Scan(&scope, &reason)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.deferAct(ctx, act.Step, act.Item.Act, time.Time{}, "sending is stopped ("+scope+"): "+reason, scope)
}

// deferAct notes that an act must wait: until a moment, or until somebody lifts the reason.
func (f *file) deferAct(ctx context.Context, step string, act dunning.Act, notBefore time.Time, reason, scope string) error {
	_, err := f.tx.Exec(ctx, `INSERT INTO deferrals (invoice_pk, step, act, not_before, reason, scope) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (invoice_pk, step, act) DO UPDATE SET not_before = excluded.not_before, reason = excluded.reason, scope = excluded.scope`,
		f.pk, step, act, nullTime(notBefore), reason, scope)
	if err != nil {
		return err
	}
	kept := f.state.Deferred[:0]
	for _, d := range f.state.Deferred {
		if d.Step != step || d.Act != act {
			kept = append(kept, d)
		}
	}
	f.state.Deferred = append(kept, dunning.Deferred{Step: step, Act: act, NotBefore: notBefore, Reason: reason})
	f.event("deferred", "", fmt.Sprintf("%s waits: %s", f.named(step, act), reason), nil)
	return nil
}

// lift ends what a scope holds of this invoice.
func (f *file) lift(ctx context.Context, scope string) error {
	rows, err := f.tx.Query(ctx, `DELETE FROM deferrals WHERE invoice_pk = $1 AND scope = $2 RETURNING step, act`, f.pk, scope)
	if err != nil {
		return err
	}
	var step string
	var act dunning.Act
	_, err = pgx.ForEachRow(rows, []any{&step, &act}, func() error {
		f.state.Deferred = slices.DeleteFunc(f.state.Deferred, func(d dunning.Deferred) bool { return d.Step == step && d.Act == act })
		return nil
	})
	return err
}

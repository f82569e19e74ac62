package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/invoice"
)

// A lease is how long one relay has for the wakes it took; refusals are how often Temporal itself may
// refuse one before it is parked for a person.
const (
	lease    = 30 * time.Second
	refusals = 20
)

// ClaimWakes leases up to n wakes, payments and stops first, each with the newest snapshot of its case.
func (s *Store) ClaimWakes(ctx context.Context, n int) ([]collection.Wake, error) {
	rows, err := s.pool.Query(ctx, `WITH due AS (
			SELECT invoice_pk FROM wakes WHERE parked_at IS NULL AND available_at <= clock_timestamp() AND (leased_until IS NULL OR leased_until < clock_timestamp())
			ORDER BY rank, available_at LIMIT $1 FOR UPDATE SKIP LOCKED),
		leased AS (UPDATE wakes w SET leased_until = clock_timestamp() + $2 FROM due WHERE w.invoice_pk = due.invoice_pk RETURNING w.*)
		SELECT i.creditor, i.number, i.cycle, d.id, i.currency, i.amount, i.due_on, w.signal, c.started_at IS NOT NULL, w.failures, w.rank,
			i.seq, i.balance, i.status, i.plan, c.closed_at IS NOT NULL
		FROM leased w JOIN invoices i ON i.pk = w.invoice_pk JOIN debtors d ON d.pk = i.debtor_pk JOIN cases c ON c.invoice_pk = i.pk AND c.cycle = i.cycle
		ORDER BY w.rank, w.available_at`, n, lease)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (w collection.Wake, err error) {
		var currency string
		var due *time.Time
		var plan []byte
		var amount, balance int64
		var rank int
		err = row.Scan(&w.Creditor, &w.Number, &w.Cycle, &w.DebtorID, &currency, &amount, &due, &w.Signal, &w.Started, &w.Failures, &rank,
			&w.Snapshot.Seq, &balance, &w.Snapshot.Status, &plan, &w.Snapshot.Closed)
		if err != nil {
			return w, err
		}
		w.Amount = invoice.NewMoney(amount, invoice.Currency(currency))
		w.Snapshot.Balance = invoice.NewMoney(balance, invoice.Currency(currency))
		if due != nil {
			w.DueOn = invoice.DateOf(*due)
		}
		return w, json.Unmarshal(plan, &w.Snapshot.Plan)
	})
}

// Started notes that Temporal has the cycle's workflow.
func (s *Store) Started(ctx context.Context, c collection.Case, runID string) error {
	_, err := s.pool.Exec(ctx, `UPDATE cases SET started_at = coalesce(started_at, clock_timestamp()), run_id = $4
		WHERE cycle = $3 AND invoice_pk = (SELECT pk FROM invoices WHERE creditor = $1 AND number = $2)`, c.Creditor, c.Number, c.Cycle, runID)
	return err
}

// Delivered takes a wake out of the box, unless a newer fact came meanwhile: then it is due again at once.
func (s *Store) Delivered(ctx context.Context, w collection.Wake) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM wakes WHERE seq <= $3 AND invoice_pk = (SELECT pk FROM invoices WHERE creditor = $1 AND number = $2)`, w.Creditor, w.Number, w.Snapshot.Seq)
		if err != nil {
			return err
		}
		newer, err := tx.Exec(ctx, `UPDATE wakes SET leased_until = NULL WHERE invoice_pk = (SELECT pk FROM invoices WHERE creditor = $1 AND number = $2)`, w.Creditor, w.Number)
		if err == nil && newer.RowsAffected() > 0 { // its own notice came while the wake was leased
			_, err = tx.Exec(ctx, `SELECT pg_notify('dunlin_wakes', '')`)
		}
		return err
	})
}

// Failed gives a wake back. While Temporal cannot be reached nothing is counted; what it refuses by
// itself is counted, and parked for a person in the end.
func (s *Store) Failed(ctx context.Context, w collection.Wake, reason string, refused bool) error {
	delay := time.Second
	if refused {
		delay = min(5*time.Minute, time.Second<<min(w.Failures, 9))
	}
	_, err := s.pool.Exec(ctx, `UPDATE wakes SET leased_until = NULL, last_error = $3, available_at = clock_timestamp() + $4,
			failures = failures + CASE WHEN $5 THEN 1 ELSE 0 END,
			parked_at = CASE WHEN $5 AND failures + 1 >= $6 THEN clock_timestamp() END
		WHERE invoice_pk = (SELECT pk FROM invoices WHERE creditor = $1 AND number = $2)`, w.Creditor, w.Number, reason, delay, refused, refusals)
	return err
}

// Rewake puts a case into the box again, parked or not: the repair of verify. A case whose workflow is
// gone is started anew.
func (s *Store) Rewake(ctx context.Context, c collection.Case) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		f, err := s.openFile(ctx, tx, c.Key)
		if err != nil {
			return err
		}
		f.event("look_again", "", "woken by a repair", nil)
		return f.save(ctx, collection.SignalLookAgain)
	})
}

// Listen reports, until ctx ends, that wakes have come. Reports may be lost: callers poll, too.
func (s *Store) Listen(ctx context.Context) (<-chan struct{}, error) {
	return s.listen(ctx, "dunlin_wakes")
}

// listen reports what is notified on one of our channels.
func (s *Store) listen(ctx context.Context, channel string) (<-chan struct{}, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		conn.Release()
		return nil, err
	}
	raw := conn.Hijack() // a listening connection is not given back to the pool
	heard := make(chan struct{}, 1)
	go func() {
		defer close(heard)
		defer func() { _ = raw.Close(context.WithoutCancel(ctx)) }()
		for {
			if _, err := raw.WaitForNotification(ctx); err != nil {
				return
			}
			select {
			case heard <- struct{}{}:
			default:
			}
		}
	}()
	return heard, nil
}

// Standing is what the database says about one cycle.
func (s *Store) Standing(ctx context.Context, c collection.Case) (collection.Standing, error) {
	rows, err := s.pool.Query(ctx, selectStanding+` WHERE i.creditor = $1 AND i.number = $2 AND c.cycle = $3`, c.Creditor, c.Number, c.Cycle)
	if err != nil {
		return collection.Standing{}, err
	}
	st, err := pgx.CollectExactlyOneRow(rows, scanStanding)
	return st, notFound(err, "case", "%s/%d is not on file", c.Key, c.Cycle)
}

const selectStanding = `SELECT i.creditor, i.number, c.cycle, c.closed_at IS NULL AND c.cycle = i.cycle, c.started_at IS NOT NULL, coalesce(w.seq, 0),
	CASE WHEN w.parked_at IS NOT NULL THEN w.last_error ELSE '' END, c.opened_at, c.closed_at
	FROM cases c JOIN invoices i ON i.pk = c.invoice_pk LEFT JOIN wakes w ON w.invoice_pk = i.pk`

func scanStanding(row pgx.CollectableRow) (st collection.Standing, err error) {
	var closed *time.Time
	err = row.Scan(&st.Creditor, &st.Number, &st.Cycle, &st.Open, &st.Started, &st.WakeSeq, &st.Parked, &st.OpenedAt, &closed)
	st.ClosedAt = orZero(closed)
	return st, err
}

// OpenCases lists, by key, the newest cycle of every case that is not closed.
func (s *Store) OpenCases(ctx context.Context, after collection.Case, limit int) ([]collection.Standing, error) {
	rows, err := s.pool.Query(ctx, selectStanding+` WHERE c.closed_at IS NULL AND c.cycle = i.cycle AND (i.creditor, i.number) > ($1, $2)
		ORDER BY i.creditor, i.number LIMIT $3`, after.Creditor, after.Number, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanStanding)
}

// ClosedCases lists, by key, the cycles that were closed since a moment of business time.
func (s *Store) ClosedCases(ctx context.Context, since time.Time, after collection.Case, limit int) ([]collection.Standing, error) {
	rows, err := s.pool.Query(ctx, selectStanding+` WHERE c.closed_at >= $1 AND (i.creditor, i.number, c.cycle) > ($2, $3, $4)
		ORDER BY i.creditor, i.number, c.cycle LIMIT $5`, since, after.Creditor, after.Number, after.Cycle, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanStanding)
}

// ClaimHooks leases up to n calls to creditors' own systems.
func (s *Store) ClaimHooks(ctx context.Context, n int) ([]collection.Hook, error) {
	rows, err := s.pool.Query(ctx, `UPDATE hooks SET available_at = clock_timestamp() + $2 WHERE id IN (
			SELECT id FROM hooks WHERE done_at IS NULL AND available_at <= clock_timestamp() ORDER BY available_at LIMIT $1 FOR UPDATE SKIP LOCKED)
		RETURNING id, url, kind, body, retries`, n, lease)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (h collection.Hook, err error) {
		var body string
		err = row.Scan(&h.ID, &h.URL, &h.Kind, &body, &h.Retries)
		h.Body = []byte(body)
		return h, err
	})
}

// HookDone notes that a creditor's system took the call, and does what its answer decides.
func (s *Store) HookDone(ctx context.Context, id string, answer []byte) error {
	var kind string
	var pk int64
	err := s.pool.QueryRow(ctx, `UPDATE hooks SET done_at = CASE WHEN kind = $2 THEN done_at ELSE clock_timestamp() END, last_error = '' WHERE id = $1 RETURNING kind, invoice_pk`, id, hookPaidLate).Scan(&kind, &pk)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && kind != hookPaidLate {
		return nil
	}
	if err != nil {
		return err
	}
	return s.lateHook(ctx, id, pk, func(ctx context.Context, f *file) error { return f.lateAnswered(ctx, answer) })
}

// HookFailed tries a call again later: after 2 s, 4 s, … at most an hour. A question that a shop does not
// answer for hours becomes a person's.
func (s *Store) HookFailed(ctx context.Context, id, reason string) error {
	var kind string
	var pk int64
	var retries int
	err := s.pool.QueryRow(ctx, `UPDATE hooks SET retries = retries + 1, last_error = $2,
		available_at = clock_timestamp() + least(interval '1 hour', interval '2 seconds' * power(2, least(retries, 12))) WHERE id = $1 RETURNING kind, invoice_pk, retries`, id, reason).Scan(&kind, &pk, &retries)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (kind != hookPaidLate || retries < lateAsks) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.lateHook(ctx, id, pk, func(ctx context.Context, f *file) error {
		if f.status != invoice.Expired || f.standing.OnAccount() == 0 {
			return nil
		}
		return f.askAboutLate(ctx, "the shop cannot be reached: "+reason)
	})
}

package store

import (
	"context"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
)

// Kind says whether the database is live or a lab: for good.
func (s *Store) Kind(ctx context.Context) (string, error) {
	var kind string
	err := s.pool.QueryRow(ctx, `SELECT kind FROM system`).Scan(&kind)
	return kind, err
}

// SetLabClock moves a lab's clock forward to a moment; from there it goes on ticking. Live refuses.
func (s *Store) SetLabClock(ctx context.Context, to time.Time) error {
	kind, err := s.Kind(ctx)
	if err != nil {
		return err
	}
	if kind != "lab" {
		return invoice.WrongState("this database is live: its time is the wall clock's")
	}
	_, err = s.pool.Exec(ctx, `UPDATE system SET clock_offset = greatest(clock_offset, $1::timestamptz - clock_timestamp())`, to)
	return err
}

// NextDue is the earliest planned moment of any open case; false when none has one.
func (s *Store) NextDue(ctx context.Context) (time.Time, bool, error) {
	var at *time.Time
	err := s.pool.QueryRow(ctx, `SELECT min(next_at) FROM invoices i JOIN cases c ON c.invoice_pk = i.pk AND c.cycle = i.cycle AND c.closed_at IS NULL`).Scan(&at)
	return orZero(at), at != nil, err
}

// DueCase is an open case with something to do by a moment.
type DueCase struct {
	collection.Case
	At time.Time
}

// Due lists the open cases with something planned up to a moment.
func (s *Store) Due(ctx context.Context, until time.Time) ([]DueCase, error) {
	rows, err := s.pool.Query(ctx, `SELECT i.creditor, i.number, i.cycle, i.next_at FROM invoices i JOIN cases c ON c.invoice_pk = i.pk AND c.cycle = i.cycle AND c.closed_at IS NULL
		WHERE i.next_at <= $1 ORDER BY i.next_at, i.pk`, until)
	if err != nil {
		return nil, err
	}
	var due []DueCase
	var d DueCase
	for rows.Next() {
		if err := rows.Scan(&d.Creditor, &d.Number, &d.Cycle, &d.At); err != nil {
			return nil, err
		}
		due = append(due, d)
	}
	return due, rows.Err()
}

// Quiet says whether nothing is on its way: no wake to deliver, no message in flight, no call to a shop.
func (s *Store) Quiet(ctx context.Context) (bool, error) {
	var quiet bool
	err := s.pool.QueryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM wakes WHERE parked_at IS NULL) AND NOT EXISTS (SELECT 1 FROM attempts WHERE state = 'in_flight')
		AND NOT EXISTS (SELECT 1 FROM hooks WHERE done_at IS NULL)`).Scan(&quiet)
	return quiet, err
}

package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
)

// standstill is how long a file may show no progress before its import is started once more. Where its
// workflow still runs, Temporal says so and nothing changes; where somebody ended it, the new run goes on
// from what is on file.
const standstill = 15 * time.Minute

// ClaimImports leases up to n bank files whose import has to be started.
func (s *Store) ClaimImports(ctx context.Context, n int) ([]collection.Import, error) {
	rows, err := s.pool.Query(ctx, `UPDATE bank_files SET leased_until = clock_timestamp() + $2 WHERE pk IN (
			SELECT pk FROM bank_files WHERE state IN ('stored', 'parsing', 'accepted', 'booking') AND parked_at IS NULL AND available_at <= clock_timestamp()
				AND (leased_until IS NULL OR leased_until < clock_timestamp())
			ORDER BY available_at LIMIT $1 FOR UPDATE SKIP LOCKED)
		RETURNING sha256, attempt`, n, lease)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[collection.Import])
}

// ImportStarted notes that Temporal has the workflow of this attempt.
func (s *Store) ImportStarted(ctx context.Context, i collection.Import) error {
	_, err := s.pool.Exec(ctx, `UPDATE bank_files SET started_at = coalesce(started_at, clock_timestamp()), leased_until = NULL, failures = 0, last_error = '',
		available_at = greatest(available_at, clock_timestamp() + $3::interval) WHERE sha256 = $1 AND attempt = $2`, i.SHA256, i.Attempt, standstill)
	return err
}

// ImportFailed gives a file back under the rules of Failed.
func (s *Store) ImportFailed(ctx context.Context, i collection.Import, reason string, refused bool) error {
	_, err := s.pool.Exec(ctx, `UPDATE bank_files SET leased_until = NULL, last_error = $3,
			available_at = clock_timestamp() + CASE WHEN $4 THEN least(interval '5 minutes', interval '1 second' * power(2, least(failures, 9))) ELSE interval '1 second' END,
			failures = failures + CASE WHEN $4 THEN 1 ELSE 0 END,
			parked_at = CASE WHEN $4 AND failures + 1 >= $5 THEN clock_timestamp() END
		WHERE sha256 = $1 AND attempt = $2`, i.SHA256, i.Attempt, reason, refused, refusals)
	return err
}

// UnparkFiles puts the bank files that Temporal refused too often into the box again: the repair of verify.
func (s *Store) UnparkFiles(ctx context.Context) (int, error) {
	tag, err := s.pool.Exec(ctx, `WITH again AS (UPDATE bank_files SET parked_at = NULL, failures = 0, leased_until = NULL, available_at = clock_timestamp() WHERE parked_at IS NOT NULL RETURNING 1)
		SELECT pg_notify('dunlin_files', '') FROM again`)
	return int(tag.RowsAffected()), err
}

// ListenFiles is Listen for bank files.
func (s *Store) ListenFiles(ctx context.Context) (<-chan struct{}, error) {
	return s.listen(ctx, "dunlin_files")
}

package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"

	"github.com/jackc/pgx/v5"

	"dunlin/invoice"
)

// keyPrefix marks a secret as one of ours, for people and for secret scanners.
const keyPrefix = "dunlin_"

// CreateKey makes an API key for a client. The secret is shown once and stored as a hash.
func (s *Store) CreateKey(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", invoice.Invalid("name", "is missing").WithHint("name the client; it stands in the history as the actor")
	}
	secret := keyPrefix + rand.Text() + rand.Text() // 2 × 128 bits
	sum := sha256.Sum256([]byte(secret))
	tag, err := s.pool.Exec(ctx, `INSERT INTO api_keys (name, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, sum[:])
	if err == nil && tag.RowsAffected() == 0 {
		return "", invoice.Conflict("name", "%q has or had a key already", name).WithHint("a name is used once; take another")
	}
	return secret, err
}

// KeyName returns whose key a secret is; false when it is nobody's or was revoked.
func (s *Store) KeyName(ctx context.Context, secret string) (string, bool, error) {
	sum := sha256.Sum256([]byte(secret))
	var name string
	err := s.pool.QueryRow(ctx, `SELECT name FROM api_keys WHERE hash = $1 AND revoked_at IS NULL`, sum[:]).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	return name, err == nil, err
}

// HasKeys says whether any API key is in force.
func (s *Store) HasKeys(ctx context.Context) (bool, error) {
	var found bool
	err := s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM api_keys WHERE revoked_at IS NULL)`).Scan(&found)
	return found, err
}

// RevokeKey ends a client's key.
func (s *Store) RevokeKey(ctx context.Context, name string) error {
	tag, err := s.pool.Exec(ctx, `UPDATE api_keys SET revoked_at = clock_timestamp() WHERE name = $1 AND revoked_at IS NULL`, name)
	if err == nil && tag.RowsAffected() == 0 {
		return invoice.Unknown("name", "%q has no key in force", name)
	}
	return err
}

// Remember looks a request's Idempotency-Key up, or takes it: "new" (go on), "done" (the stored answer),
// "busy" (the same request is being worked on), "other" (the key was used for another request).
func (s *Store) Remember(ctx context.Context, key, hash string) (status int, body []byte, state string, err error) {
	tag, err := s.pool.Exec(ctx, `INSERT INTO idempotency (key, hash) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET created_at = clock_timestamp()
		WHERE idempotency.status = 0 AND idempotency.hash = excluded.hash AND idempotency.created_at < clock_timestamp() - interval '2 minutes'`, key, hash)
	if err != nil {
		return 0, nil, "", err
	}
	if tag.RowsAffected() == 1 {
		return 0, nil, "new", nil // taken, or taken over from a server that died over it
	}
	var was string
	if err = s.pool.QueryRow(ctx, `SELECT hash, status, body FROM idempotency WHERE key = $1`, key).Scan(&was, &status, &body); err != nil {
		return 0, nil, "", err
	}
	switch {
	case was != hash:
		return 0, nil, "other", nil
	case status == 0:
		return 0, nil, "busy", nil
	}
	return status, body, "done", nil
}

// Answered stores the answer to a request for its repetitions.
func (s *Store) Answered(ctx context.Context, key string, status int, body []byte) error {
	_, err := s.pool.Exec(ctx, `UPDATE idempotency SET status = $2, body = $3 WHERE key = $1`, key, status, body)
	return err
}

// Forget gives a key back after a failure that was not the request's fault.
func (s *Store) Forget(ctx context.Context, key string) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM idempotency WHERE key = $1 AND status = 0`, key)
	return err
}

package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/invoice"
)

func eventOf(n, seq int64, at any, kind, actor, text, data string) invoice.Event {
	e := invoice.Event{N: n, Seq: seq, Kind: kind, Actor: actor, Text: text}
	if t, ok := at.(time.Time); ok {
		e.At = t.UTC()
	}
	if data != "" {
		e.Data = json.RawMessage(data)
	}
	return e
}

// Checkpoint chains the heads of all histories as they stand now, so that a case that is removed with
// its whole history shows. The worker does it every ten minutes.
func (s *Store) Checkpoint(ctx context.Context) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('dunlin checkpoint'))`); err != nil {
			return err
		}
		var n int64
		var prev []byte
		err := tx.QueryRow(ctx, `SELECT n, hash FROM checkpoints ORDER BY n DESC LIMIT 1`).Scan(&n, &prev)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		heads, invoices, maxPK, events, err := headsOf(ctx, tx)
		if err != nil {
			return err
		}
		now, err := businessNow(ctx, tx)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(append(append([]byte{}, prev...), heads...))
		_, err = tx.Exec(ctx, `INSERT INTO checkpoints (n, at, invoices, max_pk, events, heads, hash) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`, n+1, now, invoices, maxPK, events, heads, sum[:])
		return err
	})
}

func headsOf(ctx context.Context, tx pgx.Tx) (sum []byte, invoices, maxPK, events int64, err error) {
	rows, err := tx.Query(ctx, `SELECT pk, event_n, event_head FROM invoices ORDER BY pk`)
	if err != nil {
		return nil, 0, 0, 0, err
	}
	h := sha256.New()
	var pk, n int64
	var head []byte
	_, err = pgx.ForEachRow(rows, []any{&pk, &n, &head}, func() error {
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], uint64(pk))
		binary.BigEndian.PutUint64(b[8:], uint64(n))
		h.Write(b[:])
		h.Write(head)
		invoices, maxPK, events = invoices+1, pk, events+n
		return nil
	})
	return h.Sum(nil), invoices, maxPK, events, err
}

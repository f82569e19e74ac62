package store

import (
	"context"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
)

// quietPoll is how often AwaitQuiet looks.
const quietPoll = 50 * time.Millisecond

// AwaitQuiet returns as soon as no attempt of the invoice is in flight, so that the answer to a stop
// can say that nothing is on its way. It gives up after the longest time a request may take, and does
// not wait for an attempt whose answer was lost; in both cases a message may still arrive (true).
func (s *Store) AwaitQuiet(ctx context.Context, k invoice.Key) (bool, error) {
	return s.await(ctx, `SELECT coalesce(bool_or(a.state = 'in_flight'), false), coalesce(bool_or(a.state = 'unknown'), false)
		FROM attempts a JOIN attempt_claims c ON c.attempt_id = a.id
		WHERE a.state IN ('in_flight', 'unknown') AND c.invoice_pk = (SELECT pk FROM invoices WHERE creditor = $1 AND number = $2)`, k.Creditor, k.Number)
}

// await asks until nothing is in flight; the question answers (in flight, lost).
func (s *Store) await(ctx context.Context, question string, args ...any) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, collection.HTTPTimeout+collection.DeadlineSlop)
	defer cancel()
	for {
		var flying, lost bool
		err := s.pool.QueryRow(ctx, question, args...).Scan(&flying, &lost)
		switch {
		case ctx.Err() != nil:
			return true, nil
		case err != nil:
			return false, err
		case !flying:
			return lost, nil
		}
		select {
		case <-ctx.Done():
			return true, nil
		case <-time.After(quietPoll):
		}
	}
}

// AwaitAddressQuiet is AwaitQuiet for an opt-out: it waits for attempts to one address of a creditor.
func (s *Store) AwaitAddressQuiet(ctx context.Context, creditor string, channel invoice.Channel, address string) (bool, error) {
	return s.await(ctx, `SELECT coalesce(bool_or(a.state = 'in_flight'), false), coalesce(bool_or(a.state = 'unknown'), false)
		FROM attempts a JOIN messages m ON m.id = a.message_id
		WHERE a.state IN ('in_flight', 'unknown') AND m.creditor = $1 AND m.channel = $2 AND lower(m.recipient) = lower($3)`, creditor, channel, address)
}

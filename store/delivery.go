package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/invoice"
)

// RecordDeliveries puts providers' reports on file, each once however often it comes. That a message
// was processed or delivered changes the database only; failures and opt-outs wake the case.
func (s *Store) RecordDeliveries(ctx context.Context, reports []collection.Delivery) error {
	for _, d := range reports {
		if err := s.tx(ctx, func(tx pgx.Tx) error { return s.recordDelivery(ctx, tx, d) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) recordDelivery(ctx context.Context, tx pgx.Tx, d collection.Delivery) error {
	tag, err := tx.Exec(ctx, `INSERT INTO deliveries (provider, dedupe_key, attempt_id, provider_id, kind, address, reason, at, raw) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		d.Provider, d.DedupeKey, d.Attempt, d.ProviderID, d.Kind, d.Address, d.Reason, d.At, string(d.Raw))
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	switch d.Kind {
	case collection.OptOut, collection.OptIn, collection.SpamReport:
		if err := s.optOutEverywhere(ctx, tx, d); err != nil {
			return err
		}
	}
	attempt, err := findAttempt(ctx, tx, d)
	if err != nil || attempt == "" {
		return err // a report about something that is not ours is kept and changes nothing
	}
	return s.applyDelivery(ctx, tx, attempt, d)
}

// findAttempt finds the attempt a report is about: by our id inside the message, else by the provider's.
func findAttempt(ctx context.Context, tx pgx.Tx, d collection.Delivery) (string, error) {
	var id string
	err := tx.QueryRow(ctx, `SELECT a.id FROM attempts a JOIN messages m ON m.id = a.message_id
		WHERE a.id = $1 OR ($1 = '' AND $2 <> '' AND m.provider_id <> '' AND starts_with($2, m.provider_id)) ORDER BY a.n DESC LIMIT 1`, d.Attempt, d.ProviderID).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// deliveryRank orders what is known about a message's way; it only ever rises.
var deliveryRank = map[string]int{"": 0, "processed": 1, "deferred": 2, "delivered": 3, "undelivered": 4, "dropped": 4, "bounced": 4, "spam_report": 5}

// applyDelivery raises what is known about the message. Any report about an attempt is proof that the
// provider has it.
func (s *Store) applyDelivery(ctx context.Context, tx pgx.Tx, attempt string, d collection.Delivery) error {
	m, err := s.openSent(ctx, tx, attempt)
	if err != nil {
		return err
	}
	changed, err := m.raise(ctx, d)
	if err != nil {
		return err
	}
	wasUnknown := m.state == "unknown"
	if m.pending() {
		if err := m.accepted(ctx, d.ProviderID, "reported by the provider"); err != nil {
			return err
		}
		if wasUnknown { // the workflow plans a look-up that is not needed any more
			if err := m.own().save(ctx, collection.SignalDelivery); err != nil {
				return err
			}
		}
	}
	if !changed || m.kind != "collecting" {
		return nil
	}
	switch d.Kind {
	case collection.Bounced, collection.Dropped, collection.Undelivered:
		return m.failed(ctx, d)
	}
	return nil
}

func (m *sent) raise(ctx context.Context, d collection.Delivery) (bool, error) {
	var was string
	f := m.own()
	if err := f.tx.QueryRow(ctx, `SELECT delivery FROM messages WHERE id = $1`, m.id).Scan(&was); err != nil {
		return false, err
	}
	if deliveryRank[string(d.Kind)] <= deliveryRank[was] {
		return false, nil
	}
	_, err := f.tx.Exec(ctx, `UPDATE messages SET delivery = $2, provider_id = CASE WHEN provider_id = '' THEN $3 ELSE provider_id END WHERE id = $1`, m.id, d.Kind, d.ProviderID)
	return true, err
}

// failed follows a message that was taken and did not arrive: the address is marked, and the cases
// plan the step's fallback or ask for a better address.
func (m *sent) failed(ctx context.Context, d collection.Delivery) error {
	f := m.own()
	if err := f.addressFailed(ctx, channelOf(m.act), m.to, firstOf(d.Reason, string(d.Kind))); err != nil {
		return err
	}
	for i, c := range m.files {
		if err := c.read(ctx); err != nil {
			return err
		}
		c.event(string(m.act)+"_"+string(d.Kind), d.Provider, because(fmt.Sprintf("%s (%s) did not arrive: %s", m.steps[i], m.act, d.Kind), d.Reason), map[string]any{"message": m.id})
		if i == 0 {
			what := fmt.Sprintf("the %s address %s does not work (%s)", channelOf(m.act), m.to, firstOf(d.Reason, string(d.Kind)))
			if err := c.askAbout(ctx, what, what); err != nil {
				return err
			}
		}
		if err := c.save(ctx, collection.SignalDelivery); err != nil {
			return err
		}
	}
	return nil
}

// optOutEverywhere applies a recipient's word to every creditor that has the address.
func (s *Store) optOutEverywhere(ctx context.Context, tx pgx.Tx, d collection.Delivery) error {
	rows, err := tx.Query(ctx, `SELECT DISTINCT b.creditor FROM contacts c JOIN debtors b ON b.pk = c.debtor_pk WHERE c.channel = $1 AND c.address = $2 ORDER BY 1`, d.Channel, d.Address)
	if err != nil {
		return err
	}
	creditors, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	now, err := businessNow(ctx, tx)
	if err != nil {
		return err
	}
	for _, c := range creditors {
		o := invoice.OptOut{Creditor: c, Channel: d.Channel, Address: d.Address, Actor: d.Provider, Lift: d.Kind == collection.OptIn}
		if err := s.optOut(ctx, tx, o, now); err != nil {
			return err
		}
	}
	return nil
}

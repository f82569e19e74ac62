package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/invoice"
)

// RecordDeliveries puts providers' reports on file, each once however often it comes. That a message
// was processed or delivered changes the database only; failures and opt-outs wake the case. A report
// that fails does not keep the others out; the provider sends all of them again.
func (s *Store) RecordDeliveries(ctx context.Context, reports []collection.Delivery) error {
	var failed []error
	for _, d := range reports {
		d.Reason, d.Address = storable(d.Reason), storable(d.Address)
		failed = append(failed, s.tx(ctx, func(tx pgx.Tx) error { return s.recordDelivery(ctx, tx, d) }))
	}
	return errors.Join(failed...)
}

// storable makes what came from outside a text that PostgreSQL takes.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}

func (s *Store) recordDelivery(ctx context.Context, tx pgx.Tx, d collection.Delivery) error {
	tag, err := tx.Exec(ctx, `INSERT INTO deliveries (provider, dedupe_key, attempt_id, provider_id, kind, address, reason, at, raw) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		d.Provider, d.DedupeKey, d.Attempt, d.ProviderID, d.Kind, d.Address, d.Reason, d.At, storable(string(d.Raw)))
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	attempt, err := findAttempt(ctx, tx, d)
	if err != nil {
		return err
	}
	switch d.Kind {
	case collection.OptOut, collection.OptIn, collection.SpamReport:
		if err := s.optOutEverywhere(ctx, tx, d, attempt); err != nil {
			return err
		}
	}
	if attempt == "" {
		return nil // a report about something that is not ours is kept and changes nothing
	}
	return s.applyDelivery(ctx, tx, attempt, d)
}

// findAttempt finds the attempt a report is about: by our id inside the message, else by the provider's
// id, of which SendGrid answers only the beginning, up to some dot.
func findAttempt(ctx context.Context, tx pgx.Tx, d collection.Delivery) (string, error) {
	sql, arg := `SELECT id FROM attempts WHERE id = $1`, any(d.Attempt)
	if d.Attempt == "" {
		var ids []string
		for i, r := range d.ProviderID + "." {
			if r == '.' && i > 0 {
				ids = append(ids, d.ProviderID[:i])
			}
		}
		sql, arg = `SELECT a.id FROM messages m JOIN attempts a ON a.message_id = m.id WHERE m.provider_id = ANY($1) AND m.provider_id <> '' ORDER BY length(m.provider_id) DESC, a.n DESC LIMIT 1`, ids
	}
	var id string
	err := tx.QueryRow(ctx, sql, arg).Scan(&id)
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
	lost := m.state == "unknown" || m.state == "unconfirmed"
	if m.pending() || lost {
		if err := m.accepted(ctx, d.ProviderID, "reported by the provider"); err != nil {
			return err
		}
		if lost { // the workflow plans a look-up that is not needed any more
			if err := m.own().save(ctx, collection.SignalDelivery); err != nil {
				return err
			}
		}
	}
	if !changed || m.toPartner() {
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
	// "Undelivered" may be a phone that was off or a mailbox that was full: the address may be fine.
	broken := d.Kind != collection.Undelivered
	if broken {
		if err := m.own().addressFailed(ctx, channelOf(m.act), m.to, firstOf(d.Reason, string(d.Kind))); err != nil {
			return err
		}
	}
	for i, c := range m.files {
		if err := c.read(ctx); err != nil {
			return err
		}
		c.event(string(m.act)+"_"+string(d.Kind), d.Provider, because(fmt.Sprintf("%s did not arrive: %s", c.named(m.steps[i], m.act), d.Kind), d.Reason), map[string]any{"message": m.id})
		if i == 0 && broken {
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

// optOutEverywhere applies a recipient's word to every creditor that has the address, or wrote to it. The
// last word counts, in whatever order they arrive.
func (s *Store) optOutEverywhere(ctx context.Context, tx pgx.Tx, d collection.Delivery, attempt string) error {
	var later bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM deliveries WHERE kind IN ('opt_out', 'opt_in', 'spam_report') AND lower(address) = lower($1) AND provider = $2 AND at > $3)`,
		d.Address, d.Provider, d.At).Scan(&later); err != nil || later {
		return err
	}
	if err := lockAround(ctx, tx, d, attempt); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT b.creditor FROM contacts c JOIN debtors b ON b.pk = c.debtor_pk WHERE c.channel = $1 AND lower(c.address) = lower($2)
		UNION SELECT creditor FROM messages WHERE channel = $1 AND lower(recipient) = lower($2) ORDER BY 1`, d.Channel, d.Address)
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
		if err := s.optOut(ctx, tx, o, now, 0); err != nil {
			return err
		}
	}
	return nil
}

// lockAround locks, in the one order, everything that a recipient's word and the report's message touch:
// the debtors of all creditors who have the address, then their open invoices and the message's.
func lockAround(ctx context.Context, tx pgx.Tx, d collection.Delivery, attempt string) error {
	rows, err := tx.Query(ctx, `SELECT pk FROM debtors WHERE pk IN (SELECT debtor_pk FROM contacts WHERE `+hasAddress+`) ORDER BY pk FOR NO KEY UPDATE`, d.Channel, d.Address)
	if err != nil {
		return err
	}
	debtors, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `SELECT 1 FROM invoices WHERE pk IN (
			SELECT pk FROM invoices WHERE debtor_pk = ANY($1) AND status IN ('open', 'placed')
			UNION SELECT c.invoice_pk FROM message_covers c JOIN attempts a ON a.message_id = c.message_id WHERE a.id = $2)
		ORDER BY pk FOR NO KEY UPDATE`, debtors, attempt)
	return err
}

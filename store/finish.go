package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// sent is a message with the files of the invoices it covers, locked and open.
type sent struct {
	id      string
	attempt string
	kind    string
	act     dunning.Act
	step    string
	class   string
	to      string
	state   string // of the attempt
	lookUps int
	claimed time.Time // business time
	files   []*file   // the sending case first
	steps   []string
	seqs    []int64 // of the claim, per file
}

// openSent locks the invoices of an attempt's message by ascending key and opens their files.
func (s *Store) openSent(ctx context.Context, tx pgx.Tx, attempt string) (*sent, error) {
	m := &sent{attempt: attempt}
	var owner int64
	err := tx.QueryRow(ctx, `SELECT m.id, m.kind, m.act, m.step, m.class, m.recipient, m.invoice_pk FROM attempts a JOIN messages m ON m.id = a.message_id WHERE a.id = $1`, attempt).
		Scan(&m.id, &m.kind, &m.act, &m.step, &m.class, &m.to, &owner)
	if err != nil {
		return nil, notFound(err, "attempt", "%q is not on file", attempt)
	}
	rows, err := tx.Query(ctx, `SELECT i.pk, c.step, k.seq FROM invoices i JOIN message_covers c ON c.invoice_pk = i.pk AND c.message_id = $1
		JOIN attempt_claims k ON k.invoice_pk = i.pk AND k.attempt_id = $2 ORDER BY i.pk FOR NO KEY UPDATE OF i`, m.id, attempt)
	if err != nil {
		return nil, err
	}
	var pk, seq int64
	var step string
	var pks []int64
	if _, err = pgx.ForEachRow(rows, []any{&pk, &step, &seq}, func() error {
		at := len(pks)
		if pk == owner {
			at = 0
		}
		pks = append(pks[:at], append([]int64{pk}, pks[at:]...)...)
		m.steps = append(m.steps[:at], append([]string{step}, m.steps[at:]...)...)
		m.seqs = append(m.seqs[:at], append([]int64{seq}, m.seqs[at:]...)...)
		return nil
	}); err != nil {
		return nil, err
	}
	for _, pk := range pks {
		f, err := s.openByPK(ctx, tx, pk)
		if err != nil {
			return nil, err
		}
		m.files = append(m.files, f)
	}
	m.step = m.steps[0] // the leading case may be another than the one that sent it
	// Read after the locks: a webhook may have ended the attempt while we waited.
	err = tx.QueryRow(ctx, `SELECT state, look_ups, claimed_at FROM attempts WHERE id = $1`, attempt).Scan(&m.state, &m.lookUps, &m.claimed)
	return m, err
}

func (m *sent) own() *file { return m.files[0] }

// toPartner says that the message went to the lawyer or the agency.
func (m *sent) toPartner() bool { return m.kind == "placement" || m.kind == "recall" }

func (m *sent) pending() bool { return m.state == "in_flight" || m.state == "unknown" }

// Finish puts on file what became of a call to a provider. It takes no lock on the debtor: nothing is
// claimed here.
func (s *Store) Finish(ctx context.Context, attempt string, r collection.Result) (collection.Answer, error) {
	var answer collection.Answer
	err := s.tx(ctx, func(tx pgx.Tx) error {
		if r.StopLine { // a switch is thrown: its lock goes before the rows'
			if _, err := tx.Exec(ctx, `SELECT `+underSwitches); err != nil {
				return err
			}
		}
		m, err := s.openSent(ctx, tx, attempt)
		if err != nil {
			return err
		}
		switch {
		case m.pending(), m.state == "unconfirmed" && r.Kind == collection.SendAccepted:
			err = m.finish(ctx, r)
		case r.ProviderID != "":
			_, err = tx.Exec(ctx, `UPDATE messages SET provider_id = $2 WHERE id = $1 AND provider_id = ''`, m.id, r.ProviderID)
		}
		if err != nil {
			return err
		}
		answer, err = m.answer(ctx, r.Reason)
		return err
	})
	return answer, err
}

func (m *sent) finish(ctx context.Context, r collection.Result) error {
	switch r.Kind {
	case collection.SendAccepted:
		return m.accepted(ctx, r.ProviderID, "the provider took it")
	case collection.SendRejected:
		return m.rejected(ctx, r)
	case collection.SendUnsent:
		return m.unsent(ctx, r)
	default:
		return m.unknown(ctx, r.Reason)
	}
}

// answer reads how the act stands now, for the workflow that asked.
func (m *sent) answer(ctx context.Context, reason string) (collection.Answer, error) {
	f := m.own()
	if f.events != nil || f.bumped {
		if err := f.save(ctx, ""); err != nil {
			return collection.Answer{}, err
		}
	}
	if o := f.endOf(m.step, m.act); o != "" {
		return *f.answer(collection.Outcome(o), reason), nil
	}
	for _, d := range f.state.Deferred {
		if d.Step == m.step && d.Act == m.act {
			a := f.answer(collection.Held, d.Reason)
			a.Until = d.NotBefore
			return *a, nil
		}
	}
	for _, in := range f.state.InFlight {
		if in.Ref == m.attempt {
			return *f.lookUpAnswer(in), nil
		}
	}
	return *f.answer(collection.Held, reason), nil
}

// endMessage closes message and attempt with one state.
func (m *sent) endMessage(ctx context.Context, state, attemptState, reason, providerID string) error {
	f := m.own()
	if _, err := f.tx.Exec(ctx, `UPDATE messages SET state = $2, reason = $3, ended_at = $4, provider_id = CASE WHEN $5 <> '' THEN $5 ELSE provider_id END WHERE id = $1`,
		m.id, state, reason, f.now, providerID); err != nil {
		return err
	}
	_, err := f.tx.Exec(ctx, `UPDATE attempts SET state = $2, reason = $3, ended_at = $4, look_at = NULL WHERE id = $1`, m.attempt, attemptState, reason, f.now)
	m.state = attemptState
	for _, c := range m.files {
		c.landed(m.attempt)
	}
	return err
}

// landed takes a message out of the air.
func (f *file) landed(attempt string) {
	kept := f.state.InFlight[:0]
	for _, in := range f.state.InFlight {
		if in.Ref != attempt {
			kept = append(kept, in)
		}
	}
	f.state.InFlight = kept
}

// endEach puts the act's end on every covered file; siblings are woken, the sender is answered.
func (m *sent) endEach(ctx context.Context, own, sibling dunning.Outcome, reason string, note func(i int, f *file) error) error {
	for i, f := range m.files {
		outcome := own
		if i > 0 {
			outcome = sibling
		}
		if err := f.end(ctx, m.steps[i], m.act, outcome, reason, &m.id); err != nil {
			return err
		}
		if err := note(i, f); err != nil {
			return err
		}
	}
	return m.saveEach(ctx)
}

// saveEach saves all files; the siblings' workflows are told by a wake.
func (m *sent) saveEach(ctx context.Context) error {
	for i, f := range m.files {
		signal := ""
		if i > 0 {
			signal = collection.SignalCovered
		}
		if err := f.save(ctx, signal); err != nil {
			return err
		}
	}
	return nil
}

// accepted ends a message that the provider has. One that was given up as unconfirmed ends better so.
func (m *sent) accepted(ctx context.Context, providerID, how string) error {
	if m.state == "unconfirmed" {
		if err := m.confirm(ctx); err != nil {
			return err
		}
	}
	if err := m.endMessage(ctx, "accepted", "accepted", "", providerID); err != nil {
		return err
	}
	return m.endEach(ctx, dunning.Accepted, dunning.Covered, "", func(i int, f *file) error {
		text := fmt.Sprintf("%s: %s", f.named(m.steps[i], m.act), how)
		if i > 0 {
			text = fmt.Sprintf("%s: told in the message of %s", f.named(m.steps[i], m.act), m.own().inv.Number)
		}
		crossed, err := m.noteCrossed(ctx, i, f)
		if err != nil {
			return err
		}
		if crossed {
			text += "; crossed: it was claimed before a stop and taken after it"
		}
		f.event(string(m.act)+"_accepted", "", text, map[string]any{"message": m.id, "provider_id": providerID, "crossed": crossed})
		if i == 0 && m.toPartner() {
			return m.partnerTook(ctx, f)
		}
		return nil
	})
}

func (m *sent) rejected(ctx context.Context, r collection.Result) error {
	if err := m.endMessage(ctx, "rejected", "rejected", r.Reason, r.ProviderID); err != nil {
		return err
	}
	f := m.own()
	if r.BadAddress && !m.toPartner() {
		if err := f.addressFailed(ctx, channelOf(m.act), m.to, r.Reason); err != nil {
			return err
		}
	}
	if r.OptedOut {
		if _, err := f.tx.Exec(ctx, `INSERT INTO suppressions (creditor, channel, address, at, actor) VALUES ($1, $2, $3, $4, 'provider') ON CONFLICT DO NOTHING`,
			f.inv.Creditor, channelOf(m.act), m.to, f.now); err != nil {
			return err
		}
	}
	for _, c := range m.files {
		if err := c.rereadReach(ctx); err != nil {
			return err
		}
	}
	return m.endEach(ctx, dunning.Rejected, dunning.Rejected, r.Reason, func(i int, f *file) error {
		f.event(string(m.act)+"_rejected", "", fmt.Sprintf("%s was refused: %s", f.named(m.steps[i], m.act), r.Reason), map[string]any{"message": m.id})
		if i == 0 && m.toPartner() {
			return f.openTask(ctx, task{kind: collection.TaskHandoff, step: m.step, text: "The " + m.kind + " could not be delivered to " + m.to + ": " + r.Reason})
		}
		return nil
	})
}

// addressFailed marks an address of the debtor as one that does not work.
func (f *file) addressFailed(ctx context.Context, channel invoice.Channel, address, reason string) error {
	_, err := f.tx.Exec(ctx, `UPDATE contacts SET health = 'bounced', health_reason = $4 WHERE debtor_pk = $1 AND channel = $2 AND address = $3`, f.debtor, channel, address, reason)
	return err
}

// rereadReach reads again by which channels the debtor can be reached.
func (f *file) rereadReach(ctx context.Context) error {
	b := &pgx.Batch{}
	readReach(b, f)
	return f.tx.SendBatch(ctx, b).Close()
}

// retryUnsent is how long a message waits that could not be handed to the provider for no reason of its own.
const retryUnsent = time.Minute

// unsent makes the step due again: the provider certainly has not taken the message.
func (m *sent) unsent(ctx context.Context, r collection.Result) error {
	if err := m.release(ctx, "unsent", r.Reason); err != nil {
		return err
	}
	f := m.own()
	notBefore, scope := f.now.Add(retryUnsent), ""
	if wait := time.Until(r.RetryAt); !r.RetryAt.IsZero() && wait > 0 {
		notBefore = f.now.Add(wait)
	}
	if r.StopLine {
		scope = "channel:" + string(channelOf(m.act))
		notBefore = time.Time{}
		if err := f.stopLine(ctx, scope, r.Reason); err != nil {
			return err
		}
	}
	if err := f.deferAct(ctx, m.step, m.act, notBefore, r.Reason, scope); err != nil {
		return err
	}
	return m.saveEach(ctx)
}

// release voids the covers, so that the once-only key is free again.
func (m *sent) release(ctx context.Context, attemptState, reason string) error {
	if err := m.endMessage(ctx, "unsent", attemptState, reason, ""); err != nil {
		return err
	}
	f := m.own()
	if _, err := f.tx.Exec(ctx, `UPDATE message_covers SET void = true WHERE message_id = $1`, m.id); err != nil {
		return err
	}
	if m.kind == "placement" {
		if _, err := f.tx.Exec(ctx, `UPDATE handoffs SET state = 'void' WHERE message_id = $1`, m.id); err != nil {
			return err
		}
	}
	for i, c := range m.files {
		c.event(string(m.act)+"_unsent", "", fmt.Sprintf("%s was not sent: %s", c.named(m.steps[i], m.act), reason), map[string]any{"message": m.id})
	}
	return nil
}

// stopLine stops a whole channel after our credentials were refused, and alerts once.
func (f *file) stopLine(ctx context.Context, scope, reason string) error {
	tag, err := f.tx.Exec(ctx, `INSERT INTO switches (scope, reason, actor, at) VALUES ($1, $2, 'dunlin', $3) ON CONFLICT DO NOTHING`, scope, reason, f.now)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return f.openTask(ctx, task{
		kind: collection.TaskAlert, step: scope,
		text: "Sending stopped (" + scope + "): the provider refused our credentials: " + reason + ". Correct them, then: dunlin sending resume " + scope,
	})
}

// unknown notes that nobody knows what became of the message; look-ups follow.
func (m *sent) unknown(ctx context.Context, reason string) error {
	if err := m.own().lost(ctx, m.attempt, reason); err != nil {
		return err
	}
	return m.own().save(ctx, "")
}

// lost marks an attempt whose answer never came.
func (f *file) lost(ctx context.Context, attempt, reason string) error {
	var lookAt time.Time
	err := f.tx.QueryRow(ctx, `UPDATE attempts SET state = 'unknown', reason = $2, look_at = claimed_at + $3 WHERE id = $1 RETURNING look_at`,
		attempt, reason, collection.LookUpAfter[0]).Scan(&lookAt)
	if err != nil {
		return err
	}
	if _, err := f.tx.Exec(ctx, `UPDATE messages SET state = 'unknown', reason = $2 WHERE id = (SELECT message_id FROM attempts WHERE id = $1)`, attempt, reason); err != nil {
		return err
	}
	for i := range f.state.InFlight {
		if in := &f.state.InFlight[i]; in.Ref == attempt {
			in.Unknown, in.LookAt = true, lookAt.UTC()
			f.event(string(in.Act)+"_unknown", "", fmt.Sprintf("%s: no answer from the provider (%s); it will be looked up", f.named(in.Step, in.Act), reason), map[string]any{"attempt": attempt})
		}
	}
	return nil
}

package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
)

// confirm turns the ends of a message that nobody could confirm into good ones: evidence came late.
func (m *sent) confirm(ctx context.Context) error {
	for i, f := range m.files {
		outcome := dunning.Accepted
		if i > 0 {
			outcome = dunning.Covered
		}
		for n := range f.state.Taken {
			if t := &f.state.Taken[n]; t.Step == m.steps[i] && t.Act == m.act && t.Outcome == dunning.Unconfirmed {
				t.Outcome = outcome
			}
		}
		if _, err := f.tx.Exec(ctx, `UPDATE acts SET outcome = $4, reason = '' WHERE invoice_pk = $1 AND step = $2 AND act = $3 AND outcome = 'unconfirmed'`, f.pk, m.steps[i], m.act, outcome); err != nil {
			return err
		}
		if err := f.closeTasks(ctx, collection.TaskUnconfirmed, m.steps[i], "confirmed"); err != nil {
			return err
		}
	}
	return nil
}

// giveUp ends a message whose fate nobody can find out: the step counts as taken and is never resent by itself.
func (m *sent) giveUp(ctx context.Context, reason string) error {
	if err := m.endMessage(ctx, "unconfirmed", "unconfirmed", reason, ""); err != nil {
		return err
	}
	return m.endEach(ctx, dunning.Unconfirmed, dunning.Unconfirmed, reason, func(i int, f *file) error {
		f.event(string(m.act)+"_unconfirmed", "", fmt.Sprintf("%s is unconfirmed: it may have arrived, and is never sent again by itself", f.named(m.steps[i], m.act)), map[string]any{"message": m.id})
		if i > 0 || m.kind == kindThanks || !m.toPartner() && f.status.Settled() {
			return nil
		}
		whom := "the debtor"
		if m.toPartner() {
			whom = "them"
		}
		if m.kind == "placement" { // it may be with them: our messages stop, and a payment takes it back
			if err := m.partnerTook(ctx, f); err != nil {
				return err
			}
		}
		return f.openTask(ctx, task{kind: collection.TaskUnconfirmed, step: m.step, text: fmt.Sprintf("Nobody can say whether the %s to %s arrived. Ask %s if it matters; it is not sent again.", f.named(m.step, m.act), m.to, whom)})
	})
}

// leave ends the part of a case that closes in a message still without an end. An open sibling that the
// message covers goes on looking it up; without one it is unconfirmed, unless a late report tells more.
func (m *sent) leave(ctx context.Context) error {
	heir := slices.IndexFunc(m.files, func(f *file) bool { return f.closedAt.IsZero() && !f.status.Settled() })
	if heir < 0 {
		return m.giveUp(ctx, "the case was settled before it could be found out; it may have arrived")
	}
	f, h := m.own(), m.files[heir]
	if _, err := f.tx.Exec(ctx, `UPDATE messages SET invoice_pk = $2 WHERE id = $1`, m.id, h.pk); err != nil {
		return err
	}
	if err := h.read(ctx); err != nil {
		return err
	}
	h.event("look_up", "", fmt.Sprintf("%s: %s is settled, so this case looks up what became of their message", h.named(m.steps[heir], m.act), f.inv.Number), map[string]any{"attempt": m.attempt})
	if err := h.save(ctx, collection.SignalCovered); err != nil {
		return err
	}
	f.event("look_up", "", fmt.Sprintf("%s: %s looks up what became of it", f.named(m.steps[0], m.act), h.inv.Number), map[string]any{"attempt": m.attempt})
	return f.save(ctx, "")
}

// leaveMessages finds an end for every collecting message of a settled case whose answer was lost.
func (s *Store) leaveMessages(ctx context.Context, tx pgx.Tx, c collection.Case) error {
	rows, err := tx.Query(ctx, `SELECT a.id FROM invoices i JOIN cases c ON c.invoice_pk = i.pk AND c.cycle = i.cycle AND c.closed_at IS NULL
		JOIN messages m ON m.invoice_pk = i.pk AND m.kind = 'collecting' AND m.state IN ('in_flight', 'unknown') JOIN attempts a ON a.message_id = m.id AND a.state IN ('in_flight', 'unknown')
		WHERE i.creditor = $1 AND i.number = $2 AND i.cycle = $3 AND i.status NOT IN ('open', 'placed') ORDER BY a.id`, c.Creditor, c.Number, c.Cycle)
	if err != nil {
		return err
	}
	attempts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(attempts) == 0 {
		return err
	}
	// All that the messages cover, by ascending key, before the first of them is opened.
	if _, err := tx.Exec(ctx, `SELECT 1 FROM invoices WHERE pk IN (SELECT c.invoice_pk FROM message_covers c JOIN attempts a ON a.message_id = c.message_id WHERE a.id = ANY($1))
		ORDER BY pk FOR NO KEY UPDATE`, attempts); err != nil {
		return err
	}
	for _, id := range attempts {
		m, err := s.openSent(ctx, tx, id)
		if err != nil {
			return err
		}
		if m.pending() && m.own().status.Settled() {
			if err := m.leave(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteCrossed marks a claim that was taken by the provider after a stop that came later than the claim.
func (m *sent) noteCrossed(ctx context.Context, i int, f *file) (bool, error) {
	if m.kind != "collecting" {
		return false, nil
	}
	crossed := slices.ContainsFunc(f.stops, func(st stopRow) bool { return st.seq > m.seqs[i] && st.ended.IsZero() })
	if !crossed {
		err := f.tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM suppressions WHERE creditor = $1 AND channel = $2 AND address = lower($3) AND at > $4)`,
			f.inv.Creditor, channelOf(m.act), m.to, m.claimed).Scan(&crossed)
		if err != nil || !crossed {
			return false, err
		}
	}
	_, err := f.tx.Exec(ctx, `UPDATE attempt_claims SET crossed = true WHERE attempt_id = $1 AND invoice_pk = $2`, m.attempt, f.pk)
	return true, err
}

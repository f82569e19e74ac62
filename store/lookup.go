package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
)

// BeginLookUp reads what a provider has to be asked about a message whose answer was lost; nothing when
// its end has become known meanwhile.
func (s *Store) BeginLookUp(ctx context.Context, act collection.Act) (collection.LookUp, error) {
	var l collection.LookUp
	err := s.tx(ctx, func(tx pgx.Tx) error {
		l = collection.LookUp{Attempt: act.Ref}
		m, err := s.openSent(ctx, tx, act.Ref)
		if err != nil {
			return err
		}
		f := m.own()
		if act.Cycle != f.cycle {
			l.Answer = f.overAnswer(act)
			return nil
		}
		if !m.pending() {
			l.Answer, err = m.freshAnswer(ctx)
			return err
		}
		l.Act, l.Recipient, l.Age = m.act, m.to, f.now.Sub(m.claimed)
		if l.Act != dunning.SMS {
			l.Act = dunning.Email
		}
		return tx.QueryRow(ctx, `SELECT c.reference, a.claimed_wall, m.provider_id FROM message_covers c JOIN attempts a ON a.message_id = c.message_id JOIN messages m ON m.id = a.message_id
			WHERE a.id = $1 AND c.invoice_pk = $2`, act.Ref, f.pk).Scan(&l.Reference, &l.ClaimedAt, &l.ProviderID)
	})
	return l, err
}

// freshAnswer recomputes the plan of a case whose question has been answered already.
func (m *sent) freshAnswer(ctx context.Context) (*collection.Answer, error) {
	f := m.own()
	if err := f.save(ctx, ""); err != nil {
		return nil, err
	}
	return f.answer(collection.Outcome(dunning.Done), "its end is known: "+m.state), nil
}

// FinishLookUp puts a provider's evidence on file. Without any after the last look-up the message is
// unconfirmed: the step counts as taken and is never resent by itself.
func (s *Store) FinishLookUp(ctx context.Context, _ collection.Act, attempt string, finding collection.Finding) (collection.Answer, error) {
	var answer collection.Answer
	err := s.tx(ctx, func(tx pgx.Tx) error {
		m, err := s.openSent(ctx, tx, attempt)
		if err != nil {
			return err
		}
		if m.pending() {
			switch finding.Evidence {
			case collection.Found:
				err = m.accepted(ctx, finding.ProviderID, "found in the provider's records")
			case collection.Absent:
				err = m.absent(ctx)
			default:
				err = m.nothingFound(ctx)
			}
		}
		if err != nil {
			return err
		}
		a, err := m.freshAnswer(ctx)
		if err == nil {
			answer = *a
			answer.Reason = string(finding.Evidence)
		}
		return err
	})
	return answer, err
}

// absent has proof that the provider never took the message. A reminder or a service message is sent
// once more, through the guard; a formal message is a person's matter.
func (m *sent) absent(ctx context.Context) error {
	f := m.own()
	var before int
	err := f.tx.QueryRow(ctx, `SELECT count(*) FROM attempts a JOIN message_covers c ON c.message_id = a.message_id WHERE c.invoice_pk = $1 AND c.step = $2 AND c.act = $3 AND a.state = 'absent'`,
		f.pk, m.step, m.act).Scan(&before)
	if err != nil {
		return err
	}
	if m.class != string(dunning.Formal) && before == 0 {
		if err := m.release(ctx, "absent", "the provider's complete list does not have it"); err != nil {
			return err
		}
		return m.saveEach(ctx)
	}
	if err := m.endMessage(ctx, "unsent", "absent", "the provider's complete list does not have it", ""); err != nil {
		return err
	}
	return m.endEach(ctx, dunning.Person, dunning.Person, "never taken by the provider; a person decides", func(i int, f *file) error {
		f.event(string(m.act)+"_absent", "", fmt.Sprintf("%s never reached the provider; a person decides whether to send it", f.named(m.steps[i], m.act)), map[string]any{"message": m.id})
		return f.openTask(ctx, task{kind: collection.TaskUnconfirmed, step: m.steps[i], text: fmt.Sprintf("The provider never took the %s. Decide whether it is to be sent by hand.", f.named(m.steps[i], m.act))})
	})
}

// nothingFound plans the next look-up, or gives up.
func (m *sent) nothingFound(ctx context.Context) error {
	f := m.own()
	n := m.lookUps + 1
	// Look-ups that were missed while nothing ran count as one: the moments are fixed to the claim.
	for n < len(collection.LookUpAfter) && !m.claimed.Add(collection.LookUpAfter[n]).After(f.now) {
		n++
	}
	if n < len(collection.LookUpAfter) {
		at := m.claimed.Add(collection.LookUpAfter[n]).UTC()
		if _, err := f.tx.Exec(ctx, `UPDATE attempts SET state = 'unknown', look_ups = $2, look_at = $3 WHERE id = $1`, m.attempt, n, at); err != nil {
			return err
		}
		for i := range f.state.InFlight {
			if in := &f.state.InFlight[i]; in.Ref == m.attempt {
				in.Unknown, in.LookAt = true, at
			}
		}
		f.event("look_up", "", fmt.Sprintf("%s: no trace of it yet", f.named(m.step, m.act)), map[string]any{"attempt": m.attempt})
		return f.save(ctx, "")
	}
	return m.giveUp(ctx, "no trace of it; it may have arrived")
}

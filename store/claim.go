package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// RetryLater asks the caller to come back: another attempt of the same message is still with the provider.
type RetryLater struct{ After time.Duration }

// Error says what is waited for.
func (e *RetryLater) Error() string {
	return fmt.Sprintf("an earlier attempt of this message is still in flight; look again in %s", e.After.Round(time.Second))
}

// RetryAfter is how long to wait.
func (e *RetryLater) RetryAfter() time.Duration { return e.After }

// Claim is the guard of every message: under the locks it computes the plan anew, and only if the act
// is due in it by now does it put a message, its covers and an attempt on file. Nothing that was
// committed before can be overlooked, and nothing committed after can be too late: the sequence tells.
func (s *Store) Claim(ctx context.Context, act collection.Act) (collection.Claim, error) {
	var claim collection.Claim
	err := s.tx(ctx, func(tx pgx.Tx) error {
		claim = collection.Claim{}
		own, siblings, err := s.openForSending(ctx, tx, act)
		if err != nil {
			return err
		}
		answer, err := own.mayNotSend(ctx, act)
		if err != nil || answer != nil {
			claim.Answer = answer
			return err
		}
		files, err := s.openEach(ctx, tx, siblings)
		if err != nil {
			return err
		}
		claim, err = own.compose(ctx, act, files)
		return err
	})
	return claim, err
}

// openForSending locks the debtor, then the case's invoice and those whose steps the same message
// could cover, by ascending key. Before all it takes the switches' lock: a stop of sending waits for it.
func (s *Store) openForSending(ctx context.Context, tx pgx.Tx, act collection.Act) (own *file, siblings []int64, err error) {
	var pk, debtor int64
	var hash string
	err = tx.QueryRow(ctx, `SELECT pk, debtor_pk, policy_hash, `+underSwitches+` FROM invoices WHERE creditor = $1 AND number = $2`, act.Creditor, act.Number).Scan(&pk, &debtor, &hash, nil)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, invoice.Unknown("invoice", "%s is not on file", act.Key)
	}
	if err != nil {
		return nil, nil, err
	}
	policy, err := s.policy(ctx, tx, hash)
	if err != nil {
		return nil, nil, err
	}
	if _, err := tx.Exec(ctx, `SELECT 1 FROM debtors WHERE pk = $1 FOR NO KEY UPDATE`, debtor); err != nil {
		return nil, nil, err
	}
	thanked, err := togetherWith(ctx, tx, act, pk, debtor)
	if err != nil {
		return nil, nil, err
	}
	rows, err := tx.Query(ctx, `SELECT pk FROM invoices WHERE pk = $2 OR pk = ANY($6) OR pk IN (SELECT pk FROM invoices WHERE $3 AND debtor_pk = $1 AND pk <> $2 AND status = 'open' AND next_at <= (SELECT business_now()) + $4
			ORDER BY next_at DESC, pk LIMIT $5)
		ORDER BY pk FOR NO KEY UPDATE`, debtor, pk, policy.Mergeable(act.Step), policy.MergeFor(), dunning.MergeMost, thanked)
	if err != nil {
		return nil, nil, err
	}
	pks, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, nil, err
	}
	own, err = s.openByPK(ctx, tx, pk)
	return own, slices.DeleteFunc(pks, func(p int64) bool { return p == pk }), err
}

// openEach opens the files of invoices that are locked already.
func (s *Store) openEach(ctx context.Context, tx pgx.Tx, pks []int64) ([]*file, error) {
	files := make([]*file, 0, len(pks))
	for _, pk := range pks {
		f, err := s.openByPK(ctx, tx, pk)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// mayNotSend answers why nothing may be sent now; nil means that it may.
func (f *file) mayNotSend(ctx context.Context, act collection.Act) (*collection.Answer, error) {
	if act.Cycle != f.cycle || !f.closedAt.IsZero() {
		return f.overAnswer(act), nil
	}
	if ended := f.endOf(act.Step, act.Item.Act); ended != "" {
		return f.answer(collection.Outcome(ended), ""), nil
	}
	if answer, err := f.inFlight(ctx, act); answer != nil || err != nil {
		return answer, err
	}
	if err := f.checkSwitches(ctx, act); err != nil {
		return nil, err
	}
	if err := f.replan(ctx); err != nil {
		return nil, err
	}
	// A stop in force refuses by itself, whatever the plan says; only a recall and a thank-you go out once all is settled.
	refused := f.stopped(act.Step) && act.Item.Act != dunning.Recall && act.Item.Act != dunning.Thank
	if _, due := f.plan.Due(act.Step, act.Item.Act, f.now); due && !refused {
		return nil, nil
	}
	if err := f.save(ctx, ""); err != nil {
		return nil, err
	}
	return f.notDue(act), nil
}

// overAnswer tells a workflow of an earlier cycle that its case is over.
func (f *file) overAnswer(act collection.Act) *collection.Answer {
	a := f.answer(collection.Settled, "this cycle is closed")
	a.Snapshot.Closed = act.Cycle != f.cycle || !f.closedAt.IsZero()
	return a
}

// notDue explains why a planned act is not due in the newest plan.
func (f *file) notDue(act collection.Act) *collection.Answer {
	if f.status.Settled() {
		return f.answer(collection.Settled, string(f.status))
	}
	if ended := f.endOf(act.Step, act.Item.Act); ended != "" {
		return f.answer(collection.Outcome(ended), "")
	}
	for _, h := range f.plan.Held {
		if h.Step == act.Step && h.Act == act.Item.Act {
			return f.answer(collection.Held, h.Reason)
		}
	}
	a := f.answer(collection.Held, "the plan has moved")
	if it, ok := f.plan.Earliest(); ok {
		a.Until = it.At
	}
	return a
}

func (f *file) answer(o collection.Outcome, reason string) *collection.Answer {
	return &collection.Answer{Outcome: o, Reason: reason, Snapshot: f.snapshot()}
}

// endOf is the end on file of an act, "" when it has none.
func (f *file) endOf(step string, act dunning.Act) dunning.Outcome {
	for _, t := range f.state.Taken {
		if t.Step == step && t.Act == act {
			return t.Outcome
		}
	}
	return ""
}

// inFlight answers when a message for the same act is on its way: the caller comes back while the
// provider may still answer, and looks it up once that time has passed.
func (f *file) inFlight(ctx context.Context, act collection.Act) (*collection.Answer, error) {
	for _, m := range f.state.InFlight {
		if m.Step != act.Step || m.Act != act.Item.Act {
			continue
		}
		if m.SiblingN != "" {
			return f.answer(collection.Held, "told in the message of "+m.SiblingN), nil
		}
		if m.Unknown {
			return f.lookUpAnswer(m), nil
		}
		var left time.Duration
		if err := f.tx.QueryRow(ctx, `SELECT http_deadline - clock_timestamp() FROM attempts WHERE id = $1`, m.Ref).Scan(&left); err != nil {
			return nil, err
		}
		if left += collection.DeadlineSlop; left > 0 {
			return nil, &RetryLater{After: left}
		}
		if err := f.lost(ctx, m.Ref, "no answer: the worker ended while the provider was asked"); err != nil {
			return nil, err
		}
		if err := f.save(ctx, ""); err != nil {
			return nil, err
		}
		return f.lookUpAnswer(m), nil
	}
	return nil, nil
}

func (f *file) lookUpAnswer(m dunning.InFlight) *collection.Answer {
	a := f.answer(collection.Unknown, "the provider's answer was lost; it will be looked up")
	a.Until = m.LookAt
	return a
}

// channelOf is the channel that an act's message takes.
func channelOf(act dunning.Act) invoice.Channel {
	if act == dunning.SMS {
		return invoice.SMS
	}
	return invoice.Email
}

// compose puts the message on file and returns it ready to be sent.
func (f *file) compose(ctx context.Context, act collection.Act, siblings []*file) (collection.Claim, error) {
	draft, err := f.draft(ctx, act, siblings)
	if err == nil {
		var claim collection.Claim
		if claim, err = f.render(draft); err == nil {
			return claim, f.putOnFile(ctx, draft)
		}
	}
	if invoice.CodeOf(err) == "" {
		return collection.Claim{}, err
	}
	return f.cannotWrite(ctx, act, err)
}

// cannotWrite holds an act whose message cannot be written, and asks a person to look.
func (f *file) cannotWrite(ctx context.Context, act collection.Act, cause error) (collection.Claim, error) {
	if err := f.deferAct(ctx, act.Step, act.Item.Act, time.Time{}, "the message cannot be written: "+cause.Error(), profileScope(f.inv.Creditor)); err != nil {
		return collection.Claim{}, err
	}
	if err := f.openTask(ctx, task{kind: collection.TaskAlert, step: act.Step, text: "The message cannot be written: " + cause.Error() + ". Correct it; then finish this task, and it is tried again."}); err != nil {
		return collection.Claim{}, err
	}
	if err := f.save(ctx, ""); err != nil {
		return collection.Claim{}, err
	}
	return collection.Claim{Answer: f.notDue(act)}, nil
}

// draft is a message before it is written.
type draft struct {
	act       collection.Act
	id        string // message id
	attempt   string
	kind      string // collecting, placement, recall, thanks
	class     string
	recipient string
	letter    message.Letter
	covered   []*file // the own file first
	steps     []string
	firmest   string          // of the steps, the one whose words are used
	words     *dunning.Policy // the policy of that step
	variant   string          // of these words, "" where the step has none
	handoff   *handoffDraft
	subject   string
	body      string
	html      string
	language  string
	hash      string
}

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// putOnFile writes message, covers and attempt, and takes a sequence on every invoice covered.
func (f *file) putOnFile(ctx context.Context, d *draft) error {
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO messages (id, creditor, debtor_pk, invoice_pk, kind, channel, step, act, class, template, variant, language, recipient, subject, body, html, hash, state, claimed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $18, $11, $12, $13, $14, $15, $16, 'in_flight', $17)`,
		d.id, f.inv.Creditor, f.debtor, f.pk, d.kind, channelOf(d.act.Item.Act), d.act.Step, d.act.Item.Act, d.class, d.letter.Template, d.language, d.recipient,
		d.subject, d.body, d.html, d.hash, f.now, d.variant)
	b.Queue(`INSERT INTO attempts (id, message_id, n, state, claimed_at, http_deadline) VALUES ($1, $2, 1, 'in_flight', $3, clock_timestamp() + $4)`,
		d.attempt, d.id, f.now, collection.ClaimValid+collection.HTTPTimeout)
	for i, c := range d.covered {
		b.Queue(`INSERT INTO message_covers (message_id, invoice_pk, step, act, reference) VALUES ($1, $2, $3, $4, $5)`,
			d.id, c.pk, d.steps[i], d.act.Item.Act, d.letter.Lines[i].Ref)
		b.Queue(`INSERT INTO attempt_claims (attempt_id, invoice_pk, seq) VALUES ($1, $2, $3)`, d.attempt, c.pk, c.bump())
	}
	if d.handoff != nil {
		d.handoff.queue(b, f, d.id)
	}
	if err := f.tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	for i, c := range d.covered {
		text := fmt.Sprintf("%s is being sent to %s", c.named(d.steps[i], d.act.Item.Act), d.recipient)
		if i > 0 {
			text += ", in the message of " + f.inv.Number
		}
		c.event(string(d.act.Item.Act)+"_claimed", "", text, map[string]any{"message": d.id, "attempt": d.attempt, "hash": d.hash, "inputs": c.inputs(d.steps[i], d.act.Item.Act)})
		own := dunning.InFlight{Step: d.steps[i], Act: d.act.Item.Act, Ref: d.attempt, LookAt: f.now.Add(collection.LookUpAfter[0])}
		if i > 0 {
			own.LookAt, own.SiblingN = time.Time{}, f.inv.Number
		}
		c.state.InFlight = append(c.state.InFlight, own)
		if err := c.save(ctx, ""); err != nil {
			return err
		}
	}
	return nil
}

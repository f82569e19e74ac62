package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// replan judges the dates that have come, computes the plan anew, and puts on file what it skips.
func (f *file) replan(ctx context.Context) error {
	if err := f.judgeDates(ctx); err != nil {
		return err
	}
	for range maxSkipRounds {
		f.refresh()
		f.plan = f.policy.Plan(f.state, f.now)
		if len(f.plan.Skips) == 0 {
			asked, err := f.askForLooks(ctx)
			if err != nil {
				return err
			}
			if asked {
				continue
			}
			break
		}
		for _, skip := range f.plan.Skips {
			if err := f.end(ctx, skip.Step, skip.Act, dunning.Skipped, skip.Reason, nil); err != nil {
				return err
			}
			f.event("skipped", "", fmt.Sprintf("%s skipped: %s", f.named(skip.Step, skip.Act), skip.Reason), nil)
		}
	}
	if err := f.askForStatements(ctx); err != nil {
		return err
	}
	return f.askForData(ctx)
}

// refresh copies what the file holds into the case that the pure core sees.
func (f *file) refresh() {
	c := &f.state
	c.Balance, c.Status = f.balance(), f.status
	c.DueOn, c.ExpiresAt = f.inv.DueOn, f.inv.ExpiresAt
	c.Reviews = f.reviews()
	c.Stops, c.PayPlan, c.Disputed = c.Stops[:0], f.payPlan(), f.disputedMoney()
	for _, s := range f.stops {
		if s.partial() {
			continue // only a part waits: the case says which
		}
		stop := dunning.Stop{Kind: s.kind, From: s.from, Until: s.until, Ended: s.ended, Text: s.reason}
		if s.payment != 0 {
			stop.Why = "a payment is being matched"
		}
		c.Stops = append(c.Stops, stop)
	}
}

// judgeDates ends what ends by itself: holds with a date, promises by the ledger, missed deadlines.
func (f *file) judgeDates(ctx context.Context) error {
	for i := range f.stops {
		s := &f.stops[i]
		if !s.ended.IsZero() || s.until.IsZero() || s.until.After(f.now) {
			continue
		}
		how, text := "expired", "hold ended on its date"
		if s.kind == dunning.StopPromise {
			how, text = f.judgePromise(s)
		}
		if err := f.endStop(ctx, s, s.until, how); err != nil {
			return err
		}
		f.event(string(s.kind)+"_"+how, "", text, nil)
	}
	if err := f.judgeDispute(ctx); err != nil {
		return err
	}
	if err := f.judgePlan(ctx); err != nil {
		return err
	}
	return f.judgeTasks(ctx)
}

// judgePromise asks the ledger, at the promised day plus the bank's grace, whether the money came.
func (f *file) judgePromise(s *stopRow) (how, text string) {
	came := f.standing.Paid - s.paidThen
	if came >= s.amount {
		return "kept", fmt.Sprintf("promise kept: %s came in", f.money(came))
	}
	return "broken", fmt.Sprintf("promise broken: %s was promised, %s came in", f.money(s.amount), f.money(max(0, came)))
}

func (f *file) endStop(ctx context.Context, s *stopRow, at time.Time, how string) error {
	s.ended = at
	if f.out != nil {
		f.out.endStop(s.pk, at, how, f.bump())
		return nil
	}
	_, err := f.tx.Exec(ctx, `UPDATE stops SET ended_at = $2, how_ended = $3, ended_seq = $4 WHERE pk = $1`, s.pk, at, how, f.bump())
	return err
}

// judgeTasks escalates tasks whose deadline has passed, and asks after a placement nobody acknowledged.
func (f *file) judgeTasks(ctx context.Context) error {
	for i := range f.tasks {
		t := &f.tasks[i]
		if t.escalated || t.dueAt.IsZero() || t.dueAt.After(f.now) {
			continue
		}
		t.escalated = true
		if _, err := f.tx.Exec(ctx, `UPDATE tasks SET escalated = true WHERE pk = $1`, t.pk); err != nil {
			return err
		}
		f.event("task_escalated", "", fmt.Sprintf("the %s task was not done in time: it is escalated", t.kind), nil)
	}
	h := f.state.Handoff
	if h == nil || h.Review.IsZero() || h.Review.After(f.now) {
		return nil
	}
	h.Review = time.Time{}
	if _, err := f.tx.Exec(ctx, `UPDATE handoffs SET deadline = NULL WHERE invoice_pk = $1 AND deadline IS NOT NULL`, f.pk); err != nil {
		return err
	}
	f.event("handoff_unacknowledged", "", "the placement was not acknowledged in time", nil)
	return f.openTask(ctx, task{kind: collection.TaskHandoff, step: "place", text: "The placement was not acknowledged in time. Ask the lawyer or agency whether the case file arrived."})
}

// dataGates are the gates that only somebody with better data can open.
var dataGates = []string{"zone_missing", "type_missing", "contact_missing", "calendar_missing"}

// askForData opens one task per debtor when a step is held for want of data.
func (f *file) askForData(ctx context.Context) error {
	for _, h := range f.plan.Held {
		if !slices.Contains(dataGates, h.Gate) {
			continue
		}
		return f.askAbout(ctx, fmt.Sprintf("%s; the steps of %s and others wait for it", h.Reason, f.inv.Number), h.Step+" is held: "+h.Reason)
	}
	return nil
}

// askAbout opens the one task about a debtor's data, unless it is open already.
func (f *file) askAbout(ctx context.Context, what, event string) error {
	tag, err := f.tx.Exec(ctx, `INSERT INTO tasks (kind, creditor, debtor_pk, text, opened_at) VALUES ('fix_contact', $1, $2, $3, $4)
		ON CONFLICT (debtor_pk, kind) WHERE invoice_pk IS NULL AND state IN ('open', 'claimed') DO NOTHING`,
		f.inv.Creditor, f.debtor, fmt.Sprintf("Debtor %s: %s. Correct it with dunlin debtor put.", f.inv.DebtorID, what), f.now)
	if err == nil && tag.RowsAffected() == 1 {
		f.event("data_missing", "", event, nil)
	}
	return err
}

// end puts an act's end on file. An act that has one keeps it.
func (f *file) end(ctx context.Context, step string, act dunning.Act, o dunning.Outcome, reason string, messageID *string) error {
	tag, err := f.tx.Exec(ctx, `INSERT INTO acts (invoice_pk, step, act, outcome, reason, cycle, seq, at, message_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT DO NOTHING`, f.pk, step, act, o, reason, f.cycle, f.bump(), f.now, messageID)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	f.state.Taken = append(f.state.Taken, dunning.Taken{Step: step, Act: act, Outcome: o, At: f.now})
	_, err = f.tx.Exec(ctx, `DELETE FROM deferrals WHERE invoice_pk = $1 AND step = $2 AND act = $3`, f.pk, step, act)
	return err
}

// save writes the file back: the row, the new events, and the wake when somebody else must tell the
// workflow (signal ""  means that the caller answers the workflow itself).
func (f *file) save(ctx context.Context, signal string) error {
	if err := f.replan(ctx); err != nil {
		return err
	}
	f.seal()
	plan, err := json.Marshal(f.plan)
	if err != nil {
		return err
	}
	var next *time.Time
	if it, ok := f.plan.Earliest(); ok {
		next = &it.At
	}
	f.stage = f.plan.Stage
	if f.out != nil {
		f.out.file(f, plan, next, signal)
		f.events, f.bumped = nil, false
		return nil
	}
	b := &pgx.Batch{}
	b.Queue(`UPDATE invoices SET credited = $2, written_off = $3, paid = $4, balance = $5, status = $6, stage = $7, cycle = $8, seq = $9, plan = $10, waiting = $11,
		next_at = $12, event_n = $13, event_head = $14, due_on = $15, expires_at = $16, discounted = $17, charged = $18 WHERE pk = $1`,
		f.pk, f.standing.Credited, f.standing.WrittenOff, f.standing.Paid, f.standing.Balance(), f.status, f.stage, f.cycle, f.seq, plan, f.plan.Waiting,
		next, f.eventN, f.head, dateArg(f.inv.DueOn), nullTime(f.inv.ExpiresAt), f.standing.Discounted, f.standing.Charged)
	for _, e := range f.events {
		b.Queue(`INSERT INTO events (invoice_pk, n, seq, at, kind, actor, text, data, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			f.pk, e.N, e.Seq, e.At, e.Kind, e.Actor, e.Text, string(e.Data), e.Hash)
	}
	if signal != "" {
		queueWake(b, f.pk, signal, f.seq)
	}
	f.events, f.bumped = nil, false // a later change in the same transaction takes a sequence of its own
	return f.tx.SendBatch(ctx, b).Close()
}

// seal makes sure that a change that took a sequence number also left a line in the history.
func (f *file) seal() {
	if f.bumped && len(f.events) == 0 {
		f.event("looked_again", "", f.plan.Waiting, nil)
	}
}

// rank orders wakes: payments and stops go before everything, starts last.
func rank(signal string) int {
	switch signal {
	case collection.SignalPayment, collection.SignalCredit, collection.SignalCancel, collection.SignalHold,
		collection.SignalHardStop, collection.SignalDispute, collection.SignalPromise, collection.SignalPlan, collection.SignalOptOut:
		return 0
	case collection.SignalIssued:
		return 2
	}
	return 1
}

func queueWake(b *pgx.Batch, pk int64, signal string, seq int64) {
	b.Queue(`INSERT INTO wakes (invoice_pk, signal, seq, rank) VALUES ($1, $2, $3, $4)
		ON CONFLICT (invoice_pk) DO UPDATE SET signal = excluded.signal, seq = excluded.seq, rank = least(wakes.rank, excluded.rank),
			available_at = clock_timestamp(), parked_at = NULL, failures = 0`, pk, signal, seq, rank(signal))
	b.Queue(`SELECT pg_notify('dunlin_wakes', '')`)
}

// dateArg turns a day into SQL.
func dateArg(d invoice.Date) *time.Time {
	if d.IsZero() {
		return nil
	}
	t := d.At(0, 0, time.UTC)
	return &t
}

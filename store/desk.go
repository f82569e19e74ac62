package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// atDesk is the way of every act that sends nothing: lock, look whether it is due, do it, save, answer.
// An act that is not due answers with the newest snapshot.
func (s *Store) atDesk(ctx context.Context, act collection.Act, do func(ctx context.Context, f *file) error) (collection.Answer, error) {
	return s.atDeskAfter(ctx, act, func(context.Context, pgx.Tx) error { return nil }, do)
}

// atDeskAfter does something in the transaction before the file is opened.
func (s *Store) atDeskAfter(ctx context.Context, act collection.Act, before func(ctx context.Context, tx pgx.Tx) error, do func(ctx context.Context, f *file) error) (collection.Answer, error) {
	var answer collection.Answer
	err := s.tx(ctx, func(tx pgx.Tx) error {
		if err := before(ctx, tx); err != nil {
			return err
		}
		f, err := s.openFile(ctx, tx, act.Key)
		if err != nil {
			return err
		}
		if act.Cycle != f.cycle || !f.closedAt.IsZero() {
			answer = *f.overAnswer(act)
			return nil
		}
		if err := f.replan(ctx); err != nil {
			return err
		}
		_, due := f.plan.Due(act.Step, act.Item.Act, f.now)
		if due {
			if err := do(ctx, f); err != nil {
				return err
			}
		}
		if err := f.save(ctx, ""); err != nil {
			return err
		}
		if due {
			answer = *f.answer(collection.Outcome(dunning.Done), "")
		} else {
			answer = *f.notDue(act)
		}
		return nil
	})
	return answer, err
}

// OpenPhoneTask puts a call on the collectors' list.
func (s *Store) OpenPhoneTask(ctx context.Context, act collection.Act) (collection.Answer, error) {
	return s.atDesk(ctx, act, func(ctx context.Context, f *file) error {
		due := f.policy.TaskDue(f.state, act.Step, f.now)
		text := fmt.Sprintf("Call debtor %s about %s: %s open, due %s. Ask whether anything stands in the way of payment.", f.inv.DebtorID, f.inv.Number, f.balance(), f.inv.DueOn)
		if err := f.openTask(ctx, task{kind: collection.TaskPhone, step: act.Step, text: text, dueAt: due}); err != nil {
			return err
		}
		return f.end(ctx, act.Step, act.Item.Act, dunning.Person, "on the call list", nil)
	})
}

// Decide decides what the claim is worth and by whom it is pursued, and keeps the inputs on file.
func (s *Store) Decide(ctx context.Context, act collection.Act) (collection.Answer, error) {
	return s.atDesk(ctx, act, func(ctx context.Context, f *file) error {
		v := f.policy.Decide(f.state)
		if err := f.decided(ctx, v); err != nil {
			return err
		}
		if err := f.end(ctx, act.Step, act.Item.Act, dunning.Done, v.Reason, nil); err != nil {
			return err
		}
		switch {
		case v.Route == dunning.RoutePerson:
			return f.openTask(ctx, task{kind: collection.TaskDecision, step: act.Step, text: fmt.Sprintf("Decide about %s (%s): %s.", f.inv.Number, f.balance(), v.Reason)})
		case v.NeedsApproval:
			return f.openTask(ctx, task{kind: collection.TaskApproval, step: act.Step, text: fmt.Sprintf("Approve the route %q for %s (%s): %s.", v.Route, f.inv.Number, f.balance(), v.Reason)})
		case v.Route == dunning.RouteWriteOff:
			return f.writeOff(ctx, v.Reason, "dunlin")
		}
		return nil
	})
}

func (f *file) decided(ctx context.Context, v dunning.Verdict) error {
	inputs, err := json.Marshal(v.Inputs)
	if err != nil {
		return err
	}
	f.state.DecisionOn = &dunning.Decision{Route: v.Route, Approved: !v.NeedsApproval && v.Route != dunning.RoutePerson}
	f.event("decision", "", fmt.Sprintf("decided: %s (%s)", v.Route, v.Reason), v)
	_, err = f.tx.Exec(ctx, `INSERT INTO decisions (invoice_pk, cycle, route, reason, inputs, approved, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		f.pk, f.cycle, v.Route, v.Reason, inputs, f.state.DecisionOn.Approved, f.now)
	return err
}

// writeOff books what is still open as lost.
func (f *file) writeOff(ctx context.Context, reason, actor string) error {
	to := f.standing
	to.WrittenOff += f.standing.Balance()
	f.event("write_off", actor, because(fmt.Sprintf("%s written off", f.balance()), reason), nil)
	return f.book(ctx, "write_off", "", to, invoice.Date{})
}

// Expire ends an order that was not paid in time, and has its stock released.
func (s *Store) Expire(ctx context.Context, act collection.Act) (collection.Answer, error) {
	return s.atDesk(ctx, act, func(ctx context.Context, f *file) error {
		if err := f.end(ctx, act.Step, act.Item.Act, dunning.Done, "", nil); err != nil {
			return err
		}
		f.event("expired", "", "the order was not paid in time; its stock is released", nil)
		if err := f.withdraw(ctx, "expiry", "", invoice.Expired); err != nil {
			return err
		}
		return f.releaseStock(ctx)
	})
}

// releaseStock puts a call to the creditor's shop into the outbox.
func (f *file) releaseStock(ctx context.Context) error {
	c, err := creditor(ctx, f.tx, f.inv.Creditor)
	if err != nil || c.StockHook == "" {
		return err
	}
	body, err := json.Marshal(map[string]any{"type": "stock.released", "timestamp": f.now.Format(time.RFC3339), "data": map[string]any{"creditor": f.inv.Creditor, "order": f.inv.Number}})
	if err != nil {
		return err
	}
	_, err = f.tx.Exec(ctx, `INSERT INTO hooks (id, invoice_pk, url, kind, body) VALUES ($1, $2, $3, 'stock.released', $4) ON CONFLICT DO NOTHING`,
		fmt.Sprintf("stock-%d-%d", f.pk, f.cycle), f.pk, c.StockHook, string(body))
	return err
}

// Review looks at the case again: dates that have come are judged, and the plan is computed anew.
func (s *Store) Review(ctx context.Context, act collection.Act) (collection.Answer, error) {
	var answer collection.Answer
	err := s.tx(ctx, func(tx pgx.Tx) error {
		f, err := s.openFile(ctx, tx, act.Key)
		if err != nil {
			return err
		}
		if act.Cycle != f.cycle || !f.closedAt.IsZero() {
			answer = *f.overAnswer(act)
			return nil
		}
		if err := f.save(ctx, ""); err != nil {
			return err
		}
		answer = *f.answer(collection.Outcome(dunning.Done), "")
		return nil
	})
	return answer, err
}

// CloseCase ends the present cycle when nothing is owed any more. After its commit the workflow
// completes; a payment returned later opens the next cycle.
func (s *Store) CloseCase(ctx context.Context, act collection.Act) (collection.Answer, error) {
	before := func(ctx context.Context, tx pgx.Tx) error { return s.leaveMessages(ctx, tx, act.Case) }
	return s.atDeskAfter(ctx, act, before, func(ctx context.Context, f *file) error {
		for _, in := range f.state.InFlight {
			if in.SiblingN == "" { // claimed, and settled, since leaveMessages looked
				return &RetryLater{After: time.Second}
			}
		}
		if _, err := f.tx.Exec(ctx, `UPDATE cases SET closed_at = $3 WHERE invoice_pk = $1 AND cycle = $2`, f.pk, f.cycle, f.now); err != nil {
			return err
		}
		f.closedAt = f.now
		f.event("closed", "", "case closed: "+string(f.status), nil)
		return nil
	})
}

package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/invoice"
)

// hookPaidLate asks the shop whether an order that had expired can still be delivered. Its answer is
// {"accept": true} or {"accept": false}.
const hookPaidLate = "order_paid_late"

// lateAsks is how often the shop is asked in vain, over more than two hours, before a person is.
const lateAsks = 12

// stepLate is what the tasks about money for an expired order are about.
const stepLate = "late_payment"

// paidLate asks what becomes of money that came after the order had expired: the shop, which knows whether
// there is stock left, or a person. The money itself is booked and stays the debtor's meanwhile.
func (f *file) paidLate(ctx context.Context) error {
	if f.status != invoice.Expired || f.standing.OnAccount() == 0 {
		return nil
	}
	asked, err := f.lateAsked(ctx)
	if err != nil || asked {
		return err
	}
	missing, err := f.missingToAccept(ctx)
	if err != nil {
		return err
	}
	if missing > 0 {
		return f.askAboutLate(ctx, fmt.Sprintf("only a part: %s are missing", f.money(missing)))
	}
	c, err := creditor(ctx, f.tx, f.inv.Creditor)
	if err != nil {
		return err
	}
	if c.StockHook == "" {
		return f.askAboutLate(ctx, "all of it")
	}
	body, err := json.Marshal(map[string]any{
		"type": hookPaidLate, "timestamp": f.now.Format(time.RFC3339),
		"data": map[string]any{"creditor": f.inv.Creditor, "order": f.inv.Number, "paid": f.money(f.standing.OnAccount())},
	})
	if err != nil {
		return err
	}
	f.event("late_payment_asked", "", "the order had expired: the shop is asked whether it accepts the money", nil)
	_, err = f.tx.Exec(ctx, `INSERT INTO hooks (id, invoice_pk, url, kind, body) VALUES ($1, $2, $3, $4, $5)`,
		fmt.Sprintf("late-%d-%d", f.pk, f.bump()), f.pk, c.StockHook, hookPaidLate, string(body))
	return err
}

// lateAsked says that the question is with the shop or a person already, or that the money is to go back.
func (f *file) lateAsked(ctx context.Context) (bool, error) {
	if slices.ContainsFunc(f.tasks, func(t taskRow) bool { return t.kind == collection.TaskLatePayment || t.kind == collection.TaskRefund }) {
		return true, nil
	}
	var asked bool
	err := f.tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM hooks WHERE invoice_pk = $1 AND kind = $2 AND done_at IS NULL)`, f.pk, hookPaidLate).Scan(&asked)
	return asked, err
}

// expiredAmount is what the expiry took off the order, in minor units.
func (f *file) expiredAmount(ctx context.Context) (int64, error) {
	var minor int64
	err := f.tx.QueryRow(ctx, `SELECT coalesce(sum(p.amount), 0) FROM postings p JOIN entries e ON e.pk = p.entry_pk
		WHERE e.invoice_pk = $1 AND e.kind = 'expiry' AND p.account = 'revenue'`, f.pk).Scan(&minor)
	return minor, err
}

// missingToAccept is what would still be owed if the order were accepted now.
func (f *file) missingToAccept(ctx context.Context) (int64, error) {
	expired, err := f.expiredAmount(ctx)
	to := f.standing
	to.Credited -= expired
	return to.Balance(), err
}

func (f *file) askAboutLate(ctx context.Context, how string) error {
	return f.openTask(ctx, task{
		kind: collection.TaskLatePayment, step: stepLate,
		text: fmt.Sprintf("%s came for order %s after it had expired (%s). Accept it if the goods are still there, or refund it.", f.money(f.standing.OnAccount()), f.inv.Number, how),
	})
}

// acceptLate takes the expiry back: the order is paid after all.
func (f *file) acceptLate(ctx context.Context, actor, reason string) error {
	if f.status != invoice.Expired {
		return invoice.WrongState("%s is %s: there is no late payment to accept", f.inv.Number, f.status)
	}
	missing, err := f.missingToAccept(ctx)
	if err != nil {
		return err
	}
	if missing > 0 {
		return invoice.WrongState("%s are missing for order %s", f.money(missing), f.inv.Number).WithHint("book the rest first, or refund what has come")
	}
	expired, err := f.expiredAmount(ctx)
	if err != nil {
		return err
	}
	to := f.standing
	to.Credited -= expired
	f.event("late_payment_accepted", actor, because("the late payment is accepted: the order is paid", reason), nil)
	if err := f.book(ctx, "late_acceptance", "", to, invoice.Date{}); err != nil {
		return err
	}
	return f.move(ctx, invoice.Paid)
}

// refundLate asks somebody to send the money back.
func (f *file) refundLate(ctx context.Context, actor, reason string) error {
	f.event("late_payment_refused", actor, because("the late payment is not accepted: it goes back to the debtor", reason), nil)
	return f.openTask(ctx, task{
		kind: collection.TaskRefund, step: stepLate,
		text: fmt.Sprintf("Send %s back to debtor %s: order %s had expired, and the money came too late.", f.money(f.standing.OnAccount()), f.inv.DebtorID, f.inv.Number),
	})
}

// refunded books that the money on account went back, payment by payment, the newest first. What came in a bank
// statement is booked when it goes out in one.
func (f *file) refunded(ctx context.Context, t collection.TaskView, actor string) error {
	rows, err := f.tx.Query(ctx, `SELECT key FROM facts WHERE invoice_pk = $1 AND kind = 'payment' ORDER BY seq DESC, key`, f.pk)
	if err != nil {
		return err
	}
	payments, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for i, payment := range payments {
		left, err := f.leftOf(ctx, payment)
		if err != nil {
			return err
		}
		back := min(left, f.standing.OnAccount())
		if back <= 0 {
			continue
		}
		key := fmt.Sprintf("refund-%d-%d", t.ID, i+1)
		if err := f.once(ctx, "return", key, []any{payment, back}); err != nil {
			return err
		}
		if err := f.noteAmount(ctx, "return", key, back, payment); err != nil {
			return err
		}
		f.event("payment_refunded", actor, fmt.Sprintf("%s of payment %s was sent back", f.money(back), payment), map[string]any{"key": key, "payment": payment, "amount": f.money(back)})
		of, err := f.allocationOf(ctx, payment)
		if err != nil {
			return err
		}
		if err := f.told(ctx, "return", key, -back, invoice.Date{}, actor, of); err != nil {
			return err
		}
	}
	if left := f.standing.OnAccount(); left > 0 {
		f.event("refund_sent", actor, fmt.Sprintf("%s are on their way back: they are booked when a bank statement shows it", f.money(left)), nil)
	}
	return nil
}

// followLate does what a person said about money for an expired order.
func (f *file) followLate(ctx context.Context, r invoice.TaskResult) error {
	if r.Outcome == "accepted" {
		return f.acceptLate(ctx, r.Actor, r.Note)
	}
	return f.refundLate(ctx, r.Actor, r.Note)
}

// lateAnswered does what the shop answered; an answer without a decision is a person's matter.
func (f *file) lateAnswered(ctx context.Context, answer []byte) error {
	var said struct {
		Accept *bool `json:"accept"`
	}
	if json.Unmarshal(answer, &said) != nil {
		said.Accept = nil
	}
	missing, err := f.missingToAccept(ctx)
	switch {
	case err != nil:
		return err
	case f.status != invoice.Expired || f.standing.OnAccount() == 0:
		f.event("late_payment_moot", "", "the shop answered; there is no late payment left to decide about", nil)
		return nil
	case said.Accept == nil:
		f.event("late_payment_unanswered", "", "the shop's answer holds no decision: a person is asked", nil)
		return f.askAboutLate(ctx, "the shop did not say whether it accepts it")
	case !*said.Accept:
		return f.refundLate(ctx, "shop", "")
	case missing > 0: // a part was returned since it was asked
		return f.askAboutLate(ctx, fmt.Sprintf("the shop accepts it, and %s are missing by now", f.money(missing)))
	}
	return f.acceptLate(ctx, "shop", "")
}

// lateHook files the end of a call about a late payment, once: the answer, or that the shop cannot be asked.
func (s *Store) lateHook(ctx context.Context, id string, pk int64, do func(context.Context, *file) error) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		f, err := s.openByPK(ctx, tx, pk)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE hooks SET done_at = clock_timestamp() WHERE id = $1 AND done_at IS NULL`, id)
		if err != nil || tag.RowsAffected() == 0 {
			return err // an earlier answer decided it
		}
		if err := do(ctx, f); err != nil {
			return err
		}
		return f.save(ctx, collection.SignalTask)
	})
}

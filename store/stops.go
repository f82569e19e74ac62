package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/internal/failpoint"
	"dunlin/invoice"
)

// ChangeDueDate moves the due date. Untaken steps are anchored anew; taken ones are not repeated.
func (s *Store) ChangeDueDate(ctx context.Context, c invoice.DueDateChange) (invoice.Receipt, error) {
	return s.record(ctx, c.Fact, "due_date", collection.SignalDueDate, c.DueOn, func(_ context.Context, f *file, _ string) error {
		if err := f.mustBeOpen("move"); err != nil {
			return err
		}
		switch {
		case f.inv.Kind != invoice.KindInvoice:
			return invoice.Invalid("due_on", "%s is an order: it has no due date", f.inv.Number)
		case c.DueOn.IsZero():
			return invoice.Invalid("due_on", "is missing").WithHint("write YYYY-MM-DD")
		case c.DueOn.Before(f.inv.IssuedOn):
			return invoice.Invalid("due_on", "%s is before the issue date %s", c.DueOn, f.inv.IssuedOn)
		}
		f.event("due_date", c.Actor, because(fmt.Sprintf("due date moved from %s to %s", f.inv.DueOn, c.DueOn), c.Reason), nil)
		f.inv.DueOn = c.DueOn
		return nil
	})
}

// Hold pauses the case until a moment or a release.
func (s *Store) Hold(ctx context.Context, h invoice.Hold) (invoice.Receipt, error) {
	return s.record(ctx, h.Fact, "hold", collection.SignalHold, h.Until, func(ctx context.Context, f *file, _ string) error {
		if err := f.mustBeOpen("hold"); err != nil {
			return err
		}
		if !h.Until.IsZero() && !h.Until.After(f.now) {
			return invoice.Invalid("until", "%s is not in the future", h.Until.Format(time.RFC3339))
		}
		if err := f.replaceStop(ctx, dunning.StopHold); err != nil {
			return err
		}
		text := "on hold until released"
		if !h.Until.IsZero() {
			text = "on hold until " + f.local(h.Until)
		}
		f.event("hold", h.Actor, because(text, h.Reason), nil)
		return f.addStop(ctx, stopRow{kind: dunning.StopHold, from: f.now, until: h.Until, reason: h.Reason})
	})
}

// replaceStop ends the stop of a kind that is in force, because a newer one takes its place.
func (f *file) replaceStop(ctx context.Context, kind dunning.StopKind) error {
	if st := f.activeStop(kind); st != nil {
		return f.endStop(ctx, st, f.now, "replaced")
	}
	return nil
}

// Release ends the hold, and answers with it what a broken payment plan asked.
func (s *Store) Release(ctx context.Context, r invoice.Release) (invoice.Receipt, error) {
	return s.record(ctx, r.Fact, "release", collection.SignalRelease, nil, func(ctx context.Context, f *file, _ string) error {
		st := f.activeStop(dunning.StopHold)
		if st == nil {
			return invoice.WrongState("%s has no %s to end", f.inv.Number, dunning.StopHold)
		}
		f.event("hold_released", r.Actor, because("hold released", r.Reason), nil)
		if err := f.endStop(ctx, st, f.now, "released"); err != nil {
			return err
		}
		return f.closeTasks(ctx, collection.TaskPlan, "", "released")
	})
}

// HardStop ends all contact for good.
func (s *Store) HardStop(ctx context.Context, h invoice.HardStop) (invoice.Receipt, error) {
	return s.record(ctx, h.Fact, "hard_stop", collection.SignalHardStop, nil, func(ctx context.Context, f *file, _ string) error {
		if err := f.mustBeOpen("stop"); err != nil {
			return err
		}
		if f.activeStop(dunning.StopHard) != nil {
			return invoice.WrongState("%s is stopped for good already", f.inv.Number)
		}
		if h.Reason == "" {
			return invoice.Invalid("reason", "is missing").WithHint("a stop for good needs its reason on file, e.g. insolvency")
		}
		if err := f.closeTasks(ctx, collection.TaskPhone, "", "stopped"); err != nil {
			return err
		}
		if err := f.endPlan(ctx, planWithdrawn, "stopped for good"); err != nil {
			return err
		}
		f.event("hard_stop", h.Actor, because("stopped for good", h.Reason), nil)
		return f.addStop(ctx, stopRow{kind: dunning.StopHard, from: f.now, reason: h.Reason})
	})
}

// Promise pauses the case until the promised day plus the bank's grace; then the ledger decides.
func (s *Store) Promise(ctx context.Context, p invoice.Promise) (invoice.Receipt, error) {
	content := []any{p.Amount, p.By}
	return s.record(ctx, p.Fact, "promise", collection.SignalPromise, content, func(ctx context.Context, f *file, _ string) error {
		return f.promise(ctx, p.Amount, p.By, p.Actor, p.Reason)
	})
}

func (f *file) promise(ctx context.Context, amount invoice.Money, by invoice.Date, actor, reason string) error {
	if err := f.mustBeOpen("promise"); err != nil {
		return err
	}
	if amount == (invoice.Money{}) {
		amount = f.balance()
	}
	if err := f.checkAmount("amount", amount); err != nil {
		return err
	}
	if by.IsZero() || by.Before(f.today()) {
		return invoice.Invalid("by", "the promised day %q is missing or has passed", by)
	}
	sofar := 0
	for i := range f.stops {
		if f.stops[i].kind == dunning.StopPromise {
			sofar++
		}
	}
	if err := f.policy.CheckPromise(f.state, by, sofar, f.now); err != nil {
		return err
	}
	until, err := f.policy.PromiseUntil(f.state, by)
	if err != nil {
		return err
	}
	if err := f.replaceStop(ctx, dunning.StopPromise); err != nil {
		return err
	}
	f.event("promise", actor, because(fmt.Sprintf("%s promised by %s; the case waits until %s", amount, by, f.local(until)), reason),
		map[string]any{"amount": amount, "by": by})
	return f.addStop(ctx, stopRow{kind: dunning.StopPromise, from: f.now, until: until, amount: amount.Minor, paidThen: f.standing.Paid, reason: reason})
}

// OptOut stops one channel to one address for the whole creditor, or lifts that again. It locks the
// debtors who have the address, then their open invoices, and takes a sequence on each.
func (s *Store) OptOut(ctx context.Context, o invoice.OptOut) error {
	if o.Address == "" || (o.Channel != invoice.Email && o.Channel != invoice.SMS && o.Channel != invoice.Phone) {
		return invoice.Invalid("address", "an opt-out needs an address and a channel").WithHint("channel is email, sms or phone")
	}
	err := s.tx(ctx, func(tx pgx.Tx) error {
		now, err := businessNow(ctx, tx)
		if err != nil {
			return err
		}
		var known bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM creditors WHERE id = $1)`, o.Creditor).Scan(&known); err != nil {
			return err
		}
		if !known {
			return invoice.Unknown("creditor", "%q is not on file", o.Creditor)
		}
		return s.optOut(ctx, tx, o, now, 0)
	})
	if err == nil {
		err = failpoint.Hit("F6/opt_out")
	}
	return err
}

// optOut leaves one task as it is: the one whose outcome it is.
func (s *Store) optOut(ctx context.Context, tx pgx.Tx, o invoice.OptOut, now time.Time, but int64) error {
	o.Address = strings.ToLower(o.Address)
	debtors, err := lockDebtorsOf(ctx, tx, o.Creditor, o.Channel, o.Address)
	if err != nil {
		return err
	}
	sql := `INSERT INTO suppressions (creditor, channel, address, at, actor) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	kind, text := "opt_out", "does not want messages by "+string(o.Channel)
	args := []any{o.Creditor, o.Channel, o.Address, now, o.Actor}
	if o.Lift {
		sql, args = `DELETE FROM suppressions WHERE creditor = $1 AND channel = $2 AND address = $3`, args[:3]
		kind, text = "opt_in", "wants messages by "+string(o.Channel)+" again"
	}
	tag, err := tx.Exec(ctx, sql, args...)
	if err != nil || tag.RowsAffected() == 0 {
		return err // on file already: nothing changes
	}
	return s.eachOpen(ctx, tx, debtors, func(f *file) error {
		f.event(kind, o.Actor, "the debtor "+text, nil)
		if o.Channel != invoice.Email && !f.state.Reach[dunning.PhoneTask].OK {
			if err := f.closeCallsBut(ctx, but); err != nil {
				return err
			}
		}
		return f.save(ctx, collection.SignalOptOut)
	})
}

// closeCallsBut takes the invoice's calls off the desk, except one.
func (f *file) closeCallsBut(ctx context.Context, but int64) error {
	if slices.ContainsFunc(f.tasks, func(t taskRow) bool { return t.pk == but }) {
		return nil
	}
	return f.closeTasks(ctx, collection.TaskPhone, "", "opted_out")
}

// hasAddress finds the contacts with an address ($2) of a channel ($1). A mobile number can be called, too.
const hasAddress = `lower(address) = lower($2) AND (channel = $1 OR $1 = 'phone' AND channel = 'sms')`

// lockDebtorsOf locks the creditor's debtors with an address, in order.
func lockDebtorsOf(ctx context.Context, tx pgx.Tx, creditor string, channel invoice.Channel, address string) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT pk FROM debtors WHERE creditor = $3 AND pk IN (SELECT debtor_pk FROM contacts WHERE `+hasAddress+`)
		ORDER BY pk FOR NO KEY UPDATE`, channel, address, creditor)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// eachOpen locks and opens the files of all open invoices of the debtors, by ascending key.
func (s *Store) eachOpen(ctx context.Context, tx pgx.Tx, debtors []int64, do func(*file) error) error {
	rows, err := tx.Query(ctx, `SELECT pk FROM invoices WHERE debtor_pk = ANY($1) AND status IN ('open', 'placed') ORDER BY pk FOR NO KEY UPDATE`, debtors)
	if err != nil {
		return err
	}
	pks, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	for _, pk := range pks {
		f, err := s.openByPK(ctx, tx, pk)
		if err != nil {
			return err
		}
		if err := do(f); err != nil {
			return err
		}
	}
	return nil
}

package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// stepPlan is what the task about a broken payment plan is about.
const stepPlan = "plan"

// planRow is the payment plan in force with what its instalments are covered by.
type planRow struct {
	pk           int64
	n            int
	agreed       time.Time
	receivedThen int64 // minor units paid and credited when it was agreed
	instalments  []dunning.Instalment
}

// AgreePlan puts a payment plan over the open balance in force, in place of an older one. The ladder waits
// while it is kept; its own reminders go.
func (s *Store) AgreePlan(ctx context.Context, p invoice.PaymentPlan) (invoice.Receipt, error) {
	return s.record(ctx, p.Fact, "payment_plan", collection.SignalPlan, p.Instalments, func(ctx context.Context, f *file, _ string) error {
		if err := f.mayAgree(p); err != nil {
			return err
		}
		if err := f.makeRoomForPlan(ctx); err != nil {
			return err
		}
		if err := f.insertPlan(ctx, p); err != nil {
			return err
		}
		f.event("payment_plan", p.Actor, because("payment plan agreed: "+planWords(p.Instalments), p.Reason), map[string]any{"plan": f.agreed.n, "instalments": p.Instalments})
		return f.addStop(ctx, stopRow{kind: dunning.StopPlan, from: f.now, reason: planWords(p.Instalments)})
	})
}

// mayAgree refuses a plan that makes no sense now, or that the policy does not allow.
func (f *file) mayAgree(p invoice.PaymentPlan) error {
	if err := f.mustBeOpen("pay in instalments"); err != nil {
		return err
	}
	switch dispute := f.activeStop(dunning.StopDispute); {
	case f.inv.Kind == invoice.KindOrder:
		return invoice.Invalid("invoice", "%s is an order: it is paid in one before it expires", f.inv.Number)
	case f.status == invoice.Placed:
		return invoice.WrongState("%s is with the lawyer or the agency: they agree on instalments", f.inv.Number).WithHint("take it back first: dunlin handoff recall %s", f.inv.Key)
	case f.activeStop(dunning.StopHard) != nil:
		return invoice.WrongState("%s is stopped for good", f.inv.Number)
	case dispute != nil && !dispute.partial():
		return invoice.WrongState("%s is disputed: nobody knows yet what is owed", f.inv.Number).WithHint("resolve the dispute first: dunlin resolve %s", f.inv.Key)
	}
	f.refresh()
	return f.policy.CheckPlan(f.state, f.balance(), p.Instalments, f.now)
}

// makeRoomForPlan ends what the new plan takes the place of: an older plan, a promise, calls, and the
// question what follows from a broken plan.
func (f *file) makeRoomForPlan(ctx context.Context) error {
	if err := f.endPlan(ctx, planWithdrawn, "replaced by a newer plan"); err != nil {
		return err
	}
	if err := f.replaceStop(ctx, dunning.StopPromise); err != nil {
		return err
	}
	if err := f.endPlanQuestion(ctx, "replaced"); err != nil {
		return err
	}
	return f.closeTasks(ctx, collection.TaskPhone, "", "payment_plan")
}

// insertPlan writes the plan down.
func (f *file) insertPlan(ctx context.Context, p invoice.PaymentPlan) error {
	row := &planRow{agreed: f.now, receivedThen: f.received()}
	err := f.tx.QueryRow(ctx, `INSERT INTO payment_plans (invoice_pk, n, agreed_at, seq, received_then)
		SELECT $1, coalesce(max(n), 0) + 1, $2, $3, $4 FROM payment_plans WHERE invoice_pk = $1 RETURNING pk, n`,
		f.pk, f.now, f.bump(), row.receivedThen).Scan(&row.pk, &row.n)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	for i, part := range p.Instalments {
		b.Queue(`INSERT INTO instalments (plan_pk, n, due_on, amount) VALUES ($1, $2, $3, $4)`, row.pk, i+1, dateArg(part.DueOn), part.Amount.Minor)
		row.instalments = append(row.instalments, dunning.Instalment{N: i + 1, DueOn: part.DueOn, Amount: part.Amount, Open: part.Amount})
	}
	f.agreed = row
	return f.tx.SendBatch(ctx, b).Close()
}

// planWords says a plan in one line.
func planWords(parts []invoice.Instalment) string {
	words := make([]string, 0, len(parts))
	for _, p := range parts {
		words = append(words, p.Amount.String()+" by "+p.DueOn.String())
	}
	if n := len(words); n > 4 {
		words = append(words[:2], fmt.Sprintf("… (%d instalments)", n), words[n-1])
	}
	return strings.Join(words, ", ")
}

// WithdrawPlan ends the payment plan; the ladder goes on.
func (s *Store) WithdrawPlan(ctx context.Context, e invoice.PlanEnd) (invoice.Receipt, error) {
	return s.record(ctx, e.Fact, "payment_plan_end", collection.SignalPlan, nil, func(ctx context.Context, f *file, _ string) error {
		if f.agreed == nil {
			return invoice.WrongState("%s has no payment plan in force", f.inv.Number)
		}
		f.event("payment_plan_withdrawn", e.Actor, because("payment plan withdrawn", e.Reason), nil)
		return f.endPlan(ctx, planWithdrawn, e.Reason)
	})
}

// The ends of a payment plan.
const (
	planKept      = "kept"
	planBroken    = "broken"
	planWithdrawn = "withdrawn"
)

// endPlan ends the plan in force, and the stop with it. Without one it does nothing.
func (f *file) endPlan(ctx context.Context, state, reason string) error {
	if f.agreed == nil {
		return nil
	}
	_, err := f.tx.Exec(ctx, `UPDATE payment_plans SET state = $2, ended_at = $3, ended_seq = $4, reason = $5 WHERE pk = $1`, f.agreed.pk, state, f.now, f.bump(), reason)
	f.agreed, f.state.PayPlan = nil, nil
	if st := f.activeStop(dunning.StopPlan); err == nil && st != nil {
		err = f.endStop(ctx, st, f.now, state)
	}
	return err
}

// received is what has been paid and credited, in minor units: what covers instalments.
func (f *file) received() int64 {
	s := f.standing
	return s.Paid + s.Credited + s.Discounted + s.Charged
}

// payPlan is the plan in force as the pure core sees it. Money and credit notes since the agreement cover
// the oldest instalments first; what is in dispute is not asked for, and leaves the last ones.
func (f *file) payPlan() *dunning.PayPlan {
	if f.agreed == nil {
		return nil
	}
	p := &dunning.PayPlan{N: f.agreed.n, From: f.agreed.agreed, Instalments: dunning.Cover(f.agreed.instalments, max(0, f.received()-f.agreed.receivedThen))}
	left := f.disputed()
	for i := len(p.Instalments) - 1; i >= 0 && left > 0; i-- {
		open := &p.Instalments[i].Open
		off := min(left, open.Minor)
		open.Minor, left = open.Minor-off, left-off
	}
	return p
}

// readPlan reads the payment plans in force.
func readPlan(b *pgx.Batch, files ...*file) {
	for _, f := range files {
		f.agreed = nil
	}
	each(b, files, `SELECT p.invoice_pk, p.pk, p.n, p.agreed_at, p.received_then, i.n, i.due_on, i.amount FROM payment_plans p JOIN instalments i ON i.plan_pk = p.pk
		WHERE p.invoice_pk = ANY($1) AND p.state = 'active' ORDER BY i.n`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			var plan planRow
			var part dunning.Instalment
			var due time.Time
			var minor int64
			err := row.Scan(pk, &plan.pk, &plan.n, &plan.agreed, &plan.receivedThen, &part.N, &due, &minor)
			plan.agreed, part.DueOn = plan.agreed.UTC(), invoice.DateOf(due)
			return func(f *file) {
				if f.agreed == nil {
					f.agreed = &plan
				}
				part.Amount = f.money(minor)
				part.Open = part.Amount
				f.agreed.instalments = append(f.agreed.instalments, part)
			}, err
		})
}

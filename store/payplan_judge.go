package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// brokenReason is the reason of the hold that waits for a person's word about a broken plan.
const brokenReason = "the payment plan was broken: a person decides what follows"

// judgePlan asks the ledger how the plan stands: kept, broken by instalments that did not come, or running.
// While something else holds the case nobody is blamed for an instalment; that is judged when it ends.
func (f *file) judgePlan(ctx context.Context) error {
	if f.agreed == nil || f.status.Settled() {
		return nil
	}
	f.refresh()
	missed, broken, kept := f.policy.JudgePlan(f.state, f.now)
	switch {
	case kept && f.disputed() == 0:
		f.event("payment_plan_kept", "", "payment plan kept: every instalment is paid", nil)
		return f.endPlan(ctx, planKept, "")
	case broken && !f.excused():
		words := "1 instalment did not come in time"
		if missed > 1 {
			words = fmt.Sprintf("%d instalments did not come in time", missed)
		}
		return f.breakPlan(ctx, words)
	}
	return nil
}

// excused says whether a hold, a dispute about everything or a promise is in force.
func (f *file) excused() bool {
	return slices.ContainsFunc(f.stops, func(s stopRow) bool { return s.ended.IsZero() && !s.partial() && s.kind != dunning.StopPlan })
}

// settlePlan ends the plan with the claim: paid is kept.
func (f *file) settlePlan(ctx context.Context) error {
	if f.agreed == nil {
		return nil
	}
	if f.status != invoice.Paid {
		return f.endPlan(ctx, planWithdrawn, string(f.status))
	}
	f.event("payment_plan_kept", "", "payment plan kept: everything is paid", nil)
	return f.endPlan(ctx, planKept, "")
}

// revivePlan puts the plan that the settlement had ended in force again: the money for it was taken back.
// What is due by now is judged as ever.
func (f *file) revivePlan(ctx context.Context, settled time.Time) error {
	tag, err := f.tx.Exec(ctx, `UPDATE payment_plans SET state = 'active', ended_at = NULL, ended_seq = NULL, reason = ''
		WHERE pk = (SELECT max(pk) FROM payment_plans WHERE invoice_pk = $1) AND state = 'kept' AND ended_at = $2`, f.pk, settled)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	b := &pgx.Batch{}
	readPlan(b, f)
	if err := f.tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	f.event("payment_plan_again", "", "the payment plan is in force again: money for it was taken back", nil)
	return f.addStop(ctx, stopRow{kind: dunning.StopPlan, from: f.now, reason: "in force again after a returned payment"})
}

// endPlanQuestion takes the question what follows from a broken plan off the desk, and its hold with it.
func (f *file) endPlanQuestion(ctx context.Context, how string) error {
	if err := f.closeTasks(ctx, collection.TaskPlan, "", how); err != nil {
		return err
	}
	if st := f.activeStop(dunning.StopHold); st != nil && st.reason == brokenReason {
		return f.endStop(ctx, st, f.now, how)
	}
	return nil
}

// breakPlan ends a plan that was not kept. The rest is due at once, and the ladder goes on with its gap from
// now; or everything waits for a person's word, when the policy says so.
func (f *file) breakPlan(ctx context.Context, missed string) error {
	n := f.agreed.n
	f.event("payment_plan_broken", "", "payment plan broken: "+missed, map[string]any{"plan": n})
	if err := f.endPlan(ctx, planBroken, missed); err != nil || f.policy.Plans.Broken != dunning.AskPerson {
		return err
	}
	if err := f.replaceStop(ctx, dunning.StopHold); err != nil {
		return err
	}
	if err := f.addStop(ctx, stopRow{kind: dunning.StopHold, from: f.now, reason: brokenReason}); err != nil {
		return err
	}
	return f.openTask(ctx, task{
		kind: collection.TaskPlan, step: fmt.Sprintf("%s-%d", stepPlan, n), dueAt: f.policy.TaskDue(f.state, stepPlan, f.now),
		text: fmt.Sprintf("The payment plan for %s was broken: %s. Resume the reminders, or keep everything on hold, e.g. for a new plan.", f.inv.Number, missed),
	})
}

// followBrokenPlan does what a person said about a broken plan.
func (f *file) followBrokenPlan(ctx context.Context, r invoice.TaskResult) error {
	if r.Outcome == "keep" {
		return nil // on hold until dunlin release or a new plan
	}
	st := f.activeStop(dunning.StopHold)
	if st == nil {
		return nil
	}
	f.event("hold_released", r.Actor, because("hold released", "the reminders go on after the broken plan"), nil)
	return f.endStop(ctx, st, f.now, "released")
}

// ofPlan says whether a step is a message of the payment plan in force.
func (f *file) ofPlan(step string) bool {
	return f.agreed != nil && strings.HasPrefix(step, fmt.Sprintf("plan-%d-", f.agreed.n))
}

// instalmentOf is the number of the instalment that a step of a payment plan is about; 0: the whole plan.
func instalmentOf(step string) int {
	n, err := strconv.Atoi(step[strings.LastIndexByte(step, '-')+1:])
	if err != nil {
		return 0
	}
	return n
}

// tellPlan puts the payment plan into the letter when the step is one of its messages.
func (f *file) tellPlan(l *message.Letter, step string) {
	p := f.payPlan()
	if p == nil || !f.ofPlan(step) {
		return
	}
	l.Instalment = instalmentOf(step)
	for _, in := range p.Instalments {
		l.Instalments = append(l.Instalments, message.Instalment{N: in.N, DueOn: in.DueOn, Amount: in.Amount, Open: in.Open})
		if in.N == l.Instalment {
			l.PayBy = in.DueOn
		}
	}
}

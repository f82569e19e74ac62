package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// task is a person's task about an invoice.
type task struct {
	kind  collection.TaskKind
	step  string
	text  string
	dueAt time.Time
}

// openTask puts a task on the desk, once per invoice, step and kind.
func (f *file) openTask(ctx context.Context, t task) error {
	var pk int64
	err := f.tx.QueryRow(ctx, `INSERT INTO tasks (kind, creditor, debtor_pk, invoice_pk, step, text, seq, opened_at, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (invoice_pk, step, kind) WHERE state IN ('open', 'claimed') DO NOTHING RETURNING pk`,
		t.kind, f.inv.Creditor, f.debtor, f.pk, t.step, t.text, f.bump(), f.now, nullTime(t.dueAt)).Scan(&pk)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	f.tasks = append(f.tasks, taskRow{pk: pk, kind: t.kind, step: t.step, dueAt: t.dueAt})
	f.event("task_opened", "", fmt.Sprintf("%s task opened: %s", t.kind, t.text), map[string]any{"task": pk})
	return nil
}

const selectTask = `SELECT t.pk, t.kind, t.creditor, coalesce(i.number, ''), d.id, d.name,
	coalesce((SELECT c.address FROM contacts c WHERE c.debtor_pk = d.pk AND c.channel IN ('phone', 'sms') AND c.health = 'ok'
		AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.creditor = t.creditor AND x.channel = 'phone' AND x.address = lower(c.address)) ORDER BY c.channel, c.n LIMIT 1), ''),
	t.step, t.text, t.state, t.claimed_by, t.outcome, t.note, t.escalated, t.opened_at, t.due_at
	FROM tasks t JOIN debtors d ON d.pk = t.debtor_pk LEFT JOIN invoices i ON i.pk = t.invoice_pk`

func scanTask(row pgx.CollectableRow) (t collection.TaskView, err error) {
	var due *time.Time
	err = row.Scan(&t.ID, &t.Kind, &t.Creditor, &t.Number, &t.DebtorID, &t.Debtor, &t.Phone, &t.Step, &t.Text, &t.State, &t.ClaimedBy, &t.Outcome, &t.Note, &t.Escalated, &t.OpenedAt, &due)
	t.DueAt, t.OpenedAt = orZero(due), t.OpenedAt.UTC()
	return t, err
}

// Tasks lists tasks, oldest first.
func (s *Store) Tasks(ctx context.Context, q collection.TaskFilter) ([]collection.TaskView, error) {
	limit := pageSize(q.Limit)
	rows, err := s.pool.Query(ctx, selectTask+` WHERE ($1 = '' OR t.creditor = $1) AND ($2 = '' OR t.kind = $2)
		AND (($3 = '' AND t.state IN ('open', 'claimed')) OR t.state = $3) AND t.pk > $4 ORDER BY t.pk LIMIT $5`, q.Creditor, q.Kind, q.State, q.After, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanTask)
}

func (s *Store) task(ctx context.Context, q querier, id int64) (collection.TaskView, error) {
	rows, err := q.Query(ctx, selectTask+` WHERE t.pk = $1`, id)
	if err != nil {
		return collection.TaskView{}, err
	}
	t, err := pgx.CollectExactlyOneRow(rows, scanTask)
	return t, notFound(err, "task", "%d is not on file", id)
}

// ClaimTask takes a task off the others' list.
func (s *Store) ClaimTask(ctx context.Context, id int64, actor string) (collection.TaskView, error) {
	if actor == "" {
		return collection.TaskView{}, invoice.Invalid("actor", "is missing").WithHint("say who takes the task")
	}
	t, err := s.task(ctx, s.pool, id)
	if err != nil {
		return t, err
	}
	err = s.tx(ctx, func(tx pgx.Tx) error {
		const claim = `UPDATE tasks SET state = 'claimed', claimed_by = $2 WHERE pk = $1 AND state = 'open'`
		if t.Number == "" {
			_, err := tx.Exec(ctx, claim, id, actor)
			return err
		}
		f, err := s.openFile(ctx, tx, invoice.Key{Creditor: t.Creditor, Number: t.Number})
		if err != nil {
			return err
		}
		if tag, err := tx.Exec(ctx, claim, id, actor); err != nil || tag.RowsAffected() == 0 {
			return err
		}
		f.event("task_claimed", actor, fmt.Sprintf("%s task taken by %s", t.Kind, actor), map[string]any{"task": id})
		return f.save(ctx, "")
	})
	if err != nil {
		return t, err
	}
	t, err = s.task(ctx, s.pool, id)
	if err == nil && (t.State != "claimed" || t.ClaimedBy != actor) {
		return t, invoice.WrongState("task %d is %s by %s", id, t.State, t.ClaimedBy)
	}
	return t, err
}

// FinishTask records a coded outcome and does what follows from it: a promise, a dispute, an approval,
// a decision. The same outcome again changes nothing.
func (s *Store) FinishTask(ctx context.Context, r invoice.TaskResult) (collection.TaskView, error) {
	t, err := s.task(ctx, s.pool, r.Task)
	if err != nil {
		return t, err
	}
	if !slices.Contains(collection.TaskOutcomes[t.Kind], r.Outcome) {
		return t, invoice.Invalid("outcome", "%q does not finish a %s task", r.Outcome, t.Kind).WithHint("one of %s", strings.Join(collection.TaskOutcomes[t.Kind], ", "))
	}
	err = s.tx(ctx, func(tx pgx.Tx) error {
		if t.Number == "" {
			return s.finishDebtorTask(ctx, tx, r)
		}
		if r.Outcome == "asked_not_to_call" && (t.State == "open" || t.State == "claimed") {
			if err := s.stopCalling(ctx, tx, t, r.Actor); err != nil {
				return err
			}
		}
		f, err := s.openFile(ctx, tx, invoice.Key{Creditor: t.Creditor, Number: t.Number})
		if err != nil {
			return err
		}
		done, err := finishRow(ctx, tx, r, f.now)
		if err != nil || done {
			return err
		}
		f.tasks = slices.DeleteFunc(f.tasks, func(row taskRow) bool { return row.pk == r.Task })
		f.event("task_done", r.Actor, because(fmt.Sprintf("%s task done: %s", t.Kind, r.Outcome), r.Note), map[string]any{"task": r.Task, "outcome": r.Outcome})
		if err := f.judgeDates(ctx); err != nil {
			return err
		}
		if err := f.followTask(ctx, t, r); err != nil {
			return err
		}
		return f.save(ctx, collection.SignalTask)
	})
	if err != nil {
		return t, err
	}
	return s.task(ctx, s.pool, r.Task)
}

// stopCalling is an opt-out of calls to the task's number. It locks the debtors who have it and their
// invoices, so it comes before the task's own file is opened; the task itself is finished, not closed.
func (s *Store) stopCalling(ctx context.Context, tx pgx.Tx, t collection.TaskView, actor string) error {
	if t.Phone == "" {
		return nil
	}
	now, err := businessNow(ctx, tx)
	if err != nil {
		return err
	}
	return s.optOut(ctx, tx, invoice.OptOut{Creditor: t.Creditor, Channel: invoice.Phone, Address: t.Phone, Actor: actor}, now, t.ID)
}

// finishRow ends the task's row; done says that it had ended with the same outcome before.
func finishRow(ctx context.Context, tx pgx.Tx, r invoice.TaskResult, now time.Time) (done bool, err error) {
	var state, outcome string
	if err := tx.QueryRow(ctx, `SELECT state, outcome FROM tasks WHERE pk = $1 FOR UPDATE`, r.Task).Scan(&state, &outcome); err != nil {
		return false, err
	}
	switch {
	case state == "done" && outcome == r.Outcome:
		return true, nil
	case state == "done" || state == "closed":
		return false, invoice.WrongState("task %d is %s already (%s)", r.Task, state, outcome)
	}
	_, err = tx.Exec(ctx, `UPDATE tasks SET state = 'done', outcome = $2, note = $3, claimed_by = CASE WHEN claimed_by = '' THEN $4 ELSE claimed_by END, ended_at = $5 WHERE pk = $1`,
		r.Task, r.Outcome, r.Note, r.Actor, now)
	return false, err
}

func (s *Store) finishDebtorTask(ctx context.Context, tx pgx.Tx, r invoice.TaskResult) error {
	now, err := businessNow(ctx, tx)
	if err != nil {
		return err
	}
	_, err = finishRow(ctx, tx, r, now)
	return err
}

// followTask does what an outcome means for the case.
func (f *file) followTask(ctx context.Context, t collection.TaskView, r invoice.TaskResult) error {
	switch t.Kind {
	case collection.TaskPhone:
		return f.followCall(ctx, t, r)
	case collection.TaskApproval:
		return f.followApproval(ctx, r)
	case collection.TaskDecision:
		return f.followDecision(ctx, r)
	case collection.TaskAlert:
		return f.lift(ctx, profileScope(f.inv.Creditor))
	case collection.TaskLook:
		f.followLook(t, r)
	case collection.TaskPlan:
		return f.followBrokenPlan(ctx, r)
	case collection.TaskLatePayment:
		return f.followLate(ctx, r)
	case collection.TaskRefund:
		return f.refunded(ctx, t, r.Actor)
	}
	return nil
}

func (f *file) followCall(ctx context.Context, t collection.TaskView, r invoice.TaskResult) error {
	switch r.Outcome {
	case "promised":
		return f.promise(ctx, r.Promise, r.By, r.Actor, "on the phone")
	case "disputed":
		return f.dispute(ctx, invoice.Money{}, r.Actor, because("on the phone", r.Note))
	case "wrong_number":
		if err := f.addressFailed(ctx, invoice.Phone, t.Phone, "wrong number"); err != nil {
			return err
		}
		if err := f.addressFailed(ctx, invoice.SMS, t.Phone, "wrong number"); err != nil {
			return err
		}
		return f.rereadReach(ctx)
	}
	return nil
}

func (f *file) followApproval(ctx context.Context, r invoice.TaskResult) error {
	if f.state.DecisionOn == nil {
		return invoice.WrongState("%s has no decision to approve", f.inv.Number)
	}
	if r.Outcome == "rejected" {
		if err := f.setDecision(ctx, dunning.RoutePerson, false, r.Actor); err != nil {
			return err
		}
		return f.openTask(ctx, task{kind: collection.TaskDecision, step: "decide", text: fmt.Sprintf("The route for %s (%s) was rejected. Decide what follows.", f.inv.Number, f.balance())})
	}
	route := f.state.DecisionOn.Route
	if err := f.setDecision(ctx, route, true, r.Actor); err != nil || route != dunning.RouteWriteOff {
		return err
	}
	return f.writeOff(ctx, "approved", r.Actor)
}

func (f *file) followDecision(ctx context.Context, r invoice.TaskResult) error {
	if r.Outcome == "keep" {
		return nil // the case stays open, held by the decision; the person has said so
	}
	placed := slices.ContainsFunc(f.state.Taken, func(t dunning.Taken) bool { return t.Act == dunning.Place })
	if placed && r.Outcome != string(dunning.RouteWriteOff) {
		return invoice.WrongState("%s was handed over before, and a case file goes out once", f.inv.Number).WithHint("write_off or keep; hand it over by hand if it is to go there again")
	}
	if err := f.setDecision(ctx, dunning.Route(r.Outcome), true, r.Actor); err != nil || r.Outcome != string(dunning.RouteWriteOff) {
		return err
	}
	return f.writeOff(ctx, because("decided by a person", r.Note), r.Actor)
}

func (f *file) setDecision(ctx context.Context, route dunning.Route, approved bool, by string) error {
	f.state.DecisionOn = &dunning.Decision{Route: route, Approved: approved}
	_, err := f.tx.Exec(ctx, `UPDATE decisions SET route = $2, approved = $3, approved_by = $4 WHERE pk = (SELECT max(pk) FROM decisions WHERE invoice_pk = $1)`, f.pk, route, approved, by)
	return err
}

// closeTasks takes the invoice's tasks of a kind off the desk; step "" means every step.
func (f *file) closeTasks(ctx context.Context, kind collection.TaskKind, step, outcome string) error {
	_, err := f.tx.Exec(ctx, `UPDATE tasks SET state = 'closed', outcome = $4, ended_at = $5 WHERE invoice_pk = $1 AND kind = $2 AND ($3 = '' OR step = $3) AND state IN ('open', 'claimed')`, f.pk, kind, step, outcome, f.now)
	f.tasks = slices.DeleteFunc(f.tasks, func(t taskRow) bool { return t.kind == kind && (step == "" || t.step == step) })
	return err
}

// pageSize bounds a page.
func pageSize(n int) int {
	if n <= 0 {
		return 100
	}
	return min(n, 500)
}

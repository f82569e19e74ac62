package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// lookRef marks the reviews at which somebody is asked to look at a message before it goes out.
const lookRef = "look"

// readLooks reads what people were asked and have said about messages they look at first. What was closed
// with a settlement is asked again.
func readLooks(b *pgx.Batch, files ...*file) {
	each(b, files, `SELECT DISTINCT ON (invoice_pk, step) invoice_pk, step, pk, outcome, ended_at FROM tasks
		WHERE invoice_pk = ANY($1) AND kind = 'look' AND state <> 'closed' ORDER BY invoice_pk, step, pk DESC`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			var l dunning.Look
			var task int64
			var ended *time.Time
			err := row.Scan(pk, &l.Step, &task, &l.Said, &ended)
			l.Task, l.At = strconv.FormatInt(task, 10), orZero(ended)
			return func(f *file) { f.state.Looks = append(f.state.Looks, l) }, err
		})
}

// askForLooks puts the looks that are due on the desk, once per step, and says whether there was any.
func (f *file) askForLooks(ctx context.Context) (asked bool, err error) {
	for _, it := range f.plan.Items {
		if it.Act != dunning.Review || it.Ref != lookRef || it.At.After(f.now) ||
			slices.ContainsFunc(f.state.Looks, func(l dunning.Look) bool { return l.Step == it.Step }) {
			continue
		}
		title := it.Step
		if s, ok := f.policy.Step(it.Step); ok {
			title = s.Title
		}
		err := f.openTask(ctx, task{
			kind: collection.TaskLook, step: it.Step, dueAt: f.policy.TaskDue(f.state, it.Step, f.now),
			text: fmt.Sprintf("Look at the %s for %s (%s open) before it goes to debtor %s: send it, or skip it and note why.", title, f.inv.Number, f.balance(), f.inv.DebtorID),
		})
		if err != nil {
			return asked, err
		}
		f.state.Looks, asked = append(f.state.Looks, dunning.Look{Step: it.Step, Task: strconv.FormatInt(f.tasks[len(f.tasks)-1].pk, 10)}), true
	}
	return asked, nil
}

// followLook notes what a person said; the plan does the rest.
func (f *file) followLook(t collection.TaskView, r invoice.TaskResult) {
	for i := range f.state.Looks {
		if l := &f.state.Looks[i]; l.Step == t.Step {
			l.Said, l.At = dunning.LookSaid(r.Outcome), f.now
		}
	}
}

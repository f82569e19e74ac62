package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"dunlin/collection"
	"dunlin/dev/conductor"
	"dunlin/dev/temporal"
	"dunlin/invoice"
	"dunlin/store"
)

// labBooks shows the conductor the product's database.
type labBooks struct {
	*store.Store
	offset *atomic.Int64
}

// Advance sets the lab's clock.
func (l labBooks) Advance(ctx context.Context, to time.Time) error {
	if err := l.SetLabClock(ctx, to); err != nil {
		return err
	}
	l.offset.Store(int64(max(time.Until(to), time.Duration(l.offset.Load()))))
	return nil
}

// Due lists the cases that are due.
func (l labBooks) Due(ctx context.Context, until time.Time) ([]conductor.Case, error) {
	due, err := l.Store.Due(ctx, until)
	all := make([]conductor.Case, len(due))
	for i, d := range due {
		all[i] = conductor.Case{WorkflowID: collection.WorkflowID(d.Key, d.Cycle), At: d.At}
	}
	return all, err
}

// ladderEvents takes invoices up the shipped ladder in lab time, from the receipt to the decision (eight
// acts), and pays them then.
func ladderEvents(ctx context.Context, s settings, r *report) error {
	n := min(or(s.n, 20), 20)
	w, err := newWorld(ctx, s, plan{lab: true, webhooks: true})
	defer w.close()
	if err != nil {
		return err
	}
	var offset atomic.Int64
	w.labTime = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	if err := w.startWorker(unlimited); err != nil {
		return err
	}
	if err := w.issueAll(ctx, n, ladderInvoice); err != nil {
		return err
	}
	if _, err := w.allStarted(ctx, n, time.Minute); err != nil {
		return err
	}
	books := labBooks{w.books, &offset}
	c := conductor.New(conductor.Options{Clock: books, Cases: books, Mover: temporal.NewSkipper(w.temporal, "default")})
	if err := w.climb(ctx, c, n); err != nil {
		return err
	}
	for i := range n {
		p := payment(i)
		p.Amount = invoice.NewMoney(90000, "EUR")
		if _, err := w.books.Pay(ctx, p); err != nil {
			return err
		}
	}
	if err := c.Settle(ctx); err != nil {
		return err
	}
	var all, acts, actions, upserts []float64
	for i := range n {
		t, err := w.history(ctx, workflowID(i))
		if err != nil {
			return err
		}
		if i == 0 {
			r.say("the first ladder: %.0f events, %.0f timers given up; %s", t.events, t.cancelled, strings.Join(t.order, ", "))
		}
		all, acts, actions, upserts = append(all, t.events), append(acts, t.activities-1), append(actions, t.actions), append(upserts, t.upserts)
	}
	r.add("standard-b2b up to the decision, paid: activities besides the closing", count, "activities", acts...)
	r.add("standard-b2b up to the decision, paid: stage changes", count, "changes", upserts...)
	r.add("standard-b2b up to the decision, paid: events", count, "events", all...).atMost(quantile(all, 1), 120, "≤ 120")
	r.add("standard-b2b up to the decision, paid: actions", count, "actions", actions...)
	noDoubles(accepted(w.box.Log(), r), r)
	return w.soundBooks(ctx, r)
}

// climb lets days pass until every invoice has had eight acts.
func (w *world) climb(ctx context.Context, c *conductor.Conductor, n int) error {
	for day := 1; day < 80; day++ {
		if err := c.Travel(ctx, time.Now().AddDate(0, 0, day)); err != nil {
			return err
		}
		if err := w.call(ctx); err != nil {
			return err
		}
		behind, err := w.number(ctx, `SELECT count(*) FROM invoices i WHERE (SELECT count(*) FROM acts a WHERE a.invoice_pk = i.pk) < 8`)
		if err != nil || behind == 0 {
			return err
		}
	}
	return errStuck("the ladder")
}

// call does what a collector does with a phone task: somebody rang, nobody answered.
func (w *world) call(ctx context.Context) error {
	open, err := w.books.Tasks(ctx, collection.TaskFilter{Kind: collection.TaskPhone})
	for _, t := range open {
		if _, err := w.books.FinishTask(ctx, invoice.TaskResult{Task: t.ID, Outcome: "no_answer", Actor: "bench"}); err != nil {
			return err
		}
	}
	return err
}

// ladderInvoice is due on a Tuesday, so that the decision and the final notice come on different days.
func ladderInvoice(i int) collection.Issue {
	today := invoice.DateOf(time.Now().UTC())
	due := today.AddDays(14)
	for due.At(0, 0, time.UTC).Weekday() != time.Tuesday {
		due = due.AddDays(1)
	}
	return collection.Issue{Actor: "bench", Debtor: debtor(i), Invoice: invoice.Invoice{
		Key: key(i), Kind: invoice.KindInvoice, DebtorID: fmt.Sprintf("C-%d", i), Amount: invoice.NewMoney(90000, "EUR"), IssuedOn: today, DueOn: due,
	}}
}

package main

import (
	"context"
	"fmt"
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
	if err := c.Travel(ctx, time.Now().AddDate(0, 0, 14+29)); err != nil {
		return err
	}
	for i := range n {
		p := payment(i)
		p.Amount = invoice.NewMoney(90000, "EUR")
		if _, err := w.books.Pay(ctx, p); err != nil {
			return err
		}
	}
	var all, acts, actions, upserts []float64
	for i := range n {
		t, err := w.history(ctx, workflowID(i))
		if err != nil {
			return err
		}
		if i == 0 {
			r.say("one ladder: %v", t.kinds)
		}
		all, acts, actions, upserts = append(all, t.events), append(acts, t.activities-1), append(actions, t.actions), append(upserts, t.upserts)
	}
	r.add("standard-b2b up to the decision, paid: acts besides the closing", count, "acts", acts...)
	r.add("standard-b2b up to the decision, paid: stage changes", count, "changes", upserts...)
	r.add("standard-b2b up to the decision, paid: events", count, "events", all...).atMost(quantile(all, 1), 120, "≤ 120")
	r.add("standard-b2b up to the decision, paid: actions", count, "actions", actions...)
	noDoubles(accepted(w.box.Log(), r), r)
	return w.soundBooks(ctx, r)
}

func ladderInvoice(i int) collection.Issue {
	today := invoice.DateOf(time.Now().UTC())
	return collection.Issue{Actor: "bench", Debtor: debtor(i), Invoice: invoice.Invoice{
		Key: key(i), Kind: invoice.KindInvoice, DebtorID: fmt.Sprintf("C-%d", i), Amount: invoice.NewMoney(90000, "EUR"), IssuedOn: today, DueOn: today.AddDays(14),
	}}
}

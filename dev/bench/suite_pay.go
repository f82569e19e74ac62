package main

import (
	"context"
	"time"

	"dunlin/collection"
)

// pay measures, one payment at a time on an otherwise idle system, how long it takes from a payment's
// commit until the case is closed in the database and its workflow has completed.
func pay(ctx context.Context, s settings, r *report) error {
	n := or(s.n, 200)
	w, err := newWorld(ctx, s, plan{fsync: true})
	defer w.close()
	if err != nil {
		return err
	}
	if err := w.putPolicy(ctx, oneAct()); err != nil {
		return err
	}
	if err := w.startWorker(unlimited); err != nil {
		return err
	}
	far := actAt(time.Now().Add(24 * time.Hour))
	if err := w.issueAll(ctx, n, func(i int) collection.Issue { return order(i, "bench-one", far) }); err != nil {
		return err
	}
	if _, err := w.allStarted(ctx, n, time.Minute+time.Duration(n)*200*time.Millisecond); err != nil {
		return err
	}
	time.Sleep(3 * time.Second) // the first workflow tasks end
	var closed, completed, commits []float64
	for i := range n {
		begin := time.Now()
		if _, err := w.books.Pay(ctx, payment(i)); err != nil {
			return err
		}
		committed := time.Now()
		commits = append(commits, ms(committed.Sub(begin)))
		if err := w.awaitClosed(ctx, i); err != nil {
			return err
		}
		closed = append(closed, ms(time.Since(committed)))
		if err := w.temporal.GetWorkflow(ctx, workflowID(i), "").Get(ctx, nil); err != nil {
			return err
		}
		completed = append(completed, ms(time.Since(committed)))
	}
	r.add("a payment's own transaction", timed, "ms", commits...)
	r.add("payment committed → case closed in the database", timed, "ms", closed...)
	r.add("payment committed → workflow completed", timed, "ms", completed...).atMost(quantile(completed, 0.5), 1000, "median < 1 s")
	p99 := quantile(completed, 0.99)
	r.add("payment committed → workflow completed, p99", timed, "ms", p99).of(n)
	r.check(len(w.box.Log()) == 0, "%d messages were sent, none was due", len(w.box.Log()))
	return w.soundBooks(ctx, r)
}

// awaitClosed looks every two milliseconds whether a case is closed.
func (w *world) awaitClosed(ctx context.Context, i int) error {
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		open, err := w.number(ctx, `SELECT count(*) FROM cases c JOIN invoices i ON i.pk = c.invoice_pk WHERE i.creditor = $1 AND i.number = $2 AND c.closed_at IS NULL`, creditorID, key(i).Number)
		if err != nil {
			return err
		}
		if open == 0 {
			return nil
		}
		if time.Now().After(until) {
			return errStuck(key(i).Number)
		}
	}
}

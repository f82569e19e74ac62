package main

import (
	"context"
	"fmt"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
)

// tick is the time between two acts' hundredths in suite events.
const tick = 2500 * time.Millisecond

// events counts what Temporal is charged with: history events and billable actions, per act and per
// stage change, with delivery webhooks on. Three groups of orders make the difference: eight acts and
// paid; paid at once; held and released in between.
func events(ctx context.Context, s settings, r *report) error {
	if err := orderEvents(ctx, s, r); err != nil {
		return err
	}
	return ladderEvents(ctx, s, r)
}

func orderEvents(ctx context.Context, s settings, r *report) error {
	n := or(s.n, 20)
	w, err := newWorld(ctx, s, plan{webhooks: true})
	defer w.close()
	if err != nil {
		return err
	}
	if err := w.putPolicy(ctx, eightActs()); err != nil {
		return err
	}
	if err := w.startWorker(unlimited); err != nil {
		return err
	}
	begin := time.Now()
	if err := w.issueAll(ctx, 3*n, func(i int) collection.Issue { return order(i, "bench-eight", time.Now().Add(100*tick)) }); err != nil {
		return err
	}
	if _, err := w.allStarted(ctx, 3*n, time.Minute); err != nil {
		return err
	}
	if err := w.payAndHold(ctx, n); err != nil {
		return err
	}
	time.Sleep(time.Until(begin.Add(16 * tick)))
	if err := wait(ctx, time.Minute, "the acts", func() (bool, error) {
		got, err := w.number(ctx, `SELECT count(*) FROM acts`)
		return got >= 16*n, err
	}); err != nil {
		return err
	}
	if err := wait(ctx, 30*time.Second, "the webhooks", func() (bool, error) {
		due, _ := w.box.Pending()
		return due == 0, nil
	}); err != nil {
		return err
	}
	for i := range n {
		for _, order := range []int{i, 2*n + i} {
			if _, err := w.books.Pay(ctx, payment(order)); err != nil {
				return err
			}
		}
	}
	if err := w.tellOrders(ctx, r, n); err != nil {
		return err
	}
	by := accepted(w.box.Log(), r)
	noDoubles(by, r)
	r.check(len(by) == 14*n, "%d messages were sent, %d were due", len(by), 14*n)
	reports, err := w.number(ctx, `SELECT count(*) FROM deliveries`)
	if err != nil {
		return err
	}
	r.check(reports >= 14*n, "%d delivery reports were filed for %d messages", reports, 14*n)
	return w.soundBooks(ctx, r)
}

// payAndHold pays the second group at once, and holds and releases the third.
func (w *world) payAndHold(ctx context.Context, n int) error {
	for i := n; i < 2*n; i++ {
		if _, err := w.books.Pay(ctx, payment(i)); err != nil {
			return err
		}
	}
	for i := 2 * n; i < 3*n; i++ {
		if _, err := w.books.Hold(ctx, invoice.Hold{Fact: invoice.Fact{Invoice: key(i), Key: fmt.Sprint("hold-", i)}}); err != nil {
			return err
		}
	}
	if err := w.wakesOut(ctx); err != nil {
		return err
	}
	time.Sleep(3 * time.Second) // a workflow task each: a release that came in the same one would be no change of stage
	for i := 2 * n; i < 3*n; i++ {
		if _, err := w.books.Release(ctx, invoice.Release{Fact: invoice.Fact{Invoice: key(i), Key: fmt.Sprint("release-", i)}}); err != nil {
			return err
		}
	}
	return nil
}

// wakesOut waits until the workflows know everything.
func (w *world) wakesOut(ctx context.Context) error {
	return wait(ctx, 30*time.Second, "the wakes", func() (bool, error) {
		left, err := w.number(ctx, `SELECT count(*) FROM wakes`)
		return left == 0, err
	})
}

func (w *world) tellOrders(ctx context.Context, r *report, n int) error {
	var group [3][]tally
	for g := range group {
		for i := g * n; i < (g+1)*n; i++ {
			t, err := w.history(ctx, workflowID(i))
			if err != nil {
				return err
			}
			group[g] = append(group[g], t)
		}
	}
	pick := func(g int, f func(tally) float64) (all []float64) {
		for _, t := range group[g] {
			all = append(all, f(t))
		}
		return all
	}
	plain := quantile(pick(0, tally.countEvents), 0.5)
	base, baseActions := quantile(pick(1, tally.countEvents), 0.5), quantile(pick(1, tally.countActions), 0.5)
	r.add("order, paid at once: events", count, "events", pick(1, tally.countEvents)...)
	r.add("order, paid at once: actions", count, "actions", pick(1, tally.countActions)...)
	r.add("order, 8 acts, paid: events", count, "events", pick(0, tally.countEvents)...).atMost(plain, 120, "≤ 120")
	r.add("order, 8 acts, paid: actions", count, "actions", pick(0, tally.countActions)...)
	perAct := pick(0, func(t tally) float64 { return (t.countEvents() - base) / 8 })
	r.add("events per act (8 acts less 0 acts, ÷ 8)", count, "events", perAct...).atMost(quantile(perAct, 1), 12, "≤ 12")
	perActA := pick(0, func(t tally) float64 { return (t.countActions() - baseActions) / 8 })
	r.add("actions per act (8 acts less 0 acts, ÷ 8)", count, "actions", perActA...).atMost(quantile(perActA, 1), 2, "≤ 2")
	perStage := pick(2, func(t tally) float64 {
		return t.upserts - quantile(pick(0, func(t tally) float64 { return t.upserts }), 0.5)
	})
	r.add("held and released, two stage changes: events and actions for them", count, "events", perStage...).hold(quantile(perStage, 0) == 2 && quantile(perStage, 1) == 2, "1 per stage change")
	r.add("held and released: all events", count, "events", pick(2, tally.countEvents)...)
	r.add("held and released: all actions", count, "actions", pick(2, tally.countActions)...)
	return nil
}

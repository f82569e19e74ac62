package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"dunlin/collection"
	"dunlin/dev/sandbox"
)

// payments come in while the timers of a burst are worked off.
const burstPayments = 200

// burst lets n timers fire within one minute against a provider with a rate, and pays 200 of the orders
// while they drain.
func burst(ctx context.Context, s settings, r *report) error {
	n := or(s.n, 2000)
	w, err := newWorld(ctx, s, plan{fsync: true})
	defer w.close()
	if err != nil {
		return err
	}
	if err := w.putPolicy(ctx, oneAct()); err != nil {
		return err
	}
	if err := w.startWorker(s.rate); err != nil {
		return err
	}
	first := time.Now().Add(20*time.Second + time.Duration(n)*time.Second/60) // time for all to start
	begin := time.Now()
	err = w.issueAll(ctx, n, func(i int) collection.Issue {
		return order(i, "bench-one", actAt(first.Add(time.Duration(i)*time.Minute/time.Duration(n))))
	})
	if err != nil {
		return err
	}
	if _, err := w.allStarted(ctx, n, time.Minute+time.Duration(n)*time.Second/10); err != nil {
		return err
	}
	took := time.Since(begin)
	r.add("cases started, from the first row on", rate, "cases/s", float64(n)/took.Seconds()).of(n)
	r.say("%d cases run after %s; their timers fire from %s on", n, took.Round(time.Second), first.Format(time.TimeOnly))
	if late := time.Since(first); late > 0 {
		r.say("%s of them fired before the last case ran", late.Round(time.Second))
	}
	time.Sleep(time.Until(first))
	d := &drain{w: w, n: n, first: first}
	before := w.meter(w.worker)
	if err := d.run(ctx, r); err != nil {
		return err
	}
	cpu := w.spentSince(w.worker, before, 0)
	for name, seconds := range map[string]float64{"Temporal server": cpu.server, "worker": cpu.worker, "PostgreSQL": cpu.postgres} {
		r.add("CPU per order in the drain: "+name, timed, "ms", 1000*seconds/float64(n)).of(n)
	}
	d.tell(ctx, r)
	return w.soundBooks(ctx, r)
}

// drain is the time in which the burst is worked off.
type drain struct {
	w     *world
	n     int
	first time.Time

	committed map[int]time.Time // payments
	closed    map[int]time.Time // seen closed in the database
	waiting   map[int]bool      // its reminder waited for its turn when the payment came
}

// The harness asks seldom what costs the database something, and often what does not.
const (
	countEvery = time.Second
	lookEvery  = 20 * time.Millisecond
)

// run pays when the next share of the burst is worked off, and ends when all are told or paid.
func (d *drain) run(ctx context.Context, r *report) error {
	d.committed, d.closed, d.waiting = map[int]time.Time{}, map[int]time.Time{}, map[int]bool{}
	payments := min(burstPayments, d.n/2)
	whom := rand.New(rand.NewPCG(7, 11)).Perm(d.n)[:payments]
	moved, left, counted := time.Now(), d.n, time.Time{}
	for {
		if time.Since(counted) > countEvery {
			now, err := d.w.number(ctx, `SELECT count(*) FROM invoices i WHERE i.status = 'open' AND NOT EXISTS (SELECT 1 FROM acts a WHERE a.invoice_pk = i.pk)`)
			if err != nil {
				return err
			}
			if now != left {
				moved, left = time.Now(), now
			}
			counted = time.Now()
		}
		for len(d.committed) < payments && len(d.committed)*d.n <= (d.n-left)*payments {
			if err := d.pay(ctx, whom[len(d.committed)]); err != nil {
				return err
			}
		}
		if err := d.look(ctx); err != nil {
			return err
		}
		if left == 0 && len(d.committed) == payments && len(d.closed) == payments {
			return nil
		}
		if time.Since(moved) > 2*time.Minute {
			r.check(false, "%d orders were neither reminded nor paid, %d of %d paid cases are not closed, and nothing moves", left, payments-len(d.closed), payments)
			return nil
		}
		time.Sleep(lookEvery)
	}
}

// pay pays one order and notes whether its reminder waits for its turn at that moment: its timer has
// fired, and nothing is claimed yet.
func (d *drain) pay(ctx context.Context, i int) error {
	claimed, err := d.w.number(ctx, `SELECT count(*) FROM messages m JOIN invoices i ON i.pk = m.invoice_pk WHERE i.creditor = $1 AND i.number = $2`, creditorID, key(i).Number)
	if err != nil {
		return err
	}
	if _, err := d.w.books.Pay(ctx, payment(i)); err != nil {
		return err
	}
	d.committed[i] = time.Now()
	d.waiting[i] = claimed == 0 && time.Now().After(d.due(i))
	return nil
}

// due is when the i-th timer fires.
func (d *drain) due(i int) time.Time {
	return d.first.Add(time.Duration(i) * time.Minute / time.Duration(d.n))
}

// look notes which of the paid cases are closed now.
func (d *drain) look(ctx context.Context) error {
	var open []string
	number := map[string]int{}
	for i := range d.committed {
		if d.closed[i].IsZero() {
			open = append(open, key(i).Number)
			number[key(i).Number] = i
		}
	}
	if len(open) == 0 {
		return nil
	}
	rows, err := d.w.sql.Query(ctx, `SELECT i.number FROM cases c JOIN invoices i ON i.pk = c.invoice_pk WHERE i.creditor = $1 AND i.number = ANY($2) AND c.closed_at IS NOT NULL`, creditorID, open)
	if err != nil {
		return err
	}
	defer rows.Close()
	now := time.Now()
	for rows.Next() {
		var is string
		if err := rows.Scan(&is); err != nil {
			return err
		}
		d.closed[number[is]] = now
	}
	return rows.Err()
}

// tell adds the figures and checks that nothing was lost, doubled or too fast.
func (d *drain) tell(ctx context.Context, r *report) {
	by := accepted(d.w.box.Log(), r)
	noDoubles(by, r)
	lost, crossed := 0, 0
	var at []time.Time
	for i := range d.n {
		all := by[sandbox.KindEmail+" "+key(i).Number+"/A"]
		paid, isPaid := d.committed[i]
		if len(all) == 0 && !isPaid {
			lost++
		}
		for _, e := range all {
			at = append(at, e.At)
			if isPaid && e.At.After(paid) {
				crossed++
			}
		}
	}
	r.check(lost == 0, "%d orders were neither reminded nor paid", lost)
	r.add("reminders lost", count, "orders", float64(lost)).of(d.n).atMost(float64(lost), 0, "0")
	r.add("messages on their way while the payment committed", count, "messages", float64(crossed)).of(len(d.committed))
	if len(at) < 2 {
		return
	}
	slices.SortFunc(at, time.Time.Compare)
	took := at[len(at)-1].Sub(d.first)
	r.add("first timer → last message", timed, "s", took.Seconds()).of(len(at))
	r.add("messages per second over the drain", rate, "1/s", float64(len(at))/took.Seconds()).of(len(at))
	for _, span := range []time.Duration{time.Second, 10 * time.Second} {
		most := busiest(at, span)
		per := float64(most) / span.Seconds()
		r.add("busiest "+span.String()+" as the provider saw it", rate, "1/s", per).of(len(at)).
			atMost(per, d.w.rate, "≤ the set rate")
	}
	d.latencies(ctx, r)
}

// latencies tells how long a paid case took to close: all, and apart those whose reminder waited in the
// rate-limited queue when the payment came.
func (d *drain) latencies(ctx context.Context, r *report) {
	var closed, completed, free, queued []float64
	for i, paid := range d.committed {
		if at, ok := d.closed[i]; ok {
			closed = append(closed, ms(at.Sub(paid)))
		}
		if err := d.w.temporal.GetWorkflow(ctx, workflowID(i), "").Get(ctx, nil); err != nil {
			r.check(false, "the workflow of %s: %v", key(i), err)
			continue
		}
		what, err := d.w.temporal.DescribeWorkflowExecution(ctx, workflowID(i), "")
		if err != nil {
			r.check(false, "the workflow of %s: %v", key(i), err)
			continue
		}
		took := ms(what.GetWorkflowExecutionInfo().GetCloseTime().AsTime().Sub(paid))
		completed = append(completed, took)
		if d.waiting[i] {
			queued = append(queued, took)
		} else {
			free = append(free, took)
		}
	}
	r.add("payment committed → case closed in the database", timed, "ms", closed...)
	for name, samples := range map[string][]float64{"": completed, ", reminder told or not due yet": free, ", reminder waiting for its turn": queued} {
		if len(samples) == 0 {
			continue
		}
		r.add("payment committed → workflow completed"+name, timed, "ms", samples...)
		p99 := quantile(samples, 0.99)
		r.add("payment committed → workflow completed"+name+", p99", timed, "ms", p99).of(len(samples)).atMost(p99, 1000, "p99 < 1 s (goal)")
	}
}

// busiest is the largest number of moments within any span.
func busiest(at []time.Time, span time.Duration) int {
	most, from := 0, 0
	for i := range at {
		for at[i].Sub(at[from]) >= span {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

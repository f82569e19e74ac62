package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"dunlin/collection"
)

// spent is what one arm of a round took.
type spent struct {
	server, worker, postgres float64 // CPU seconds
	took                     time.Duration
}

func (s spent) engine() float64 { return s.server + s.worker }
func (s spent) whole() float64  { return s.engine() + s.postgres }

// step compares an act of the product with a timer and an activity that does nothing: n cases wait for
// the same moment, act once, and wait for the next. Both arms run on the same server with workers of
// the same shape that both stay up (an idle one costs next to nothing), one after the other, in the order
// A B B A; only from the moment on is it counted.
func step(ctx context.Context, s settings, r *report) error {
	n := or(s.n, 400)
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
	if w.bare, err = launch(w.dir, "bare", true, []string{partVariable + "=bare", "TEMPORAL_ADDRESS=" + w.address}, self()); err != nil {
		return err
	}
	defer w.bare.end()
	if _, err := w.bare.line(); err != nil {
		return err
	}
	arms := []func(ctx context.Context, round, n int) (spent, error){w.bareArm, w.productArm}
	rounds := max(s.rounds, 1)
	var bare, product []spent
	for round := -1; round < rounds; round++ { // the first one warms up
		var pair [2]spent
		for _, arm := range [][]int{{0, 1}, {1, 0}}[(round+2)%2] {
			if pair[arm], err = arms[arm](ctx, round+1, n); err != nil {
				return err
			}
		}
		r.say("round %d: bare %s, product %s", round+1, words(pair[0], n), words(pair[1], n))
		if round >= 0 {
			bare, product = append(bare, pair[0]), append(product, pair[1])
		}
	}
	compare(r, bare, product, n)
	noDoubles(accepted(w.box.Log(), r), r)
	told := len(accepted(w.box.Log(), r))
	r.check(told == n*(rounds+1), "%d messages were sent, %d were due", told, n*(rounds+1))
	return w.soundBooks(ctx, r)
}

func words(s spent, n int) string {
	return fmt.Sprintf("%.1f acts/s, CPU/act server %.1f + worker %.1f + PostgreSQL %.1f ms", float64(n)/s.took.Seconds(),
		1000*s.server/float64(n), 1000*s.worker/float64(n), 1000*s.postgres/float64(n))
}

// compare adds the figures: ratios of each round, and their median.
func compare(r *report, bare, product []spent, n int) {
	each := func(arm []spent, f func(spent) float64) (all []float64) {
		for _, s := range arm {
			all = append(all, f(s))
		}
		return all
	}
	perAct := func(f func(spent) float64) func(spent) float64 {
		return func(s spent) float64 { return 1000 * f(s) / float64(n) }
	}
	drain := func(s spent) float64 { return float64(n) / s.took.Seconds() }
	ratios := func(f func(spent) float64) (all []float64) {
		for i := range bare {
			all = append(all, f(product[i])/f(bare[i]))
		}
		return all
	}
	for name, arm := range map[string][]spent{"bare": bare, "product": product} {
		r.add(name+": drain", rate, "acts/s", each(arm, drain)...)
		r.add(name+": CPU of the Temporal server", timed, "ms/act", each(arm, perAct(func(s spent) float64 { return s.server }))...)
		r.add(name+": CPU of the worker", timed, "ms/act", each(arm, perAct(func(s spent) float64 { return s.worker }))...)
		r.add(name+": CPU of PostgreSQL", timed, "ms/act", each(arm, perAct(func(s spent) float64 { return s.postgres }))...)
	}
	server := ratios(func(s spent) float64 { return s.server })
	r.add("product ÷ bare: CPU of the Temporal server", ratio, "×", server...)
	engine := ratios(spent.engine)
	r.add("product ÷ bare: CPU of server and worker", ratio, "×", engine...)
	whole := ratios(spent.whole)
	r.add("product ÷ bare: CPU of all, PostgreSQL too", ratio, "×", whole...).atMost(quantile(whole, 0.5), 1.25, "≤ 1.25")
	pace := ratios(drain)
	r.add("product ÷ bare: drain rate", ratio, "×", pace...).atLeast(quantile(pace, 0.5), 0.9, "≥ 0.9")
}

// lead is how long n cases get to start before their moment comes.
func lead(n int) time.Time {
	return time.Now().Add(8*time.Second + time.Duration(n)*time.Second/50)
}

// meter reads the CPU of all parts.
func (w *world) meter(worker *child) spent {
	return spent{server: cpuOf(w.server.cmd.Process.Pid, false), worker: cpuOf(worker.cmd.Process.Pid, false), postgres: cpuOf(w.postmaster(), true)}
}

// settle is how long an arm is watched after its last act: the answer and the next timer belong to it.
const settle = 2 * time.Second

func (w *world) spentSince(worker *child, before spent, took time.Duration) spent {
	time.Sleep(settle)
	now := w.meter(worker)
	return spent{server: now.server - before.server, worker: now.worker - before.worker, postgres: now.postgres - before.postgres, took: took}
}

// bareArm runs n bare workflows.
func (w *world) bareArm(ctx context.Context, round, n int) (spent, error) {
	in := bareInput{At: lead(n), End: time.Now().Add(100 * time.Hour)}
	if err := w.startBare(ctx, round, n, in); err != nil {
		return spent{}, err
	}
	time.Sleep(time.Until(in.At.Add(-time.Second)))
	before := w.meter(w.bare)
	for done := 0; done < (round+1)*n; {
		text, err := w.bare.line()
		if err != nil {
			return spent{}, err
		}
		if done, err = strconv.Atoi(text); err != nil {
			return spent{}, err
		}
	}
	return w.spentSince(w.bare, before, time.Since(in.At)), nil
}

func (w *world) startBare(ctx context.Context, round, n int, in bareInput) error {
	var all sync.WaitGroup
	slots, failed := make(chan struct{}, 16), make(chan error, n)
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			_, err := w.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: fmt.Sprintf("bare/%d/%d", round, i), TaskQueue: bareQueue}, "bare", in)
			if err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	return <-failed
}

// productArm runs n orders of one e-mail each.
func (w *world) productArm(ctx context.Context, round, n int) (spent, error) {
	sent := len(w.box.Log())
	at := lead(n)
	if err := w.issueAll(ctx, n, func(i int) collection.Issue { return order(round*n+i, "bench-one", actAt(at)) }); err != nil {
		return spent{}, err
	}
	if _, err := w.allStarted(ctx, (round+1)*n, time.Minute); err != nil {
		return spent{}, err
	}
	if time.Now().After(at) {
		return spent{}, fmt.Errorf("%d cases did not start before their moment: this machine is too busy for a comparison", n)
	}
	time.Sleep(time.Until(at.Add(-time.Second)))
	before := w.meter(w.worker)
	err := wait(ctx, time.Minute+time.Duration(n)*time.Second/5, "the last message", func() (bool, error) {
		return len(w.box.LogAfter(int64(sent))) >= n, nil
	})
	if err != nil {
		return spent{}, err
	}
	log := w.box.Log()
	return w.spentSince(w.worker, before, log[len(log)-1].At.Sub(at)), nil
}

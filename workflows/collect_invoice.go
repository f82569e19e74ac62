// Package workflows walks plans. It knows when and in what order, and nothing of rules, money or
// messages: those come in as data, so that a change of them never breaks a running case.
package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"dunlin/collection"
	"dunlin/dunning"
)

// collector is one case: the newest snapshot and what was seen of it. All of it is either in the
// newest snapshot or may be forgotten, so a continued run starts from collection.Input alone.
type collector struct {
	in        collection.Input
	newest    collection.Snapshot
	stage     dunning.Stage // as the search attribute shows it
	woken     bool          // something came that the wait in progress has not seen
	lookAgain bool          // somebody asked for a look without saying what is new
	pauses    pauses        // acts that were tried and are still due
}

// CollectInvoice sees one cycle of an invoice through to its end. It returns when the database says
// that the cycle is closed, and never for another reason: no error of an activity ends it, and a
// cancellation from outside is no fact about the invoice, so it changes nothing.
func CollectInvoice(ctx workflow.Context, in collection.Input) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	return newCollector(ctx, in).run(ctx)
}

// newCollector listens to every signal before anything else happens.
func newCollector(ctx workflow.Context, in collection.Input) *collector {
	c := &collector{in: in, newest: in.Snapshot, stage: in.Snapshot.Plan.Stage, pauses: pauses{}}
	workflow.Go(ctx, c.receive)
	return c
}

// run is the whole story: look at the newest plan, wait for its earliest act or for news, act, take the answer.
func (c *collector) run(ctx workflow.Context) error {
	for {
		c.catchUp(ctx)
		c.show(ctx)
		if c.newest.Closed {
			return nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && !c.lookAgain {
			return c.continueAsNew(ctx)
		}
		item, at, planned := c.next(ctx)
		if !planned || at.After(workflow.Now(ctx)) {
			c.wait(ctx, item, at, planned)
			continue
		}
		c.lookAgain = c.lookAgain && item.Step != lookAgainStep
		planSeq := c.newest.Seq
		answer := c.perform(ctx, item)
		c.take(answer)
		c.pauses.note(item, planSeq, c.newest, workflow.Now(ctx))
	}
}

// next chooses what to do: a look that was asked for, else the earliest act of the newest plan. An
// act that was tried in vain is put off, and does not keep the others from their turn.
func (c *collector) next(ctx workflow.Context) (item dunning.Item, at time.Time, planned bool) {
	if c.lookAgain {
		now := workflow.Now(ctx)
		return dunning.Item{Step: lookAgainStep, Act: dunning.Review, At: now.UTC(), Reason: "somebody asked for a look"}, now, true
	}
	for _, it := range c.newest.Plan.Items {
		if due := c.pauses.due(it); !planned || due.Before(at) {
			item, at, planned = it, due, true
		}
	}
	return item, at, planned
}

// wait returns when the moment has come or something new has; the caller looks at the newest plan in
// either case. There is one timer at a time, and it is cancelled when it is not needed any more.
func (c *collector) wait(ctx workflow.Context, item dunning.Item, at time.Time, planned bool) {
	if !planned {
		_ = workflow.Await(ctx, func() bool { return c.woken })
		return
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timerCtx, timerLength(at.Sub(workflow.Now(ctx))), workflow.TimerOptions{Summary: untilWords(item, at)})
	_ = workflow.Await(ctx, func() bool { return c.woken || timer.IsReady() })
}

// timerLength rounds up to a millisecond, the server's own precision: a timer must not fire before its
// moment, or the case would wait a second time for the rest.
func timerLength(d time.Duration) time.Duration {
	return d.Truncate(time.Millisecond) + 2*time.Millisecond
}

// take lets an answer's snapshot replace the newest one unless a signal has brought a later one meanwhile.
// An answer of the same seq counts: it was planned after the act, the other before it.
func (c *collector) take(answer collection.Answer) {
	if answer.Snapshot.Seq >= c.newest.Seq {
		c.newest = answer.Snapshot
	}
}

// continueAsNew starts a fresh history from the newest snapshot. catchUp has just taken every signal.
func (c *collector) continueAsNew(ctx workflow.Context) error {
	next := c.in
	next.Snapshot = c.newest
	return workflow.NewContinueAsNewError(ctx, collection.CollectInvoice, next)
}

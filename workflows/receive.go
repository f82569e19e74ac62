package workflows

import (
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"dunlin/collection"
)

// lookAgainStep is the step of a review that no plan asked for.
const lookAgainStep = "look_again"

// receive is the one coroutine that takes signals, of all names, for as long as the case lives. It only
// sets fields; the run acts on them.
func (c *collector) receive(ctx workflow.Context) {
	selector := workflow.NewNamedSelector(ctx, "signals")
	for _, name := range collection.Signals {
		selector.AddReceive(workflow.GetSignalChannel(ctx, name), func(ch workflow.ReceiveChannel, _ bool) {
			var raw converter.RawValue // raw: a payload that does not decode must not vanish unseen
			ch.Receive(ctx, &raw)
			c.hear(ctx, name, raw)
		})
	}
	for {
		selector.Select(ctx)
	}
}

// hear takes the snapshot of a signal when it is newer than the one at hand. An older or equal one is a
// repetition. A signal without a snapshot was sent by hand: it books nothing and makes the case look
// again, as does a look_again that brings nothing newer.
func (c *collector) hear(ctx workflow.Context, name string, raw converter.RawValue) {
	var s collection.Snapshot
	if raw.Payload() != nil {
		if err := converter.GetDefaultDataConverter().FromPayload(raw.Payload(), &s); err != nil {
			workflow.GetLogger(ctx).Warn("a signal holds no snapshot; the case looks again", "signal", name)
			s = collection.Snapshot{}
		}
	}
	switch {
	case s.Seq > c.newest.Seq:
		c.newest = s
		c.pauses = pauses{}
	case s.Seq == 0 || name == collection.SignalLookAgain:
		c.lookAgain = true
	default:
		return
	}
	c.woken = true
}

// catchUp lets the receiver take every signal that arrived with this workflow task before the run
// decides anything: a payment that comes together with a timer is seen first. Coroutines run in the
// order of their making, so when this late one has run, the receiver has emptied its channels.
func (c *collector) catchUp(ctx workflow.Context) {
	passed := false
	workflow.Go(ctx, func(workflow.Context) { passed = true })
	_ = workflow.Await(ctx, func() bool { return passed })
	c.woken = false
}

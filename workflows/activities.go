package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"dunlin/collection"
	"dunlin/dunning"
)

// perform does one act of the plan as one regular activity. It always answers: an error that gets past
// the endless retries (somebody cancelled the activity, an answer that does not decode) is no end of a
// case, so it reads as held, and the pauses see to it that the act is tried again later.
func (c *collector) perform(ctx workflow.Context, item dunning.Item) collection.Answer {
	name, queue := collection.ActivityFor(item.Act)
	actCtx, withdraw := workflow.WithCancel(workflow.WithActivityOptions(ctx, optionsFor(item, queue, c.in.Creditor)))
	act := workflow.ExecuteActivity(actCtx, name, collection.Act{Case: c.in.Case, Item: item, Seq: c.newest.Seq})
	if pointlessOnceSettled(item.Act) {
		_ = workflow.Await(ctx, func() bool { return act.IsReady() || c.newest.Status.Settled() })
		if !act.IsReady() {
			withdraw()
		}
	}
	var answer collection.Answer
	err := act.Get(ctx, &answer)
	switch {
	case temporal.IsCanceledError(err):
		return collection.Answer{Outcome: collection.Settled, Reason: "withdrawn from its queue: nothing is owed any more"}
	case err != nil:
		workflow.GetLogger(ctx).Error("an act gave no answer; it will be tried again", "activity", name, "step", item.Step, "error", err)
		return collection.Answer{Outcome: collection.Held, Reason: err.Error()}
	}
	return answer
}

// pointlessOnceSettled says that an act is taken out of its queue when the money comes before its turn,
// so that the end of a case never waits behind other people's messages. One that has begun is waited
// for: its end belongs into the case, and the guard has seen to it that nothing is claimed any more.
func pointlessOnceSettled(act dunning.Act) bool {
	switch act {
	case dunning.Email, dunning.SMS, dunning.PhoneTask, dunning.Decide, dunning.Place:
		return true
	}
	return false
}

// Priorities, 1 first. What ends a case goes before what finds out, and that before what writes to people.
const (
	priorityEnding  = 1
	priorityLooking = 2
	priorityMoving  = 3
	prioritySending = 4
)

// optionsFor puts an act into its class.
func optionsFor(item dunning.Item, queue, creditor string) workflow.ActivityOptions {
	switch item.Act {
	case dunning.Close, dunning.Recall, dunning.Expire:
		return options(item, queue, creditor, priorityEnding)
	case dunning.LookUp, dunning.Review:
		return options(item, queue, creditor, priorityLooking)
	case dunning.Email, dunning.SMS, dunning.PhoneTask:
		return options(item, queue, creditor, prioritySending)
	}
	return options(item, queue, creditor, priorityMoving)
}

// options are the same for all acts but for their priority: an attempt is over within 30 s (claim,
// provider's 10 s, finish), and it is retried for ever. Fairness shares a queue among the creditors.
func options(item dunning.Item, queue, creditor string, priority int) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue:           queue,
		StartToCloseTimeout: 30 * time.Second,
		WaitForCancellation: true, // an act that has begun is not left alone
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    5 * time.Minute,
		},
		Summary:  actSummary(item),
		Priority: temporal.Priority{PriorityKey: priority, FairnessKey: creditor},
	}
}

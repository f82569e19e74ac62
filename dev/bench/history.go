package main

import (
	"context"

	"go.temporal.io/api/enums/v1"
)

// tally is what one workflow cost.
type tally struct {
	events, actions, upserts, activities float64
	order                                []string // the acts, as they came
	cancelled                            float64  // timers that a wake made needless
}

func (t tally) countEvents() float64  { return t.events }
func (t tally) countActions() float64 { return t.actions }

// history waits until a workflow is over and counts its events and its actions by the rules that
// Temporal Cloud prices by: start, timer, each try of an activity, signal, upsert are one each; a
// workflow task is none. What only a lab has, the skips of its clock, is left out.
func (w *world) history(ctx context.Context, id string) (tally, error) {
	t := tally{}
	if err := w.temporal.GetWorkflow(ctx, id, "").Get(ctx, nil); err != nil {
		return t, err
	}
	all := w.temporal.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for all.HasNext() {
		e, err := all.Next()
		if err != nil {
			return t, err
		}
		switch e.EventType {
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED:
			continue
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enums.EVENT_TYPE_TIMER_STARTED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
			t.actions++
		case enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
			t.actions++
			t.upserts++
		case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			t.actions += float64(e.GetActivityTaskStartedEventAttributes().GetAttempt())
			t.activities++
		case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			t.order = append(t.order, e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName())
		case enums.EVENT_TYPE_TIMER_CANCELED:
			t.cancelled++
		}
		t.events++
	}
	return t, nil
}

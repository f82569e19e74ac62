package relay

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"dunlin/collection"
)

// keywordLimit is the longest keyword that every visibility store takes, in bytes.
const keywordLimit = 255

// start starts the cycle's workflow and returns its run ID.
func (r *Relay) start(ctx context.Context, w collection.Wake, reuse enums.WorkflowIdReusePolicy) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.CallTimeout)
	defer cancel()
	run, err := r.temporal.ExecuteWorkflow(ctx, startOptions(w, reuse), collection.CollectInvoice, w.Input())
	if err != nil {
		return "", err
	}
	return run.GetRunID(), nil
}

// startOptions never replace or end a running case. There is no timeout on a case and no start delay: a
// signal would not wake it from one.
func startOptions(w collection.Wake, reuse enums.WorkflowIdReusePolicy) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                                       collection.WorkflowID(w.Key, w.Cycle),
		TaskQueue:                                collection.QueueCases,
		WorkflowIDReusePolicy:                    reuse,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes:                    attributes(w),
		StaticSummary:                            summary(w),
		Priority:                                 temporal.Priority{FairnessKey: w.Creditor},
	}
}

func attributes(w collection.Wake) temporal.SearchAttributes {
	all := []temporal.SearchAttributeUpdate{
		collection.AttrCreditor.ValueSet(w.Creditor),
		collection.AttrInvoice.ValueSet(w.Number),
		collection.AttrStage.ValueSet(string(w.Snapshot.Plan.Stage)),
		collection.AttrCurrency.ValueSet(string(w.Amount.Currency)),
		collection.AttrBalance.ValueSet(w.Snapshot.Balance.Minor),
	}
	if len(w.DebtorID) <= keywordLimit {
		all = append(all, collection.AttrDebtor.ValueSet(w.DebtorID))
	}
	if !w.DueOn.IsZero() {
		all = append(all, collection.AttrDueDate.ValueSet(w.DueOn.At(0, 0, time.UTC)))
	}
	return temporal.NewSearchAttributes(all...)
}

// summary is the line the Temporal UI shows for a case, e.g. "invoice INV-1: 1,200.00 EUR due 2026-05-14".
func summary(w collection.Wake) string {
	if w.DueOn.IsZero() {
		return fmt.Sprintf("order %s: %s", w.Number, w.Amount)
	}
	return fmt.Sprintf("invoice %s: %s due %s", w.Number, w.Amount, w.DueOn)
}

package relay

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"dunlin/collection"
	"dunlin/internal/failpoint"
)

// errGone: the database says that the case is open, Temporal that its workflow does not run.
var errGone = errors.New("the workflow of this open case is gone: dunlin verify --repair starts it again")

// deliver carries one wake and tells the database how it went.
func (r *Relay) deliver(ctx context.Context, w collection.Wake) {
	if w.Signal == "" {
		w.Signal = collection.SignalLookAgain
	}
	err := failpoint.Hit("F7/" + w.Signal)
	if err == nil {
		err = r.carry(ctx, w)
	}
	if filed := r.file(ctx, w, err); filed != nil {
		// The lease ends by itself, and a second delivery changes nothing.
		r.cfg.Logger.Error("the relay could not file a delivery", "workflow", collection.WorkflowID(w.Key, w.Cycle), "error", filed)
	}
}

// file tells line and outbox what came of a delivery.
func (r *Relay) file(ctx context.Context, w collection.Wake, err error) error {
	switch kindOf(err) {
	case done:
		r.line.works()
		return r.outbox.Delivered(ctx, w)
	case unreachable:
		r.line.broken(err)
		return r.outbox.Failed(ctx, w, "Temporal cannot be reached: "+err.Error(), false)
	case busy:
		r.line.works()
		return r.outbox.Failed(ctx, w, err.Error(), false)
	case refused:
		r.line.works()
		r.cfg.Logger.Error("Temporal refused a wake", "workflow", collection.WorkflowID(w.Key, w.Cycle), "signal", w.Signal, "refusals", w.Failures+1, "error", err)
		return r.outbox.Failed(ctx, w, err.Error(), true)
	}
	return err // the database's own
}

// carry starts the cycle's workflow where that was not done yet, else signals it once. A fresh start
// carries the snapshot itself and needs no signal.
func (r *Relay) carry(ctx context.Context, w collection.Wake) error {
	if w.Started {
		return r.signal(ctx, w)
	}
	if w.Snapshot.Closed {
		return nil // over before it began: there is nothing to start
	}
	if err := failpoint.Hit("F12"); err != nil {
		return err
	}
	runID, err := r.start(ctx, w, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	if already, ok := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); ok {
		return r.adopt(ctx, w, already.RunId)
	}
	if err != nil {
		return err
	}
	if err := failpoint.Hit("F13"); err != nil {
		return err
	}
	return books(r.outbox.Started(ctx, w.Case, runID))
}

// adopt takes "already started" for success only when the database agrees that this cycle is open, as
// after a relay that died between the start and its record. The running case may not know this snapshot yet.
func (r *Relay) adopt(ctx context.Context, w collection.Wake, runID string) error {
	standing, err := r.outbox.Standing(ctx, w.Case)
	if err != nil {
		return books(err)
	}
	if !standing.Open {
		return nil
	}
	if err := r.outbox.Started(ctx, w.Case, runID); err != nil {
		return books(err)
	}
	return r.signal(ctx, w)
}

// signal sends the snapshot under the name of the latest fact.
func (r *Relay) signal(ctx context.Context, w collection.Wake) error {
	callCtx, cancel := context.WithTimeout(ctx, r.cfg.CallTimeout)
	defer cancel()
	err := r.temporal.SignalWorkflow(callCtx, collection.WorkflowID(w.Key, w.Cycle), "", w.Signal, w.Snapshot)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return r.missing(ctx, w)
	}
	if err != nil {
		return err
	}
	return failpoint.Hit("F8/" + w.Signal)
}

// missing decides what a workflow that does not run means: nothing once the cycle is closed, else a
// refusal, unless this very wake is a repair.
func (r *Relay) missing(ctx context.Context, w collection.Wake) error {
	standing, err := r.outbox.Standing(ctx, w.Case)
	switch {
	case err != nil:
		return books(err)
	case !standing.Open:
		return nil
	case w.Signal != collection.SignalLookAgain:
		return errGone
	}
	return r.revive(ctx, w)
}

// revive starts a case again under its own ID. It is the only start that allows a duplicate, and only
// after Describe has shown that nothing runs there.
func (r *Relay) revive(ctx context.Context, w collection.Wake) error {
	running, err := r.running(ctx, w.Case)
	if err != nil {
		return err
	}
	if running {
		return fmt.Errorf("%s runs again: %w", collection.WorkflowID(w.Key, w.Cycle), errBusy)
	}
	runID, err := r.start(ctx, w, enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
	if err != nil {
		return err
	}
	r.cfg.Logger.Warn("a case that was gone was started again", "workflow", collection.WorkflowID(w.Key, w.Cycle), "run", runID)
	return books(r.outbox.Started(ctx, w.Case, runID))
}

// running asks Temporal about one case by its ID, never by a list.
func (r *Relay) running(ctx context.Context, c collection.Case) (bool, error) {
	return describe(ctx, r.temporal, c, r.cfg.CallTimeout)
}

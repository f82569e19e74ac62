package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// ReportHandoff records what the lawyer or agency tells about a placement: acknowledged, returned (we
// collect again, a person decides how), closed (nothing more will come); or that a person of ours has
// recalled it by telling them so. Acknowledged also places a claim that was sent by hand because our
// message was refused.
func (s *Store) ReportHandoff(ctx context.Context, r invoice.HandoffReport) (invoice.Receipt, error) {
	return s.record(ctx, r.Fact, "handoff", collection.SignalHandoff, r.Outcome, func(ctx context.Context, f *file, _ string) error {
		state := dunning.HandoffState(r.Outcome)
		switch state {
		case dunning.HandoffAcknowledged, dunning.HandoffReturned, dunning.HandoffClosed, dunning.HandoffRecalled:
		default:
			return invoice.Invalid("outcome", "%q is no report", r.Outcome).WithHint("acknowledged, returned, closed or recalled")
		}
		if h := f.state.Handoff; h == nil || (h.State != dunning.HandoffSent && h.State != dunning.HandoffAcknowledged) {
			return f.placedByHand(ctx, state, r)
		}
		f.event("handoff_"+r.Outcome, r.Actor, because("placement "+r.Outcome, r.Reason), nil)
		if err := f.setHandoff(ctx, state); err != nil {
			return err
		}
		if err := f.closeTasks(ctx, collection.TaskHandoff, "place", r.Outcome); err != nil { // whether it arrived is known now
			return err
		}
		switch {
		case state == dunning.HandoffClosed && f.status == invoice.Placed:
			return f.move(ctx, invoice.Closed)
		case state == dunning.HandoffReturned || state == dunning.HandoffRecalled:
			return f.backFromPartner(ctx, state)
		}
		return nil
	})
}

// backFromPartner opens the case again and asks a person what follows.
func (f *file) backFromPartner(ctx context.Context, state dunning.HandoffState) error {
	if f.status.Settled() {
		return nil
	}
	f.status = invoice.Open
	how := "came back"
	if state == dunning.HandoffRecalled {
		how = "was recalled"
	}
	return f.openTask(ctx, task{kind: collection.TaskDecision, step: "place", text: "The placement of " + f.inv.Number + " " + how + ". Decide what follows."})
}

// placedByHand takes the acknowledgement of a case file that did not go out by our message.
func (f *file) placedByHand(ctx context.Context, state dunning.HandoffState, r invoice.HandoffReport) error {
	var pk int64
	err := f.tx.QueryRow(ctx, `SELECT h.pk FROM handoffs h JOIN messages m ON m.id = h.message_id WHERE h.invoice_pk = $1 AND h.state = 'prepared' AND m.state IN ('rejected', 'unsent')
		ORDER BY h.pk DESC LIMIT 1`, f.pk).Scan(&pk)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (state != dunning.HandoffAcknowledged || f.status != invoice.Open) {
		return invoice.WrongState("%s is with nobody", f.inv.Number)
	}
	if err != nil {
		return err
	}
	f.event("handoff_acknowledged", r.Actor, because("placement acknowledged; it was sent by hand", r.Reason), nil)
	return f.placed(ctx, pk, dunning.HandoffAcknowledged)
}

// partnerTook follows a placement or a recall that went out, or may have.
func (m *sent) partnerTook(ctx context.Context, f *file) error {
	if m.kind == "recall" {
		_, err := f.tx.Exec(ctx, `UPDATE handoffs SET state = 'recalled', deadline = NULL WHERE invoice_pk = $1 AND state IN ('sent', 'acknowledged')`, f.pk)
		if f.state.Handoff != nil {
			f.state.Handoff.State = dunning.HandoffRecalled
		}
		return err
	}
	var pk int64
	err := f.tx.QueryRow(ctx, `SELECT pk FROM handoffs WHERE message_id = $1 AND state = 'prepared'`, m.id).Scan(&pk)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // it counted as placed before this was certain
	}
	if err != nil {
		return err
	}
	return f.placed(ctx, pk, dunning.HandoffSent)
}

// placed notes that the claim is with the lawyer or the agency. Our own messages and calls stop.
func (f *file) placed(ctx context.Context, handoff int64, state dunning.HandoffState) error {
	var deadline *time.Time
	err := f.tx.QueryRow(ctx, `UPDATE handoffs SET state = $2, deadline = CASE WHEN $2 = 'sent' THEN deadline END WHERE pk = $1 RETURNING deadline`, handoff, state).Scan(&deadline)
	if err != nil {
		return err
	}
	f.state.Handoff = &dunning.Handoff{State: state, Review: orZero(deadline)}
	f.event("placed", "", "handed over; our own messages stop", nil)
	if err := f.closeTasks(ctx, collection.TaskPhone, "", "placed"); err != nil {
		return err
	}
	if err := f.endPlan(ctx, planWithdrawn, "handed over"); err != nil {
		return err
	}
	if f.status == invoice.Open {
		return f.move(ctx, invoice.Placed)
	}
	return nil
}

func (f *file) setHandoff(ctx context.Context, state dunning.HandoffState) error {
	f.state.Handoff = &dunning.Handoff{State: state}
	_, err := f.tx.Exec(ctx, `UPDATE handoffs SET state = $2, deadline = NULL WHERE pk = (SELECT max(pk) FROM handoffs WHERE invoice_pk = $1 AND state NOT IN ('prepared', 'void'))`, f.pk, state)
	return err
}

// tellPartner asks a person to tell the lawyer or agency that what they pursue has changed.
func (f *file) tellPartner(ctx context.Context) error {
	if f.status != invoice.Placed {
		return nil
	}
	return f.openTask(ctx, task{kind: collection.TaskHandoff, step: "balance", text: "The balance of " + f.inv.Number + " changed while the claim is with the lawyer or agency. Tell them what is still open."})
}

package store

import (
	"context"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// ReportHandoff records what the lawyer or agency tells about a placement: acknowledged, returned (we
// collect again, a person decides how), closed (nothing more will come); or that we recall it.
func (s *Store) ReportHandoff(ctx context.Context, r invoice.HandoffReport) (invoice.Receipt, error) {
	return s.record(ctx, r.Fact, "handoff", collection.SignalHandoff, r.Outcome, func(ctx context.Context, f *file, _ string) error {
		h := f.state.Handoff
		if h == nil || (h.State != dunning.HandoffSent && h.State != dunning.HandoffAcknowledged) {
			return invoice.WrongState("%s is with nobody", f.inv.Number)
		}
		state := dunning.HandoffState(r.Outcome)
		f.event("handoff_"+r.Outcome, r.Actor, because("placement "+r.Outcome, r.Reason), nil)
		if err := f.setHandoff(ctx, state); err != nil {
			return err
		}
		switch state {
		case dunning.HandoffAcknowledged:
			return nil
		case dunning.HandoffReturned:
			if f.status == invoice.Placed {
				f.status = invoice.Open
			}
			return f.openTask(ctx, task{kind: collection.TaskDecision, step: "place", text: "The placement of " + f.inv.Number + " came back. Decide what follows."})
		case dunning.HandoffClosed:
			if f.status == invoice.Placed {
				return f.move(ctx, invoice.Closed)
			}
			return nil
		}
		return invoice.Invalid("outcome", "%q is no report", r.Outcome).WithHint("acknowledged, returned or closed")
	})
}

func (f *file) setHandoff(ctx context.Context, state dunning.HandoffState) error {
	f.state.Handoff = &dunning.Handoff{State: state}
	_, err := f.tx.Exec(ctx, `UPDATE handoffs SET state = $2, deadline = NULL WHERE pk = (SELECT max(pk) FROM handoffs WHERE invoice_pk = $1 AND state NOT IN ('prepared', 'void'))`, f.pk, state)
	return err
}

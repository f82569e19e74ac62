package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// lateAfter is how many days after its due date an open invoice counts as late.
const lateAfter = 3

// choose finds the policy of every new invoice: the one it names, else the first segment rule that holds,
// else the default of its kind. How the debtors have paid so far is read in one question for the chunk.
func (in *intake) choose(ctx context.Context, results []collection.IssueResult) error {
	if len(in.fresh) == 0 {
		return nil
	}
	if err := in.readLate(ctx); err != nil {
		return err
	}
	segments, err := in.s.segmentsInForce(ctx, in.tx)
	if err != nil {
		return err
	}
	kept := in.fresh[:0]
	for _, a := range in.fresh {
		err := in.chooseFor(ctx, a, segments)
		switch {
		case err != nil && invoice.CodeOf(err) == "":
			return err
		case err != nil:
			results[a.row].Err = err
		default:
			kept = append(kept, a)
		}
	}
	in.fresh = kept
	return nil
}

// readLate finds the debtors of the chunk with an invoice that was open more than three days after its
// due date. What the creditor itself cancelled says nothing about them.
func (in *intake) readLate(ctx context.Context) error {
	in.late = map[int64]bool{}
	debtors := make([]int64, len(in.fresh))
	for i, a := range in.fresh {
		debtors[i] = a.debtor.pk
	}
	rows, err := in.tx.Query(ctx, `SELECT d.pk FROM (SELECT DISTINCT pk FROM unnest($1::bigint[]) AS u (pk)) AS d
		WHERE EXISTS (SELECT 1 FROM invoices i WHERE i.debtor_pk = d.pk AND i.status IN ('open', 'placed') AND i.due_on + $2::int < $3::date)
		OR EXISTS (SELECT 1 FROM invoices i JOIN stops s ON s.invoice_pk = i.pk AND s.kind = 'settled' AND (s.from_at AT TIME ZONE 'UTC')::date > i.due_on + $2::int
			WHERE i.debtor_pk = d.pk AND i.status <> 'cancelled')`, debtors, lateAfter, in.today())
	if err != nil {
		return err
	}
	var pk int64
	_, err = pgx.ForEachRow(rows, []any{&pk}, func() error {
		in.late[pk] = true
		return nil
	})
	return err
}

// today is the day of the chunk; histories look at days, so one zone serves for all.
func (in *intake) today() time.Time {
	return invoice.DateOf(in.now.UTC()).At(0, 0, time.UTC)
}

func (in *intake) chooseFor(ctx context.Context, a *arrival, segments *dunning.Segments) error {
	a.history = dunning.FirstTime
	if in.late[a.debtor.pk] {
		a.history = dunning.Repeat
	}
	if due := a.inv.DueOn; !due.IsZero() && due.AddDays(lateAfter).At(0, 0, time.UTC).Before(in.today()) {
		in.late[a.debtor.pk] = true // for the rows that follow, as if they came one by one
	}
	if a.policy != nil {
		return nil
	}
	name := defaultPolicies[a.inv.Kind]
	if segments != nil {
		if segment, policy, ok := segments.Choose(a.features()); ok {
			name, a.segment = policy, segment
			for _, r := range segments.Rules {
				if r.Name == segment {
					a.why = r.When.Words()
				}
			}
		}
	}
	var err error
	if a.policy, err = in.policy(ctx, name, a.inv.Kind); err != nil && a.segment != "" {
		if e, ok := errors.AsType[*invoice.Error](err); ok {
			return e.WithHint("segment %q chose it: correct the rules with dunlin segments put", a.segment)
		}
	}
	return err
}

// features are what the segment rules look at.
func (a *arrival) features() dunning.Features {
	d := &a.debtor.state
	return dunning.Features{Creditor: a.inv.Creditor, Group: d.Group, Kind: a.inv.Kind, Country: d.Country, Type: d.Type, History: a.history, Amount: a.inv.Amount}
}

// chosen says for the case file by what the invoice is collected, and why.
func (a *arrival) chosen() string {
	text := fmt.Sprintf("collected by %s v%d", a.policy.Name, a.policy.Version)
	if a.segment == "" {
		return text
	}
	return because(text+": segment "+a.segment, a.why)
}

// inputs are what the choice was made on, for programs.
func (a *arrival) inputs() map[string]any {
	data := map[string]any{"policy": a.policy.hash, "debtor": a.inv.DebtorID, "history": a.history}
	if a.segment != "" {
		data["segment"] = a.segment
	}
	return data
}

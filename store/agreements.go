package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// addAgreements adds to a view what was agreed with the debtor, and what the debtor objects to.
func addAgreements(ctx context.Context, q querier, v *collection.View) error {
	if err := addPlan(ctx, q, v); err != nil {
		return err
	}
	return addDispute(ctx, q, v)
}

// addPlan adds the newest payment plan, with the cover that its instalments have now; of a plan that has
// ended, what it had then is told by the history.
func addPlan(ctx context.Context, q querier, v *collection.View) error {
	rows, err := q.Query(ctx, `SELECT p.n, p.state, p.agreed_at, p.ended_at, p.reason, i.paid + i.credited - p.received_then, x.n, x.due_on, x.amount
		FROM invoices i JOIN payment_plans p ON p.invoice_pk = i.pk JOIN instalments x ON x.plan_pk = p.pk
		WHERE i.creditor = $1 AND i.number = $2 AND p.n = (SELECT max(n) FROM payment_plans WHERE invoice_pk = i.pk) ORDER BY x.n`, v.Invoice.Creditor, v.Invoice.Number)
	if err != nil {
		return err
	}
	var plan collection.PaymentPlanView
	var parts []dunning.Instalment
	var ended *time.Time
	var part dunning.Instalment
	var due time.Time
	var received, minor int64
	_, err = pgx.ForEachRow(rows, []any{&plan.N, &plan.State, &plan.AgreedAt, &ended, &plan.Reason, &received, &part.N, &due, &minor}, func() error {
		part.DueOn, part.Amount = invoice.DateOf(due), invoice.NewMoney(minor, v.Invoice.Amount.Currency)
		part.Open = part.Amount
		parts = append(parts, part)
		return nil
	})
	if err != nil || len(parts) == 0 {
		return err
	}
	plan.AgreedAt, plan.EndedAt = plan.AgreedAt.UTC(), orZero(ended)
	for _, p := range dunning.Cover(parts, max(0, received)) {
		plan.Instalments = append(plan.Instalments, collection.InstalmentView{N: p.N, DueOn: p.DueOn, Amount: p.Amount, Open: p.Open})
	}
	v.PaymentPlan = &plan
	return nil
}

// addDispute adds the dispute in force: the one about a part says how much, whatever is left.
func addDispute(ctx context.Context, q querier, v *collection.View) error {
	rows, err := q.Query(ctx, `SELECT s.amount, s.from_at, s.reason,
			(SELECT max(t.due_at) FROM tasks t WHERE t.invoice_pk = i.pk AND t.kind = 'dispute' AND t.state IN ('open', 'claimed'))
		FROM stops s JOIN invoices i ON i.pk = s.invoice_pk WHERE i.creditor = $1 AND i.number = $2 AND s.kind = 'dispute' AND s.ended_at IS NULL
		ORDER BY s.amount DESC LIMIT 1`, v.Invoice.Creditor, v.Invoice.Number)
	if err != nil {
		return err
	}
	var d collection.DisputeView
	var minor int64
	var by *time.Time
	_, err = pgx.ForEachRow(rows, []any{&minor, &d.Since, &d.Reason, &by}, func() error {
		d.Whole = minor == 0 || minor >= v.Balance.Minor
		d.Amount = invoice.NewMoney(minor, v.Balance.Currency)
		if d.Whole {
			d.Amount = v.Balance
		}
		d.Since, d.AnswerBy = d.Since.UTC(), orZero(by)
		v.Dispute = &d
		return nil
	})
	return err
}

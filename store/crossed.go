package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// kindThanks is the kind of messages that thank a debtor who had paid already when a message went out.
const kindThanks = "thanks"

// crossed notes the messages that went out after the money of a payment had come: they did not bring it. When
// it settles the invoice, the policy may have the debtor thanked.
func (f *file) crossed(ctx context.Context, payment int64, on invoice.Date, settles bool) error {
	x := dunning.Crossed{Payment: payment, At: f.now, PaidOn: on}
	for _, t := range f.state.Taken {
		if !f.asks(t) || !on.Before(invoice.DateOf(t.At.In(f.zone()))) {
			continue
		}
		var first bool
		err := f.tx.QueryRow(ctx, `UPDATE message_covers c SET crossed = true, crossed_by = CASE WHEN $4 THEN $5::bigint ELSE c.crossed_by END FROM message_covers was
			WHERE was.message_id = c.message_id AND was.invoice_pk = c.invoice_pk AND c.invoice_pk = $1 AND c.step = $2 AND c.act = $3 AND NOT c.void RETURNING NOT was.crossed`,
			f.pk, t.Step, t.Act, settles, payment).Scan(&first)
		if errors.Is(err, pgx.ErrNoRows) {
			continue // an earlier system sent it
		}
		if err != nil {
			return err
		}
		day := invoice.DateOf(t.At.In(f.zone()))
		if first {
			f.event("crossed", "", fmt.Sprintf("the payment of %s and the %s of %s crossed in the post: the money was on its way before the message went out", on, f.named(t.Step, t.Act), day), nil)
		}
		if s, ok := f.policy.Step(t.Step); ok && s.Class != dunning.Service && x.MessageOn.Before(day) {
			x.MessageOn = day
		}
	}
	if settles && !x.MessageOn.IsZero() {
		f.state.Crossed = append(f.state.Crossed, x)
	}
	return nil
}

// asks says whether the end on file is that of a message that asked for money and went out.
func (f *file) asks(t dunning.Taken) bool {
	if t.Act != dunning.Email && t.Act != dunning.SMS || t.Outcome != dunning.Accepted && t.Outcome != dunning.Covered {
		return false
	}
	s, ok := f.policy.Step(t.Step)
	return !ok || s.Class != dunning.Service || message.Firmness(s.TemplateFor(f.state.Assigned)) > 0
}

// uncrossed takes back what a payment said about messages, when it is taken back itself: nobody is thanked, and
// a message is crossed only if another payment in force is older than it.
func (f *file) uncrossed(ctx context.Context, payment int64) error {
	f.state.Crossed = nil
	_, err := f.tx.Exec(ctx, `UPDATE message_covers c SET crossed_by = NULL, crossed = EXISTS (
			SELECT FROM bank_allocations a JOIN bank_details d ON d.pk = a.detail_pk JOIN bank_entries e ON e.pk = d.entry_pk
			WHERE a.invoice_pk = c.invoice_pk AND a.detail_pk <> $2 AND a.amount > 0 AND a.undoes IS NULL AND NOT EXISTS (SELECT FROM bank_allocations u WHERE u.undoes = a.pk OR u.returns = a.pk)
				AND coalesce(e.value_on, e.booked_on) < (m.claimed_at AT TIME ZONE $3)::date)
		FROM messages m WHERE m.id = c.message_id AND c.invoice_pk = $1 AND c.crossed`, f.pk, payment, f.zone().String())
	return err
}

// readCrossed reads the payments that settled invoices and that reminders or formal messages crossed with.
func readCrossed(b *pgx.Batch, files ...*file) {
	each(b, files, `SELECT c.invoice_pk, c.crossed_by, max(a.at), max(coalesce(e.value_on, e.booked_on)), max(m.claimed_at) FROM message_covers c JOIN messages m ON m.id = c.message_id
		JOIN bank_allocations a ON a.detail_pk = c.crossed_by AND a.invoice_pk = c.invoice_pk JOIN bank_details d ON d.pk = c.crossed_by JOIN bank_entries e ON e.pk = d.entry_pk
		WHERE c.invoice_pk = ANY($1) AND c.crossed_by IS NOT NULL AND NOT c.void AND m.class <> 'service' GROUP BY c.invoice_pk, c.crossed_by ORDER BY 1, 2`,
		func(row pgx.CollectableRow, pk *int64) (func(*file), error) {
			var x dunning.Crossed
			var on, sent time.Time
			err := row.Scan(pk, &x.Payment, &x.At, &on, &sent)
			x.At, x.PaidOn = x.At.UTC(), invoice.DateOf(on)
			return func(f *file) {
				x := x
				x.MessageOn = invoice.DateOf(sent.In(f.zone()))
				f.state.Crossed = append(f.state.Crossed, x)
			}, err
		})
}

// thanked is the payment that a step thanks for.
func (f *file) thanked(step string) (dunning.Crossed, bool) {
	i := slices.IndexFunc(f.state.Crossed, func(x dunning.Crossed) bool { return dunning.ThanksStep(x.Payment) == step })
	if i < 0 {
		return dunning.Crossed{}, false
	}
	return f.state.Crossed[i], true
}

// toThank makes the message a thank-you: one for all invoices that the payment settled.
func (f *file) toThank(d *draft, siblings []*file) error {
	x, ok := f.thanked(d.act.Step)
	if !ok {
		return invoice.WrongState("%s has no payment to thank for", f.inv.Number)
	}
	d.kind, d.letter.PaidOn, d.letter.MessageOn = kindThanks, x.PaidOn, x.MessageOn
	for _, s := range siblings {
		s.refresh()
		plan := s.policy.Plan(s.state, s.now)
		it, due := plan.Due(d.act.Step, d.act.Item.Act, s.now)
		other, _ := s.thanked(d.act.Step)
		if !due || len(plan.Skips) > 0 || other.MessageOn != x.MessageOn || !s.closedAt.IsZero() {
			continue
		}
		if step, ok := s.policy.Step(it.Step); ok {
			s.line(d, step)
			d.covered, d.steps = append(d.covered, s), append(d.steps, it.Step)
		}
	}
	for i := range d.letter.Lines {
		d.letter.Lines[i].Disputed = invoice.Money{} // whatever it was about, nothing is asked for
	}
	return nil
}

// thankedTogether is SQL for the invoices besides $2 that a thank-you for the payment may cover.
const thankedTogether = `SELECT c.invoice_pk FROM message_covers c JOIN invoices i ON i.pk = c.invoice_pk WHERE c.crossed_by = $1 AND c.invoice_pk <> $2 AND i.debtor_pk = $3 AND i.status = 'paid' ORDER BY c.invoice_pk LIMIT $4`

// togetherWith lists the invoices that a message of the act may cover besides the case's own.
func togetherWith(ctx context.Context, tx pgx.Tx, act collection.Act, pk, debtor int64) ([]int64, error) {
	rows, err := tx.Query(ctx, thankedTogether, dunning.ThankedPayment(act.Step), pk, debtor, dunning.MergeMost)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

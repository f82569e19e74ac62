package store

import (
	"context"
	"fmt"
	"time"

	"dunlin/collection"
	"dunlin/invoice"

	"github.com/jackc/pgx/v5"
)

// compareWithFile finds numbers that are on file, or twice in the chunk: the same content again is
// answered with where the invoice stands, other content is refused.
func (in *intake) compareWithFile(ctx context.Context, results []collection.IssueResult) error {
	kept := in.fresh[:0]
	byKey := map[invoice.Key]*arrival{}
	var creditors, numbers []string
	for _, a := range in.fresh {
		if first, ok := byKey[a.inv.Key]; ok {
			in.repeats[a.row] = first.row
			if string(first.hash) != string(a.hash) {
				delete(in.repeats, a.row)
				results[a.row].Err = invoice.Conflict("number", "%s stands twice in this batch, with different content", a.inv.Number)
			}
			continue
		}
		byKey[a.inv.Key] = a
		kept = append(kept, a)
		creditors, numbers = append(creditors, a.inv.Creditor), append(numbers, a.inv.Number)
	}
	rows, err := in.tx.Query(ctx, `SELECT i.creditor, i.number, i.content_hash, i.seq, i.cycle, i.status, i.balance, i.currency FROM invoices i
		JOIN unnest($1::text[], $2::text[]) AS k (creditor, number) ON k.creditor = i.creditor AND k.number = i.number`, creditors, numbers)
	if err != nil {
		return err
	}
	var hash []byte
	var balance int64
	var currency string
	var r invoice.Receipt
	_, err = pgx.ForEachRow(rows, []any{&r.Invoice.Creditor, &r.Invoice.Number, &hash, &r.Seq, &r.Cycle, &r.Status, &balance, &currency}, func() error {
		a := byKey[r.Invoice]
		delete(byKey, r.Invoice)
		if string(a.hash) != string(hash) {
			results[a.row].Err = invoice.Conflict("number", "%s is on file with other content", a.inv.Number).WithHint("an issued invoice does not change: send a credit note, a due date, or a new number")
			return nil
		}
		r.Balance, r.Repeated = invoice.NewMoney(balance, invoice.Currency(currency)), true
		results[a.row].Receipt = r
		return nil
	})
	in.fresh = kept[:0]
	for _, a := range kept {
		if byKey[a.inv.Key] == a {
			in.fresh = append(in.fresh, a)
		}
	}
	return err
}

// answerRepeats gives a row that stood in the chunk before the answer of its first.
func (in *intake) answerRepeats(results []collection.IssueResult) {
	for row, first := range in.repeats {
		results[row] = results[first]
		results[row].Receipt.Repeated = results[first].Err == nil
	}
}

// openAll makes the files of all new invoices, before anything is written, so that what is refused here
// counts for all or nothing, too.
func (in *intake) openAll(results []collection.IssueResult) {
	kept := in.fresh[:0]
	for _, a := range in.fresh {
		if err := in.open(a); err != nil {
			results[a.row].Err = err
			continue
		}
		in.skipAtBirth(a.file)
		kept = append(kept, a)
	}
	in.fresh = kept
}

// open makes the file of a new invoice: its first plan, its booking, its first event.
func (in *intake) open(a *arrival) error {
	f := &file{tx: in.tx, s: in.s, now: in.now, debtor: a.debtor.pk, inv: a.inv, policy: a.policy.Policy, hash: a.policy.hash, status: invoice.Open, cycle: 1}
	f.standing = invoice.Standing{Principal: a.inv.Amount.Minor}
	f.state = a.debtor.state
	c := &f.state
	c.Kind, c.DebtorID, c.Amount = a.inv.Kind, a.inv.Creditor+"/"+a.inv.DebtorID, a.inv.Amount
	c.IssuedAt, c.IssuedOn, c.DueOn, c.ExpiresAt = in.now, a.inv.IssuedOn, a.inv.DueOn, a.inv.ExpiresAt
	c.Taken, c.Stops, c.Deferred, c.InFlight = nil, nil, nil, nil
	c.Creditor, c.History, c.Assigned = a.inv.Creditor, a.history, a.policy.Assign(c.DebtorID)
	if a.inv.Kind == invoice.KindOrder && !a.inv.ExpiresAt.After(in.now) {
		return invoice.Invalid("expires_at", "%s has passed", a.inv.ExpiresAt.Format(time.RFC3339))
	}
	f.event("issued", a.actor, fmt.Sprintf("%s over %s on file; %s", a.inv.Kind, a.inv.Amount, a.chosen()), a.inputs())
	if err := in.bringEarlier(a, f); err != nil {
		return err
	}
	f.refresh()
	f.plan = f.policy.Plan(f.state, f.now)
	a.file = f
	return nil
}

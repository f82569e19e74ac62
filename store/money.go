package store

import (
	"context"
	"fmt"

	"dunlin/collection"
	"dunlin/invoice"
)

// Pay books money that somebody says has come in: a person, or a payment provider. What the invoice does not need stays on the debtor's account.
func (s *Store) Pay(ctx context.Context, p invoice.Payment) (invoice.Receipt, error) {
	if p.Key == "" {
		return invoice.Receipt{}, invoice.Invalid("key", "is missing").WithHint("a payment needs the bank's reference, so that the same money is never booked twice")
	}
	content := []any{p.Amount, p.PaidOn}
	return s.record(ctx, p.Fact, "payment", collection.SignalPayment, content, func(ctx context.Context, f *file, key string) error {
		if err := f.checkAmount("amount", p.Amount); err != nil {
			return err
		}
		if f.standing.Paid+p.Amount.Minor < 0 {
			return invoice.Invalid("amount", "%s is too large", p.Amount)
		}
		if err := f.noteAmount(ctx, "payment", key, p.Amount.Minor, ""); err != nil {
			return err
		}
		over := max(0, p.Amount.Minor-f.standing.Balance())
		text := fmt.Sprintf("payment of %s received", p.Amount)
		if over > 0 {
			text += fmt.Sprintf("; %s stays on account", f.money(over))
		}
		f.event("payment", p.Actor, because(text, p.Reason), map[string]any{"key": key, "amount": p.Amount, "paid_on": p.PaidOn})
		if err := f.told(ctx, "payment", key, p.Amount.Minor, p.PaidOn, p.Actor, 0); err != nil {
			return err
		}
		return f.paidLate(ctx)
	})
}

// ReturnPayment books money that the bank took back, wholly or in part. A settled invoice is reopened.
func (s *Store) ReturnPayment(ctx context.Context, r invoice.Return) (invoice.Receipt, error) {
	if r.Key == "" || r.Payment == "" {
		return invoice.Receipt{}, invoice.Invalid("key", "a return needs its own key and the key of the payment")
	}
	content := []any{r.Payment, r.Amount}
	return s.record(ctx, r.Fact, "return", collection.SignalReturn, content, func(ctx context.Context, f *file, key string) error {
		left, err := f.leftOf(ctx, r.Payment)
		if err != nil {
			return err
		}
		amount := r.Amount
		if amount == (invoice.Money{}) {
			amount = f.money(left)
		}
		if err := f.checkAmount("amount", amount); err != nil {
			return err
		}
		if amount.Minor > left {
			return invoice.Invalid("amount", "%s is more than the %s left of payment %s", amount, f.money(left), r.Payment)
		}
		if err := f.noteAmount(ctx, "return", key, amount.Minor, r.Payment); err != nil {
			return err
		}
		f.event("payment_returned", r.Actor, because(fmt.Sprintf("%s of payment %s was returned", amount, r.Payment), r.Reason), map[string]any{"key": key, "payment": r.Payment, "amount": amount})
		of, err := f.allocationOf(ctx, r.Payment)
		if err != nil {
			return err
		}
		return f.told(ctx, "return", key, -amount.Minor, invoice.Date{}, r.Actor, of)
	})
}

// leftOf is what has not been returned of a payment, in minor units.
func (f *file) leftOf(ctx context.Context, payment string) (int64, error) {
	var left int64
	var found bool
	err := f.tx.QueryRow(ctx, `SELECT coalesce(sum(CASE kind WHEN 'payment' THEN amount ELSE -amount END), 0), coalesce(bool_or(kind = 'payment'), false)
		FROM facts WHERE invoice_pk = $1 AND ((kind = 'payment' AND key = $2) OR (kind = 'return' AND refers_to = $2))`, f.pk, payment).Scan(&left, &found)
	if err == nil && !found {
		return 0, invoice.Unknown("payment", "%q is no payment of %s", payment, f.inv.Number).WithHint("book the payment first, then its return")
	}
	return left, err
}

func (f *file) noteAmount(ctx context.Context, kind, key string, minor int64, refersTo string) error {
	_, err := f.tx.Exec(ctx, `UPDATE facts SET amount = $4, refers_to = $5 WHERE creditor = $1 AND kind = $2 AND key = $3`, f.inv.Creditor, kind, key, minor, refersTo)
	return err
}

// Credit books a credit note, at most over what has not been credited yet.
func (s *Store) Credit(ctx context.Context, c invoice.CreditNote) (invoice.Receipt, error) {
	if c.Key == "" {
		return invoice.Receipt{}, invoice.Invalid("key", "is missing").WithHint("a credit note needs its number, so that it is never booked twice")
	}
	return s.record(ctx, c.Fact, "credit_note", collection.SignalCredit, c.Amount, func(ctx context.Context, f *file, key string) error {
		return f.creditNote(ctx, key, c.Amount, c.Actor, c.Reason)
	})
}

// creditNote books a credit note under the key of the fact that it belongs to.
func (f *file) creditNote(ctx context.Context, key string, amount invoice.Money, actor, reason string) error {
	if err := f.checkAmount("amount", amount); err != nil {
		return err
	}
	if left := f.standing.Principal - f.standing.Credited; amount.Minor > left {
		return invoice.Invalid("amount", "%s is more than the %s of %s not credited yet", amount, f.money(left), f.inv.Number)
	}
	to := f.standing
	to.Credited += amount.Minor
	f.event("credit_note", actor, because(fmt.Sprintf("credit note over %s", amount), reason), map[string]any{"key": key, "amount": amount})
	return f.book(ctx, "credit_note", key, to, invoice.Date{})
}

// Cancel withdraws the invoice. Money received stays on the debtor's account.
func (s *Store) Cancel(ctx context.Context, c invoice.Cancellation) (invoice.Receipt, error) {
	return s.record(ctx, c.Fact, "cancellation", collection.SignalCancel, nil, func(ctx context.Context, f *file, key string) error {
		if f.status == invoice.Cancelled {
			return invoice.WrongState("%s is cancelled already", f.inv.Number)
		}
		if !f.status.May(invoice.Cancelled) {
			return invoice.WrongState("%s is %s and cannot be cancelled", f.inv.Number, f.status)
		}
		f.event("cancellation", c.Actor, because("invoice cancelled", c.Reason), nil)
		return f.withdraw(ctx, "cancellation", key, invoice.Cancelled)
	})
}

// withdraw credits all that is left and gives the invoice its final status.
func (f *file) withdraw(ctx context.Context, kind, key string, status invoice.Status) error {
	to := f.standing
	to.Credited = to.Principal
	entry := invoice.Book(kind, f.standing, to, f.inv.Amount.Currency)
	f.standing = to
	if len(entry.Postings) > 0 {
		if err := f.insertEntry(ctx, entry, key, invoice.Date{}, nil); err != nil {
			return err
		}
	}
	return f.move(ctx, status)
}

// checkAmount refuses amounts that cannot be booked on this invoice.
func (f *file) checkAmount(field string, m invoice.Money) error {
	if m.Currency != f.inv.Amount.Currency {
		return invoice.Invalid(field+".currency", "%s does not fit: %s is in %s", m.Currency, f.inv.Number, f.inv.Amount.Currency)
	}
	if !m.Positive() {
		return invoice.Invalid(field, "%s is not above zero", m)
	}
	return nil
}

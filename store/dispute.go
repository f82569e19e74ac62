package store

import (
	"context"
	"fmt"
	"slices"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// stepDispute is what the task and the review of a dispute are about.
const stepDispute = "dispute"

// Dispute freezes what the debtor objects to until it is resolved: the whole balance, or a part of it
// while the rest goes on.
func (s *Store) Dispute(ctx context.Context, d invoice.Dispute) (invoice.Receipt, error) {
	var content any // the whole balance is said as it was always said, so that its keys stay good
	if d.Amount != (invoice.Money{}) {
		content = d.Amount
	}
	return s.record(ctx, d.Fact, "dispute", collection.SignalDispute, content, func(ctx context.Context, f *file, _ string) error {
		return f.dispute(ctx, d.Amount, d.Actor, d.Reason)
	})
}

func (f *file) dispute(ctx context.Context, amount invoice.Money, actor, reason string) error {
	if err := f.mustBeOpen("dispute"); err != nil {
		return err
	}
	if f.activeStop(dunning.StopDispute) != nil {
		return invoice.WrongState("%s is disputed already", f.inv.Number).WithHint("dunlin resolve ends a dispute; then another can be recorded")
	}
	part, err := f.disputedPart(amount)
	if err != nil {
		return err
	}
	text := "the debtor objects; everything waits"
	if part > 0 {
		text = fmt.Sprintf("the debtor objects to %s; that part waits, the other %s go on", f.money(part), f.money(f.standing.Balance()-part))
	} else if err := f.closeTasks(ctx, collection.TaskPhone, "", "disputed"); err != nil {
		return err
	}
	f.event("dispute", actor, because(text, reason), map[string]any{"amount": f.money(part)})
	if err := f.addStop(ctx, stopRow{kind: dunning.StopDispute, from: f.now, amount: part, reason: reason}); err != nil {
		return err
	}
	return f.openTask(ctx, task{
		kind: collection.TaskDispute, step: stepDispute, dueAt: f.policy.DisputeReview(f.state, f.now),
		text: because(fmt.Sprintf("Answer the objection to %s (%s of %s). Then: dunlin resolve %s", f.inv.Number, f.disputedWords(part), f.balance(), f.inv.Key), reason),
	})
}

// disputedPart checks the disputed amount; 0 stands for the whole balance.
func (f *file) disputedPart(amount invoice.Money) (int64, error) {
	if amount == (invoice.Money{}) {
		return 0, nil
	}
	if err := f.checkAmount("amount", amount); err != nil {
		return 0, err
	}
	switch balance := f.standing.Balance(); {
	case amount.Minor > balance:
		return 0, invoice.Invalid("amount", "%s is more than the %s that %s is still about", amount, f.balance(), f.inv.Number).WithHint("leave the amount out when everything is disputed")
	case amount.Minor == balance:
		return 0, nil
	}
	return amount.Minor, nil
}

func (f *file) disputedWords(part int64) string {
	if part == 0 {
		return "all"
	}
	return f.money(part).String()
}

// partDispute returns the dispute about a part that is in force.
func (f *file) partDispute() *stopRow {
	for i := range f.stops {
		if st := &f.stops[i]; st.partial() && st.ended.IsZero() {
			return st
		}
	}
	return nil
}

// partial says that the stop is a dispute about a part: the rest goes on.
func (st *stopRow) partial() bool { return st.kind == dunning.StopDispute && st.amount > 0 }

// disputed is the part of the balance that is in dispute while the rest goes on, in minor units.
func (f *file) disputed() int64 {
	if st := f.partDispute(); st != nil {
		return min(st.amount, f.standing.Balance())
	}
	return 0
}

// disputedMoney is disputed as an amount; none is the zero Money.
func (f *file) disputedMoney() invoice.Money {
	if minor := f.disputed(); minor > 0 {
		return f.money(minor)
	}
	return invoice.Money{}
}

// judgeDispute turns a dispute about a part into one about everything once nothing else is left to ask
// for, and back when a payment was returned. The stop keeps the gap after the dispute, as any other does.
func (f *file) judgeDispute(ctx context.Context) error {
	part, balance := f.partDispute(), f.standing.Balance()
	if part == nil || balance == 0 {
		return nil
	}
	n := slices.IndexFunc(f.stops, func(st stopRow) bool { return st.kind == dunning.StopDispute && !st.partial() && st.ended.IsZero() })
	switch {
	case n < 0 && balance <= part.amount:
		f.event("dispute_left", "", fmt.Sprintf("all that is left, %s, is disputed: everything waits", f.balance()), nil)
		if err := f.closeTasks(ctx, collection.TaskPhone, "", "disputed"); err != nil {
			return err
		}
		return f.addStop(ctx, stopRow{kind: dunning.StopDispute, from: f.now, reason: part.reason})
	case n >= 0 && balance > part.amount:
		f.event("dispute_part", "", fmt.Sprintf("%s of %s are not disputed: they go on", f.money(balance-part.amount), f.balance()), nil)
		return f.endStop(ctx, &f.stops[n], f.now, "reopened")
	}
	return nil
}

// Resolve ends the dispute: the claim stands, the debtor was right and gets a credit note in the same
// transaction, or the debtor took the objection back.
func (s *Store) Resolve(ctx context.Context, r invoice.Resolution) (invoice.Receipt, error) {
	var content any
	if r.How != "" || r.Credit != (invoice.Money{}) {
		content = []any{r.How, r.Credit}
	}
	return s.record(ctx, r.Fact, "resolution", collection.SignalResolved, content, func(ctx context.Context, f *file, key string) error {
		return f.resolve(ctx, r, key)
	})
}

func (f *file) resolve(ctx context.Context, r invoice.Resolution, key string) error {
	if f.activeStop(dunning.StopDispute) == nil {
		return invoice.WrongState("%s has no dispute to end", f.inv.Number)
	}
	how := r.How
	if how == "" {
		how = invoice.Upheld
	}
	if how != invoice.Credited && r.Credit != (invoice.Money{}) {
		return invoice.Invalid("credit", "belongs to a resolution in the debtor's favour only").WithHint("say how: credited")
	}
	text := map[invoice.ResolvedHow]string{
		invoice.Upheld: "dispute resolved: the claim stands", invoice.Withdrawn: "dispute resolved: the debtor took the objection back",
		invoice.Credited: "dispute resolved: the debtor was right",
	}[how]
	if text == "" {
		return invoice.Invalid("how", "%q is no end of a dispute", how).WithHint("upheld, credited or withdrawn")
	}
	credit, err := f.resolvedCredit(how, r.Credit)
	if err != nil {
		return err
	}
	f.event("dispute_resolved", r.Actor, because(text, r.Reason), map[string]any{"how": how})
	for i := range f.stops {
		if st := &f.stops[i]; st.kind == dunning.StopDispute && st.ended.IsZero() {
			if err := f.endStop(ctx, st, f.now, string(how)); err != nil {
				return err
			}
		}
	}
	if err := f.closeTasks(ctx, collection.TaskDispute, "", string(how)); err != nil || how != invoice.Credited {
		return err
	}
	return f.creditNote(ctx, key, credit, r.Actor, r.Reason)
}

// resolvedCredit is the credit note of a resolution: by default all that was disputed.
func (f *file) resolvedCredit(how invoice.ResolvedHow, credit invoice.Money) (invoice.Money, error) {
	if how != invoice.Credited || credit != (invoice.Money{}) {
		return credit, nil
	}
	if st := f.partDispute(); st != nil {
		return f.money(min(st.amount, f.standing.Principal-f.standing.Credited)), nil
	}
	if f.standing.Balance() == 0 {
		return credit, invoice.Invalid("credit", "is missing: %s is %s, and nothing says how much was disputed", f.inv.Number, f.status).WithHint("give the amount of the credit note")
	}
	return f.balance(), nil
}

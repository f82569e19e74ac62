package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"dunlin/bank/match"
	"dunlin/collection"
	"dunlin/internal/failpoint"
	"dunlin/invoice"
)

// byHand is the rung of what a person decides.
const byHand match.Rung = "by hand"

// MatchPayment does what a person decided about a payment. Each choice teaches whose account it came from.
func (s *Store) MatchPayment(ctx context.Context, m collection.PaymentMatch) (collection.PaymentView, error) {
	if err := m.Validate(); err != nil {
		return collection.PaymentView{}, err
	}
	err := s.atPayment(ctx, m.ID, m.Actor, m.Reason, false, func(ctx context.Context, c *cashier, l *cashLine) error {
		if err := c.freeAccount(ctx, l); err != nil {
			return err
		}
		if l.rest() == 0 {
			return invoice.WrongState("payment %d is decided (%s)", l.pk, l.how).WithHint("undo it first: dunlin bank undo %d", l.pk)
		}
		return c.matchByHand(ctx, l, m)
	})
	if err == nil {
		err = failpoint.Hit("F6/bank_match")
	}
	if err != nil {
		return collection.PaymentView{}, err
	}
	return s.Payment(ctx, m.ID)
}

// UndoPayment takes back what was decided about a payment, by reversing entries. It counts against the account
// that the payment came from.
func (s *Store) UndoPayment(ctx context.Context, id int64, actor, reason string) (collection.PaymentView, error) {
	if err := (invoice.Fact{Actor: actor, Reason: reason}).Validate(); err != nil {
		return collection.PaymentView{}, err
	}
	err := s.atPayment(ctx, id, actor, reason, true, func(ctx context.Context, c *cashier, l *cashLine) error {
		if !l.statement {
			return invoice.WrongState("payment %d was told by hand", l.pk).WithHint("take it back with dunlin return, by its key %s", l.bankRef)
		}
		given, err := inForce(ctx, c.tx, l.pk)
		if err != nil {
			return err
		}
		if len(given) == 0 {
			return invoice.WrongState("payment %d has no decision to undo", l.pk).WithHint("it waits for one: dunlin bank match %d", l.pk)
		}
		l.why = []string{because("the decision was undone by "+actor, reason)}
		return c.undo(ctx, l, given)
	})
	if err == nil {
		err = failpoint.Hit("F6/bank_undo")
	}
	if err == nil {
		err = s.suggestAgain(ctx, id)
	}
	if err != nil {
		return collection.PaymentView{}, err
	}
	return s.Payment(ctx, id)
}

// atPayment runs what a person does about one payment in one transaction.
func (s *Store) atPayment(ctx context.Context, id int64, actor, reason string, undoing bool, do func(context.Context, *cashier, *cashLine) error) error {
	return s.tx(ctx, func(tx pgx.Tx) error {
		now, err := businessNow(ctx, tx)
		if err != nil {
			return err
		}
		var state string
		if err := tx.QueryRow(ctx, `SELECT state FROM bank_details WHERE pk = $1 FOR NO KEY UPDATE`, id).Scan(&state); err != nil {
			return hinted(notFound(err, "payment", "%d is not on file", id), "see dunlin bank unmatched")
		}
		if !slices.Contains([]string{lineUndecided, lineWaiting, lineDecided}, state) {
			return invoice.WrongState("payment %d is %s: only what is booked can be decided about", id, state)
		}
		c := newCashier(s, tx, now)
		if c.lines, err = loadLines(ctx, tx, []int64{id}); err != nil {
			return err
		}
		l := c.lines[0]
		l.by, l.reason, l.decision = actor, reason, match.Decision{Rung: byHand, Version: match.Version, Confidence: 1000, Payer: l.debtor}
		if err := c.askHeld(ctx); err != nil {
			return err
		}
		// All that the payment gave, and all that waits for it, is locked before anything is changed.
		given, err := inForce(ctx, tx, id)
		if err != nil {
			return err
		}
		pks := slices.Clone(c.held[id])
		for _, a := range given {
			pks = append(pks, a.invoice)
		}
		var debtors []int64
		if undoing {
			if debtors, err = c.holdAgain(ctx, l, given); err != nil {
				return err
			}
		}
		if _, err := c.open(ctx, pks, debtors); err != nil {
			return err
		}
		if err := do(ctx, c, l); err != nil {
			return err
		}
		if err := c.holdAll(ctx); err != nil {
			return err
		}
		return c.finish(ctx)
	})
}

// holdAgain says whose reminders wait once a payment is undecided again: of those whom it was given to, and of
// those whose account it came from. Whoever it belongs to may well have paid.
func (c *cashier) holdAgain(ctx context.Context, l *cashLine, given []allotted) ([]int64, error) {
	if l.amount < 0 {
		return nil, nil
	}
	c.payers = map[[2]string]payer{}
	if err := c.askPayers(ctx); err != nil {
		return nil, err
	}
	debtors := append(slices.Clone(l.payerOf.users), l.payerOf.debtor)
	for _, a := range given {
		debtors = append(debtors, a.debtor)
	}
	slices.Sort(debtors)
	debtors = slices.DeleteFunc(slices.Compact(debtors), func(pk int64) bool { return pk == 0 })
	c.holding = map[int64][]int64{l.pk: debtors}
	return slices.Clone(debtors), nil
}

// freeAccount takes back what lies on a debtor's account: it may still be given to invoices.
func (c *cashier) freeAccount(ctx context.Context, l *cashLine) error {
	given, err := inForce(ctx, c.tx, l.pk)
	if err != nil {
		return err
	}
	for _, a := range given {
		if a.target == toAccount && !a.returned {
			if err := c.undoOne(ctx, l, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// undo takes allocations back, the newest first.
func (c *cashier) undo(ctx context.Context, l *cashLine, given []allotted) error {
	slices.SortFunc(given, func(a, b allotted) int { return cmp.Compare(b.pk, a.pk) })
	for _, a := range given {
		if a.returned {
			return invoice.WrongState("payment %d has come back: the bank took it", l.pk).WithHint("undo the return first: see dunlin bank explain %d", l.pk)
		}
		if err := c.undoOne(ctx, l, a); err != nil {
			return err
		}
		if a.debtor != 0 && l.payer != "" && a.amount > 0 {
			c.taught = append(c.taught, lesson{l.creditor, l.payer, a.debtor, false})
		}
	}
	l.how, l.decision, l.debtor = howUndecided, match.Decision{}, 0
	return nil
}

func (c *cashier) undoOne(ctx context.Context, l *cashLine, a allotted) error {
	l.given -= a.amount
	back := &allocation{detail: l.pk, target: a.target, amount: -a.amount, discount: -a.discount, charge: -a.charge, undoes: a.pk, basis: basis{by: l.by, reason: l.reason}}
	if a.invoice == 0 {
		return c.out.entry(ctx, entryRow{
			Entry:  invoice.Transfer("allocation_undone", accounts[a.target], invoice.Unidentified, l.money(-a.amount)),
			debtor: a.debtor, on: invoice.DateOf(c.now), at: c.now, alloc: back,
		})
	}
	f := c.files[a.invoice]
	if err := f.judgeOnce(ctx); err != nil {
		return err
	}
	to := a.off(f.standing)
	if to.Paid < 0 || to.Discounted < 0 || to.Charged < 0 {
		return invoice.WrongState("%s has not that much left of payment %d", f.inv.Number, l.pk)
	}
	f.event("payment_undone", l.by, because(fmt.Sprintf("%s of the payment %s were not for this invoice: taken back", l.money(a.amount), l.found()), l.reason), map[string]any{"payment": l.pk, "amount": l.money(a.amount)})
	if err := f.uncrossed(ctx, a.detail); err != nil {
		return err
	}
	return f.bookMoney(ctx, "allocation_undone", "", to, invoice.Date{}, back)
}

// matchByHand gives the payment to the invoices chosen, and the rest where it was said to go.
func (c *cashier) matchByHand(ctx context.Context, l *cashLine, m collection.PaymentMatch) error {
	shares, err := c.chosen(ctx, l, m)
	if err != nil {
		return err
	}
	l.why, l.how = append([]string{"decided by " + m.Actor}, words(l.decision.Evidence)...), howApplied
	for _, a := range shares {
		if err := c.shareByHand(ctx, l, a); err != nil {
			return err
		}
	}
	switch rest := l.rest(); {
	case rest == 0:
		return nil
	case m.OnAccount != "":
		return c.accountByHand(ctx, l, m.OnAccount, rest)
	case m.NotOurs:
		if len(shares) == 0 {
			l.how = howNotOurs
		}
		return c.elsewhere(ctx, l, toOthers, 0, rest)
	case len(shares) == 0:
		return invoice.Invalid("invoice", "is missing").WithHint("name an invoice, take a suggestion, put it on a debtor's account or mark it as not ours")
	}
	return nil
}

func (c *cashier) accountByHand(ctx context.Context, l *cashLine, id string, rest int64) error {
	if l.amount < 0 {
		return invoice.Invalid("on_account", "%s went out: it cannot lie on an account", l.money(-l.amount))
	}
	var pk int64
	if err := c.tx.QueryRow(ctx, `SELECT pk FROM debtors WHERE creditor = $1 AND id = $2`, l.creditor, id).Scan(&pk); err != nil {
		return notFound(err, "debtor", "%q is not on file for %s", id, l.creditor)
	}
	if l.given == 0 {
		l.how = howAccount
	}
	l.decision.Payer = pk
	c.teach(l, pk)
	return c.elsewhere(ctx, l, toAccount, pk, rest)
}

// teach notes that a person has said whose account it is.
func (c *cashier) teach(l *cashLine, debtor int64) {
	t := lesson{l.creditor, l.payer, debtor, true}
	if l.payer != "" && l.amount > 0 && !slices.Contains(c.taught, t) {
		c.taught = append(c.taught, t)
	}
}

// chosen finds and locks the invoices that a person has chosen.
func (c *cashier) chosen(ctx context.Context, l *cashLine, m collection.PaymentMatch) ([]match.Applied, error) {
	if m.Suggestion > 0 {
		return c.suggested(ctx, l, m.Suggestion)
	}
	var shares []match.Applied
	var pks []int64
	for _, s := range m.Invoices {
		var pk int64
		if err := c.tx.QueryRow(ctx, `SELECT pk FROM invoices WHERE creditor = $1 AND number = $2`, l.creditor, s.Number).Scan(&pk); err != nil {
			return nil, hinted(notFound(err, "invoice", "%s/%s is not on file", l.creditor, s.Number), "see dunlin list --creditor "+l.creditor)
		}
		switch {
		case slices.Contains(pks, pk):
			return nil, invoice.Invalid("invoice", "%s is named twice", s.Number)
		case s.Amount != invoice.Money{} && (s.Amount.Currency != l.currency || !s.Amount.Positive()):
			return nil, invoice.Invalid("amount", "%s does not fit a payment of %s", s.Amount, l.money(l.amount))
		}
		pks, shares = append(pks, pk), append(shares, match.Applied{Invoice: pk, Amount: s.Amount.Minor})
	}
	_, err := c.open(ctx, slices.Clone(pks), nil)
	return shares, err
}

// suggested is the n-th suggestion on file.
func (c *cashier) suggested(ctx context.Context, l *cashLine, n int) ([]match.Applied, error) {
	var all []match.Suggestion
	if err := c.tx.QueryRow(ctx, `SELECT suggestions FROM bank_details WHERE pk = $1`, l.pk).Scan(&all); err != nil {
		return nil, err
	}
	switch {
	case len(all) == 0:
		return nil, invoice.Invalid("suggestion", "there is none for payment %d", l.pk).WithHint("name the invoices, or see dunlin bank explain %d", l.pk)
	case n > len(all):
		return nil, invoice.Invalid("suggestion", "%d is not one of the %d for payment %d", n, len(all), l.pk).WithHint("dunlin bank unmatched counts them from 1")
	}
	var pks []int64
	for _, a := range all[n-1].Applied {
		pks = append(pks, a.Invoice)
	}
	if _, err := c.open(ctx, pks, nil); err != nil {
		return nil, err
	}
	for _, a := range all[n-1].Applied {
		if f := c.files[a.Invoice]; a.Amount+a.Discount+a.Charge > max(0, f.standing.Balance()) {
			return nil, invoice.WrongState("suggestion %d is out of date: %s are open of %s", n, f.balance(), f.inv.Number).WithHint("say how much it gets: --invoice %s=AMOUNT", f.inv.Number)
		}
	}
	l.decision.Evidence = all[n-1].Evidence // the case file says what the suggestion rested on
	return all[n-1].Applied, nil
}

// shareByHand gives an invoice its share, or takes a returned payment back from it.
func (c *cashier) shareByHand(ctx context.Context, l *cashLine, a match.Applied) error {
	f := c.files[a.Invoice]
	if f.inv.Amount.Currency != l.currency {
		return invoice.Invalid("invoice", "%s is in %s, the payment in %s", f.inv.Number, f.inv.Amount.Currency, l.currency)
	}
	if l.amount < 0 {
		l.how = howReturned
		return c.backByHand(ctx, l, f, a.Amount)
	}
	left := l.rest()
	if a.Amount == 0 {
		if a.Amount = min(left, f.standing.Balance()); a.Amount <= 0 {
			return invoice.WrongState("nothing is open of %s, or nothing is left of the payment", f.inv.Number).WithHint("say how much it gets: --invoice %s=AMOUNT", f.inv.Number)
		}
	}
	if a.Amount > left {
		return invoice.Invalid("amount", "%s is more than the %s left of the payment", l.money(a.Amount), l.money(left))
	}
	l.decision.Payer = f.debtor
	c.teach(l, f.debtor)
	return c.give(ctx, l, f, a)
}

// backByHand takes money back from what the invoice received, the newest first.
func (c *cashier) backByHand(ctx context.Context, l *cashLine, f *file, minor int64) error {
	want := -l.rest()
	if minor != 0 {
		want = min(want, minor)
	}
	// Who looks for the payment that a return takes back holds its row: they take turns.
	rows, err := c.tx.Query(ctx, `SELECT pk FROM bank_details WHERE pk IN (SELECT detail_pk FROM bank_allocations WHERE invoice_pk = $1 AND amount > 0) ORDER BY pk FOR NO KEY UPDATE`, f.pk)
	if err != nil {
		return err
	}
	details, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	for _, d := range slices.Backward(details) {
		given, err := inForce(ctx, c.tx, d)
		if err != nil {
			return err
		}
		for _, a := range given {
			if a.invoice != f.pk || a.amount <= 0 || want == 0 {
				continue
			}
			if a.amount > want {
				a.amount, a.discount, a.charge = want, 0, 0
			}
			want -= a.amount
			if err := c.takeFrom(ctx, l, a, fmt.Sprintf("%s of what was paid was returned", l.money(a.amount))); err != nil {
				return err
			}
		}
	}
	if want > 0 && (minor != 0 || l.given == 0) {
		return invoice.Invalid("amount", "%s has not received that much", f.inv.Number)
	}
	return nil
}

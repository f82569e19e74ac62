package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/bank/match"
	"dunlin/dunning"
	"dunlin/invoice"
)

// The events of reminders that wait while a payment is matched.
const (
	eventHeld  = "payment_matching"
	eventFreed = "payment_matched"
)

// matchingFor is how long reminders wait at most for somebody to decide about a payment.
const matchingFor = 7 * 24 * time.Hour

// lesson is what a decision teaches about an account that payments come from.
type lesson struct {
	creditor, account string
	debtor            int64
	right             bool
}

// applyAll books the decisions, in the order of the payments.
func (c *cashier) applyAll(ctx context.Context) error {
	for _, l := range c.lines {
		if err := c.applyOne(ctx, l); err != nil {
			return err
		}
	}
	return c.holdAll(ctx)
}

func (c *cashier) applyOne(ctx context.Context, l *cashLine) error {
	switch l.how {
	case howCharge:
		return c.elsewhere(ctx, l, toCharge, 0, l.rest())
	case howNotOurs:
		return c.elsewhere(ctx, l, toOthers, 0, l.rest())
	case howReturned:
		return c.takeBack(ctx, l)
	case howUndecided:
		return nil
	}
	d := l.decision
	for _, a := range d.Applied {
		if err := c.give(ctx, l, c.files[a.Invoice], a); err != nil {
			return err
		}
	}
	if rest := l.rest(); rest > 0 && d.OnAccount && d.Payer != 0 {
		if len(d.Applied) == 0 {
			l.how = howAccount
		}
		if err := c.elsewhere(ctx, l, toAccount, d.Payer, rest); err != nil {
			return err
		}
	}
	c.learnFrom(l)
	return nil
}

// strong are the rungs whose decisions teach whose account the money came from.
var strong = []match.Rung{match.ByReference, match.ByEndToEnd, match.ByDocuments, match.ByNumber}

// learnFrom notes whose account it was, where the evidence does not rest on that very account.
func (c *cashier) learnFrom(l *cashLine) {
	if l.payer == "" || l.decision.Payer == 0 || !slices.Contains(strong, l.decision.Rung) || l.tx.Ultimate.Name != "" {
		return
	}
	c.taught = append(c.taught, lesson{l.creditor, l.payer, l.decision.Payer, true})
}

func (l *cashLine) basis() basis {
	return basis{rung: string(l.decision.Rung), evidence: l.why, version: l.decision.Version, by: l.by, reason: l.reason}
}

// give books what a payment gives an invoice.
func (c *cashier) give(ctx context.Context, l *cashLine, f *file, a match.Applied) error {
	if err := f.judgeOnce(ctx); err != nil {
		return err
	}
	to := f.standing
	to.Paid += a.Amount
	to.Discounted += a.Discount
	to.Charged += a.Charge
	if to.Paid < 0 || to.Discounted < 0 || to.Charged < 0 {
		return invoice.Invalid("amount", "%s is more than %s has received", l.money(-a.Amount), f.inv.Number)
	}
	over := max(0, a.Amount-f.standing.Balance())
	text := "payment of " + l.money(a.Amount).String() + " " + l.found()
	if a.Amount != l.amount {
		text = fmt.Sprintf("%s of a payment of %s %s", l.money(a.Amount), l.money(l.amount), l.found())
	}
	if a.Discount > 0 {
		text += fmt.Sprintf("; %s discount granted", l.money(a.Discount))
	}
	if a.Charge > 0 {
		text += fmt.Sprintf("; %s bank charge borne", l.money(a.Charge))
	}
	if over > 0 {
		text += fmt.Sprintf("; %s stays on account", l.money(over))
	}
	if why := strings.Join(l.why, ", "); why != "" {
		text += ": " + why
	}
	f.event("payment", actorOf(l.by), because(text, l.reason), map[string]any{"payment": l.pk, "amount": l.money(a.Amount), "paid_on": l.valueOn, "rung": l.decision.Rung})
	if err := f.crossed(ctx, l.pk, l.valueOn, f.standing.Balance() > 0 && to.Balance() == 0); err != nil {
		return err
	}
	l.given += a.Amount
	err := f.bookMoney(ctx, "allocation", "", to, l.valueOn, &allocation{detail: l.pk, target: toInvoice, amount: a.Amount, discount: a.Discount, charge: a.Charge, basis: l.basis()})
	if err != nil {
		return err
	}
	return f.paidLate(ctx)
}

// actorOf is who stands in the history for a decision.
func actorOf(by string) string {
	if by == byRule {
		return "bank"
	}
	return by
}

// accounts are where money goes that is for no invoice.
var accounts = map[target]invoice.Account{toAccount: invoice.Unapplied, toOthers: invoice.NotOurs, toCharge: invoice.BankCharge, toRefund: invoice.RefundDue}

// elsewhere books what a payment gives no invoice.
func (c *cashier) elsewhere(ctx context.Context, l *cashLine, to target, debtor, minor int64) error {
	if minor == 0 {
		return nil
	}
	l.given += minor
	return c.out.entry(ctx, entryRow{
		Entry:  invoice.Transfer("allocation", accounts[to], invoice.Unidentified, l.money(minor)),
		debtor: debtor, on: l.valueOn, at: c.now, alloc: &allocation{detail: l.pk, target: to, amount: minor, basis: l.basis()},
	})
}

// judgeOnce lets the calendar end what it ends before the first change of this transaction.
func (f *file) judgeOnce(ctx context.Context) error {
	if f.judged {
		return nil
	}
	f.judged = true
	return f.judgeDates(ctx)
}

// holdAll lets the reminders of debtors wait whose payments nobody has decided about, and those go on whose
// payments are decided.
func (c *cashier) holdAll(ctx context.Context) error {
	for _, l := range c.lines {
		if l.rest() != 0 {
			continue
		}
		for _, pk := range c.held[l.pk] {
			if f := c.files[pk]; f != nil {
				if err := f.free(ctx, l.pk); err != nil {
					return err
				}
			}
		}
	}
	open := c.sorted()
	for _, l := range c.lines {
		for _, debtor := range c.holding[l.pk] {
			if l.rest() <= 0 {
				continue
			}
			for _, f := range open {
				if f.debtor == debtor && !f.status.Settled() && f.inv.Amount.Currency == l.currency {
					if err := f.holdFor(ctx, l); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// sorted are the open files by ascending key.
func (c *cashier) sorted() []*file {
	all := make([]*file, 0, len(c.files))
	for _, f := range c.files {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *file) int { return int(a.pk - b.pk) })
	return all
}

// holdFor lets the invoice's reminders wait until somebody has decided about a payment, once per payment.
func (f *file) holdFor(ctx context.Context, l *cashLine) error {
	if slices.ContainsFunc(f.stops, func(s stopRow) bool {
		return s.payment == l.pk && (s.ended.IsZero() || l.by == byRule && s.ended.Equal(s.until)) // it has waited as long as it may
	}) {
		return nil
	}
	if err := f.judgeOnce(ctx); err != nil {
		return err
	}
	until := f.now.Add(matchingFor)
	text := fmt.Sprintf("a payment of %s %s is being matched", l.money(l.rest()), l.found())
	f.event(eventHeld, "", fmt.Sprintf("%s: reminders wait until %s at the latest", text, f.local(until)), map[string]any{"payment": l.pk})
	return f.addStop(ctx, stopRow{kind: dunning.StopHold, from: f.now, until: until, reason: text, payment: l.pk})
}

// free ends the invoice's wait for a payment that is decided.
func (f *file) free(ctx context.Context, payment int64) error {
	for i := range f.stops {
		st := &f.stops[i]
		if st.payment != payment || !st.ended.IsZero() {
			continue
		}
		f.event(eventFreed, "", "the payment that was being matched is decided: reminders go on", map[string]any{"payment": payment})
		if err := f.endStop(ctx, st, f.now, "matched"); err != nil {
			return err
		}
	}
	return nil
}

// queueLessons writes what the decisions teach about the accounts that payments come from.
func (c *cashier) queueLessons(b *pgx.Batch) {
	sum := map[lesson]int64{}
	for _, t := range c.taught {
		sum[t]++
	}
	var creditors, accounts []string
	var debtors, right, wrong []int64
	for _, t := range slices.SortedFunc(maps.Keys(sum), func(x, y lesson) int {
		return cmp.Or(cmp.Compare(x.creditor, y.creditor), cmp.Compare(x.account, y.account), cmp.Compare(x.debtor, y.debtor))
	}) {
		n := len(debtors)
		if n == 0 || creditors[n-1] != t.creditor || accounts[n-1] != t.account || debtors[n-1] != t.debtor {
			creditors, accounts, debtors, right, wrong = append(creditors, t.creditor), append(accounts, t.account), append(debtors, t.debtor), append(right, 0), append(wrong, 0)
			n++
		}
		if t.right {
			right[n-1] += sum[t]
		} else {
			wrong[n-1] += sum[t]
		}
	}
	if len(debtors) == 0 {
		return
	}
	b.Queue(`INSERT INTO payer_accounts (creditor, account, debtor_pk, confirmations, rejections, last_at) SELECT *, $6 FROM unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::int[])
		ON CONFLICT (creditor, account, debtor_pk) DO UPDATE SET confirmations = payer_accounts.confirmations + excluded.confirmations,
			rejections = payer_accounts.rejections + excluded.rejections, last_at = excluded.last_at`, creditors, accounts, debtors, right, wrong, c.now)
}

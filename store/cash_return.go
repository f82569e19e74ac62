package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dunlin/bank/match"
	"dunlin/invoice"
)

// allotted is an allocation in force: what of it was neither undone nor returned.
type allotted struct {
	pk       int64
	detail   int64
	target   target
	invoice  int64
	debtor   int64
	amount   int64
	discount int64
	charge   int64
	returned bool // a returned payment has taken a part of it back
	rung     match.Rung
	by       string
}

// off is a standing without what the allocation has given.
func (a allotted) off(s invoice.Standing) invoice.Standing {
	s.Paid -= a.amount
	s.Discounted -= a.discount
	s.Charged -= a.charge
	return s
}

// returned is the payment that a debit takes back.
type returned struct {
	line  *cashLine
	given []allotted
	left  int64 // what has not come back before
	fee   int64 // what the bank adds for itself
	why   []string

	refund bool // we sent it back ourselves
}

// returnFee is what a bank may add for itself to a return where it does not say how much, in minor units.
const returnFee = 1500

// findReturned finds the payments that the page's returns take back.
func (c *cashier) findReturned(ctx context.Context) error {
	c.earlier, c.origins = map[int64]*returned{}, map[int64]*cashLine{}
	for _, l := range c.lines {
		if !l.openDebit() || !l.isReturn() {
			continue
		}
		if err := c.findOneReturned(ctx, l); err != nil {
			return err
		}
	}
	return c.findRefunds(ctx)
}

func (c *cashier) findOneReturned(ctx context.Context, l *cashLine) error {
	raw := append(refsOf(l.tx.Refs), l.bankRef, l.entryRef)
	reason := ""
	if r := l.tx.Return; r != nil {
		raw = append(raw, refsOf(r.Refs)...)
		reason = strings.TrimSpace(r.Reason + " " + r.Text)
	}
	raw = slices.DeleteFunc(raw, func(r string) bool { return given(r) == "" }) // "not provided" names thousands
	rows, err := c.tx.Query(ctx, selectLines+` WHERE d.creditor = $1 AND d.amount > 0 AND d.currency = $4 AND e.state = 'booked' AND d.state <> 'replaced' AND d.pk <> $5 AND d.pk = ANY (ARRAY (
			(SELECT x.pk FROM unnest($2::text[]) AS r (ref) CROSS JOIN LATERAL (SELECT pk FROM bank_details WHERE creditor = $1 AND end_to_end = r.ref AND end_to_end <> '' LIMIT 50) AS x)
			UNION ALL (SELECT x.pk FROM unnest($2::text[]) AS r (ref) CROSS JOIN LATERAL (SELECT pk FROM bank_entries WHERE account = $3 AND bank_ref = r.ref AND bank_ref <> '' LIMIT 50) AS y JOIN bank_details x ON x.entry_pk = y.pk)
			UNION ALL (SELECT pk FROM bank_details WHERE creditor = $1 AND payer_account = $6 AND payer_account <> '' ORDER BY pk DESC LIMIT 50)))
		ORDER BY d.pk FOR NO KEY UPDATE OF d`, l.creditor, raw, l.account, l.currency, l.pk, l.payer)
	if err != nil {
		return err
	}
	found, err := pgx.CollectRows(rows, scanLine)
	if err != nil {
		return err
	}
	back := match.ReturnLine{Amount: -l.amount, Refs: keysOf(raw), Fee: returnFee}
	var earlier []match.Earlier
	allotments, left := map[int64][]allotted{}, map[int64]int64{}
	for _, e := range found {
		all, err := inForce(ctx, c.tx, e.pk)
		if err != nil {
			return err
		}
		allotments[e.pk] = slices.DeleteFunc(all, func(a allotted) bool { return a.amount <= 0 })
		left[e.pk] = e.amount - e.allocated
		for _, a := range allotments[e.pk] {
			left[e.pk] += a.amount
		}
		if left[e.pk] > 0 {
			earlier = append(earlier, match.Earlier{Detail: e.pk, Amount: left[e.pk], Refs: e.refs()})
		}
	}
	pk, fee, why, ok := match.DecideReturn(back, earlier)
	l.why = words(why)
	if reason != "" {
		l.why = append(l.why, "the bank says: "+reason)
	}
	if !ok {
		return nil
	}
	for _, e := range found {
		if e.pk != pk {
			continue
		}
		if left[pk] < e.amount && -l.amount >= e.amount { // no fee is as much as what went back
			l.why = append(l.why, fmt.Sprintf("of the payment %s only %s are left, the rest has gone back before: a person says what this is", e.found(), l.money(left[pk])))
			return nil
		}
		l.decision = match.Decision{Rung: match.ByReturn, Version: match.Version, Auto: true, Confidence: 990}
		c.earlier[l.pk] = &returned{line: c.origin(e), given: allotments[pk], left: left[pk], fee: fee, why: l.why}
	}
	return nil
}

// origin is the one line of a payment that comes back, however many returns of a page take parts of it.
func (c *cashier) origin(e *cashLine) *cashLine {
	if c.origins[e.pk] == nil {
		c.origins[e.pk] = e
	}
	return c.origins[e.pk]
}

// backOf is SQL for what returns that stand have taken back of the allocation a, as r.
const backOf = `LATERAL (SELECT coalesce(sum(x.amount), 0)::bigint AS amount, coalesce(sum(x.discount), 0)::bigint AS discount, coalesce(sum(x.charge), 0)::bigint AS charge, count(*) AS n
	FROM bank_allocations x WHERE x.returns = a.pk AND NOT EXISTS (SELECT FROM bank_allocations u WHERE u.undoes = x.pk)) AS r`

// inForce reads the allocations of a payment that were neither undone nor wholly returned.
func inForce(ctx context.Context, tx pgx.Tx, detail int64) ([]allotted, error) {
	rows, err := tx.Query(ctx, `SELECT a.pk, a.target, coalesce(a.invoice_pk, 0), coalesce(a.debtor_pk, 0), a.amount + r.amount, a.discount + r.discount, a.charge + r.charge, r.n > 0, a.rung, a.decided_by
		FROM bank_allocations a CROSS JOIN `+backOf+`
		WHERE a.detail_pk = $1 AND a.undoes IS NULL AND NOT EXISTS (SELECT FROM bank_allocations u WHERE u.undoes = a.pk) ORDER BY a.pk`, detail)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a allotted, err error) {
		a.detail = detail
		return a, row.Scan(&a.pk, &a.target, &a.invoice, &a.debtor, &a.amount, &a.discount, &a.charge, &a.returned, &a.rung, &a.by)
	})
}

// takeBack books a return: what the payment had given is taken back, and what is over is the bank's fee.
func (c *cashier) takeBack(ctx context.Context, l *cashLine) error {
	e := c.earlier[l.pk]
	if e == nil {
		l.how = howUndecided
		return nil
	}
	if l.why = e.why; e.refund {
		return c.sendBack(ctx, l, e)
	}
	if c.lessBack(e) && -l.amount > e.left {
		l.how, l.why = howUndecided, []string{"another return of the same day has taken the payment " + e.line.found() + " back already: a person says what this is"}
		return nil
	}
	if -l.amount < e.left {
		return c.takePart(ctx, l, e)
	}
	if err := c.undecidedBack(ctx, l, e); err != nil {
		return err
	}
	for _, a := range e.given {
		if a.amount == 0 {
			continue
		}
		if err := c.takeFrom(ctx, l, a, fmt.Sprintf("%s of the payment %s was returned", l.money(a.amount), e.line.found())); err != nil {
			return err
		}
	}
	return c.elsewhere(ctx, l, toCharge, 0, -e.fee)
}

// lessBack takes off what earlier returns of this transaction have taken back, and says whether there was any.
func (c *cashier) lessBack(e *returned) bool {
	less := false
	for i := range e.given {
		a := &e.given[i]
		if was, ok := c.back[a.pk]; ok {
			less = true
			a.amount, a.discount, a.charge = a.amount-was.amount, a.discount-was.discount, a.charge-was.charge
			e.left -= was.amount
		}
	}
	e.given = slices.DeleteFunc(e.given, func(a allotted) bool { return a.amount <= 0 })
	if gone := e.line.given - e.line.allocated; gone != 0 {
		less = true
		e.left -= gone
	}
	if less {
		e.fee = 0
	}
	return less
}

// undecidedBack sends back as it came what nobody had decided about. The return names it, so that nobody gives
// it away while the return stands.
func (c *cashier) undecidedBack(ctx context.Context, l *cashLine, e *returned) error {
	rest := e.line.rest()
	if rest <= 0 {
		return nil
	}
	e.line.how, e.line.why, e.line.by = howReturned, []string{"the bank took it back"}, byRule
	if err := c.elsewhere(ctx, e.line, toRefund, 0, rest); err != nil {
		return err
	}
	c.lines = append(c.lines, e.line)
	if err := c.out.flush(ctx); err != nil {
		return err
	}
	a := allotted{detail: e.line.pk, target: toRefund, amount: rest}
	if err := c.tx.QueryRow(ctx, `SELECT max(pk) FROM bank_allocations WHERE detail_pk = $1 AND target = $2`, e.line.pk, toRefund).Scan(&a.pk); err != nil {
		return err
	}
	return c.takeFrom(ctx, l, a, "")
}

// takePart books a return of less than the payment where it is clear whose money it was; otherwise a person says.
func (c *cashier) takePart(ctx context.Context, l *cashLine, e *returned) error {
	fits := slices.DeleteFunc(slices.Clone(e.given), func(a allotted) bool { return a.amount != -l.amount })
	if len(e.given) == 1 && e.line.rest() == 0 {
		fits = e.given
	}
	if len(fits) != 1 {
		l.how = howUndecided
		l.why = append(l.why, "the payment "+e.line.found()+" was for several, or nobody has decided about it: a person says whose part came back")
		return nil
	}
	a := fits[0]
	if a.amount != -l.amount {
		a.amount, a.discount, a.charge = -l.amount, 0, 0
	}
	return c.takeFrom(ctx, l, a, fmt.Sprintf("%s of the payment %s was returned", l.money(a.amount), e.line.found()))
}

// takeFrom takes an allocation back with the money of a return.
func (c *cashier) takeFrom(ctx context.Context, l *cashLine, a allotted, text string) error {
	was := c.back[a.pk]
	c.back[a.pk] = allotted{amount: was.amount + a.amount, discount: was.discount + a.discount, charge: was.charge + a.charge}
	if a.invoice == 0 {
		l.given -= a.amount
		return c.out.entry(ctx, entryRow{
			Entry:  invoice.Transfer("return", accounts[a.target], invoice.Unidentified, l.money(-a.amount)),
			debtor: a.debtor, on: l.valueOn, at: c.now, alloc: &allocation{detail: l.pk, target: a.target, amount: -a.amount, returns: a.pk, basis: l.basis()},
		})
	}
	f := c.files[a.invoice]
	if err := f.judgeOnce(ctx); err != nil {
		return err
	}
	if why := strings.Join(l.why, ", "); why != "" {
		text += ": " + why
	}
	kind := "payment_returned"
	if e := c.earlier[l.pk]; e != nil && e.refund {
		kind = "payment_refunded"
	}
	f.event(kind, actorOf(l.by), because(text, l.reason), map[string]any{"payment": l.pk, "amount": l.money(a.amount)})
	l.given -= a.amount
	if kind == "payment_returned" { // who was paid too much back had paid all the same
		if err := f.uncrossed(ctx, a.detail); err != nil {
			return err
		}
	}
	return f.bookMoney(ctx, "return", "", a.off(f.standing), l.valueOn, &allocation{
		detail: l.pk, target: toInvoice, amount: -a.amount, discount: -a.discount, charge: -a.charge, returns: a.pk, basis: l.basis(),
	})
}

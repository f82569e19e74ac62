package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"dunlin/bank/match"
	"dunlin/invoice"
)

// onAccount is money of a debtor that nothing uses up, and that may go back.
type onAccount struct {
	line  *cashLine
	given allotted
	free  int64 // minor units of it that no invoice needs
	asked bool  // a task asks somebody to send it back
	known bool  // it came from the account that the debit went to
	named bool  // the debit names the invoice
}

// sure says whether a debit of so much sends it back, without a person.
func (m onAccount) sure(minor int64) bool {
	return m.known && (m.free == minor || m.asked && m.free > minor) || m.asked && m.named && m.free == minor
}

// findRefunds finds what was sent back: money that lay on account, to where it had come from, or as a task asked.
// Where it is not clear which, a person is asked; any other debit is none of our business.
func (c *cashier) findRefunds(ctx context.Context) error {
	c.unclear = map[int64]bool{}
	var out []*cashLine
	var creditors, accounts, currencies []string
	for _, l := range c.lines {
		if l.openDebit() && !l.isReturn() {
			out, creditors, accounts, currencies = append(out, l), append(creditors, l.creditor), append(accounts, l.payer), append(currencies, string(l.currency))
		}
	}
	if len(out) == 0 {
		return nil
	}
	may, err := c.mayRefund(ctx, creditors, accounts, currencies)
	if err != nil {
		return err
	}
	for _, l := range out {
		if may[[2]string{l.creditor, l.payer}] || may[[2]string{l.creditor}] {
			if err := c.findRefund(ctx, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayRefund are the accounts whose latest payments may have left a creditor money on account, and under "" the
// creditors that have tasks to send money back: most debits are neither, and cost no more than this one question.
func (c *cashier) mayRefund(ctx context.Context, creditors, accounts, currencies []string) (map[[2]string]bool, error) {
	rows, err := c.tx.Query(ctx, `SELECT u.creditor, u.account FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[]) AS u (creditor, account, currency) WHERE account <> '') AS u
			WHERE EXISTS (SELECT FROM (SELECT pk FROM bank_details WHERE creditor = u.creditor AND payer_account = u.account AND payer_account <> '' AND currency = u.currency AND amount > 0 AND allocated > 0 ORDER BY pk DESC LIMIT 50) AS d
				CROSS JOIN LATERAL (SELECT * FROM bank_allocations WHERE detail_pk = d.pk AND amount > 0 OFFSET 0) AS a LEFT JOIN invoices i ON i.pk = a.invoice_pk
				WHERE a.target = 'on_account' OR i.paid > i.amount - i.credited - i.written_off - i.discounted - i.charged)
		UNION ALL SELECT creditor, '' FROM tasks WHERE creditor = ANY($1) AND kind = 'refund' AND state <> 'closed'`, creditors, accounts, currencies)
	if err != nil {
		return nil, err
	}
	may := map[[2]string]bool{}
	var key [2]string
	_, err = pgx.ForEachRow(rows, []any{&key[0], &key[1]}, func() error { may[key] = true; return nil })
	return may, err
}

func (c *cashier) findRefund(ctx context.Context, l *cashLine) error {
	all, err := c.moneyOnAccount(ctx, l)
	if err != nil || len(all) == 0 {
		return err
	}
	fits := slices.DeleteFunc(slices.Clone(all), func(m onAccount) bool { return !m.sure(-l.amount) })
	if len(fits) != 1 {
		c.unclear[l.pk] = slices.ContainsFunc(all, func(m onAccount) bool { return m.known || m.free == -l.amount })
		return nil
	}
	m := fits[0]
	m.given.amount, m.given.discount, m.given.charge = -l.amount, 0, 0
	l.decision = match.Decision{Rung: match.ByReturn, Version: match.Version, Auto: true, Confidence: 980}
	c.earlier[l.pk] = &returned{line: c.origin(m.line), given: []allotted{m.given}, left: -l.amount, why: m.why(), refund: true}
	return nil
}

func (m onAccount) why() []string {
	why := []string{"it lay on account"}
	if m.known {
		why = append(why, "it went to the account that the money had come from")
	}
	if m.asked {
		why = append(why, "somebody was asked to send it back")
	}
	if m.named {
		why = append(why, "the text names the invoice")
	}
	return why
}

// moneyOnAccount is what is on account, and came from the account that a debit went to or is to be sent back.
func (c *cashier) moneyOnAccount(ctx context.Context, l *cashLine) ([]onAccount, error) {
	rows, err := c.tx.Query(ctx, selectLines+` WHERE d.pk = ANY (ARRAY (
			(SELECT pk FROM bank_details WHERE creditor = $1 AND payer_account = $2 AND payer_account <> '' AND currency = $3 AND amount > 0 AND allocated > 0 ORDER BY pk DESC LIMIT 50)
			UNION ALL SELECT a.detail_pk FROM tasks t JOIN bank_allocations a ON a.invoice_pk = t.invoice_pk WHERE t.creditor = $1 AND t.kind = 'refund' AND t.state <> 'closed' AND a.amount > 0))
		AND d.currency = $3 AND e.account <> $4 ORDER BY d.pk FOR NO KEY UPDATE OF d`, l.creditor, l.payer, l.currency, manualAccount(l.creditor))
	if err != nil {
		return nil, err
	}
	lines, err := pgx.CollectRows(rows, scanLine)
	if err != nil {
		return nil, err
	}
	named := c.houses[l.creditor].grammar.Keys(&l.line).Numbers
	var all []onAccount
	for _, e := range lines {
		given, err := inForce(ctx, c.tx, e.pk)
		if err != nil {
			return nil, err
		}
		for _, a := range given {
			m := onAccount{line: e, given: a, known: l.payer != "" && e.payer == l.payer}
			var number string
			if m.free, m.asked, number, err = c.freeOf(ctx, a); err != nil {
				return nil, err
			}
			if m.named = number != "" && slices.Contains(named, match.Key(number)); m.free > 0 {
				all = append(all, m)
			}
		}
	}
	return all, nil
}

// freeOf is what of an allocation nothing uses up, whether somebody is asked to send it back, and the invoice.
func (c *cashier) freeOf(ctx context.Context, a allotted) (free int64, asked bool, number string, err error) {
	switch {
	case a.target == toAccount:
		return a.amount, false, "", nil
	case a.target != toInvoice || a.amount <= 0:
		return 0, false, "", nil
	}
	var at invoice.Standing
	err = c.tx.QueryRow(ctx, `SELECT amount, credited, written_off, paid, discounted, charged, EXISTS (SELECT FROM tasks t WHERE t.invoice_pk = i.pk AND t.kind = 'refund' AND t.state <> 'closed'), number
		FROM invoices i WHERE pk = $1`, a.invoice).Scan(&at.Principal, &at.Credited, &at.WrittenOff, &at.Paid, &at.Discounted, &at.Charged, &asked, &number)
	return min(a.amount, at.OnAccount()), asked, number, err
}

// sendBack books a refund, unless an earlier line of the page has used up what was there.
func (c *cashier) sendBack(ctx context.Context, l *cashLine, e *returned) error {
	a := e.given[0]
	if _, gone := c.back[a.pk]; gone || a.invoice != 0 && c.files[a.invoice].standing.OnAccount() < a.amount {
		l.how, l.why = howUndecided, []string{"what lay on account there has gone back already: a person says what this is"}
		return nil
	}
	return c.takeFrom(ctx, l, a, l.money(a.amount).String()+" was sent back, of the payment "+e.line.found())
}

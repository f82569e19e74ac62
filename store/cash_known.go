package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"dunlin/bank/match"
)

// askAround finds what stands on file next to numbers in a payment's text that are nearly those of invoices
// which it may be for.
func (c *cashier) askAround(ctx context.Context) error {
	var creditors, keys []string
	for _, l := range c.credits() {
		c.doubtful[l.pk] = c.houses[l.creditor].grammar.Doubtful(&l.line, c.alike(l))
		for _, key := range c.doubtful[l.pk] {
			creditors, keys = append(creditors, l.creditor), append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	next := func(which, order string) string {
		return `coalesce((SELECT k.key FROM invoice_keys k WHERE k.creditor = u.creditor AND k.kind = 'number' AND length(k.key) = length(u.key) AND k.key ` + which + ` u.key ORDER BY k.key ` + order + ` LIMIT 1), '')`
	}
	rows, err := c.tx.Query(ctx, `SELECT u.creditor, u.key, EXISTS (SELECT FROM invoice_keys k WHERE k.creditor = u.creditor AND k.key = u.key AND k.kind = 'number'), `+next("<", "DESC")+`, `+next(">", "ASC")+` FROM unnest($1::text[], $2::text[]) AS u (creditor, key)`, creditors, keys)
	if err != nil {
		return err
	}
	var key [2]string
	var a match.Around
	_, err = pgx.ForEachRow(rows, []any{&key[0], &key[1], &a.Filed, &a.Below, &a.Above}, func() error {
		c.around[key] = a
		return nil
	})
	return err
}

// alike are the open invoices that a payment may be for by its amount: what a known payer owes, or what has
// nearly a number of the text.
func (c *cashier) alike(l *cashLine) []match.Invoice {
	pks := c.owed[l.payerOf.debtor]
	if !l.payerOf.sure {
		pks = nil
		for _, key := range l.near {
			pks = append(pks, c.byKey[[2]string{l.creditor, key}]...)
		}
	}
	return c.standings(pks, func(i *match.Invoice) bool { return i.Balance == l.rest() && i.Currency == l.currency })
}

// known is what the books say about one payment, as they stand after the decisions so far.
func (c *cashier) known(l *cashLine) match.Known {
	k := match.Known{Payer: l.payerOf.debtor, Sure: l.payerOf.sure, Users: l.payerOf.users, More: c.more[l.payerOf.debtor], Names: map[int64]string{}, IDs: map[int64]string{}}
	c.called(&k, []match.Invoice{{Debtor: k.Payer}})
	var named []int64
	for _, keys := range [][]string{l.keys.Numbers, l.keys.Digits, l.keys.References} {
		for _, key := range keys {
			named = append(named, c.byKey[[2]string{l.creditor, key}]...)
		}
	}
	k.Named = c.standings(named, func(*match.Invoice) bool { return true })
	c.called(&k, k.Named)
	k.Owed = c.standings(c.owed[k.Payer], func(i *match.Invoice) bool { return i.Open() && i.Currency == l.currency })
	k.Around = map[string]match.Around{}
	for _, key := range c.doubtful[l.pk] {
		k.Around[key] = c.around[[2]string{l.creditor, key}]
	}
	if k.Sure {
		k.Just = c.lately(l)
		return k
	}
	var near []int64
	for _, key := range l.near {
		near = append(near, c.byKey[[2]string{l.creditor, key}]...)
	}
	k.NearAll = len(l.near) > 0 // none are given where there would be too many
	k.Near = c.standings(near, func(i *match.Invoice) bool { return i.Open() && i.Balance == l.rest() })
	c.called(&k, k.Near)
	return k
}

// called says how the debtors of invoices are called, and under which numbers they are on file.
func (c *cashier) called(k *match.Known, all []match.Invoice) {
	for i := range all {
		debtor := all[i].Debtor
		k.Names[debtor], k.IDs[debtor] = c.names[debtor], c.numbers[debtor]
	}
}

// standings are invoices as they stand now, each once.
func (c *cashier) standings(pks []int64, keep func(*match.Invoice) bool) []match.Invoice {
	var all []match.Invoice
	for n, pk := range pks {
		if i := c.invoices[pk]; !slices.Contains(pks[:n], pk) && keep(i) {
			all = append(all, *i)
		}
	}
	return all
}

// lately is what the payer's account has paid within ten days.
func (c *cashier) lately(l *cashLine) []int64 {
	var all []int64
	for _, j := range c.just[[2]string{l.creditor, l.payer}] {
		if days := j.on.DaysUntil(l.valueOn); days >= -10 && days <= 10 {
			all = append(all, j.minor)
		}
	}
	return all
}

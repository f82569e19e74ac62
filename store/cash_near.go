package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// neighbours looks for open invoices of the very amount of a payment whose numbers are a slip away from what it
// names: see match.Known.Near. It asks who else has the amount, which is seldom more than a few, and compares
// numbers itself; only where an amount is common does it ask for each slip.
type neighbours struct {
	c     *cashier
	keys  map[alike]map[string]bool // the slips of all payments of an amount
	found map[alike]int             // how many invoices have it
}

// alike is an amount that is open at a creditor.
type alike struct {
	creditor string
	minor    int64
}

// mostAlike is from when on an amount is too common to read all invoices that have it.
const mostAlike = 16

// newNeighbours works out the slips of payments whose payers are not known for sure.
func newNeighbours(c *cashier) *neighbours {
	n := &neighbours{c: c, keys: map[alike]map[string]bool{}, found: map[alike]int{}}
	for _, l := range c.credits() {
		if l.payerOf.sure {
			continue
		}
		l.near = c.houses[l.creditor].grammar.Neighbours(&l.line)
		a := alike{l.creditor, l.rest()}
		if len(l.near) > 0 && n.keys[a] == nil {
			n.keys[a] = make(map[string]bool, len(l.near))
		}
		for _, key := range l.near {
			n.keys[a][key] = true
		}
	}
	return n
}

// askAlike reads the invoices of the amounts.
func (n *neighbours) askAlike(b *pgx.Batch) {
	if len(n.keys) == 0 {
		return
	}
	var creditors []string
	var amounts []int64
	for a := range n.keys {
		creditors, amounts = append(creditors, a.creditor), append(amounts, a.minor)
	}
	b.Queue(`SELECT u.creditor, `+matchColumns+` FROM unnest($1::text[], $2::bigint[]) AS u (creditor, amount)
		CROSS JOIN LATERAL (SELECT * FROM invoices x WHERE x.creditor = u.creditor AND x.balance = u.amount AND x.balance > 0 LIMIT $3) AS i`, creditors, amounts, mostAlike+1).Query(n.compare)
}

// compare keeps the invoices whose numbers are a slip away.
func (n *neighbours) compare(rows pgx.Rows) error {
	_, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var creditor string
		i, err := scanMatch(row, &creditor)
		if err != nil {
			return struct{}{}, err
		}
		a := alike{creditor, i.Balance}
		n.found[a]++
		for _, key := range numberKeys(i.Number) {
			if n.keys[a][key] {
				n.c.name([2]string{creditor, key}, n.c.remember(&i))
			}
		}
		return struct{}{}, nil
	})
	return err
}

// askRest asks for each slip where too many invoices have the amount.
func (n *neighbours) askRest(ctx context.Context) error {
	var creditors, keys []string
	var amounts []int64
	for a, slips := range n.keys {
		if n.found[a] <= mostAlike {
			continue
		}
		for key := range slips {
			if d := digitsKey(key); d != key && slips[d] {
				continue // whoever has this number has these digits, too
			}
			creditors, keys, amounts = append(creditors, a.creditor), append(keys, key), append(amounts, a.minor)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	rows, err := n.c.tx.Query(ctx, `SELECT k.creditor, k.key, false, `+matchColumns+` FROM unnest($1::text[], $2::text[], $3::bigint[]) AS u (creditor, key, amount)
		JOIN invoice_keys k ON k.creditor = u.creditor AND k.key = u.key JOIN invoices i ON i.pk = k.invoice_pk AND i.balance = u.amount ORDER BY i.pk`, creditors, keys, amounts)
	if err != nil {
		return err
	}
	return n.c.found(rows)
}

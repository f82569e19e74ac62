package rehearse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dunlin/invoice"
)

// copier takes rows out of the source and puts them into the lab. Between the two lies the veil: no row
// is written as it was read, and texts that people wrote stay behind.
type copier struct {
	from     pgx.Tx // read-only
	to       pgx.Tx
	veil     *veil
	cases    map[int64]*openCase
	ids      map[int64]string // of debtors, veiled
	numbers  map[int64]string // of invoices, veiled
	led      map[int64]int64  // an invoice of each debtor, to carry messages of those that are not taken
	invoices []int64
	debtors  []int64
	creditor []string
	names    map[int64]string
	now      time.Time
	imported map[string]bool
}

// prepare works out who is who before the first row is copied.
func (c *copier) prepare(ctx context.Context, d *database, cases []openCase) error {
	c.names = map[int64]string{}
	creditors := map[string]bool{}
	for i := range cases {
		x := &cases[i]
		x.credited += max(0, x.standing().Balance()-x.balance)              // whatever else has settled a part of it
		x.credited, x.paid = x.credited+min(x.paid, x.amount-x.credited), 0 // what came in stays in the source's bank lines
		c.cases[x.pk] = x
		c.invoices = append(c.invoices, x.pk)
		if _, ok := c.led[x.debtor]; !ok {
			c.led[x.debtor] = x.pk
			c.debtors = append(c.debtors, x.debtor)
		}
		if !creditors[x.creditor] {
			creditors[x.creditor] = true
			c.creditor = append(c.creditor, x.creditor)
		}
	}
	said, err := d.said(ctx, c.debtors)
	if err != nil {
		return err
	}
	for i := range cases {
		x := &cases[i]
		c.ids[x.debtor] = c.veil.debtor(x.creditor, x.debtorID, said[x.debtor])
		c.numbers[x.pk] = c.veil.number(x.creditor, x.number, said[x.debtor])
		c.names[x.debtor] = c.veil.name(x.creditor, x.debtorID)
	}
	return nil
}

// table is one table's way into the lab. The SQL selects the columns as they are written, of @invoices,
// @debtors and @creditors; veil changes a row in place and says whether it is kept.
type table struct {
	name    string
	columns []string
	sql     string
	veil    func(row []any) bool
}

func (c *copier) copyAll(ctx context.Context) error {
	if err := c.to.QueryRow(ctx, `SELECT business_now()`).Scan(&c.now); err != nil {
		return err
	}
	if err := c.copyPolicies(ctx); err != nil {
		return err
	}
	for _, t := range c.tables() {
		if err := c.copyTable(ctx, t); err != nil {
			return fmt.Errorf("copying %s: %w", t.name, err)
		}
	}
	if err := c.openBooks(ctx); err != nil {
		return err
	}
	return c.countOn(ctx)
}

func (c *copier) copyTable(ctx context.Context, t table) error {
	rows, err := c.from.Query(ctx, t.sql, pgx.NamedArgs{"invoices": c.invoices, "debtors": c.debtors, "creditors": c.creditor})
	if err != nil {
		return err
	}
	var kept [][]any
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			rows.Close()
			return err
		}
		if t.veil == nil || t.veil(row) {
			kept = append(kept, row)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, err = c.to.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(kept))
	return err
}

// copyPolicies takes the compiled policies of the cases; their sources, with the comments, stay behind.
func (c *copier) copyPolicies(ctx context.Context) error {
	rows, err := c.from.Query(ctx, `SELECT hash, name, version, compiled::text FROM policies WHERE hash IN (SELECT policy_hash FROM invoices WHERE pk = ANY($1))`, c.invoices)
	if err != nil {
		return err
	}
	type held struct {
		hash, name, compiled string
		version              int32
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (h held, err error) {
		return h, row.Scan(&h.hash, &h.name, &h.version, &h.compiled)
	})
	if err != nil {
		return err
	}
	for _, h := range all {
		if _, err := c.to.Exec(ctx, `INSERT INTO policies (hash, name, version, source, compiled) VALUES ($1, $2, $3, '', $4) ON CONFLICT DO NOTHING`, h.hash, h.name, h.version, h.compiled); err != nil {
			return err
		}
	}
	return nil
}

// veilCreditor is the profile without names, accounts, links and hooks.
func (c *copier) veilCreditor(row []any) bool {
	var profile invoice.Creditor
	text, _ := row[1].(string)
	if json.Unmarshal([]byte(text), &profile) != nil {
		profile = standIn("")
	}
	profile.ID, _ = row[0].(string)
	veiled, err := json.Marshal(c.veil.creditor(profile))
	row[1] = string(veiled)
	return err == nil
}

// firstEvent begins a history in the lab.
func (c *copier) firstEvent(x *openCase) invoice.Event {
	e := invoice.Event{N: 1, Seq: x.seq, At: c.now.UTC().Truncate(time.Microsecond), Kind: "imported", Actor: "rehearsal", Text: "taken over for a rehearsal, where it stood"}
	e.Hash = e.ChainHash(nil)
	return e
}

// openBooks writes each invoice's opening balance and the first line of its history.
func (c *copier) openBooks(ctx context.Context) error {
	b := &pgx.Batch{}
	for _, pk := range c.invoices {
		x := c.cases[pk]
		e := c.firstEvent(x)
		b.Queue(`INSERT INTO events (invoice_pk, n, seq, at, kind, actor, text, hash) VALUES ($1, 1, $2, $3, $4, $5, $6, $7)`, pk, e.Seq, e.At, e.Kind, e.Actor, e.Text, e.Hash)
		issued := invoice.Standing{Principal: x.amount}
		c.book(b, x, "issue", 1, invoice.Standing{}, issued)
		c.book(b, x, "opening", max(1, x.seq), issued, x.standing())
	}
	return c.to.SendBatch(ctx, b).Close()
}

func (c *copier) book(b *pgx.Batch, x *openCase, kind string, seq int64, before, after invoice.Standing) {
	entry := invoice.Book(kind, before, after, invoice.Currency(x.currency))
	if len(entry.Postings) == 0 {
		return
	}
	var accounts, components []string
	var amounts []int64
	for _, p := range entry.Postings {
		if p.Account == invoice.Unidentified {
			p.Account = invoice.BankAccount // the bank lines that brought the money stay behind
		}
		accounts, components, amounts = append(accounts, string(p.Account)), append(components, string(p.Component)), append(amounts, p.Amount.Minor)
	}
	b.Queue(`WITH e AS (INSERT INTO entries (invoice_pk, kind, seq, booked_on, at) VALUES ($1, $2, $3, $4, $5) RETURNING pk)
		INSERT INTO postings (entry_pk, account, component, invoice_pk, debtor_pk, amount, currency)
		SELECT e.pk, a, k, $1, $6, m, $7 FROM e CROSS JOIN unnest($8::text[], $9::text[], $10::bigint[]) AS u (a, k, m)`,
		x.pk, kind, seq, x.issued, c.now, x.debtor, x.currency, accounts, components, amounts)
}

// countOn lets the lab count on from where the source is.
func (c *copier) countOn(ctx context.Context) error {
	for _, t := range []string{"debtors", "invoices", "stops", "tasks", "decisions", "handoffs", "payment_plans"} {
		if _, err := c.to.Exec(ctx, `SELECT setval(pg_get_serial_sequence('`+t+`', 'pk'), greatest((SELECT max(pk) FROM `+t+`), 1))`); err != nil {
			return err
		}
	}
	return nil
}

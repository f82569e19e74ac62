package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Load reads the books in one snapshot.
func Load(ctx context.Context, url string) (*Books, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	b := &Books{Policies: map[string]Policy{}}
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error { return b.read(ctx, tx) })
	if err == nil {
		b.Pliable, err = pliable(ctx, conn)
	}
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return b, nil
}

func (b *Books) read(ctx context.Context, tx pgx.Tx) error {
	if err := tx.QueryRow(ctx, `SELECT business_now()`).Scan(&b.Now); err != nil {
		return err
	}
	return errors.Join(b.readInvoices(ctx, tx), b.readSends(ctx, tx), b.readMoney(ctx, tx), b.readPeople(ctx, tx), b.readHistory(ctx, tx))
}

// all collects the rows of a query by a function that scans one.
func all[T any](ctx context.Context, tx pgx.Tx, into *[]T, sql string, scan func(row pgx.CollectableRow, v *T) error) error {
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return err
	}
	*into, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (v T, err error) { return v, scan(row, &v) })
	return err
}

// never stands for SQL's null where a time is scanned.
func never(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func (b *Books) readInvoices(ctx context.Context, tx pgx.Tx) error {
	err := all(ctx, tx, &b.Invoices, `SELECT i.pk, i.creditor, i.number, d.id, d.pk, i.kind, i.currency, i.status, i.amount, i.credited, i.written_off, i.paid, i.balance,
		i.issued_on, i.due_on, i.expires_at, i.created_at, i.policy_hash, i.cycle, i.seq, i.event_n, i.event_head, d.zone, i.plan
		FROM invoices i JOIN debtors d ON d.pk = i.debtor_pk ORDER BY i.pk`, func(row pgx.CollectableRow, i *Invoice) error {
		var due, expires *time.Time
		var plan []byte
		err := row.Scan(&i.PK, &i.Creditor, &i.Number, &i.Debtor, &i.DebtorPK, &i.Kind, &i.Currency, &i.Status, &i.Amount, &i.Credited, &i.WrittenOff, &i.Paid, &i.Balance,
			&i.IssuedOn, &due, &expires, &i.CreatedAt, &i.Policy, &i.Cycle, &i.Seq, &i.EventN, &i.EventHead, &i.Zone, &plan)
		if err != nil {
			return err
		}
		i.DueOn, i.ExpiresAt = never(due), never(expires)
		var p struct{ Items, Held []Planned }
		err = json.Unmarshal(plan, &p)
		i.Planned, i.Held = p.Items, p.Held
		return err
	})
	if err != nil {
		return err
	}
	err = all(ctx, tx, &b.Cases, `SELECT invoice_pk, cycle, closed_at FROM cases ORDER BY 1, 2`, func(row pgx.CollectableRow, c *Case) error {
		var closed *time.Time
		err := row.Scan(&c.Invoice, &c.Cycle, &closed)
		c.ClosedAt = never(closed)
		return err
	})
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT hash, compiled FROM policies`)
	if err != nil {
		return err
	}
	var hash string
	var compiled []byte
	_, err = pgx.ForEachRow(rows, []any{&hash, &compiled}, func() error {
		var p Policy
		err := json.Unmarshal(compiled, &p)
		b.Policies[hash] = p
		return err
	})
	return err
}

func (b *Books) readSends(ctx context.Context, tx pgx.Tx) error {
	return errors.Join(
		all(ctx, tx, &b.Acts, `SELECT invoice_pk, step, act, outcome, coalesce(message_id::text, ''), seq, at FROM acts ORDER BY invoice_pk, seq`,
			func(row pgx.CollectableRow, a *Act) error {
				return row.Scan(&a.Invoice, &a.Step, &a.Act, &a.Outcome, &a.Message, &a.Seq, &a.At)
			}),
		all(ctx, tx, &b.Messages, `SELECT id::text, invoice_pk, kind, channel, step, state, recipient FROM messages`, func(row pgx.CollectableRow, m *Message) error {
			return row.Scan(&m.ID, &m.Invoice, &m.Kind, &m.Channel, &m.Step, &m.State, &m.Recipient)
		}),
		all(ctx, tx, &b.Covers, `SELECT message_id::text, invoice_pk, step, act, reference, void FROM message_covers`, func(row pgx.CollectableRow, c *Cover) error {
			return row.Scan(&c.Message, &c.Invoice, &c.Step, &c.Act, &c.Reference, &c.Void)
		}),
		all(ctx, tx, &b.Attempts, `SELECT id, message_id::text, state, claimed_at, ended_at FROM attempts`, func(row pgx.CollectableRow, a *Attempt) error {
			var ended *time.Time
			err := row.Scan(&a.ID, &a.Message, &a.State, &a.ClaimedAt, &ended)
			a.EndedAt = never(ended)
			return err
		}),
		all(ctx, tx, &b.Claims, `SELECT attempt_id, invoice_pk, seq, crossed FROM attempt_claims`, func(row pgx.CollectableRow, c *Claim) error {
			return row.Scan(&c.Attempt, &c.Invoice, &c.Seq, &c.Crossed)
		}),
		all(ctx, tx, &b.Silences, `SELECT creditor, channel, address, at FROM suppressions`, func(row pgx.CollectableRow, s *Silence) error {
			return row.Scan(&s.Creditor, &s.Channel, &s.Address, &s.At)
		}),
	)
}

func (b *Books) readMoney(ctx context.Context, tx pgx.Tx) error {
	err := errors.Join(
		all(ctx, tx, &b.Entries, `SELECT pk, coalesce(invoice_pk, 0), seq, kind, key, at FROM entries ORDER BY pk`, func(row pgx.CollectableRow, e *Entry) error {
			return row.Scan(&e.PK, &e.Invoice, &e.Seq, &e.Kind, &e.Key, &e.At)
		}),
		all(ctx, tx, &b.Facts, `SELECT coalesce(invoice_pk, 0), creditor, kind, key, amount FROM facts`, func(row pgx.CollectableRow, f *Fact) error {
			return row.Scan(&f.Invoice, &f.Creditor, &f.Kind, &f.Key, &f.Amount)
		}),
		all(ctx, tx, &b.Lines, `SELECT pk, account, currency, amount FROM bank_entries WHERE state = 'booked'`, func(row pgx.CollectableRow, l *Line) error {
			return row.Scan(&l.PK, &l.Account, &l.Currency, &l.Amount)
		}),
		all(ctx, tx, &b.Shares, `SELECT detail_pk, coalesce(invoice_pk, 0), amount, discount, charge FROM bank_allocations`, func(row pgx.CollectableRow, s *Share) error {
			return row.Scan(&s.Payment, &s.Invoice, &s.Amount, &s.Discount, &s.Charge)
		}),
	)
	if err != nil {
		return err
	}
	at := make(map[int64]int, len(b.Entries))
	for i, e := range b.Entries {
		at[e.PK] = i
	}
	rows, err := tx.Query(ctx, `SELECT entry_pk, account, currency, amount FROM postings`)
	if err != nil {
		return err
	}
	var pk int64
	var p Posting
	_, err = pgx.ForEachRow(rows, []any{&pk, &p.Account, &p.Currency, &p.Amount}, func() error {
		i, ok := at[pk]
		if !ok {
			return fmt.Errorf("a posting belongs to the entry %d, which is not there", pk)
		}
		b.Entries[i].Postings = append(b.Entries[i].Postings, p)
		return nil
	})
	return err
}

func (b *Books) readPeople(ctx context.Context, tx pgx.Tx) error {
	return errors.Join(
		all(ctx, tx, &b.Stops, `SELECT invoice_pk, kind, how_ended, from_at, until_at, ended_at, seq, coalesce(ended_seq, 0), amount, paid_then FROM stops ORDER BY invoice_pk, seq`,
			func(row pgx.CollectableRow, s *Stop) error {
				var until, ended *time.Time
				err := row.Scan(&s.Invoice, &s.Kind, &s.How, &s.From, &until, &ended, &s.Seq, &s.EndedSeq, &s.Promised, &s.PaidAlready)
				s.Until, s.EndedAt = never(until), never(ended)
				return err
			}),
		all(ctx, tx, &b.Tasks, `SELECT pk, debtor_pk, coalesce(invoice_pk, 0), kind, step, state, outcome, note, seq, opened_at, ended_at FROM tasks ORDER BY pk`,
			func(row pgx.CollectableRow, t *Task) error {
				var ended *time.Time
				err := row.Scan(&t.ID, &t.Debtor, &t.Invoice, &t.Kind, &t.Step, &t.State, &t.Outcome, &t.Note, &t.Seq, &t.OpenedAt, &ended)
				t.EndedAt = never(ended)
				return err
			}),
		all(ctx, tx, &b.Handoffs, `SELECT invoice_pk, route, state, message_id::text, bundle_sum, at FROM handoffs ORDER BY pk`, func(row pgx.CollectableRow, h *Handoff) error {
			return row.Scan(&h.Invoice, &h.Route, &h.State, &h.Message, &h.Sum, &h.At)
		}),
	)
}

func (b *Books) readHistory(ctx context.Context, tx pgx.Tx) error {
	return errors.Join(
		all(ctx, tx, &b.Events, `SELECT invoice_pk, n, seq, at, kind, actor, text, data, hash FROM events ORDER BY invoice_pk, n`, func(row pgx.CollectableRow, e *Event) error {
			return row.Scan(&e.Invoice, &e.N, &e.Seq, &e.At, &e.Kind, &e.Actor, &e.Text, &e.Data, &e.Hash)
		}),
		all(ctx, tx, &b.Unwatched, unwatched, func(row pgx.CollectableRow, s *string) error { return row.Scan(s) }),
	)
}

// unwatched finds rows that were written once and whose transaction wrote no event for the invoice.
// PostgreSQL stamps each row with the low half of its transaction's number, or of the savepoint's that it was written under.
const unwatched = `WITH written AS (
	SELECT invoice_pk, xmin::text AS tx, 'fact ' || kind || ' ' || key AS what FROM facts WHERE invoice_pk IS NOT NULL
	UNION ALL SELECT invoice_pk, xmin::text, 'entry ' || pk FROM entries WHERE invoice_pk IS NOT NULL
	UNION ALL SELECT invoice_pk, xmin::text, 'end of ' || step || ' (' || act || ')' FROM acts
	UNION ALL SELECT invoice_pk, xmin::text, 'claim ' || attempt_id FROM attempt_claims WHERE NOT crossed
	UNION ALL SELECT invoice_pk, xmin::text, 'stop ' || kind FROM stops
	UNION ALL SELECT invoice_pk, xmin::text, 'decision ' || pk FROM decisions)
	SELECT w.invoice_pk || ': ' || w.what FROM written w
	WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.invoice_pk = w.invoice_pk AND e.xmin::text = w.tx) ORDER BY 1`

// pliable tries to rewrite history, in transactions that are rolled back whatever happens.
func pliable(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	var found []string
	for _, sql := range []string{
		`UPDATE events SET text = 'rewritten'`, `DELETE FROM events`, `TRUNCATE events`,
		`UPDATE entries SET key = 'rewritten'`, `DELETE FROM entries`, `UPDATE postings SET amount = amount + 1`, `DELETE FROM postings`, `TRUNCATE postings`,
	} {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return nil, err
		}
		var rows int64
		tag, err := tx.Exec(ctx, sql)
		if err == nil {
			rows = tag.RowsAffected()
		}
		if undo := tx.Rollback(ctx); undo != nil {
			return nil, undo
		}
		if err == nil && (rows > 0 || sql[0] == 'T') {
			found = append(found, sql)
		}
	}
	return found, nil
}

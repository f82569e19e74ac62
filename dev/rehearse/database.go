package rehearse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dunlin/invoice"
)

// database is a source that is only read, in one transaction with one view of everything.
type database struct {
	conn *pgx.Conn
	tx   pgx.Tx
	now  time.Time // its business time
}

// openCase is one open invoice there.
type openCase struct {
	pk, debtor                 int64
	creditor, number, debtorID string
	seq, amount                int64
	credited, writtenOff, paid int64
	balance                    int64
	currency                   string
	issued                     time.Time
}

// standing is what the invoice amounts to.
func (c *openCase) standing() invoice.Standing {
	return invoice.Standing{Principal: c.amount, Credited: c.credited, WrittenOff: c.writtenOff, Paid: c.paid}
}

func openDatabase(ctx context.Context, url string) (source, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errors.New("--from-db: that is no PostgreSQL URL; write postgres://user:password@host/database")
	}
	config.RuntimeParams["application_name"] = "dunlin-lab rehearse"
	config.RuntimeParams["default_transaction_read_only"] = "on"
	d := &database{}
	if d.conn, err = pgx.ConnectConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("--from-db: %w", err)
	}
	if d.tx, err = d.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}); err == nil {
		err = d.tx.QueryRow(ctx, `SELECT business_now()`).Scan(&d.now)
	}
	if err != nil {
		d.close()
		return nil, explained(err)
	}
	return d, nil
}

// explained says what to do about a database that is not like ours.
func explained(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && (pg.Code == "42703" || pg.Code == "42P01" || pg.Code == "42883") {
		return fmt.Errorf("--from-db: that database has other tables than this version of Dunlin: run its `dunlin migrate` first (%s)", pg.Message)
	}
	return fmt.Errorf("--from-db: %w", err)
}

func (d *database) name() string { return "a database" }

func (d *database) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if d.tx != nil {
		_ = d.tx.Rollback(ctx) // nothing was written
	}
	_ = d.conn.Close(ctx)
}

// chosen lists the open invoices; a debtor's stay together when only some are taken.
func (d *database) chosen(ctx context.Context, limit int) ([]openCase, error) {
	rows, err := d.tx.Query(ctx, `SELECT i.pk, d.pk, i.creditor, i.number, d.id, i.seq, i.amount, i.credited, i.written_off, i.paid, i.balance, i.currency, i.issued_on
		FROM invoices i JOIN cases c ON c.invoice_pk = i.pk AND c.cycle = i.cycle AND c.closed_at IS NULL JOIN debtors d ON d.pk = i.debtor_pk
		WHERE i.status IN ('open', 'placed') ORDER BY md5(d.creditor || '/' || d.id), i.pk LIMIT nullif($1, 0)`, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c openCase, err error) {
		err = row.Scan(&c.pk, &c.debtor, &c.creditor, &c.number, &c.debtorID, &c.seq, &c.amount, &c.credited, &c.writtenOff, &c.paid, &c.balance, &c.currency, &c.issued)
		return c, err
	})
}

// said are the names and addresses on file about each of a set of debtors.
func (d *database) said(ctx context.Context, debtors []int64) (map[int64][]string, error) {
	rows, err := d.tx.Query(ctx, `SELECT pk, name FROM debtors WHERE pk = ANY($1)
		UNION ALL SELECT debtor_pk, t FROM contacts, LATERAL (VALUES (address), (name)) v (t) WHERE debtor_pk = ANY($1) AND t <> ''`, debtors)
	if err != nil {
		return nil, err
	}
	all := map[int64][]string{}
	var pk int64
	var text string
	_, err = pgx.ForEachRow(rows, []any{&pk, &text}, func() error {
		all[pk] = append(all[pk], text)
		return nil
	})
	return all, err
}

// fill copies what hangs on the open invoices into the lab, veiled, in one transaction there.
func (d *database) fill(ctx context.Context, r *rehearsal) error {
	cases, err := d.chosen(ctx, r.Limit)
	if err != nil {
		return explained(err)
	}
	if len(cases) == 0 {
		return errors.New("--from-db: that database has no open invoices")
	}
	if err := r.lab.Clock.Advance(ctx, d.now); err != nil {
		return err
	}
	c := &copier{from: d.tx, veil: r.veil, cases: map[int64]*openCase{}, ids: map[int64]string{}, numbers: map[int64]string{}, led: map[int64]int64{}, imported: r.taken.imported}
	if err := c.prepare(ctx, d, cases); err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
		c.to = tx
		return c.copyAll(ctx)
	})
	if err != nil {
		return explained(err)
	}
	r.report.Cases = len(cases)
	return r.goOn(ctx)
}

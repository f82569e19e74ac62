package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/internal/pgtest"
	"dunlin/invoice"
	"dunlin/migrations"
)

// before is a lab database as it was before there were bank lines.
func before(t *testing.T) (string, *pgx.Conn) {
	t.Helper()
	url := pgtest.NewDatabase(t, func(ctx context.Context, url string) error {
		config, err := pgx.ParseConfig(url)
		if err != nil {
			return err
		}
		db := stdlib.OpenDB(*config)
		defer func() { _ = db.Close() }()
		p, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("../migrations"))
		if err != nil {
			return err
		}
		if _, err = p.UpTo(ctx, 8); err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `INSERT INTO system (kind) VALUES ('lab')`)
		return err
	}, "store before 0009")
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return url, conn
}

// earlier is an invoice with its payments and returns, as the ledger held them then.
type earlier struct {
	number   string
	amount   int64
	currency string
	moves    []move
}

// move is a payment, or a return of one.
type move struct {
	kind, key, of string
	minor         int64
}

// fill writes an invoice as the program of that time did.
func (e earlier) fill(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	policy, ok := dunning.ShippedPolicy("standard-b2b")
	require.True(t, ok)
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := conn.Exec(t.Context(), sql, args...)
		require.NoError(t, err, sql)
	}
	exec(`INSERT INTO creditors (id, profile) VALUES ('acme', $1) ON CONFLICT DO NOTHING`, acme)
	exec(`INSERT INTO debtors (creditor, id, name, type, country, zone) VALUES ('acme', 'blum', 'Blum', 'business', 'DE', 'Europe/Berlin') ON CONFLICT DO NOTHING`)
	exec(`INSERT INTO policies (hash, name, version, source, compiled) VALUES ($1, $2, $3, '', $4) ON CONFLICT DO NOTHING`, policy.Hash(), policy.Name, policy.Version, json.RawMessage(policy.Canonical()))
	s := invoice.Standing{Principal: e.amount}
	for _, m := range e.moves {
		s.Paid += m.minor
	}
	status := invoice.Open
	if s.Balance() == 0 {
		status = invoice.Paid
	}
	var pk, debtor int64
	require.NoError(t, conn.QueryRow(t.Context(), `INSERT INTO invoices (creditor, number, debtor_pk, kind, currency, amount, paid, balance, issued_on, due_on, content_hash, policy_hash, status, stage, seq, event_n, plan)
		SELECT 'acme', $1, pk, 'invoice', $2, $3, $4, $5, '2026-03-01', '2026-03-31', '', $6, $7, '', $8, $9, '{}' FROM debtors RETURNING pk, debtor_pk`,
		e.number, e.currency, e.amount, s.Paid, s.Balance(), policy.Hash(), status, len(e.moves)+1, len(e.moves)).Scan(&pk, &debtor))
	exec(`INSERT INTO cases (invoice_pk, cycle) VALUES ($1, 1)`, pk)
	post := func(seq int, kind, key string, postings map[invoice.Account]int64) {
		t.Helper()
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		var entry int64
		require.NoError(t, tx.QueryRow(t.Context(), `INSERT INTO entries (invoice_pk, kind, key, seq, booked_on, at) VALUES ($1, $2, $3, $4, '2026-04-02', now()) RETURNING pk`, pk, kind, key, seq).Scan(&entry))
		for account, minor := range postings {
			if minor != 0 {
				_, err = tx.Exec(t.Context(), `INSERT INTO postings (entry_pk, account, component, invoice_pk, debtor_pk, amount, currency) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
					entry, account, map[bool]string{true: "principal"}[account == invoice.Receivable], pk, debtor, minor, e.currency)
				require.NoError(t, err)
			}
		}
		require.NoError(t, tx.Commit(t.Context()))
	}
	post(1, "issue", "", map[invoice.Account]int64{invoice.Receivable: e.amount, invoice.Revenue: -e.amount})
	was, head := invoice.Standing{Principal: e.amount}, []byte(nil)
	for i, m := range e.moves {
		now := was
		now.Paid += m.minor
		post(i+2, m.kind, m.key, map[invoice.Account]int64{
			invoice.BankAccount: m.minor, invoice.Receivable: now.Balance() - was.Balance(), invoice.Unapplied: was.OnAccount() - now.OnAccount(),
		})
		exec(`INSERT INTO facts (creditor, kind, key, invoice_pk, content_hash, amount, refers_to, seq, at) VALUES ('acme', $1, $2, $3, '', $4, $5, $6, now())`, m.kind, m.key, pk, max(m.minor, -m.minor), m.of, i+2)
		ev := invoice.Event{
			N: int64(i + 1), Seq: int64(i + 2), At: time.Now().UTC().Truncate(time.Microsecond), Actor: "ada", Text: "x", Data: fmt.Appendf(nil, `{"key": %q}`, m.key),
			Kind: map[string]string{"payment": "payment", "return": "payment_returned"}[m.kind],
		}
		head = ev.ChainHash(head)
		exec(`INSERT INTO events (invoice_pk, n, seq, at, kind, actor, text, data, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, pk, ev.N, ev.Seq, ev.At, ev.Kind, ev.Actor, ev.Text, string(ev.Data), head)
		was = now
	}
	exec(`UPDATE invoices SET event_head = $2 WHERE pk = $1`, pk, head)
}

// Payments from before there were bank lines become lines of the manual account: the books are sound, and
// a return finds what it takes back.
func TestOldPaymentsBecomeBankLines(t *testing.T) {
	t.Parallel()
	url, conn := before(t)
	for _, e := range []earlier{
		{"OLD-1", 120000, "EUR", []move{{"payment", "p-1", "", 20000}, {"payment", "p-2", "", 100000}}},
		{"OLD-2", 50000, "EUR", []move{{"payment", "p-3", "", 60000}}},
		{"OLD-3", 7000, "JPY", []move{{"payment", "p-4", "", 7000}, {"return", "r-4", "p-4", -7000}}},
		{"OLD-4", 9999, "EUR", nil},
	} {
		e.fill(t, conn)
	}
	require.NoError(t, migrations.Up(t.Context(), url, "lab", io.Discard))
	d := &till{deskAt(t, url)}
	n, err := d.LearnNumbers(t.Context())
	require.NoError(t, err)
	require.Equal(t, 4, n)
	n, err = d.LearnNumbers(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	d.sound()
	require.Equal(t, int64(180000), query[int64](d.desk, `SELECT sum(amount)::bigint FROM postings WHERE account = 'bank' AND currency = 'EUR'`))
	require.Equal(t, int64(5), d.count("bank_entries WHERE account = 'manual/acme' AND state = 'booked'"))
	require.Equal(t, "p-4", query[string](d.desk, `SELECT e.bank_ref FROM bank_allocations a JOIN bank_allocations o ON o.pk = a.returns JOIN bank_details b ON b.pk = o.detail_pk JOIN bank_entries e ON e.pk = b.entry_pk`))
	p, err := d.Payment(t.Context(), query[int64](d.desk, `SELECT d.pk FROM bank_details d JOIN bank_entries e ON e.pk = d.entry_pk WHERE e.bank_ref = 'r-4'`))
	require.NoError(t, err)
	require.Equal(t, invoice.NewMoney(-7000, "JPY"), p.Amount)
	require.Equal(t, "ada", p.DecidedBy)

	_, err = d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(key("OLD-1"), "r-2"), Payment: "p-2"})
	require.NoError(t, err)
	require.Equal(t, eur(100000), d.view(key("OLD-1")).Balance)
	require.Equal(t, invoice.Open, d.view(key("OLD-1")).Status)
	_, err = d.Pay(t.Context(), invoice.Payment{Fact: fact(key("OLD-4"), "p-9"), Amount: eur(9999), PaidOn: invoice.DateOf(time.Now())})
	require.NoError(t, err)
	d.sound()

	// Invoices of that time are found by their numbers, too.
	c := acme
	c.BankAccounts = []invoice.Bank{{IBAN: giro}}
	require.NoError(t, d.PutCreditor(t.Context(), c, "test"))
	d.known("blum", blumIBAN)
	d.receive(1, transfer{amount: 100000, from: blumIBAN, name: "Blum", text: "OLD-1"})
	require.Equal(t, invoice.Paid, d.view(key("OLD-1")).Status)
	d.sound()
}

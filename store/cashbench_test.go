package store_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

// BenchmarkBookPage measures payments a second that are matched and booked, in a PostgreSQL that waits for
// its disk: 200 a page, nine in ten paying an invoice by its number, half of these by a known account.
func BenchmarkBookPage(b *testing.B) {
	d := newDeskB(b)
	c := acme
	c.BankAccounts = []invoice.Bank{{IBAN: giro}}
	require.NoError(b, d.PutCreditor(b.Context(), c, "test"))
	today := invoice.DateOf(time.Now())
	const open = 10000
	for from := 0; from < open; from += 1000 {
		rows := make([]collection.Issue, 1000)
		for i := range rows {
			n := from + i
			who := debtor(fmt.Sprintf("d%d", n/3))
			if n%2 == 0 {
				who.Accounts = []string{fmt.Sprintf("DE%020d", n/3)}
			}
			rows[i] = collection.Issue{Debtor: &who, Invoice: invoice.Invoice{Key: key(fmt.Sprintf("INV-%06d", n)), DebtorID: who.ID, Amount: eur(int64(1000 + n%977)), IssuedOn: today, DueOn: today.AddDays(30)}}
		}
		_, err := d.IssueMany(b.Context(), rows, true)
		require.NoError(b, err)
	}
	next, booked := 0, 0
	var spent, cpu time.Duration
	for b.Loop() {
		const lines = 1000
		if next+lines > open {
			break
		}
		sha := accepted(b, d, next, lines)
		next += lines
		i := collection.Import{SHA256: sha, Attempt: 1}
		begun, used := time.Now(), processor(b, d)
		for page := (collection.Page{}); !page.Done; {
			var err error
			page, err = d.BookPage(b.Context(), collection.PageRequest{Import: i, Cursor: page.Cursor})
			require.NoError(b, err)
		}
		spent += time.Since(begun)
		cpu += processor(b, d) - used
		booked += lines
	}
	b.ReportMetric(float64(booked)/spent.Seconds(), "lines/s")
	b.ReportMetric(float64(booked)/cpu.Seconds(), "lines/cpu-s")
	b.ReportMetric(float64(query[int64](d, `SELECT count(*) FROM bank_details WHERE how = 'applied'`))/float64(booked), "applied/line")
}

// accepted puts lines on file as an accepted file has them.
func accepted(b *testing.B, d *desk, from, n int) string {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), d.url)
	require.NoError(b, err)
	defer func() { _ = conn.Close(context.Background()) }()
	sha := fmt.Sprintf("%064x", from+1)
	_, err = conn.Exec(b.Context(), `WITH f AS (INSERT INTO bank_files (sha256, name, size, state, bookable) VALUES ($1, 'x', 1, 'accepted', $3) RETURNING pk),
		e AS (INSERT INTO bank_entries (file_pk, n, creditor, account, currency, amount, state, booked_on, value_on, key, at)
			SELECT f.pk, g, 'acme', $4, 'EUR', 1000 + g % 977, 'accepted', current_date, current_date, sha256(('k' || g)::bytea), now() FROM f, generate_series($2::int, $2 + $3 - 1) AS g RETURNING pk, file_pk, n, amount)
		INSERT INTO bank_details (entry_pk, file_pk, n, creditor, amount, currency, kind, payer_name, payer_account, tx, state)
			SELECT pk, file_pk, 1, 'acme', amount, 'EUR', 'transfer', 'Blum & Söhne', 'DE' || lpad((n / 3)::text, 20, '0'),
				jsonb_build_object('N', 1, 'Amount', jsonb_build_object('amount', (amount / 100.0)::numeric(12, 2)::text, 'currency', 'EUR'), 'Instructed', jsonb_build_object('amount', '0', 'currency', ''),
					'Kind', 'transfer', 'Remittance', jsonb_build_array('EREF+NOTPROVIDED', CASE WHEN n % 10 = 9 THEN 'many thanks' ELSE 'Rechnung INV-' || lpad(n::text, 6, '0') || ' vom 04.05.' END)), 'accepted' FROM e ORDER BY pk`,
		sha, from, n, giro)
	require.NoError(b, err)
	return sha
}

// processor is the processor time that this program and its PostgreSQL have used so far.
func processor(b *testing.B, d *desk) time.Duration {
	b.Helper()
	stat := func(pid string) []string {
		text, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil {
			return nil
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		return strings.Fields(rest) // state, parent, …
	}
	var self syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &self))
	sum := time.Duration(self.Utime.Nano() + self.Stime.Nano())
	conn, err := pgx.Connect(b.Context(), d.url)
	require.NoError(b, err)
	defer func() { _ = conn.Close(context.Background()) }()
	backend := stat(fmt.Sprint(conn.PgConn().PID()))
	if backend == nil {
		return sum
	}
	all, err := os.ReadDir("/proc")
	require.NoError(b, err)
	for _, p := range all {
		f := stat(p.Name())
		if len(f) < 13 || f[1] != backend[1] && p.Name() != backend[1] {
			continue
		}
		for _, ticks := range f[11:13] {
			n, _ := strconv.ParseInt(ticks, 10, 64)
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}

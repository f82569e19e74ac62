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

// BenchmarkBookPage measures payments per second of processor time that are matched and booked, in a
// PostgreSQL that waits for its disk, with more and more open invoices: nine in ten pay one of these by its
// number, half of them from a known account. DUNLIN_BENCH_OPEN asks for other numbers, such as 1000000.
func BenchmarkBookPage(b *testing.B) {
	sizes := os.Getenv("DUNLIN_BENCH_OPEN")
	if sizes == "" {
		sizes = "1000 10000 100000"
	}
	for _, size := range strings.Fields(sizes) {
		open, err := strconv.Atoi(size)
		require.NoError(b, err)
		b.Run("open="+size, func(b *testing.B) { bookPages(b, open) })
	}
}

// bookPages books files of payments. After each, as many invoices are issued as it has paid, so that as many
// are open for the next.
func bookPages(b *testing.B, open int) {
	b.Helper()
	d := newDeskB(b)
	c := acme
	c.BankAccounts = []invoice.Bank{{IBAN: giro}}
	require.NoError(b, d.PutCreditor(b.Context(), c, "test"))
	lines := min(1000, open/2)
	begun := time.Now()
	issueUpTo(b, d, 0, open)
	b.Logf("%d invoices issued, %.0f rows/s", open, float64(open)/time.Since(begun).Seconds())
	require.NoError(b, exec(d, `VACUUM (ANALYSE)`))
	var spent, cpu time.Duration
	files, booked := 0, 0
	for ; files < 3 || b.Loop(); files++ { // the first files find cold caches, and tables that PostgreSQL knows as empty
		if files == 3 {
			require.NoError(b, exec(d, `ANALYSE`)) // as it does by itself within a minute
		}
		sha := accepted(b, d, files+1, lines)
		require.NoError(b, exec(d, `DELETE FROM wakes`)) // the relay has told them
		took, used := book(b, d, sha)
		if files >= 3 {
			spent, cpu, booked = spent+took, cpu+used, booked+lines
		}
		issueUpTo(b, d, open+files*lines, open+(files+1)*lines)
	}
	b.ReportMetric(float64(booked)/spent.Seconds(), "lines/s")
	b.ReportMetric(float64(booked)/cpu.Seconds(), "lines/cpu-s")
	b.ReportMetric(float64(query[int64](d, `SELECT count(*) FROM bank_details WHERE how = 'applied'`))/float64(files*lines), "applied/line")
}

// book books a file, page by page.
func book(b *testing.B, d *desk, sha string) (took, cpu time.Duration) {
	b.Helper()
	server := postmaster(b, d)
	begun, used := time.Now(), processor(b, server)
	for page := (collection.Page{}); !page.Done; {
		var err error
		page, err = d.BookPage(b.Context(), collection.PageRequest{Import: collection.Import{SHA256: sha, Attempt: 1}, Cursor: page.Cursor})
		require.NoError(b, err)
	}
	return time.Since(begun), processor(b, server) - used
}

// issueUpTo puts invoices on file, three to a debtor, the accounts of every other one known. One in five has a
// price of the list.
func issueUpTo(b *testing.B, d *desk, from, to int) {
	b.Helper()
	today := invoice.DateOf(time.Now())
	for ; from < to; from += 1000 {
		rows := make([]collection.Issue, min(1000, to-from))
		for i := range rows {
			n := from + i
			who := debtor(fmt.Sprintf("d%d", n/3))
			if n/3%2 == 0 {
				who.Accounts = []string{fmt.Sprintf("DE%020d", n/3)}
			}
			minor := int64(1000 + n*7919%999983)
			if n%5 == 0 {
				minor = int64(1000 + 900*(n%97))
			}
			rows[i] = collection.Issue{Debtor: &who, Invoice: invoice.Invoice{Key: key(fmt.Sprintf("INV-%07d", n)), DebtorID: who.ID, Amount: eur(minor), IssuedOn: today, DueOn: today.AddDays(30)}}
		}
		_, err := d.IssueMany(b.Context(), rows, true)
		require.NoError(b, err)
	}
}

// accepted puts payments for open invoices, wherever they lie, on file as an accepted file has them; the tenth
// of ten says nothing.
func accepted(b *testing.B, d *desk, file, n int) string {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), d.url)
	require.NoError(b, err)
	defer func() { _ = conn.Close(context.Background()) }()
	sha := fmt.Sprintf("%064x", file)
	_, err = conn.Exec(b.Context(), `WITH f AS (INSERT INTO bank_files (sha256, name, size, state, bookable) VALUES ($1, 'x', 1, 'accepted', $2) RETURNING pk),
		i AS (SELECT number, balance, id FROM invoices JOIN debtors d ON d.pk = debtor_pk WHERE balance > 0 ORDER BY hashint8(invoices.pk + $4::int) LIMIT $2),
		p AS (SELECT row_number() OVER () AS n, * FROM i),
		e AS (INSERT INTO bank_entries (file_pk, n, creditor, account, currency, amount, state, booked_on, value_on, key, at)
			SELECT f.pk, p.n, 'acme', $3, 'EUR', balance, 'accepted', current_date, current_date, sha256((f.pk || '/' || n)::bytea), now() FROM f, p RETURNING pk, file_pk, n)
		INSERT INTO bank_details (entry_pk, file_pk, n, creditor, amount, currency, kind, payer_name, payer_account, tx, state)
			SELECT e.pk, file_pk, 1, 'acme', balance, 'EUR', 'transfer', 'Blum & Söhne', 'DE' || lpad(substr(id, 2), 20, '0'),
				jsonb_build_object('N', 1, 'Amount', jsonb_build_object('amount', (balance / 100.0)::numeric(12, 2)::text, 'currency', 'EUR'), 'Instructed', jsonb_build_object('amount', '0', 'currency', ''),
					'Kind', 'transfer', 'Remittance', jsonb_build_array('EREF+NOTPROVIDED', CASE WHEN n % 10 = 9 THEN 'many thanks' ELSE 'Rechnung ' || number || ' vom 04.05.' END)), 'accepted'
			FROM e JOIN p USING (n) ORDER BY e.pk`,
		sha, n, giro, file)
	require.NoError(b, err)
	return sha
}

// processor is the processor time that this program and a PostgreSQL, all of its processes, have used so far.
func processor(b *testing.B, server string) time.Duration {
	b.Helper()
	var self syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &self))
	sum := time.Duration(self.Utime.Nano() + self.Stime.Nano())
	children, err := os.ReadFile("/proc/" + server + "/task/" + server + "/children")
	require.NoError(b, err)
	for _, pid := range strings.Fields(string(children)) {
		sum += ticks(pid, 11, 12) // user and system
	}
	return sum + ticks(server, 11, 12, 13, 14) // and those of children that have ended
}

// ticks adds up fields of a process's /proc/…/stat, counted behind its name; nothing for one that has ended.
func ticks(pid string, fields ...int) (sum time.Duration) {
	text, _ := os.ReadFile("/proc/" + pid + "/stat")
	_, rest, _ := strings.Cut(string(text), ") ")
	all := strings.Fields(rest)
	for _, f := range fields {
		if f < len(all) {
			n, _ := strconv.ParseInt(all[f], 10, 64)
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}

// postmaster is the process of the desk's PostgreSQL whose children do the work.
func postmaster(b *testing.B, d *desk) string {
	b.Helper()
	text, err := os.ReadFile(query[string](d, `SELECT current_setting('data_directory') || '/postmaster.pid'`))
	require.NoError(b, err)
	pid, _, _ := strings.Cut(string(text), "\n")
	return pid
}

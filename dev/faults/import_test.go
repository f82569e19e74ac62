package faults_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dev/sample"
	"dunlin/invoice"
)

const ownAccount = "DE02120300000000202051"

// accountOf is where debtor number n pays from.
func accountOf(n int) string { return fmt.Sprintf("DE8937040044053201300%d", n) }

// bankDay is the statement of one day: three invoices are paid, one payment in fifty is nobody's, the rest is
// money that goes out. Every line has the bank's reference.
func bankDay(on invoice.Date, lines int) (file []byte, sum int64) {
	s := sample.Statement{Account: ownAccount, Bank: "BYLADEM1001", Currency: "EUR", Number: 1, From: on, To: on, Opening: 100_000_000}
	for n := range lines {
		l := sample.StatementLine{
			Booked: on, Value: on, Minor: -int64(100 + n%97), Ref: fmt.Sprintf("BK%08d", n+1), EndToEnd: fmt.Sprintf("E2E-%d", n+1),
			Name: "Supplier", Account: "DE89370400440532013000", Text: fmt.Sprintf("delivery %d", n+1),
		}
		switch {
		case n%(lines/3) == lines/6:
			payer := n/(lines/3) + 1
			l.Minor, l.Name, l.Account, l.Text = amount, "Blum Bau KG", accountOf(payer), fmt.Sprintf("invoice INV-%d", payer)
		case n%50 == 0:
			l.Minor, l.Name, l.Text = int64(300+n), "Somebody", "thank you"
		}
		sum += l.Minor
		s.Lines = append(s.Lines, l)
	}
	s.Closing = s.Opening + sum
	return sample.Camt([]sample.Statement{s}), sum
}

// standing is how far a file is, by the database alone.
type standing struct {
	State                                  collection.FileState
	Size, Read                             int64
	Lines, Booked, Staged, Ledger, Entries int
}

func (w *world) standing(ctx context.Context) (s standing, err error) {
	err = w.pool.QueryRow(ctx, `SELECT state, size, read_bytes, bookable, booked, (SELECT count(*) FROM staged_entries), (SELECT count(*) FROM entries WHERE kind = 'bank'), (SELECT count(*) FROM bank_entries)
		FROM bank_files`).Scan(&s.State, &s.Size, &s.Read, &s.Lines, &s.Booked, &s.Staged, &s.Ledger, &s.Entries)
	return s, err
}

// killWhen ends the worker by SIGKILL as soon as the file stands so.
func (w *world) killWhen(stands func(standing) bool) {
	w.t.Helper()
	for begin := time.Now(); ; {
		s, err := w.standing(w.t.Context())
		require.NoError(w.t, err)
		if stands(s) {
			w.worker.kill()
			return
		}
		require.False(w.t, s.State.Ended() || time.Since(begin) > time.Minute, "the moment was missed: %+v", s)
		time.Sleep(time.Millisecond)
	}
}

// TestKilledWhileImporting kills the worker at each place of an import of a statement. The next one goes on
// where the database stands, and every line is booked exactly once.
func TestKilledWhileImporting(t *testing.T) {
	t.Parallel()
	reading := func(s standing) bool { return s.State == collection.FileParsing && s.Read > 0 && s.Read < s.Size }
	booking := func(s standing) bool { return s.Booked > 0 && s.Booked < s.Lines }
	for _, c := range []struct {
		name, place, at string
		when            func(standing) bool // the moment of the kill, where no failpoint is
		left            func(s standing) bool
		lines           int
	}{
		{
			name: "while it reads", when: reading, lines: 20_000,
			left: func(s standing) bool { return s.State == collection.FileParsing && s.Staged == 0 && s.Entries == 0 },
		},
		{
			name: "read, and not answered", place: "F6/bank_staged", at: "1", lines: 900,
			left: func(s standing) bool { return s.State == collection.FileParsing && s.Staged == 900 && s.Entries == 0 },
		},
		{
			name: "accepted, and not answered", place: "F6/bank_accepted", at: "1", lines: 900,
			left: func(s standing) bool {
				return s.State == collection.FileAccepted && s.Entries == 900 && s.Ledger == 0 && s.Staged == 0
			},
		},
		{
			name: "between two pages", place: "F6/bank_page", at: "2", lines: 1_500,
			left: func(s standing) bool { return booking(s) && s.Ledger == s.Booked },
		},
		{
			name: "anywhere in a page", when: booking, lines: 6_000,
			left: func(s standing) bool { return booking(s) && s.Ledger == s.Booked },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			failpoint := ""
			if c.place != "" {
				failpoint = c.place + ":" + c.at + ":kill"
			}
			w := newWorld(t, failpoint)
			creditor := acme
			creditor.BankAccounts = []invoice.Bank{{Holder: acme.Name, IBAN: ownAccount, Currency: "EUR"}}
			require.NoError(t, w.books.PutCreditor(t.Context(), creditor, "test"))
			for n := range 3 {
				asked := w.issued(fmt.Sprintf("INV-%d", n+1), n+1)
				asked.Debtor.Accounts = []string{accountOf(n + 1)}
				_, err := w.books.Issue(t.Context(), asked)
				require.NoError(t, err)
			}
			w.settle()
			file, sum := bankDay(invoice.DateOf(w.now()), c.lines)
			require.NoError(t, os.WriteFile(w.file("day.xml"), file, 0o600))
			_, err := w.dunlin("", "bank", "import", w.file("day.xml"))
			require.NoError(t, err)
			if c.when != nil {
				w.killWhen(c.when)
			} else {
				w.awaitFault(c.place, "kill")
			}
			s, err := w.standing(t.Context())
			require.NoError(t, err)
			require.True(t, c.left(s), "the kill left %+v", s)
			if c.when != nil {
				w.worker.start("")
			}
			w.imported(c.lines, sum)
			for n := range 3 {
				w.closed(fmt.Sprintf("INV-%d", n+1), 1)
			}
			w.sound()
		})
	}
}

// imported waits for the end of the import and compares the books with the file, line by line.
func (w *world) imported(lines int, sum int64) {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		s, err := w.standing(w.t.Context())
		return err == nil && s.State == collection.FileDone
	}, 3*time.Minute, 100*time.Millisecond, "the import does not end")
	s, err := w.standing(w.t.Context())
	require.NoError(w.t, err)
	require.Equal(w.t, []int{lines, lines, lines, 0}, []int{s.Entries, s.Ledger, s.Booked, s.Staged}, "%+v", s)
	var references, waiting int
	var bank int64
	require.NoError(w.t, w.pool.QueryRow(w.t.Context(), `SELECT (SELECT count(DISTINCT bank_ref) FROM bank_entries e JOIN entries x ON x.bank_entry_pk = e.pk AND x.kind = 'bank'),
		(SELECT count(*) FROM bank_details WHERE state = 'accepted'), (SELECT sum(amount) FROM postings WHERE account = 'bank')`).Scan(&references, &waiting, &bank))
	require.Equal(w.t, lines, references, "each line of the file is in the ledger")
	require.Zero(w.t, waiting)
	require.Equal(w.t, sum, bank)
}

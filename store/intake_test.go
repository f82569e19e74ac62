package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

func (d *desk) row(number string) collection.Issue {
	d.t.Helper()
	today := invoice.DateOf(d.now())
	return collection.Issue{Actor: "erp", Invoice: invoice.Invoice{Key: key(number), DebtorID: "blum", Amount: eur(1000), IssuedOn: today, DueOn: today.AddDays(14)}}
}

// Two importers of the same file: every invoice once, every row answered.
func TestImportersOfTheSameFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const n = 60
	for i := range 5 {
		require.NoError(t, d.PutDebtor(t.Context(), debtor(fmt.Sprintf("d%02d", i)), "test"))
	}
	var wg sync.WaitGroup
	for w := range 4 {
		rows := make([]collection.Issue, n)
		for i := range rows {
			at := i
			if w%2 == 1 {
				at = n - 1 - i
			}
			rows[i] = d.row(fmt.Sprintf("INV-%03d", at))
			b := debtor(fmt.Sprintf("d%02d", at%10))
			rows[i].Invoice.DebtorID = b.ID
			if at%10 >= 5 || w < 2 {
				rows[i].Debtor = &b
			}
		}
		wg.Go(func() {
			results, err := d.IssueMany(t.Context(), rows, false)
			if err != nil {
				t.Error(err)
				return
			}
			for _, r := range results {
				if r.Err != nil {
					t.Error(r.Err)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, int64(n), query[int64](d, `SELECT count(*) FROM invoices`))
	require.Equal(t, int64(n), query[int64](d, `SELECT count(*) FROM wakes`))
	d.sound()
}

func TestAllOrNothingIsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	late := d.row("O-1")
	late.Invoice.Kind, late.Invoice.DueOn, late.Invoice.ExpiresAt = invoice.KindOrder, invoice.Date{}, d.now().Add(-time.Hour)
	results, err := d.IssueMany(t.Context(), []collection.Issue{d.row("A"), late}, true)
	require.NoError(t, err)
	require.Error(t, results[1].Err)
	require.Equal(t, int64(0), query[int64](d, `SELECT count(*) FROM invoices`))
}

// A row that repeats a refused one is refused like it.
func TestRepeatedRowSharesTheFate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.issue("A", 5)
	results, err := d.IssueMany(t.Context(), []collection.Issue{d.row("A"), d.row("A"), d.row("B"), d.row("B")}, false)
	require.NoError(t, err)
	require.Equal(t, invoice.CodeConflict, invoice.CodeOf(results[0].Err))
	require.Equal(t, invoice.CodeConflict, invoice.CodeOf(results[1].Err))
	require.NoError(t, results[3].Err)
	require.Equal(t, results[2].Receipt.Seq, results[3].Receipt.Seq)
	require.True(t, results[3].Receipt.Repeated)
	require.False(t, results[2].Receipt.Repeated)
}

// A file in another encoding: the broken row is refused by its field, the good ones go in.
func TestRowsThatAreNoTextAreRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	goods, name, id := d.row("B"), d.row("C"), d.row("D")
	goods.Invoice.Goods = "M\xfcller"
	b := debtor("latin")
	b.Name = "M\xfcller"
	name.Invoice.DebtorID, name.Debtor = "latin", &b
	id.Invoice.DebtorID = "\xff"
	results, err := d.IssueMany(t.Context(), []collection.Issue{d.row("A"), goods, name, id}, false)
	require.NoError(t, err)
	require.NoError(t, results[0].Err)
	for i := 1; i < 4; i++ {
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(results[i].Err), "row %d: %v", i, results[i].Err)
		require.Contains(t, results[i].Err.Error(), "UTF-8")
	}
	require.Equal(t, int64(1), query[int64](d, `SELECT count(*) FROM invoices`))
}

// Better data that come with a new invoice free the older ones, too.
func TestBetterDataWithAnInvoiceFreeTheOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	bare := debtor("bare")
	bare.Zone = ""
	first := d.row("X-1")
	first.Invoice.DebtorID, first.Debtor = "bare", &bare
	_, err := d.Issue(t.Context(), first)
	require.NoError(t, err)
	_, planned := d.next(key("X-1"))
	require.False(t, planned)
	whole := debtor("bare")
	second := d.row("X-2")
	second.Invoice.DebtorID, second.Debtor = "bare", &whole
	_, err = d.Issue(t.Context(), second)
	require.NoError(t, err)
	_, planned = d.next(key("X-1"))
	require.True(t, planned)
	require.Empty(t, d.open(collection.TaskFixContact))
	d.sound()
}

// BenchmarkIssueMany measures rows a second into a PostgreSQL that waits for its disk.
func BenchmarkIssueMany(b *testing.B) {
	d := newDeskB(b)
	today := invoice.DateOf(time.Now())
	n := 0
	for b.Loop() {
		rows := make([]collection.Issue, 1000)
		for i := range rows {
			n++
			who := debtor(fmt.Sprintf("d%d", n/3))
			rows[i] = collection.Issue{Debtor: &who, Invoice: invoice.Invoice{Key: key(fmt.Sprintf("INV-%d", n)), DebtorID: who.ID, Amount: eur(int64(1000 + i)), IssuedOn: today, DueOn: today.AddDays(30)}}
		}
		results, err := d.IssueMany(b.Context(), rows, true)
		require.NoError(b, err)
		require.NoError(b, results[999].Err)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
}

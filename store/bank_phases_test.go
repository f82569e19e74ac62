package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
	"dunlin/collection"
	"dunlin/invoice"
)

func TestRefusedWhole(t *testing.T) {
	t.Parallel()
	good := line{amount: 100, day: "2026-05-04", text: "a"}
	off := statement("1", 0, "2026-05-04", good)
	off.closing = 250
	strange := statement("1", 0, "2026-05-04", good)
	strange.iban = "DE02120300000000202051"
	for name, c := range map[string]struct{ content, reason, hint string }{
		"arithmetic": {off.camt(), "does not add up: 0.00 EUR and 1.00 EUR booked make 1.00 EUR, its closing balance is 2.50 EUR; they differ by 1.50 EUR", "--allow-off"},
		"account":    {strange.camt(), "nobody has the account DE02120300000000202051", "bank_accounts"},
		"cut off":    {statement("1", 0, "2026-05-04", good).camt()[:900], "x.xml", ""},
		"no format":  {"hello", "is no statement format", "camt.052"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTill(t)
			f := d.work(d.put(c.content))
			require.Equal(t, collection.FileRefused, f.State)
			require.Contains(t, f.Reason, c.reason)
			require.Contains(t, f.Hint, c.hint)
			for _, table := range []string{"staged_statements", "staged_entries", "staged_details", "bank_statements", "bank_entries", "bank_details", "bank_alerts", "feeds"} {
				require.Zero(t, d.count(table), table)
			}
			again := d.put(c.content)
			require.Equal(t, 2, again.Attempt, "a refused file may be tried again")
			require.Equal(t, collection.FileRefused, d.work(again).State)
		})
	}
}

func TestARefusedFileIsTakenOnceItsReasonIsGone(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	off := statement("1", 0, "2026-05-04", line{amount: 100, day: "2026-05-04", text: "a"})
	off.closing = 250
	require.Equal(t, collection.FileRefused, d.work(d.put(off.camt())).State)
	f, err := d.StoreFile(t.Context(), collection.BankUpload{Name: "x.xml", AllowOff: true}, strings.NewReader(off.camt()))
	require.NoError(t, err)
	require.Equal(t, collection.FileStored, f.State)
	require.Equal(t, 2, f.Attempt)
	require.Equal(t, collection.FileDone, d.work(collection.Import{SHA256: f.SHA256, Attempt: 2}).State)
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'arithmetic'"))
	require.Equal(t, "off", query[string](d.desk, `SELECT sum FROM bank_statements`))
	require.Equal(t, collection.FileDone, d.work(collection.Import{SHA256: f.SHA256, Attempt: 1}).State, "the first attempt has nothing left to do")
	require.EqualValues(t, 100, d.balance())
}

func TestReversalsAreTurnedWhereTheBalancesSaySo(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	p := statement("1", 1000, "2026-05-04", line{amount: 500, day: "2026-05-04", text: "a"}, line{amount: 500, day: "2026-05-04", text: "a", reversal: true})
	p.closing = 1000
	d.take(p)
	require.Zero(t, d.balance())
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'sign_rule'"))
	require.Equal(t, "turn_reversals", query[string](d.desk, `SELECT sign_rule FROM feeds`))
	// A statement without balances is read by the same rule.
	d.take(paper{kind: "053", number: "2", iban: giro, lines: []line{{amount: 300, day: "2026-05-05", text: "b", reversal: true}}})
	require.EqualValues(t, -300, d.balance())
	// One that adds up as it stands ends it.
	d.take(statement("3", 700, "2026-05-06", line{amount: -200, day: "2026-05-06", text: "c", reversal: true}))
	require.EqualValues(t, -500, d.balance())
	require.Equal(t, "as_booked", query[string](d.desk, `SELECT sign_rule FROM feeds`))
}

func TestContinuityInAnyOrder(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	day := func(n int) paper {
		on := fmt.Sprintf("2026-05-%02d", 3+n)
		return statement(fmt.Sprint(n), int64(1000*(n-1)), on, line{amount: 1000, day: on, text: on})
	}
	how := func(n int) string {
		return query[string](d.desk, `SELECT continuity FROM bank_statements WHERE number = $1`, fmt.Sprint(n))
	}
	d.take(day(1))
	d.take(day(4))
	require.Equal(t, "first", how(1))
	require.Equal(t, "gap", how(4))
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'gap' AND ended_at IS NULL"))
	d.take(day(3))
	require.Equal(t, "gap", how(3))
	require.Equal(t, "ok", how(4))
	d.take(day(2))
	for n, want := range map[int]string{1: "first", 2: "ok", 3: "ok", 4: "ok"} {
		require.Equal(t, want, how(n), n)
	}
	require.Zero(t, d.count("bank_alerts WHERE kind = 'gap' AND ended_at IS NULL"))
	require.Equal(t, "2026-05-07 4000", query[string](d.desk, `SELECT closing_on || ' ' || closing FROM feeds`))
}

func TestTwoImportersOfOneAccount(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	same := func(n int) []line {
		var all []line
		for i := range 40 {
			all = append(all, line{amount: int64(100 + i), day: "2026-05-04", text: fmt.Sprint("payment ", i)})
		}
		return append(all, line{amount: int64(1000 * n), day: "2026-05-05", text: fmt.Sprint("own ", n)})
	}
	var imports []collection.Import
	for n := range 4 {
		imports = append(imports, d.put(statement(fmt.Sprint(n), 0, "2026-05-05", same(n+1)...).camt()))
	}
	errs := make(chan error, len(imports))
	for _, i := range imports {
		go func() { errs <- d.through(context.Background(), i) }()
	}
	for range imports {
		require.NoError(t, <-errs)
	}
	require.EqualValues(t, 44, d.count("bank_entries WHERE state = 'booked'"))
	require.EqualValues(t, 40*100+780+10000, d.balance())
}

var errKilled = errors.New("killed")

// breaking fails in the middle of a file, as a connection would.
type breaking struct {
	bank.Sink
	left int
}

func (b *breaking) Entry(e *bank.Entry) error {
	if b.left--; b.left < 0 {
		return errKilled
	}
	return b.Sink.Entry(e)
}

func TestKilledAtEveryPhaseAndResumed(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	var lines []line
	for i := range 1050 {
		lines = append(lines, line{amount: int64(1 + i), day: "2026-05-04", text: fmt.Sprint("payment ", i)})
	}
	i := d.put(statement("1", 0, "2026-05-04", lines...).camt())
	ctx := t.Context()
	_, err := d.StageFile(ctx, i, func(f collection.StoredFile, sink bank.Sink) (bank.Report, error) {
		return reading(f, &breaking{sink, 300})
	})
	require.ErrorIs(t, err, errKilled)
	require.Zero(t, d.count("staged_entries"))

	dead, cancel := context.WithCancel(ctx)
	_, err = d.StageFile(dead, i, func(f collection.StoredFile, sink bank.Sink) (bank.Report, error) {
		cancel()
		return reading(f, sink)
	})
	require.Error(t, err, "a worker that is stopped refuses nothing")
	f, err := d.BankFile(ctx, i.SHA256)
	require.NoError(t, err)
	require.Equal(t, collection.FileParsing, f.State)

	_, err = d.StageFile(ctx, i, reading)
	require.NoError(t, err)
	dead, cancel = context.WithCancel(ctx)
	cancel()
	_, err = d.AcceptFile(dead, i)
	require.Error(t, err)
	require.Zero(t, d.count("bank_entries"))

	at, err := d.AcceptFile(ctx, i)
	require.NoError(t, err)
	require.Equal(t, 1050, at.Bookable)
	at, err = d.AcceptFile(ctx, i)
	require.NoError(t, err)
	require.Equal(t, collection.FileAccepted, at.State, "accepting it again changes nothing")

	page, err := d.BookPage(ctx, collection.PageRequest{Import: i})
	require.NoError(t, err)
	require.Equal(t, 500, page.Booked)
	_, err = d.BookPage(dead, collection.PageRequest{Import: i, Cursor: page.Cursor})
	require.Error(t, err)
	page, err = d.BookPage(ctx, collection.PageRequest{Import: i}) // a worker that lost the answer
	require.NoError(t, err)
	require.Equal(t, collection.Page{Cursor: page.Cursor, Booked: 1000, Total: 1050}, page)
	require.NoError(t, d.through(ctx, i))
	require.EqualValues(t, 1050*1051/2, d.balance())
	require.EqualValues(t, 1050, d.count("entries WHERE kind = 'bank'"))
}

func TestPartsOfALargeFile(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	big := bytes.Repeat([]byte("0123456789abcde\n"), 200_000) // 3.2 MB
	f, err := d.StoreFile(t.Context(), collection.BankUpload{Name: `C:\bank\big.xml`}, bytes.NewReader(big))
	require.NoError(t, err)
	require.Equal(t, "big.xml", f.Name)
	require.EqualValues(t, len(big), f.Size)
	require.EqualValues(t, 4, d.count("bank_file_parts"))
	_, err = d.StageFile(t.Context(), collection.Import{SHA256: f.SHA256, Attempt: 1}, func(f collection.StoredFile, _ bank.Sink) (bank.Report, error) {
		all := new(bytes.Buffer)
		_, err := all.ReadFrom(f.Content)
		require.NoError(t, err)
		require.True(t, bytes.Equal(big, all.Bytes()))
		p := make([]byte, 20)
		_, err = f.Content.ReadAt(p, 1<<20-10)
		require.NoError(t, err)
		require.Equal(t, big[1<<20-10:1<<20+10], p)
		return bank.Report{}, errKilled
	})
	require.ErrorIs(t, err, errKilled)
	_, err = d.StoreFile(t.Context(), collection.BankUpload{}, strings.NewReader(""))
	require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err))
}

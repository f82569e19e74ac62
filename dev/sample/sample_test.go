package sample_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dev/sample"
	"dunlin/starter/importfile"
)

const examples = "../../examples"

func TestTheImporterTakesEveryExport(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 4, 21, 30, 0, 0, time.UTC)
	exports, err := sample.Exports(examples, start)
	require.NoError(t, err)
	rows, currencies, zones, perDebtor := 0, map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, e := range exports {
		require.Equal(t, start.AddDate(0, 0, e.Day), e.At)
		r, err := importfile.New(bytes.NewReader(e.CSV), importfile.Options{Name: e.Name()})
		require.NoError(t, err)
		n := 0
		for ; ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			require.Nil(t, row.Err, row.Number)
			currencies[string(row.Issue.Invoice.Amount.Currency)] = true
			zones[row.Issue.Debtor.Zone] = true
			perDebtor[row.Issue.Invoice.Creditor+"/"+row.Issue.Invoice.DebtorID]++
		}
		require.Equal(t, e.Rows, n)
		rows += n
	}
	require.GreaterOrEqual(t, rows, 60)
	require.Equal(t, map[string]bool{"EUR": true, "USD": true, "CNY": true, "JPY": true}, currencies)
	require.Equal(t, map[string]bool{"Europe/Berlin": true, "America/New_York": true, "Asia/Shanghai": true, "": true}, zones)
	require.GreaterOrEqual(t, perDebtor["nordlicht/K-101"], 3, "several invoices of one debtor")
}

func TestRelativeDates(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 2, 20, 23, 0, 0, 0, time.UTC)
	for _, c := range []struct{ name, row, want, err string }{
		{name: "days", row: "-3d,+12d,", want: "2026-02-17,2026-03-04,"},
		{name: "today and an order's time", row: "today,,+24h", want: "2026-02-20,,2026-02-21T23:00:00Z"},
		{name: "days and hours", row: "+10d,,+10d6h", want: "2026-03-02,,2026-03-03T05:00:00Z"},
		{name: "no sign", row: "3d,+12d,", err: "row 2: issued_on"},
		{name: "no unit", row: "today,+12,", err: "row 2: due_on"},
		{name: "an absolute moment", row: "today,,2026-01-01T00:00:00Z", err: "row 2: expires_at"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, sample.PortfolioFile), []byte("issued_on,due_on,expires_at\n"+c.row+"\n"), 0o600))
			exports, err := sample.Exports(dir, start)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "issued_on,due_on,expires_at\n"+c.want+"\n", string(exports[0].CSV))
		})
	}
}

func TestCreditorsKnowTheSandbox(t *testing.T) {
	t.Parallel()
	all, err := sample.Creditors(examples, "http://127.0.0.1:1")
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Contains(t, string(all["harbor"]), `"http://127.0.0.1:1/shop/stock"`)
}

func TestFeedsAreAddedToTheirAccounts(t *testing.T) {
	t.Parallel()
	creditors, err := sample.Creditors("../../examples", "http://sandbox")
	require.NoError(t, err)
	with, err := sample.WithFeeds(creditors, map[string]string{"DE02120300000000202051": "1bd", "000123456789": "2bd"})
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(with["nordlicht"]), `"feed":"1bd"`))
	require.Contains(t, string(with["harbor"]), `"feed":"2bd"`)
	require.NotContains(t, string(with["lotus"]), `"feed"`)
	require.NotContains(t, string(creditors["nordlicht"]), "feed", "the sample itself waits for nobody")
}

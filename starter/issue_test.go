package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

const csvHead = "creditor,number,debtor,total,currency,issued_on,due_on\n"

func csvRow(n int, debtor, total string) string {
	return fmt.Sprintf("acme,INV-%d,%s,%s,EUR,2026-05-01,2026-05-31\n", n, debtor, total)
}

func TestIssueOne(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{}
	args := []string{"issue", "--creditor", "acme", "--number", "INV-1", "--debtor", "C-1", "--total", "119.00 EUR", "--due-on", "2026-05-31", "--debtor-name", "Kunde", "--email", "a@b.example"}
	require.Equal(t, "acme/INV-1 is in collection.\nNow open, balance 119.00 EUR.\n", ok(t, f, args...))
	got := f.issued[inv1]
	require.Equal(t, invoice.NewDate(2026, 5, 14), got.Invoice.IssuedOn, "today in the creditor's zone")
	require.Equal(t, "vera", got.Actor)
	require.Equal(t, "a@b.example", got.Debtor.Contacts[0].Address)
	require.Contains(t, ok(t, f, args...), "there already")

	ok(t, f, "issue", "--creditor", "acme", "--number", "O-1", "--kind", "order", "--debtor", "C-1", "--total", "10 EUR", "--issued-on", "2026-05-14", "--expires-in", "24h")
	require.Equal(t, testNow.Add(24*time.Hour), f.issued[invoice.Key{Creditor: "acme", Number: "O-1"}].Invoice.ExpiresAt)
}

func TestIssueFile(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{}
	file := filepath.Join(t.TempDir(), "may.csv")
	text := csvHead
	for n := 1; n <= 2500; n++ {
		switch n {
		case 700:
			text += csvRow(n, "C-1", "-5.00")
		case 1700:
			text += csvRow(n, "nobody", "5.00")
		case 2400:
			text += csvRow(1, "C-1", "999.00")
		default:
			text += csvRow(n, "C-1", "119.00")
		}
	}
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	o := cli(t, f, "", "issue", file)
	require.Equal(t, exitRows, o.code)
	require.Equal(t, "2,500 rows: 2,497 issued, 0 already there, 3 refused (0.0 s).\n", o.out)
	require.Equal(t, "dunlin: "+file+":701: INV-700: total: -5.00 EUR is not above zero\nhint: a negative document is a credit note: dunlin credit\n"+
		"dunlin: "+file+":1701: INV-1700: debtor: \"nobody\" is not on file for acme\n"+
		"dunlin: "+file+":2401: INV-1: number: INV-1 is on file with other content\n", o.errors)
	require.Equal(t, []int{1000, 1000, 499}, f.chunks)

	o = cli(t, f, text, "issue", "-", "--json", "--chunk", "500")
	require.Equal(t, exitRows, o.code)
	require.Empty(t, o.errors)
	var sums struct {
		Rows, Issued, Refused int
		AlreadyThere          int  `json:"already_there"`
		Complete              bool `json:"complete"`
		Errors                []refusedRow
	}
	require.NoError(t, json.Unmarshal([]byte(o.out), &sums), o.out)
	require.Equal(t, []int{2500, 0, 2497, 3}, []int{sums.Rows, sums.Issued, sums.AlreadyThere, sums.Refused})
	require.True(t, sums.Complete)
	require.Equal(t, refusedRow{File: "standard input", Line: 1701, Number: "INV-1700", Code: invoice.CodeUnknown, Field: "debtor", Message: `"nobody" is not on file for acme`}, sums.Errors[1])
}

func TestIssueInterrupted(t *testing.T) {
	t.Parallel()
	text := csvHead
	for n := range 30 {
		text += csvRow(n, "C-1", "1.00")
	}
	f := &fakeBooks{chunkErr: map[int]error{2: errors.New("connection lost")}}
	o := cli(t, f, text, "issue", "-", "--chunk", "10")
	require.Equal(t, exitFailure, o.code)
	require.Contains(t, o.out, "10 issued")
	require.Contains(t, o.errors, "run the same command again")
	o = cli(t, f, text, "issue", "-", "--chunk", "10")
	require.Zero(t, o.code)
	require.Contains(t, o.out, "30 rows: 20 issued, 10 already there, 0 refused")
}

func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{"by the reader": csvRow(3, "C-1", "0"), "by the database": csvRow(3, "nobody", "1.00")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fakeBooks{}
			o := cli(t, f, csvHead+csvRow(1, "C-1", "1.00")+bad+csvRow(2, "C-1", "1.00"), "issue", "-", "--all-or-nothing")
			require.Equal(t, exitRows, o.code)
			require.Contains(t, o.out, "3 rows: 0 issued, 0 already there, 1 refused")
			require.Contains(t, o.out, "Nothing was issued")
			require.Empty(t, f.issued)
		})
	}
	f := &fakeBooks{}
	o := cli(t, f, csvHead+csvRow(1, "C-1", "1.00")+csvRow(2, "C-1", "1.00"), "issue", "-", "--all-or-nothing")
	require.Zero(t, o.code)
	require.Len(t, f.issued, 2)
	require.Equal(t, []int{2}, f.chunks)
}

func TestProgressBar(t *testing.T) {
	t.Parallel()
	var errs strings.Builder
	a := newApp(wiring{terminal: func(io.Writer) bool { return true }, now: func() time.Time { return testNow }}, nil, &strings.Builder{}, &errs)
	tally := a.newTally(&sized{name: "x", size: 200, taken: 50}, "issued")
	tally.Rows = 12345
	tally.progress()
	require.Equal(t, "\r\x1b[K[#######.......................]  25 %  12,345 rows", errs.String())
	tally.wipe()
	require.True(t, strings.HasSuffix(errs.String(), "\r\x1b[K"))
}

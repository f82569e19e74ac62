package bankgen_test

import (
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
	"dunlin/dev/bankgen"
)

// gathered keeps what a reader finds.
type gathered struct {
	statements []bank.Statement
	entries    [][]bank.Entry
}

func (g *gathered) Begin(*bank.Statement) error {
	g.entries = append(g.entries, nil)
	return nil
}

func (g *gathered) Entry(e *bank.Entry) error {
	last := len(g.entries) - 1
	g.entries[last] = append(g.entries[last], *e)
	return nil
}

func (g *gathered) End(s *bank.Statement) error {
	g.statements = append(g.statements, *s)
	return nil
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	for _, format := range append(bankgen.Formats(), "") {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			for seed, level := range bankgen.Levels() {
				w := world(t, bankgen.Options{Seed: uint64(seed), Open: 1_000, Lines: 700, Noise: level, Format: format, Reference: bankgen.RF})
				for _, f := range w.Files() {
					readBack(t, w, f)
				}
			}
		})
	}
}

func readBack(t *testing.T, w *bankgen.World, f bankgen.File) {
	t.Helper()
	r, out := io.Pipe()
	go func() { _ = out.CloseWithError(w.Write(f, out)) }()
	g := &gathered{}
	report, err := bank.Read(f.Name, r, bank.Options{Profile: f.Profile}, g)
	require.NoError(t, err)
	require.Empty(t, report.Problems, f.Name)
	if f.Account.Format == bankgen.CSV {
		require.Len(t, g.statements, 1)
	} else {
		require.Len(t, g.statements, len(w.Days()))
	}
	for i, s := range g.statements {
		if f.Account.Format != bankgen.OFX { // which states no opening balance
			require.Equal(t, bank.AddsUp, s.Sum, "%s, statement %d", f.Name, i+1)
		}
		require.Equal(t, f.Account.Key(), strings.ReplaceAll(s.Account.Key(), " ", ""))
		require.Equal(t, f.Account.Currency, s.Account.Currency)
	}
	n := 0
	for i := range w.Payments {
		p := &w.Payments[i]
		if p.File != f.N {
			continue
		}
		n++
		require.Less(t, p.Entry-1, len(g.entries[p.Statement-1]), f.Name)
		e := g.entries[p.Statement-1][p.Entry-1]
		require.Less(t, p.Detail-1, len(e.Details), f.Name)
		compare(t, f.Account.Format, p, &e, &e.Details[p.Detail-1])
	}
	require.Equal(t, n, report.Details, f.Name)
}

func compare(t *testing.T, f bankgen.Format, p *bankgen.Payment, e *bank.Entry, d *bank.TxDetail) {
	t.Helper()
	require.Equal(t, p.Amount, d.Amount, "payment %d", p.ID)
	require.Equal(t, p.Booked, e.BookedOn, "payment %d", p.ID)
	require.False(t, e.Repaired, "payment %d: %q", p.ID, p.Text)
	require.Equal(t, bank.StatusBooked, e.Status)
	if f != bankgen.CSV {
		require.Equal(t, p.BankRef, e.BankRef)
	}
	require.Contains(t, squeezed(d.Remittance), squeezed(p.Text), "payment %d", p.ID)
	other := d.Payer
	if p.Amount.Minor < 0 {
		other = d.Payee
	}
	if f != bankgen.BAI2 {
		require.True(t, strings.HasPrefix(squeezed([]string{p.Name}), squeezed([]string{other.Name})), "%q is not %q", other.Name, p.Name)
	}
	if f != bankgen.BAI2 && f != bankgen.OFX {
		require.Equal(t, p.From.Key(), strings.ReplaceAll(other.IBAN+other.Account, " ", ""), "payment %d", p.ID)
		require.Equal(t, p.Value, e.ValueOn, "payment %d", p.ID)
	}
	if f != bankgen.OFX && p.EndToEnd != "" {
		require.Equal(t, p.EndToEnd, d.Refs.EndToEnd, "payment %d", p.ID)
	}
	if p.RF != "" {
		require.Equal(t, p.RF, d.Structured[0].Ref)
	}
	require.Len(t, d.Documents, len(p.List))
}

// squeezed is a text without the spaces and line ends that formats treat in their own ways.
func squeezed(lines []string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.Join(lines, ""))
}

package sample_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
	"dunlin/dev/sample"
	"dunlin/invoice"
)

// sink keeps what a reader tells.
type sink struct {
	statements []bank.Statement
	entries    []bank.Entry
}

func (s *sink) Begin(*bank.Statement) error { return nil }

func (s *sink) Entry(e *bank.Entry) error {
	s.entries = append(s.entries, *e)
	return nil
}

func (s *sink) End(st *bank.Statement) error {
	s.statements = append(s.statements, *st)
	return nil
}

// TestEveryFormatIsReadAsItWasMeant writes the same two days in every format and reads them.
func TestEveryFormatIsReadAsItWasMeant(t *testing.T) {
	t.Parallel()
	monday, tuesday := invoice.NewDate(2026, 5, 4), invoice.NewDate(2026, 5, 5)
	for name, c := range map[string]struct {
		write    sample.Format
		account  string
		currency invoice.Currency
		opening  bool // the format tells it
		empty    bool // a day without lines shows
	}{
		"camt.053":      {sample.Camt, "DE02120300000000202051", "EUR", true, true},
		"MT940":         {sample.MT940, "1400888877776666", "JPY", true, true},
		"BAI2":          {sample.BAI2, "000123456789", "USD", true, true},
		"OFX":           {sample.OFX, "021000021/000987654321", "USD", false, true},
		"Bank of China": {sample.BankOfChina, "6222020200099887766", "CNY", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := []sample.StatementLine{
				{Booked: monday, Value: monday, Minor: 125000, Ref: "B-000001", EndToEnd: "E2E-1", Name: "Morgenrot Backwaren", Account: "DE89370400440532013000", Text: "NL-1001"},
				{Booked: monday, Value: monday, Minor: -4000, Ref: "B-000002", EndToEnd: "E2E-2", Name: "Stadtwerke", Account: "DE89370400440532013001", Text: "May"},
			}
			file := c.write([]sample.Statement{
				{Account: c.account, Bank: "BANKDEFF", Currency: c.currency, Number: 1, From: monday, To: monday, Opening: 100000, Closing: 221000, Lines: lines},
				{Account: c.account, Bank: "BANKDEFF", Currency: c.currency, Number: 2, From: tuesday, To: tuesday, Opening: 221000, Closing: 221000},
			})
			var got sink
			_, err := bank.Read(name, bytes.NewReader(file), bank.Options{}, &got)
			require.NoError(t, err, string(file))
			require.Len(t, got.entries, 2, string(file))
			for i, e := range got.entries {
				require.Equal(t, lines[i].Minor, e.Amount.Minor)
				require.Equal(t, c.currency, e.Amount.Currency)
				require.Equal(t, monday, e.BookedOn)
			}
			require.Contains(t, got.entries[0].Details[0].Remittance, "NL-1001")
			if c.empty {
				require.Len(t, got.statements, 2)
			}
			first := got.statements[0]
			require.Equal(t, int64(221000), first.Closing.Amount.Minor)
			if c.opening {
				require.Equal(t, int64(100000), first.Opening.Amount.Minor)
			}
		})
	}
}

// TestReturnsAndReferencesAreReadAsSuch looks at what only camt.053 says in fields of its own.
func TestReturnsAndReferencesAreReadAsSuch(t *testing.T) {
	t.Parallel()
	on := invoice.NewDate(2026, 5, 4)
	var got sink
	_, err := bank.Read("day.xml", bytes.NewReader(sample.Camt([]sample.Statement{{
		Account: "DE02120300000000202051", Bank: "BANKDEFF", Currency: "EUR", Number: 1, From: on, To: on, Opening: 0, Closing: 0, Lines: []sample.StatementLine{
			{Booked: on, Value: on, Minor: 5000, Ref: "B-000001", EndToEnd: "E2E-1", Name: "A & B", Account: "DE89370400440532013000", Creditor: "RF18539007547034"},
			{Booked: on, Value: on, Minor: -5000, Ref: "B-000002", EndToEnd: "E2E-1", Name: "A & B", Account: "DE89370400440532013000", Returned: "AM04"},
		},
	}})), bank.Options{}, &got)
	require.NoError(t, err)
	require.Equal(t, "RF18539007547034", got.entries[0].Details[0].Structured[0].Ref)
	require.Equal(t, "A & B", got.entries[0].Details[0].Payer.Name)
	require.NotNil(t, got.entries[1].Details[0].Return)
	require.Equal(t, "E2E-1", got.entries[1].Details[0].Refs.EndToEnd)
}

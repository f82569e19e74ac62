package bank_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

func TestBAI2Samples(t *testing.T) {
	t.Parallel()
	files := samples(t, "bai2")
	list := listed(t, 5)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			c, _, err := read(t, file, bank.Options{})
			require.NoError(t, err)
			agreesWithList(t, list, "bai2/"+filepath.Base(file), c)
		})
	}
}

const bai = "01,S,R,260504,0600,1,,,2/\n02,R,S,1,260503,,USD,2/\n03,123,USD,010,10000,,,015,12500,,/\n"

func readBAI(text string) (*collected, bank.Report, error) {
	c := &collected{}
	report, err := bank.Read("day.bai", strings.NewReader(text), bank.Options{}, c)
	return c, report, err
}

func TestBAI2(t *testing.T) {
	t.Parallel()
	c, report, err := readBAI(bai + "16,165,3000,V,260504,0900,BR1,CR1,ACME, INC/INV-7\n88,second, line\n16,555,500,,BR2,,RETURN/\n49,26000,4/\n98,26000,1,6/\n99,26000,1,8/\n")
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	s := c.statements[0]
	require.Equal(t, bank.AddsUp, s.Sum)
	require.Equal(t, int64(3000), s.entries[0].Amount.Minor)
	require.Equal(t, "2026-05-04", s.entries[0].ValueOn.String())
	require.Equal(t, "2026-05-03", s.entries[0].BookedOn.String())
	require.Equal(t, []string{"ACME, INC/INV-7", "second, line"}, s.entries[0].Details[0].Remittance)
	require.Equal(t, "BR1", s.entries[0].BankRef)
	require.Equal(t, int64(-500), s.entries[1].Amount.Minor)
	require.NotNil(t, s.entries[1].Details[0].Return)
}

func TestBAI2Refused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"cut off":      {bai + "16,165,3000,,,,\n", "has no end"},
		"no account":   {"01,S,R,260504,,1,,,2/\n02,R,S,1,260503,,USD,2/\n16,165,1,,,,/\n99,,1,3/\n", "outside an account"},
		"amount":       {bai + "16,165,30.00,,,,/\n49,,3/\n98,,1,5/\n99,,1,6/\n", "is no amount"},
		"code":         {bai + "16,1O5,30,,,,/\n49,,3/\n98,,1,5/\n99,,1,6/\n", "is no type code"},
		"test group":   {strings.Replace(bai, "02,R,S,1", "02,R,S,4", 1) + "49,,3/\n98,,1,5/\n99,,1,6/\n", "deleted or tested"},
		"twice":        {bai + "49,22500,3/\n98,,1,5/\n99,,1,6/\n" + bai, "follows the end"},
		"record":       {bai + "17,1/\n99,,1,6/\n", "no record that BAI2 knows"},
		"endless":      {bai + "16,165,1,,,,a\n" + strings.Repeat("88,"+strings.Repeat("x", 1000)+"\n", 1100), "a record of more than"},
		"endless text": {bai + "16,165,1,,,,a\n" + strings.Repeat(strings.Repeat("x", 1000)+"\n", 1100), "a record of more than"},
		"distribution": {bai + "16,165,30,D,99999999,1,1,/\n49,,3/\n98,,1,5/\n99,,1,6/\n", "availability dates"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readBAI(tc.text)
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, report, err := readBAI(bai + "49,1,3/\n98,,1,5/\n99,,1,6/\n")
	require.NoError(t, err)
	require.ErrorContains(t, report.Problems[0], "control total")
}

// What banks write beside the book: ends within a text, codes of their own, keys in the text, a text broken
// without a continuation, dates with the century.
func TestBAI2Dialects(t *testing.T) {
	t.Parallel()
	text := strings.Replace(bai, "260503,,USD", "20260503,,USD", 1) +
		"16,195,100,,BR1,CR1,Incoming wire/\n88,from ACME, invoice 7/\n88,EREF: E-7\n88,DBNM: ACME INC\n88,DACT: 0212\n88,CRNM: US\n" +
		"16,475,100,,BR2,,Check\n88,CRNM: SHOP\n88,CHKN: 0042\n" +
		"16,165,100,,BR3,,broken\nwithout a code\n" +
		"16,921,100,,,,own credit/\n16,961,100,,,,own debit/\n16,890,,,,,a message/\n16,710,100,,,,a loan/\n" +
		"49,23100,4/\n98,23100,1,6/\n99,23100,1,8/\n"
	c, report, err := readBAI(text)
	require.NoError(t, err)
	s := c.statements[0]
	require.Len(t, s.entries, 6, "the loan is left out")
	require.Len(t, report.Problems, 1)
	require.ErrorContains(t, report.Problems[0], "type code 710 says neither credit nor debit")
	wire, check := s.entries[0].Details[0], s.entries[1].Details[0]
	require.Equal(t, []string{"Incoming wire", "from ACME, invoice 7"}, wire.Remittance[:2])
	require.Equal(t, bank.Party{Name: "ACME INC", Account: "0212"}, wire.Payer)
	require.Empty(t, wire.Payee)
	require.Equal(t, "E-7", wire.Refs.EndToEnd)
	require.Equal(t, "SHOP", check.Payee.Name)
	require.Equal(t, "42", check.Refs.Cheque)
	require.True(t, s.entries[2].Repaired)
	require.Equal(t, []string{"broken", "without a code"}, s.entries[2].Details[0].Remittance)
	require.Equal(t, int64(100), s.entries[3].Amount.Minor)
	require.Equal(t, int64(-100), s.entries[4].Amount.Minor)
	require.Equal(t, bank.StatusInfo, s.entries[5].Status)
	require.Equal(t, "2026-05-03", s.entries[0].BookedOn.String())
}

// A group or the file states what it holds: where that differs, a part may be missing.
func TestBAI2Totals(t *testing.T) {
	t.Parallel()
	_, report, err := readBAI(bai + "49,22500,2/\n98,22500,2,4/\n99,30000,2,6/\n")
	require.NoError(t, err)
	require.Len(t, report.Problems, 3)
	require.ErrorContains(t, report.Problems[0], "98: states 2 accounts, and 1 came")
	require.ErrorContains(t, report.Problems[1], "99: states 2 groups, and 1 came")
	require.ErrorContains(t, report.Problems[2], "99: the control total 30000 is not the sum of the groups' amounts, 22500")
}

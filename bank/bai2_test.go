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
		"code":         {bai + "16,890,30,,,,/\n49,,3/\n98,,1,5/\n99,,1,6/\n", "neither credit nor debit"},
		"test group":   {strings.Replace(bai, "02,R,S,1", "02,R,S,4", 1) + "49,,3/\n98,,1,5/\n99,,1,6/\n", "deleted or tested"},
		"twice":        {bai + "49,22500,3/\n98,,1,5/\n99,,1,6/\n" + bai, "follows the end"},
		"record":       {bai + "17,1/\n99,,1,6/\n", "no record that BAI2 knows"},
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

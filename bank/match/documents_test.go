package match_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank/match"
)

func TestListsOfDocuments(t *testing.T) {
	t.Parallel()
	first, second, other := inv(1, 1, "NL-1001", 50000), inv(2, 1, "NL-1002", 30000), inv(3, 2, "NL-1003", 20000)
	credited := inv(4, 1, "NL-1004", 15000) // of 20000, less the credit note GS-1
	credited.Total = 20000
	doc := func(number string, remitted int64) match.Document {
		return match.Document{Number: number, Remitted: remitted}
	}
	note := func(minor int64) match.Document {
		return match.Document{Number: "GS-1", IsCredit: true, CreditAmt: minor}
	}
	for name, tc := range map[string]struct {
		minor int64
		docs  []match.Document
		paid  map[int64]int64
	}{
		"as it says":                        {80000, []match.Document{doc("NL-1001", 50000), doc("NL-1002", 30000)}, map[int64]int64{1: 50000, 2: 30000}},
		"a part of one":                     {70000, []match.Document{doc("NL-1001", 40000), doc("NL-1002", 30000)}, map[int64]int64{1: 40000, 2: 30000}},
		"without amounts":                   {80000, []match.Document{doc("NL-1001", 0), doc("NL-1002", 0)}, map[int64]int64{1: 50000, 2: 30000}},
		"it does not add up":                {79000, []match.Document{doc("NL-1001", 50000), doc("NL-1002", 30000)}, nil},
		"more than is open":                 {90000, []match.Document{doc("NL-1001", 60000), doc("NL-1002", 30000)}, nil},
		"one twice":                         {100000, []match.Document{doc("NL-1001", 50000), doc("NL-1001", 50000)}, nil},
		"one is not on file":                {80000, []match.Document{doc("NL-1001", 50000), doc("NL-1999", 30000)}, nil},
		"two debtors'":                      {70000, []match.Document{doc("NL-1001", 50000), doc("NL-1003", 20000)}, nil},
		"less a credit note on file":        {65000, []match.Document{doc("NL-1001", 50000), doc("NL-1004", 20000), note(5000)}, map[int64]int64{1: 50000, 4: 15000}},
		"the same, already taken off there": {65000, []match.Document{doc("NL-1001", 50000), doc("NL-1004", 15000), note(5000)}, map[int64]int64{1: 50000, 4: 15000}},
		"less a credit note not on file":    {75000, []match.Document{doc("NL-1001", 50000), doc("NL-1002", 30000), note(5000)}, nil},
		"less another than is on file":      {65000, []match.Document{doc("NL-1001", 50000), doc("NL-1004", 20000), note(4000)}, nil},
		"nothing but a credit note":         {5000, []match.Document{note(5000)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := line(tc.minor)
			l.Documents = tc.docs
			d := match.Decide(grammar, l, look(l, 1, true, first, second, other, credited), match.Rules{})
			require.Equal(t, tc.paid != nil, d.Auto, "%+v", d)
			got := map[int64]int64{}
			for _, a := range d.Applied {
				got[a.Invoice] = a.Amount
			}
			if tc.paid == nil {
				require.Empty(t, got)
				require.NotEmpty(t, d.Evidence)
				return
			}
			require.Equal(t, match.ByDocuments, d.Rung)
			require.Equal(t, tc.paid, got)
		})
	}
}

// The keys of what is nearly a number are looked up, and of nothing else.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"NL-1011": "NL1001", "NL-10001": "NL1001", "NL-101": "NL1001", "LN-1001": "NL1001", "NK-1001": "NL1001", "NL-1O01": "NL1001", "N-1001": "NL1001",
	} {
		require.Contains(t, grammar.Neighbours(line(1, text)), want, text)
	}
	for _, text := range []string{"1234", "vielen Dank", "KD 17", "vom 10.05.2026", "IBAN DE89 3704 0044 0532 0130 00", "AB-1001"} {
		require.Empty(t, grammar.Neighbours(line(1, text)), text)
	}
	many := ""
	for n := range 400 {
		many += " NL-" + string(rune('1'+n%9)) + string(rune('0'+n/9%10)) + string(rune('0'+n/90%10)) + "7"
	}
	require.Empty(t, grammar.Neighbours(line(1, many)), "too many numbers: none is certain")
}

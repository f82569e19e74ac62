package rehearse

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

func TestPrices(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Amount{"0": 0, "1": 1_000_000, "0.075": 75_000, "0.000001": 1, "12.5": 12_500_000} {
		got, err := ParseAmount(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, bad := range []string{"", ".5", "-1", "1,5", "0.0000001", "much", "1e3"} {
		_, err := ParseAmount(bad)
		require.Error(t, err, bad)
	}
	for a, want := range map[Amount]string{0: "0.00", 75_000: "0.075", 1_000_000: "1.00", 12_345_678: "12.35", 999_999: "0.999999"} {
		require.Equal(t, want, a.String())
	}
	body, err := json.Marshal(Amount(75_000))
	require.NoError(t, err)
	require.JSONEq(t, `"0.075000"`, string(body))
}

func TestTheVeilIsStableAndTellsNothing(t *testing.T) {
	t.Parallel()
	v := newVeil()
	first := v.email("Jo@Example.com")
	require.Equal(t, first, v.email("jo@example.com"))
	require.NotEqual(t, first, v.email("ja@example.com"))
	require.True(t, v.knows("JO@example.com"))
	require.False(t, v.knows("nobody@example.com"))
	require.Regexp(t, `^\+999\d{9}$`, v.phone("+4930123456"))
	require.Empty(t, v.email("")+v.phone("")+v.link("a", "1", ""))
	said := []string{"Haberstroh & Co", "jost@kontor.example", "+493055504200"}
	for number, kept := range map[string]bool{
		"R-2026-17": true, "K-4711": true, "haberstroh-17": false, "X-Kontor": false, "jo@x": false, "+4930": false, "C-5504200": false,
	} {
		require.Equal(t, kept, v.debtor("acme", number, said) == number, number)
		require.Equal(t, kept, v.number("acme", number, said) == number, number)
	}
	c := v.creditor(invoice.Creditor{
		ID: "acme", Name: "Haberstroh", Person: "Mara", Address: "Quittengasse", Country: "DE", Zone: "Europe/Berlin", SenderEmail: "a@b.example", ReplyTo: "a@b.example",
		BankAccounts: []invoice.Bank{{IBAN: "DE1"}}, StockHook: "https://b.example", Lawyer: invoice.Partner{Name: "X", Email: "x@y.example"},
	})
	require.NoError(t, c.Validate())
	require.Equal(t, "acme", c.ID)
	require.Empty(t, c.BankAccounts)
	require.Empty(t, c.StockHook)
	require.Empty(t, c.Agency)
	require.Contains(t, c.Lawyer.Email, domain)
	require.NoError(t, v.creditor(standIn("other")).Validate())
}

func TestWhatMovedAnAct(t *testing.T) {
	t.Parallel()
	for note, want := range map[string]string{
		"moved from Sunday to Monday 2026-11-23":                        "weekend",
		"moved from 2026-12-25 (Weihnachtstag) to Monday 2026-12-28":    "holiday",
		"5 days after the last contact":                                 "gap",
		"at most 3 contacts in 7 days":                                  "cap",
		"not before a stop was over":                                    "stop",
		"at the next open window, because its moment passed on Tuesday": "window",
		"by phone task, because: no mobile number":                      "fallback",
		"something nobody has thought of":                               "",
	} {
		kind, _ := movedBy(note)
		require.Equal(t, want, kind, note)
	}
	require.Equal(t, "too late: its moment was …", undated("too late: its moment was 22 November 2026 09:15 Berlin time"))
	require.Equal(t, []string{"b", "c"}, notes("a; b; c"))
	require.Empty(t, notes("a"))
}

func TestTheFullestDayAndWeek(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) time.Time { return time.Date(2026, 5, day, hour, 0, 0, 0, time.UTC) }
	day, week := dense([]time.Time{at(1, 9), at(1, 9), at(1, 12), at(4, 9), at(8, 9), at(9, 9)})
	require.Equal(t, 2, day, "an e-mail and an SMS of one hour are one contact")
	require.Equal(t, 3, week)
	day, week = dense(nil)
	require.Zero(t, day+week)
}

func TestTheSameSeedGivesTheSamePeople(t *testing.T) {
	t.Parallel()
	one, other := &desk{r: &rehearsal{Options: Options{Seed: 1}}}, &desk{r: &rehearsal{Options: Options{Seed: 2}}}
	require.InDelta(t, one.draw("pays", "acme/1"), one.draw("pays", "acme/1"), 0)
	require.NotEqual(t, one.draw("pays", "acme/1"), other.draw("pays", "acme/1"))
	sum := 0.0
	for i := range 2000 {
		sum += one.draw("pays", string(rune('a'+i%26)), string(rune('0'+i/26)))
	}
	require.InDelta(t, 1000, sum, 60, "draws are spread")
}

func TestNiceAxes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 1, 1: 1, 3: 4, 5: 6, 9: 10, 11: 20, 95: 100, 101: 200} {
		require.Equal(t, want, nice(n), n)
	}
}

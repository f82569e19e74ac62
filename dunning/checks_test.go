package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

func TestChecks(t *testing.T) {
	t.Parallel()
	p := ladder(rung("first", "due+7d", dunning.Email))
	p.Promise = dunning.PromiseRules{Longest: span("30d"), Most: 2}
	p.Plans = dunning.PlanRules{MostInstalments: 3, Longest: span("90d")}
	c, now := berlin(), utc("2026-05-13 08:00")
	day := func(d int) invoice.Date { return invoice.NewDate(2026, time.May, 13).AddDays(d) }
	require.NoError(t, p.CheckPromise(c, day(30), 1, now))
	for _, tc := range []struct {
		by    invoice.Date
		sofar int
		field string
		text  string
	}{
		{invoice.Date{}, 0, "by", "is missing"},
		{day(-1), 0, "by", "has passed"},
		{day(31), 0, "by", "more than 30 days away"},
		{day(3), 2, "", "2 promises are on file"},
	} {
		err := p.CheckPromise(c, tc.by, tc.sofar, now)
		var e *invoice.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, tc.field, e.Field)
		require.ErrorContains(t, err, tc.text)
		require.NotEmpty(t, e.Hint)
	}

	eur := func(minor int64) invoice.Money { return invoice.NewMoney(minor, "EUR") }
	in := func(d int, minor int64) invoice.Instalment {
		return invoice.Instalment{DueOn: day(d), Amount: eur(minor)}
	}
	require.NoError(t, p.CheckPlan(c, eur(90000), []invoice.Instalment{in(0, 30000), in(30, 30000), in(90, 30000)}, now))
	for _, tc := range []struct {
		field, text string
		of          []invoice.Instalment
	}{
		{"instalments", "are missing", nil},
		{"instalments", "4 are too many", []invoice.Instalment{in(1, 1), in(2, 1), in(3, 1), in(4, 1)}},
		{"instalments", "sum to 100.00 EUR, and 900.00 EUR is open", []invoice.Instalment{in(1, 10000)}},
		{"instalments[0].due_on", "too early", []invoice.Instalment{in(-1, 90000)}},
		{"instalments[1].due_on", "too early", []invoice.Instalment{in(5, 45000), in(5, 45000)}},
		{"instalments[1].due_on", "more than 90 days away", []invoice.Instalment{in(5, 45000), in(91, 45000)}},
		{"instalments[0].due_on", "is missing", []invoice.Instalment{{Amount: eur(90000)}}},
		{"instalments[0].amount", "not above zero", []invoice.Instalment{in(5, 0), in(6, 90000)}},
		{"instalments[0].amount", "is not in EUR", []invoice.Instalment{{DueOn: day(5), Amount: invoice.NewMoney(90000, "USD")}}},
	} {
		var e *invoice.Error
		require.ErrorAs(t, p.CheckPlan(c, eur(90000), tc.of, now), &e, tc.text)
		require.Equal(t, tc.field, e.Field)
		require.ErrorContains(t, e, tc.text)
	}
	c.Zone, c.Country = "Asia/Shanghai", "CN" // a year whose working days nobody knows yet
	p.Plans.Longest = span("3000d")
	require.ErrorContains(t, p.CheckPlan(c, eur(90000), []invoice.Instalment{in(2500, 90000)}, now), "choose a nearer day")

	require.Equal(t, utc("2026-05-29 16:00"), p.DisputeReview(berlin(), now), "ten business days, Ascension Day and Whit Monday between")
	p.Disputes.Review = span("5bd")
	require.Equal(t, utc("2026-05-21 16:00"), p.DisputeReview(berlin(), now))
}

package message_test

import (
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/invoice"
	"dunlin/message"
)

// golden is what Node's Intl writes; testdata/locale.mjs made the file.
type golden struct {
	Money   map[string]map[invoice.Currency]map[string]string `json:"money"`
	Dates   map[string]map[string]string                      `json:"dates"`
	Moments map[string]map[string]string                      `json:"moments"`
}

func readGolden(t *testing.T) golden {
	t.Helper()
	raw, err := os.ReadFile("testdata/locale.json")
	require.NoError(t, err)
	var g golden
	require.NoError(t, json.Unmarshal(raw, &g))
	return g
}

func TestMoneyIsWrittenAsIntlWritesIt(t *testing.T) {
	t.Parallel()
	checked := 0
	for locale, currencies := range readGolden(t).Money {
		for currency, amounts := range currencies {
			for minor, want := range amounts {
				n, err := strconv.ParseInt(minor, 10, 64)
				require.NoError(t, err)
				require.Equal(t, want, message.FormatMoney(invoice.NewMoney(n, currency), locale), "%s %s %s", locale, currency, minor)
				checked++
			}
		}
	}
	require.Greater(t, checked, 1000)
}

func TestDatesAreWrittenAsIntlWritesThem(t *testing.T) {
	t.Parallel()
	g := readGolden(t)
	for locale, days := range g.Dates {
		for day, want := range days {
			d, err := invoice.ParseDate(day)
			require.NoError(t, err)
			require.Equal(t, want, message.FormatDate(d, locale), locale)
		}
	}
	for locale, moments := range g.Moments {
		for moment, want := range moments {
			at, err := time.Parse("2006-01-02T15:04", moment)
			require.NoError(t, err)
			require.Equal(t, want, message.FormatDateTime(at, locale), locale)
		}
	}
	require.Empty(t, message.FormatDate(invoice.Date{}, "de"))
	require.Empty(t, message.FormatDateTime(time.Time{}, "de"))
}

func TestNoDigitIsLostInAnyLocale(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := invoice.NewMoney(rapid.Int64Min(-math.MaxInt64).Draw(t, "minor"), invoice.Currency(rapid.SampledFrom([]string{"EUR", "JPY", "KWD", "CHF"}).Draw(t, "currency")))
		locale := rapid.SampledFrom([]string{"en-US", "en-GB", "de", "de-AT", "de-CH", "zh"}).Draw(t, "locale")
		shown := message.FormatMoney(m, locale)
		point := "."
		if locale == "de" || locale == "de-AT" {
			point = ","
		}
		plain := strings.Map(func(r rune) rune {
			if r == '-' || (r >= '0' && r <= '9') {
				return r
			}
			if string(r) == point {
				return '.'
			}
			return -1
		}, shown)
		back, err := invoice.ParseMoney(plain, string(m.Currency))
		require.NoError(t, err, shown)
		require.Equal(t, m, back, shown)
	})
}

func TestLocaleFollowsLanguageAndCountry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ language, country, want string }{
		{"en", "US", "en-US"},
		{"en", "GB", "en-GB"},
		{"en", "DE", "en-GB"},
		{"en", "", "en-GB"},
		{"de", "DE", "de"},
		{"de", "AT", "de-AT"},
		{"de-CH", "CH", "de-CH"},
		{"DE_de", "LI", "de-CH"},
		{"zh", "CN", "zh"},
		{"fr", "FR", "en-GB"},
	} {
		require.Equal(t, c.want, message.Locale(c.language, c.country), "%+v", c)
	}
}

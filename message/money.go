package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dunlin/invoice"
)

// FormatMoney writes an amount the way readers of the locale do, e.g. "$1,234.56" for en-US and
// "1.234,56 €" (with a no-break space) for de. It always shows all decimals ISO 4217 gives the
// currency. The locales are those that Locale returns; any other is read as en-GB.
func FormatMoney(m invoice.Money, locale string) string {
	return formatMoney(m, locale, symbol(m.Currency, locale))
}

// noBreak keeps a symbol and its number on one line.
const noBreak = "\u00A0"

func formatMoney(m invoice.Money, locale, sign string) string {
	digits := m.Decimal()
	minus := ""
	if strings.HasPrefix(digits, "-") {
		minus, digits = "-", digits[1:]
	}
	switch locale {
	case "de":
		return minus + group(digits, ".", ",") + noBreak + sign
	case "de-AT":
		return minus + sign + noBreak + group(digits, ".", ",")
	case "de-CH":
		if minus != "" {
			return sign + minus + group(digits, "'", ".")
		}
		return sign + noBreak + group(digits, "'", ".")
	}
	gap := ""
	if last, _ := utf8.DecodeLastRuneInString(sign); !unicode.IsSymbol(last) {
		gap = noBreak // a code such as CHF does not touch the number, a symbol such as € does
	}
	return minus + sign + gap + group(digits, ",", ".")
}

// group puts a separator after every third digit before the point, and the locale's own point.
func group(decimal, separator, point string) string {
	whole, frac, dotted := strings.Cut(decimal, ".")
	var b strings.Builder
	b.Grow(len(decimal) + len(whole)/3 + 2)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteByte(whole[i])
	}
	if dotted {
		b.WriteString(point)
		b.WriteString(frac)
	}
	return b.String()
}

// symbols are those that all our locales share; a currency without one is written with its code.
// Source: Unicode CLDR.
var symbols = map[invoice.Currency]string{
	"BRL": "R$", "CAD": "CA$", "CNY": "CN¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "ILS": "₪", "INR": "₹", "JPY": "¥",
	"KRW": "₩", "MXN": "MX$", "NZD": "NZ$", "TWD": "NT$", "VND": "₫", "XAF": "FCFA", "XCD": "EC$", "XCG": "Cg.",
	"XOF": "F\u202FCFA", "XPF": "CFPF",
}

// localSymbols are where a locale differs: a reader's own currency needs no country in front of it.
var localSymbols = map[string]map[invoice.Currency]string{
	"en-US": {"AUD": "A$", "PHP": "₱", "USD": "$"},
	"en-GB": {"AUD": "A$", "JPY": "JP¥", "PHP": "₱", "USD": "US$"},
	"de":    {"AUD": "AU$", "THB": "฿", "USD": "$"},
	"de-AT": {"AUD": "AU$", "THB": "฿", "USD": "$"},
	"de-CH": {"AUD": "AU$", "EUR": "EUR", "THB": "฿", "USD": "$"},
	"zh":    {"AUD": "AU$", "CNY": "¥", "JPY": "JP¥", "USD": "US$"},
}

func symbol(c invoice.Currency, locale string) string {
	local, ok := localSymbols[locale]
	if !ok {
		local = localSymbols["en-GB"]
	}
	if s, ok := local[c]; ok {
		return s
	}
	if s, ok := symbols[c]; ok {
		return s
	}
	return string(c)
}

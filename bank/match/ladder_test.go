package match_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/bank/match"
	"dunlin/invoice"
)

var grammar = match.Learn([]match.Shape{"NL-9999", "2026/RE/99999", "999999"})

// blum is debtor 1 with three open invoices; kuhn is debtor 2 with one.
func books() (blum, kuhn []match.Invoice) {
	return []match.Invoice{inv(11, 1, "NL-1001", 125000), inv(12, 1, "NL-1002", 48000), inv(13, 1, "NL-1003", 9650)}, []match.Invoice{inv(21, 2, "NL-2001", 230000)}
}

func inv(id, debtor int64, number string, balance int64) match.Invoice {
	return match.Invoice{ID: id, Debtor: debtor, Number: number, Currency: "EUR", Total: balance, Balance: balance, DueOn: invoice.NewDate(2026, time.May, 1)}
}

func line(minor int64, texts ...string) *match.Line {
	return &match.Line{Amount: invoice.NewMoney(minor, "EUR"), On: invoice.NewDate(2026, time.May, 10), Remittance: texts}
}

func named(l *match.Line, payer string) *match.Line {
	l.Payer = payer
	return l
}

// look does what the store does: it finds the line's keys among all invoices.
func look(l *match.Line, payer int64, sure bool, all ...match.Invoice) match.Known {
	keys := grammar.Keys(l)
	k := match.Known{Payer: payer, Sure: sure, Names: map[int64]string{1: "Blum Logistik GmbH", 2: "Kuhn & Söhne KG"}, IDs: map[int64]string{1: "40017", 2: "40018"}, NearAll: true}
	has := func(list []string, key string) bool {
		for _, x := range list {
			if x == key {
				return true
			}
		}
		return false
	}
	k.Around = map[string]match.Around{}
	for _, number := range grammar.Doubtful(l, all) {
		var a match.Around
		for _, i := range all {
			switch key := match.Key(i.Number); {
			case key == number:
				a.Filed = true
			case len(key) != len(number):
			case key < number && key > a.Below:
				a.Below = key
			case key > number && (key < a.Above || a.Above == ""):
				a.Above = key
			}
		}
		k.Around[number] = a
	}
	near := grammar.Neighbours(l)
	for _, i := range all {
		key := match.Key(i.Number)
		if has(keys.Numbers, key) || has(keys.References, i.Reference) && i.Reference != "" || has(keys.Digits, digits(key)) {
			k.Named = append(k.Named, i)
		}
		if i.Open() && has(near, key) {
			k.Near = append(k.Near, i)
		}
		if payer != 0 && i.Debtor == payer && i.Open() && i.Currency == l.Amount.Currency {
			k.Owed = append(k.Owed, i)
		}
	}
	return k
}

func digits(key string) string {
	for i := range key {
		if key[i] >= '0' && key[i] <= '9' {
			return key[i:]
		}
	}
	return ""
}

func TestLadder(t *testing.T) {
	t.Parallel()
	blum, kuhn := books()
	all := append(append([]match.Invoice{}, blum...), kuhn...)
	paid := inv(14, 1, "NL-1004", 0)
	paid.Total = 125000
	all = append(all, paid)
	withRF := inv(15, 1, "NL-1005", 70000)
	withRF.Reference = match.MakeRF("NL-1005")
	all = append(all, withRF, inv(22, 2, "NL-2003", 7700), inv(23, 2, "NL-3003", 9650))
	for name, tc := range map[string]struct {
		line  *match.Line
		payer int64
		sure  bool
		rung  match.Rung
		auto  bool
		paid  map[int64]int64
	}{
		"number, payer known":              {line(125000, "Rechnung NL-1001"), 1, true, match.ByNumber, true, map[int64]int64{11: 125000}},
		"number, payer unknown":            {line(125000, "NL-1001 danke"), 0, false, match.ByNumber, true, map[int64]int64{11: 125000}},
		"number, marks left out":           {line(125000, "RG NL 1001"), 1, true, match.ByNumber, true, map[int64]int64{11: 125000}},
		"number, cut by the line":          {line(125000, "Zahlung fuer Rechnung NL-1", "001 vielen Dank"), 1, true, match.ByNumber, true, map[int64]int64{11: 125000}},
		"number, another debtor's account": {line(125000, "NL-1001"), 2, true, match.OnAccountRung, false, nil},
		"number settled":                   {line(125000, "NL-1004"), 1, true, match.OnAccountRung, false, nil},
		"part":                             {line(50000, "NL-1001 Teilzahlung"), 1, true, match.ByNumber, true, map[int64]int64{11: 50000}},
		"part, payer unknown":              {line(50000, "NL-1001"), 0, false, match.Unknown, false, nil},
		"the amount of another":            {line(48000, "NL-1001"), 1, true, match.OnAccountRung, false, nil},
		"over":                             {line(125001, "NL-1001"), 1, true, match.ByNumber, true, map[int64]int64{11: 125000}},
		"over by another":                  {line(134650, "NL-1001"), 1, true, match.OnAccountRung, false, nil},
		"several":                          {line(173000, "NL-1001, NL-1002"), 1, true, match.ByNumber, true, map[int64]int64{11: 125000, 12: 48000}},
		"several that do not add up":       {line(170000, "NL-1001, NL-1002"), 1, true, match.OnAccountRung, false, nil},
		"two debtors'":                     {line(355000, "NL-1001 NL-2001"), 0, false, match.Unknown, false, nil},
		"digits alone":                     {line(125000, "Rechnung 1001"), 1, true, match.ByBareNumber, true, map[int64]int64{11: 125000}},
		"digits alone, payer unknown":      {line(125000, "Rechnung 1001"), 0, false, match.Unknown, false, nil},
		"a slip":                           {line(125000, "NL-8001"), 1, true, match.ByNearNumber, true, map[int64]int64{11: 125000}},
		"a slip, or next month's":          {line(125000, "NL-1101"), 1, true, match.OnAccountRung, false, nil},
		"a slip, or never brought here":    {line(125000, "NL-0101"), 1, true, match.OnAccountRung, false, nil},
		"somebody else's, own amount":      {line(9650, "NL-2003"), 1, true, match.ByNearNumber, true, map[int64]int64{13: 9650}},
		"somebody else's, the same amount": {line(9650, "NL-3003"), 1, true, match.OnAccountRung, false, nil},
		"a slip, the name is theirs":       {named(line(125000, "NL-8001"), "BLUM LOGISTIK"), 0, false, match.ByNearNumber, true, map[int64]int64{11: 125000}},
		"a slip, another's name":           {named(line(125000, "NL-8001"), "Kuhn & Söhne"), 0, false, match.Unknown, false, nil},
		"a neighbour, the name is theirs":  {named(line(125000, "NL-1011"), "BLUM LOGISTIK"), 0, false, match.Unknown, false, nil},
		"their own customer number":        {line(48000, "Zahlung KD 40017"), 1, true, match.ByAmount, true, map[int64]int64{12: 48000}},
		"another's customer number":        {line(48000, "Zahlung KD 40018"), 1, true, match.OnAccountRung, false, nil},
		"something else":                   {line(48000, "Miete Stellplatz"), 1, true, match.OnAccountRung, false, nil},
		"an order to come":                 {line(48000, "Auftrag 778812"), 1, true, match.OnAccountRung, false, nil},
		"cut off early":                    {line(48000, "Kreditorenbuchhaltung RG NL"), 1, true, match.ByAmount, true, map[int64]int64{12: 48000}},
		"cut off in the digits":            {line(48000, "Kreditorenbuchhaltung RG NL-1"), 1, true, match.ByAmount, true, map[int64]int64{12: 48000}},
		"by digits and by number":          {line(134650, "RG NL-1001, 1003"), 1, true, match.ByBareNumber, true, map[int64]int64{11: 125000, 13: 9650}},
		"for a firm of the group":          {line(230000, "NL-2001 im Auftrag von Kuhn & Söhne KG"), 1, true, match.ByNumber, true, map[int64]int64{21: 230000}},
		"an account number":                {line(48000, "IBAN DE89 3704 0044 0532 0130 00"), 1, true, match.ByAmount, true, map[int64]int64{12: 48000}},
		"a digit too many":                 {line(125000, "NL-10001"), 1, true, match.ByNearNumber, true, map[int64]int64{11: 125000}},
		"a neighbour to come":              {line(125000, "NL-1011"), 1, true, match.OnAccountRung, false, nil},
		"a customer number":                {line(9650, "Kundennr. 40017"), 1, true, match.ByAmount, true, map[int64]int64{13: 9650}},
		"marks and digits, to come":        {line(9650, "2026/RE/00018"), 1, true, match.OnAccountRung, false, nil},
		"a look-alike":                     {line(125000, "NL-I00l"), 1, true, match.ByNearNumber, true, map[int64]int64{11: 125000}},
		"cut off":                          {line(125000, "Zahlung fuer Rechnung NL-100"), 1, true, match.ByNearNumber, true, map[int64]int64{11: 125000}},
		"a slip, payer unknown":            {line(125000, "NL-1011"), 0, false, match.Unknown, false, nil},
		"no text, payer known":             {line(48000, "vielen Dank"), 1, true, match.ByAmount, true, map[int64]int64{12: 48000}},
		"no text, payer not sure":          {line(48000, "vielen Dank"), 1, false, match.Unknown, false, nil},
		"an invoice to come":               {line(48000, "Rechnung NL-1099"), 1, true, match.OnAccountRung, false, nil},
		"another's document":               {line(48000, "Invoice 77001"), 1, true, match.OnAccountRung, false, nil},
		"all that is open":                 {line(252650, "alle Rechnungen"), 1, true, match.BySum, true, map[int64]int64{11: 125000, 12: 48000, 13: 9650, 15: 70000}},
		"a sum of some":                    {line(57650, "Sammelzahlung"), 1, true, match.OnAccountRung, false, nil},
		"RF reference":                     {line(70000, "ref "+match.MakeRF("NL-1005")), 0, false, match.ByReference, true, map[int64]int64{15: 70000}},
		"RF reference, part":               {line(20000, match.MakeRF("NL-1005")), 0, false, match.ByReference, true, map[int64]int64{15: 20000}},
		"nothing":                          {line(4711), 0, false, match.Unknown, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := match.Decide(grammar, tc.line, look(tc.line, tc.payer, tc.sure, all...), match.Rules{})
			require.Equal(t, tc.rung, d.Rung, "%+v", d)
			require.Equal(t, tc.auto, d.Auto, "%+v", d)
			got := map[int64]int64{}
			for _, a := range d.Applied {
				got[a.Invoice] = a.Amount
			}
			if tc.paid == nil {
				require.Empty(t, got)
				return
			}
			require.Equal(t, tc.paid, got)
			require.NotEmpty(t, d.Evidence)
		})
	}
}

// The complaint of the invoice settled "at 99 %": two digits inside another number name nothing.
func TestDigitsInsideAnotherNumberNameNothing(t *testing.T) {
	t.Parallel()
	g := match.Learn([]match.Shape{"99"})
	require.Empty(t, g.Tokens([]string{"1814", "A18", "18.14", "2026-18", "18/2026"}))
	require.NotEmpty(t, g.Tokens([]string{"Rechnung 18"}))
}

// INV/2024/0001 and BILL/2024/0001 are two numbers, and a year is none.
func TestPrefixesTellNumbersApart(t *testing.T) {
	t.Parallel()
	g := match.Learn([]match.Shape{"INV/9999/9999", "BILL/9999/9999"})
	for text, want := range map[string]string{"INV/2024/0001": "INV20240001", "BILL/2024/0001": "BILL20240001", "bill 2024 0001": "BILL20240001"} {
		tokens := g.Tokens([]string{text})
		var whole []string
		for _, token := range tokens {
			if token.Whole {
				whole = append(whole, token.Key)
			}
		}
		require.Equal(t, []string{want}, whole, text)
	}
	require.Empty(t, match.Learn([]match.Shape{"NL-9999"}).Keys(line(1, "Zahlung 2024-05-06 von 2024/25")).Numbers)
}

// A number is not cut at a hyphen or a slash.
func TestMarksBelongToTheNumber(t *testing.T) {
	t.Parallel()
	g := match.Learn([]match.Shape{"99-99/99999"})
	tokens := g.Tokens([]string{"Ref 23-00/00416 payé"})
	require.Len(t, tokens, 1)
	require.Equal(t, "230000416", tokens[0].Key)
}

func TestCheckDigits(t *testing.T) {
	t.Parallel()
	require.Equal(t, match.RF, match.CheckReference("RF18 5390 0754 7034"))
	require.Equal(t, match.RF, match.CheckReference(match.MakeRF("NL-1001")))
	require.Equal(t, match.QRR, match.CheckReference("21 00000 00003 13947 14300 09017"))
	require.Equal(t, match.Finnish, match.CheckReference("1234561"))
	for _, bad := range []string{"RF19539007547034", "210000000003139471430009018", "1234562", "", "RF", "12A4"} {
		require.Empty(t, match.CheckReference(bad), bad)
	}
	require.Empty(t, match.MakeRF(""))
	require.Empty(t, match.MakeRF("发票"))
}

func TestDiscountAndCharge(t *testing.T) {
	t.Parallel()
	i := inv(31, 1, "NL-1001", 100000)
	i.Discount = &match.Discount{Minor: 2000, Until: invoice.NewDate(2026, time.May, 8)}
	l := line(98000, "NL-1001 abzgl. Skonto")
	d := match.Decide(grammar, l, look(l, 1, true, i), match.Rules{GraceDays: 3})
	require.Equal(t, []match.Applied{{Invoice: 31, Amount: 98000, Discount: 2000}}, d.Applied)
	require.Equal(t, match.ByDeviation, d.Rung)
	d = match.Decide(grammar, l, look(l, 1, true, i), match.Rules{GraceDays: 1})
	require.Equal(t, []match.Applied{{Invoice: 31, Amount: 98000}}, d.Applied, "too late for the terms: a part")
	l = line(99000, "NL-1001")
	d = match.Decide(grammar, l, look(l, 1, true, i), match.Rules{ChargeCap: 1500})
	require.Equal(t, []match.Applied{{Invoice: 31, Amount: 99000, Charge: 1000}}, d.Applied)
}

func TestMendedTextGoesToAPerson(t *testing.T) {
	t.Parallel()
	blum, _ := books()
	l := line(125000, "NL-1001")
	l.Repaired = true
	d := match.Decide(grammar, l, look(l, 1, true, blum...), match.Rules{})
	require.False(t, d.Auto)
	require.Equal(t, []int64{1}, d.Hold)
	require.Equal(t, int64(11), d.Suggestions[0].Applied[0].Invoice)
}

// A number that a word before it calls an order's is an invoice's only by its amount, too.
func TestOrderNumberThatIsAnInvoiceNumber(t *testing.T) {
	t.Parallel()
	g := match.Learn([]match.Shape{match.ShapeOf("70003844")})
	i := inv(31, 1, "70003844", 11662)
	decide := func(l *match.Line) match.Decision {
		return match.Decide(g, l, match.Known{Payer: 1, Sure: true, Named: []match.Invoice{i}, Owed: []match.Invoice{i}, Around: map[string]match.Around{}}, match.Rules{})
	}
	require.False(t, decide(line(45744, "Kundennr. 4231 Best. 70003844")).Auto)
	require.False(t, decide(line(5000, "Order 70003844")).Auto)
	require.True(t, decide(line(11662, "Best. 70003844")).Auto)
	require.True(t, decide(line(45744, "Rechnung 70003844")).Auto)
}

// Whoever may well have paid waits: the account's owner whatever else is named, those who share the account, those
// whose invoices are named in full. Too many of these say nothing.
func TestWhoMayHavePaid(t *testing.T) {
	t.Parallel()
	all := make([]match.Invoice, 6)
	text := ""
	for i := range all {
		all[i] = inv(int64(20+i), int64(10+i), fmt.Sprintf("NL-200%d", i), 230000)
		text += " " + all[i].Number
	}
	hold := func(l *match.Line, payer int64, sure bool, users ...int64) []int64 {
		k := look(l, payer, sure, all...)
		k.Users = users
		return match.Decide(grammar, l, k, match.Rules{}).Hold
	}
	require.Equal(t, []int64{9}, hold(line(5, text), 9, true), "six are named, but it is his account")
	require.Empty(t, hold(line(5, text), 0, false))
	require.Equal(t, []int64{9, 10, 11}, hold(line(5, "NL-2000 NL-2001"), 9, false))
	require.Equal(t, []int64{7, 8, 10}, hold(line(5, "NL-2000"), 0, false, 7, 8))
	require.Equal(t, []int64{10}, hold(line(5, "NL-2000"), 0, false, 1, 2, 3, 4, 5, 6))
	l := line(5, "hello")
	l.EndToEnd = "NL-2003"
	require.Equal(t, []int64{13}, hold(l, 0, false))
	l = line(5, "hello")
	l.Documents = []match.Document{{Number: "NL-2004", Remitted: 7}}
	require.Equal(t, []int64{14}, hold(l, 0, false))
}

func TestSameName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"Blum Logistik GmbH", "BLUM LOGISTIK", true},
		{"Müller & Söhne KG", "MUELLER UND SOEHNE", true},
		{"Muller KG", "MUELLER", false},
		{"Bauer Druck", "BAUR DRUCK", false},
		{"Łukasz Żak", "LUKASZ ZAK", true},
		{"Müller KG", "MULLER", true},
		{"Kuhn", "Kuhnert GmbH", false},
		{"GmbH", "AG", false},
		{"Anna Schmidt", "Schmidt, Anna", true},
		{"", "Blum", false},
	} {
		require.Equal(t, tc.same, match.SameName(tc.a, tc.b), "%s / %s", tc.a, tc.b)
	}
}

func TestReturns(t *testing.T) {
	t.Parallel()
	earlier := []match.Earlier{{Detail: 1, Amount: 5000, Refs: []string{"E2E1"}}, {Detail: 2, Amount: 5000, Refs: []string{"E2E2", "TX2222"}}, {Detail: 3, Amount: 7000, Refs: []string{"E2E3"}}}
	detail, fee, why, ok := match.DecideReturn(match.ReturnLine{Amount: 5300, Refs: []string{"TX2222"}, Fee: 500}, earlier)
	require.True(t, ok)
	require.Equal(t, int64(2), detail)
	require.Equal(t, int64(300), fee)
	require.NotEmpty(t, why)
	for _, l := range []match.ReturnLine{{Amount: 5000}, {Amount: 5300, Refs: []string{"TX2222"}}, {Amount: 4900, Refs: []string{"TX2222", "E2E3"}}} {
		_, _, _, ok = match.DecideReturn(l, earlier)
		require.False(t, ok, "%+v", l)
	}
	detail, fee, _, ok = match.DecideReturn(match.ReturnLine{Amount: 4900, Refs: []string{"TX2222"}, Fee: 500}, earlier)
	require.True(t, ok, "a part of the only one that shares a reference")
	require.Equal(t, []int64{2, 0}, []int64{detail, fee})
}

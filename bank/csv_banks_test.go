package bank_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// csvBanks are exports in the shape in which their banks write them, with invented contents: the amounts with
// what is not booked in brackets, whether they add up, and what the first credit says of itself.
var csvBanks = map[string]struct {
	amounts string
	sum     bank.Arithmetic
	credit  string // payer, account, reference, texts
}{
	"abn-amro":             {"10750 -500", bank.AddsUp, "WEBER BV|NL44INGB0009876543|E2E-7|/TRTP/SEPA OVERBOEKING/IBAN/NL44INGB0009876543/BIC/INGBNL2A/NAME/WEBER BV/REMI/INV-1007/EREF/E2E-7"},
	"alipay-web":           {"5000 (283) (-49350)", bank.NotSaid, "朋友||ORDER-1|INV-1007"},
	"barclays":             {"464011 -2157", bank.NotSaid, "|||WEBER LTD INV-1007 BGC"},
	"belfius":              {"5000 -6790", bank.NotSaid, "WEBER NV|BE71096123456769||INV-1007, OVERSCHRIJVING"},
	"boc-credit":           {"36119 -5000", bank.NotSaid, "|||还款"},
	"bofa":                 {"150000 -25000", bank.AddsUp, "|||ZELLE PAYMENT FROM WEBER INC INV-1007"},
	"boursorama":           {"248045 -2550", bank.NotSaid, "|||VIR SEPA WEBER SARL INV-1007"},
	"bunq":                 {"150050 -103475 -1738", bank.NotSaid, "Weber BV|NL44INGB0009876543||INV-1007"},
	"cgb-credit":           {"113068 -1590", bank.NotSaid, "|||（还款）云闪付"},
	"chase-checking":       {"110000 -3000", bank.AddsUp, "|||WEBER INC DES:PAYMENT INV-1007"},
	"comdirect":            {"126564 -123456 (-2386)", bank.NotSaid, "Weber GmbH|||Auftraggeber: Weber GmbH Buchungstext: INV-1007 Ref. A1234567891/0"},
	"commerzbank":          {"204000 -1070", bank.NotSaid, "Weber GmbH|DE89370400440532013000|E2E-7|Weber GmbH COBADEFFXXX DE89370400440532013000 INV-1007 End-to-End-Ref.: E2E-7"},
	"danske-dk":            {"-4180 2850000 (-100)", bank.AddsUp, "|||Weber ApS INV-1007"},
	"dkb":                  {"100000 -6230 (-702)", bank.NotSaid, "Weber GmbH|DE89370400440532013000|E2E-7|INV-1007"},
	"dkb-old":              {"4567 -1678", bank.NotSaid, "Weber GmbH|DE89370400440532013000|E2E-7|INV-1007"},
	"finom":                {"50000 -6000", bank.AddsUp, "Weber GmbH|DE89370400440532013000||INV-1007"},
	"hdfc":                 {"-250000 18500000", bank.AddsUp, "||N123|NEFT CR-WEBER PVT LTD-INV-1007"},
	"hsbc-hk-card":         {"326616 -1800", bank.NotSaid, "|||PAYMENT - THANK YOU"},
	"ing-de":               {"101620 -162", bank.AddsUp, "Weber GmbH||E2E-7|INV-1007 EREF: E2E-7"},
	"ing-nl":               {"114950 -12100", bank.AddsUp, "Weber BV|NL44INGB0009876543||INV-1007"},
	"ing-nl-balance":       {"114950 -112100", bank.NotSaid, "Weber BV|NL44INGB0009876543||INV-1007"},
	"ing-nl-en":            {"100340 -975", bank.AddsUp, "Weber BV|NL44INGB0009876543||INV-1007"},
	"jd":                   {"1 (-9142) -112543 299013", bank.NotSaid, "京东小金库||2|京东小金库收益"},
	"kbc":                  {"3200 -100", bank.AddsUp, "WEBER NV|BE71096123456769||***190/5063/21290***, EUROPESE OVERSCHRIJVING VAN"},
	"lloyds":               {"250000 -2350", bank.AddsUp, "|||WEBER LTD INV-1007"},
	"mbank":                {"316800 -1580", bank.NotSaid, "|||WEBER SP Z O O, FAKTURA INV-1007     PRZELEW"},
	"migrosbank":           {"240000 -880", bank.NotSaid, "|||INV-1007, 21 00000 00003 13947 14300 09017, Weber AG, Weg 1, 3000 Bern"},
	"monzo":                {"45000 -321", bank.AddsUp, "Weber Ltd|||INV-1007"},
	"n26":                  {"119000 -450", bank.NotSaid, "Weber GmbH|DE89370400440532013000||INV-1007"},
	"natwest":              {"2000 -200", bank.AddsUp, "|||WEBER LTD , INV-1007"},
	"neon":                 {"200000 -53828", bank.NotSaid, "Weber AG|||INV-1007"},
	"nordea-se":            {"(-8900) 115875 -20057", bank.AddsUp, "WEBER AB|||WEBER AB, INV-1007"},
	"paypal-de-statement":  {"7600 -7600", bank.AddsUp, "Weber GmbH|||INV-1007"},
	"paypal-en":            {"19225 (699)", bank.AddsUp, "Weber GmbH|||INV-1007"},
	"paypal-it":            {"1903 -1903", bank.AddsUp, "Weber GmbH|||INV-1007"},
	"rabobank":             {"250000 -101875", bank.AddsUp, "Weber BV|NL44INGB0009876543|E2E-7|Factuur, INV-1007"},
	"raiffeisen-ch":        {"250050 -196700", bank.AddsUp, "|||Gutschrift Weber AG INV-1007"},
	"revolut-business-old": {"-5448 247500", bank.AddsUp, "|||INV-1007, Payment from Weber AG"},
	"revolut-personal":     {"10000 -1500", bank.AddsUp, "|||Weber GmbH INV-1007"},
	"sparkasse-mt940":      {"12999 (-2999)", bank.NotSaid, "Weber GmbH|DE89370400440532013000|E2E-7|EREF+E2E-7SVWZ+Rechnung INV-1007"},
	"starling":             {"150000 -100000", bank.AddsUp, "Weber Ltd|||INV-1007"},
	"swedbank":             {"27000 -12050", bank.AddsUp, "|||INV-1007, Weber AB"},
	"targobank":            {"8316 -695", bank.NotSaid, "Weber GmbH|DE89370400440532013000||Gutschrift   Weber GmbH   DE89370400440532013000   INV-1007"},
	"ubs":                  {"(-2000) 116750 -79965", bank.AddsUp, "Weber AG|||Gutschrift, Referenz-Nr. QRR: 21 00000 00003 13947 14300 09017, Zahlungsgrund: INV-1007"},
	"vr-bank":              {"117500 -600", bank.AddsUp, "Weber GmbH|DE89370400440532013000|E2E-7|INV-1007 EREF: E2E-7"},
	"vr-bank-old":          {"120210 -2210", bank.AddsUp, "Weber GmbH|DE89370400440532013000||UEBERWEISUNGSGUTSCHR, Rechnung INV-10, 07"},
	"wells-fargo":          {"100000 -1000", bank.NotSaid, "|||WEBER INC INV-1007"},
	"zkb":                  {"-10000 520000", bank.AddsUp, "Weber AG|||INV-1007, 21 00000 00003 13947 14300 09017, Gutschrift: Weber AG, 3000 Bern"},
}

func TestCSVBanks(t *testing.T) {
	t.Parallel()
	for name, want := range csvBanks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("testdata", "csv", name+".csv"))
			require.NoError(t, err)
			c := &collected{}
			report, err := bank.Read(name+".csv", strings.NewReader(string(text)), bank.Options{Account: "given"}, c)
			require.NoError(t, err)
			require.Empty(t, report.Problems)
			require.Equal(t, "CSV "+name, report.Format)
			require.Len(t, c.statements, 1)
			require.Equal(t, want.sum, c.statements[0].Sum)
			require.Equal(t, want.amounts, amountsOf(c.statements[0]))
			require.Equal(t, want.credit, firstCredit(c.statements[0]))
		})
	}
}

// Every profile that is shipped has read a file in a test.
func TestCSVProfilesAreRead(t *testing.T) {
	t.Parallel()
	read := []string{"china-ledger", "wise-transfers", "revolut-business", "stripe-payouts", "sparkasse", "boc-debit", "bocom-credit", "hsbc-hk", "td-canada", "bmo-card"}
	for name := range csvBanks {
		read = append(read, name)
	}
	for _, s := range csvSamples {
		read = append(read, s.profile)
	}
	for _, name := range bank.ProfileNames() {
		require.Contains(t, read, name)
	}
}

// The page for people lists all of them.
func TestCSVProfilesAreListed(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "bank-profiles.md"))
	require.NoError(t, err)
	_, list, found := strings.Cut(string(page), "## What is shipped")
	require.True(t, found)
	for _, name := range bank.ProfileNames() {
		require.Contains(t, list, "`"+name+"`")
	}
}

func amountsOf(s *statement) string {
	var all []string
	for _, e := range s.entries {
		text := fmt.Sprint(e.Amount.Minor)
		if e.Status != bank.StatusBooked {
			text = "(" + text + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func firstCredit(s *statement) string {
	i := slices.IndexFunc(s.entries, func(e *bank.Entry) bool { return e.Amount.Minor > 0 })
	d := s.entries[i].Details[0]
	return d.Payer.Name + "|" + d.Payer.IBAN + d.Payer.Account + "|" + d.Refs.EndToEnd + "|" + strings.Join(d.Remittance, ", ")
}

// A Swiss bill's reference is structured wherever the bank writes it.
func TestCSVStructuredReferences(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ubs", "migrosbank", "zkb"} {
		c := &collected{}
		text, err := os.ReadFile(filepath.Join("testdata", "csv", name+".csv"))
		require.NoError(t, err)
		_, err = bank.Read("a.csv", strings.NewReader(string(text)), bank.Options{Account: "given"}, c)
		require.NoError(t, err)
		i := slices.IndexFunc(c.statements[0].entries, func(e *bank.Entry) bool { return e.Amount.Minor > 0 })
		require.Equal(t, []bank.StructuredRef{{Type: "QRR", Ref: "210000000003139471430009017"}}, c.statements[0].entries[i].Details[0].Structured, name)
	}
}

// PayPal writes days as the account's country does. The time zone tells, and nothing is guessed.
func TestCSVPayPalDays(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "csv", "paypal-en.csv"))
	require.NoError(t, err)
	c := &collected{}
	report, err := bank.Read("a.csv", strings.NewReader(strings.ReplaceAll(string(text), "PST", "CET")), bank.Options{Account: "given"}, c)
	require.NoError(t, err)
	require.ErrorContains(t, report.Problems[0], `does not say whether this is booked: TimeZone is "CET"`)
	require.Len(t, c.statements[0].entries, 1, "only the pending one")
}

// Marks of decimals: what could be thousands or thousandths is no amount.
func TestCSVEitherMark(t *testing.T) {
	t.Parallel()
	yaml := strings.Replace(plainProfile, `numbers: {decimal: ",", group: [".", "'", " "]}`, `numbers: {decimal: either, group: "'"}`, 1)
	for written, want := range map[string]int64{"1,50": 150, "1.5": 150, "1.234,56": 123456, "1,234.56": 123456, "1'234.5": 123450, "12": 1200, "1.234.567": 123456700, "1,23,456.70": 12345670} {
		c, report, err := byProfile(t, yaml, plainHeader+"04.05.2026;;x;"+written+";;\n")
		require.NoError(t, err, written)
		require.Empty(t, report.Problems, written)
		require.Equal(t, want, c.statements[0].entries[0].Amount.Minor, written)
	}
	for _, written := range []string{"1.234", "1,234"} {
		_, _, err := byProfile(t, yaml, plainHeader+"04.05.2026;;x;"+written+";;\n")
		require.ErrorContains(t, err, "may be thousands or thousandths", written)
	}
	for _, written := range []string{"1,2,3", "1.2.3,4", "12,34,5.00", "123,45,678.00", "1,234,56.00"} {
		_, _, err := byProfile(t, yaml, plainHeader+"04.05.2026;;x;"+written+";;\n")
		require.ErrorContains(t, err, "is no amount", written)
	}
}

// What a text holds fills what no column says, and nothing else.
func TestCSVInside(t *testing.T) {
	t.Parallel()
	yaml := plainProfile + "inside:\n  - {column: Text, pattern: 'from (?<name>\\w+) (?<iban>DE\\d+) ref (?<end_to_end>\\S+)'}\n  - {column: Text, pattern: 'ref (?<bank_ref>\\S+)'}\n"
	read := func(row string) (*bank.Entry, bank.TxDetail) {
		c, report, err := byProfile(t, yaml, "Booked;Value;Text;In;Out;Balance;Name;Konto;Ref\n"+row+"\n")
		require.NoError(t, err)
		require.Empty(t, report.Problems)
		e := c.statements[0].entries[0]
		return e, e.Details[0]
	}
	e, d := read("04.05.2026;;from Weber DE89370400440532013000 ref E-7;1,00;;;;;")
	require.Equal(t, bank.Party{Name: "Weber", IBAN: "DE89370400440532013000"}, d.Payer)
	require.Equal(t, "E-7", d.Refs.EndToEnd)
	require.Equal(t, "E-7", e.BankRef)
	require.Equal(t, []string{"from Weber DE89370400440532013000 ref E-7"}, d.Remittance)
	e, d = read("04.05.2026;;from Weber DE89370400440532013000 ref NOTPROVIDED;1,00;;;Meyer;123;R1")
	require.Equal(t, bank.Party{Name: "Meyer", Account: "123"}, d.Payer)
	require.Empty(t, d.Refs.EndToEnd)
	require.Equal(t, "R1", e.BankRef)
}

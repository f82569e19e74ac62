package bank_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"dunlin/bank"
)

const plainProfile = `profile: plain
about: a bank for tests
separator: ";"
encoding: windows-1252
header: [Booked, Value, Text, In, Out, Balance]
columns: {booked: Booked, value: Value, name: Name, account: Konto, remittance: [Text, "Text 2"], balance: Balance, bank_ref: Ref}
optional: [Name, Konto, "Text 2", Ref]
amount: {credit: In, debit: Out, debit_sign: none}
currency: EUR
numbers: {decimal: ",", group: [".", "'", " "]}
dates: [DD.MM.YYYY, D.M.YY]
`

const plainHeader = "Booked;Value;Text;In;Out;Balance\n"

func profile(t testing.TB, text string) bank.Profile {
	t.Helper()
	p, err := bank.ParseProfile("mine.yaml", []byte(text))
	require.NoError(t, err)
	return p
}

// plain reads a CSV by the profile for tests.
func plain(t testing.TB, text string) (*collected, bank.Report, error) {
	t.Helper()
	return byProfile(t, plainProfile, text)
}

func byProfile(t testing.TB, yaml, text string) (*collected, bank.Report, error) {
	t.Helper()
	c := &collected{}
	report, err := bank.Read("day.csv", strings.NewReader(text), bank.Options{Account: "DE02120300000000202051", Profiles: []bank.Profile{profile(t, yaml)}}, c)
	return c, report, err
}

// one reads a CSV of one row.
func one(t testing.TB, row string) *bank.Entry {
	t.Helper()
	c, report, err := plain(t, plainHeader+row+"\n")
	require.NoError(t, err, row)
	require.Empty(t, report.Problems, row)
	require.Len(t, c.statements[0].entries, 1, row)
	return c.statements[0].entries[0]
}

func TestCSVAmounts(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]int64{
		"1,00": 100, "1.234,56": 123456, "1'234,56": 123456, "1 234 567,8": 123456780, "1\u00a0234,5": 123450, "+7": 700, "0,00": 0, ",5": 50,
		"12": 1200, "12,500": 1250, "1.234": 123400, `"1.234,56"`: 123456, `="1.234,56"`: 123456, `"=""12,00"""`: 1200, "0001,00": 100,
	} {
		require.Equal(t, want, one(t, "04.05.2026;;x;"+written+";;").Amount.Minor, written)
	}
	require.Equal(t, int64(-1250), one(t, "04.05.2026;;x;;12,50;").Amount.Minor)
	require.Equal(t, int64(-1250), one(t, "04.05.2026;;x;0,00;12,50;").Amount.Minor)
	require.Equal(t, int64(1250), one(t, "04.05.2026;;x;12,50;0,00;").Amount.Minor)
}

// A row whose amount or day cannot be read is left out and reported with its place; the others stay, and the
// arithmetic shows it.
func TestCSVRowsLeftOut(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]string{
		"04.05.2026;;x;1.23;;":                            "day.csv:3: In: \"1.23\" is no amount",
		"04.05.2026;;x;1e3;;":                             "is no amount",
		"04.05.2026;;x;12,345;;":                          "more decimals",
		"04.05.2026;;x;12.34,00;;":                        "is no amount",
		"04.05.2026;;x;0x10;;":                            "is no amount",
		"04.05.2026;;x;٣,00;;":                            "is no amount",
		"04.05.2026;;x;1,,0;;":                            "is no amount",
		"04.05.2026;;x;-;;":                               "is no amount",
		"04.05.2026;;x;--1;;":                             "is no amount",
		"04.05.2026;;x;=1+1;;":                            "is no amount",
		"04.05.2026;;x;" + strings.Repeat("9", 30) + ";;": "too large",
		"04.05.2026;;x;999999999999999999,00;;":           "too large",
		"04.05.2026;;x;;;":                                "neither this column nor Out holds an amount",
		"04.05.2026;;x;1,00;2,00;":                        "both this column and Out hold an amount",
		"04.05.2026;;x;;-2,00;":                           "has a minus where the direction is said already",
		"04.05.2026;;x;-2,00;;":                           "has a minus where the direction is said already",
		"30.02.2026;;x;1,00;;":                            `Booked: "30.02.2026" is no day that is written DD.MM.YYYY or D.M.YY`,
		";;x;1,00;;":                                      "is no day",
		"2026-05-04;;x;1,00;;":                            "is no day",
		"04.05.2026;;x;y;1,00;;;spilled":                  "more cells than the header",
	} {
		c, report, err := plain(t, plainHeader+"04.05.2026;;x;1,00;;101,00\n"+row+"\n04.05.2026;;x;1,00;;104,00\n")
		require.NoError(t, err, row)
		require.Len(t, c.statements[0].entries, 2, row)
		require.ErrorContains(t, report.Problems[0], want, row)
		require.Equal(t, 3, report.Problems[0].Line, row)
		require.NotEmpty(t, report.Problems[0].Message)
		require.Equal(t, bank.Off, c.statements[0].Sum, row)
	}
	_, _, err := plain(t, plainHeader+"04.05.2026;;x;1.23;;\n04.05.2026;;x;1.23;;\n")
	require.ErrorContains(t, err, "none of its 2 rows can be read; the first:")
}

// The balances of a column prove the statement in whichever order the rows stand.
func TestCSVRunningBalance(t *testing.T) {
	t.Parallel()
	up := []string{"01.05.2026;;a;10,00;;110,00", "02.05.2026;;b;;5,00;", "02.05.2026;;c;1,00;;106,00", "03.05.2026;;d;4,00;;"}
	down := []string{up[3], up[2], up[1], up[0]}
	down[1], down[2] = "02.05.2026;;c;1,00;;106,00", "02.05.2026;;b;;5,00;"
	for _, rows := range [][]string{up, down} {
		c, report, err := plain(t, plainHeader+strings.Join(rows, "\n"))
		require.NoError(t, err)
		require.Empty(t, report.Problems)
		s := c.statements[0]
		require.Equal(t, bank.AddsUp, s.Sum)
		require.Equal(t, int64(10000), s.Opening.Amount.Minor)
		require.Equal(t, int64(11000), s.Closing.Amount.Minor)
		require.Equal(t, "2026-05-01", s.From.Format("2006-01-02"))
		require.Equal(t, "2026-05-03", s.To.Format("2006-01-02"))
	}
	c, report, err := plain(t, plainHeader+up[0]+"\n"+up[2]+"\n")
	require.NoError(t, err)
	require.Equal(t, bank.Off, c.statements[0].Sum)
	require.ErrorContains(t, report.Problems[0], "day.csv:3: Balance: the running balance does not follow")
}

func TestCSVTexts(t *testing.T) {
	t.Parallel()
	header := "Booked;Value;Text;In;Out;Balance;Name;Konto;Ref;\n"
	row := "04.05.26;5/5/2026;\"line one\nline; \"\"two\"\"\";1,00;;;=cmd|' /C calc'!A0;DE02 1203 0000 0000 2020 51;=\"00123\";;;\n"
	c, report, err := plain(t, "\ufeffsome bank\n\n"+header+row)
	require.NoError(t, err)
	require.Len(t, report.Problems, 1, "5/5/2026 is written in neither way")
	e := c.statements[0].entries[0]
	require.Equal(t, 4, e.Line)
	require.Equal(t, []string{"line one", `line; "two"`}, e.Details[0].Remittance)
	require.Equal(t, "=cmd|' /C calc'!A0", e.Details[0].Payer.Name, "a formula is data like any other")
	require.Equal(t, "DE02120300000000202051", e.Details[0].Payer.IBAN)
	require.Equal(t, "00123", e.BankRef)
	require.False(t, e.Repaired)

	e = one(t, `04.05.2026;;"a "stray" quote"  ;1,00;;`)
	require.Equal(t, []string{`a "stray" quote`}, e.Details[0].Remittance)
	require.True(t, e.Repaired)
	require.Equal(t, []string{"tab here"}, one(t, "04.05.2026;;tab\there\x07;1,00;;").Details[0].Remittance)
}

func TestCSVEncodings(t *testing.T) {
	t.Parallel()
	text := plainHeader + "04.05.2026;;Müller;1,00;;\n"
	wide := func(order binary.ByteOrder) string {
		var b bytes.Buffer
		for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(text))...) {
			require.NoError(t, binary.Write(&b, order, u))
		}
		return b.String()
	}
	late := plainHeader + strings.Repeat("04.05.2026;;plain;1,00;;\n", 4000) + "04.05.2026;;M\xfcller;1,00;;\n"
	for name, given := range map[string]string{
		"utf-8": text, "with its mark": "\ufeff" + text, "windows-1252": strings.ReplaceAll(text, "ü", "\xfc"),
		"utf-16le": wide(binary.LittleEndian), "utf-16be": wide(binary.BigEndian), "windows-1252 far behind": late,
		"crlf": strings.ReplaceAll(text, "\n", "\r\n"), "cr": strings.ReplaceAll(text, "\n", "\r"),
	} {
		c, report, err := plain(t, given)
		require.NoError(t, err, name)
		require.Empty(t, report.Problems, name)
		entries := c.statements[0].entries
		require.Equal(t, []string{"Müller"}, entries[len(entries)-1].Details[0].Remittance, name)
	}
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String(plainHeader + "04.05.2026;;张三;1,00;;\n")
	require.NoError(t, err)
	c, _, err := byProfile(t, strings.Replace(plainProfile, "windows-1252", "gb18030", 1), chinese)
	require.NoError(t, err)
	require.Equal(t, []string{"张三"}, c.statements[0].entries[0].Details[0].Remittance)
}

func TestCSVRefused(t *testing.T) {
	t.Parallel()
	strict := strings.Replace(plainProfile, "encoding: windows-1252\n", "", 1)
	chinese := strings.Replace(plainProfile, "windows-1252", "gb18030", 1)
	row := "04.05.2026;;x;1,00;;\n"
	many := plainHeader + strings.Repeat(";", 1_000_000) + "\n" + row
	for name, tc := range map[string]struct{ yaml, text, want string }{
		"NUL":             {plainProfile, plainHeader + row + "04.05.2026;;x\x00;1,00;;\n", "day.csv:3: holds a NUL byte"},
		"long field":      {plainProfile, plainHeader + row + "04.05.2026;;" + strings.Repeat("x", 10<<20) + ";1,00;;\n", "holds a row of more than 1048576 bytes"},
		"unclosed quote":  {plainProfile, plainHeader + row + "04.05.2026;;\"x;1,00;;\n" + row, "day.csv:3: a quote is opened here and never closed"},
		"unclosed, long":  {plainProfile, plainHeader + row + "04.05.2026;;\"x;1,00;;\n" + strings.Repeat(row, 100_000), "day.csv:3: holds a row of more than"},
		"columns":         {plainProfile, many, "more than 1000 columns"},
		"not UTF-8":       {strict, plainHeader + row + strings.Repeat(row, 4000) + "04.05.2026;;M\xfcller;1,00;;\n", "not written in the encoding"},
		"not GB18030":     {chinese, plainHeader + row + "04.05.2026;;\xff\xfe\xff;1,00;;\n", "not written in the encoding"},
		"missing column":  {strings.Replace(plainProfile, "optional: [Name, ", "optional: [", 1), plainHeader + row, "Name: the column is missing; the header has: Booked | Value | Text | In | Out | Balance"},
		"column twice":    {plainProfile, "Booked;Value;Text;In;Out;Balance;Text\n" + row, "Text: two columns have this name"},
		"no header":       {plainProfile, row + row, "no profile fits this CSV; its header seems to be: 04.05.2026 |"},
		"nobody's header": {plainProfile, "Date,What,How much\n1,2,3\n", "no profile fits this CSV; its header seems to be: Date | What | How much"},
		"two profiles":    {strings.Replace(strings.Replace(plainProfile, "[Booked, Value, Text, In, Out, Balance]", "[Data, Data valuta, Numero di ordine]", 1), "profile: plain", "profile: other", 1), "Data;Data valuta;Numero di ordine;Tipo di ordine;Testo di contabilizzazione;Addebiti (USD);Accrediti (USD);Saldo (USD)\n", "several profiles fit this CSV: other (a bank for tests) and bancastato (BancaStato"},
		"too many rows":   {plainProfile, plainHeader + strings.Repeat(row, 30), "holds more than 20 entries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := bank.Options{Account: "1", Profiles: []bank.Profile{profile(t, tc.yaml)}}
			if name == "too many rows" {
				o.Limits.Entries = 20
			}
			report, err := bank.Read("day.csv", strings.NewReader(tc.text), o, &counting{})
			require.ErrorContains(t, err, tc.want)
			p := report.Problems[len(report.Problems)-1]
			require.True(t, p.Fatal)
			require.NotEmpty(t, p.Hint)
		})
	}
	_, err := bank.Read("day.csv", strings.NewReader(plainHeader+row), bank.Options{Profile: "plain", Account: "1"}, &counting{})
	require.ErrorContains(t, err, `no profile is called "plain"`)
	_, err = bank.Read("day.csv", strings.NewReader("Date,What,How much\n1,2,3\n"), bank.Options{Profile: "dkb", Account: "1"}, &counting{})
	require.ErrorContains(t, err, "the header that profile dkb looks for is not in the file")
	_, err = bank.Read("day.csv", strings.NewReader(plainHeader+row), bank.Options{Profiles: []bank.Profile{profile(t, plainProfile)}}, &counting{})
	require.ErrorContains(t, err, "names no account")
}

// A file may hold several accounts: each run of rows is a statement of its own.
func TestCSVAccounts(t *testing.T) {
	t.Parallel()
	yaml := strings.Replace(plainProfile, "name: Name", "own_account: Name", 1)
	c, _, err := byProfile(t, yaml, "Booked;Value;Text;In;Out;Balance;Name\n04.05.2026;;x;1,00;;;'1'\n04.05.2026;;x;1,00;;;'1'\n04.05.2026;;x;;2,00;;2\n")
	require.NoError(t, err)
	require.Len(t, c.statements, 2)
	require.Equal(t, "1", c.statements[0].Account.Key())
	require.Len(t, c.statements[0].entries, 2)
	require.Equal(t, int64(-200), c.statements[1].entries[0].Amount.Minor)
}

// Status, direction and what is passed over follow rules; what no rule covers is never guessed.
func TestCSVRules(t *testing.T) {
	t.Parallel()
	yaml := `profile: rules
separator: ","
header: [Day, Kind, Sum, State]
columns: {booked: Day}
amount: {unsigned: Sum}
direction:
  - {when: {Kind: [C, Credit]}, is: credit}
  - {when: {Kind: '/^D/'}, is: debit}
currency: JPY
numbers: {decimal: ".", group: ","}
dates: YYYY-MM-DD
status: [{when: {State: done}, is: booked}, {when: {State: open}, is: pending}]
pass_over: [{State: failed}, {Kind: total}]
`
	c, report, err := byProfile(t, yaml, "Day,Kind,Sum,State\n2026-05-04,c,\"1,000\",done\n,Debit,7.00,open\n2026-05-04,C,1,failed\n,total,1,\n2026-05-04,X,1,done\n2026-05-04,C,1,perhaps\n")
	require.NoError(t, err)
	entries := c.statements[0].entries
	require.Len(t, entries, 2)
	require.Equal(t, "1,000 JPY", entries[0].Amount.String())
	require.Equal(t, bank.StatusPending, entries[1].Status)
	require.Equal(t, int64(-7), entries[1].Amount.Minor)
	require.ErrorContains(t, report.Problems[0], `does not say whether this is a credit or a debit: Kind is "X"`)
	require.ErrorContains(t, report.Problems[1], `does not say whether this is booked: State is "perhaps"`)

	inverse := strings.NewReplacer("unsigned: Sum", "inverse: Sum", "direction:\n", "", "  - {when: {Kind: [C, Credit]}, is: credit}\n", "", "  - {when: {Kind: '/^D/'}, is: debit}\n", "").Replace(yaml)
	c, _, err = byProfile(t, inverse, "Day,Kind,Sum,State\n2026-05-04,buy,100,done\n2026-05-04,pay,-40,done\n2026-05-04,pay,(40),done\n2026-05-04,pay,40-,done\n")
	require.NoError(t, err)
	var sums []int64
	for _, e := range c.statements[0].entries {
		sums = append(sums, e.Amount.Minor)
	}
	require.Equal(t, []int64{-100, 40, 40, 40}, sums)
}

// A file without a header has its columns by number.
func TestCSVWithoutHeader(t *testing.T) {
	t.Parallel()
	yaml := `profile: bare
separator: tab
first_row: '^\d{8}\t[A-Z]{3}\t-?[\d.,]+\t'
columns: {booked: 1, remittance: 4}
amount: {signed: 3}
currency: {column: 2}
numbers: {decimal: ",", group: "."}
dates: YYYYMMDD
`
	c, report, err := byProfile(t, yaml, "20260504\tEUR\t-1.000,00\tone\n20260505\tEUR\t2,5\ttwo\n")
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	require.Equal(t, int64(-100000), c.statements[0].entries[0].Amount.Minor)
	require.Equal(t, int64(250), c.statements[0].entries[1].Amount.Minor)
}

// Memory stays flat over a million rows.
func TestCSVFlatMemory(t *testing.T) {
	heap := func(n int) uint64 {
		c := &peak{every: 50_000}
		_, err := bank.Read("day.csv", repeated(plainHeader, "04.05.2026;;\"a text; of some length\";1,00;;\n", "", n), bank.Options{Account: "1", Profiles: []bank.Profile{profile(t, plainProfile)}}, c)
		require.NoError(t, err)
		require.Equal(t, n, c.n)
		return c.most
	}
	small, large := heap(50_000), heap(1_000_000)
	require.Less(t, large, small+4<<20)
}

// A file without an end costs no more than one row.
func TestCSVEndless(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]io.Reader{
		"quote":  &endless{head: plainHeader + "04.05.2026;;\"", again: "text; and\n"},
		"row":    &endless{head: plainHeader, again: "xxxxxxxxxxx"},
		"blanks": &endless{head: plainHeader + "04.05.2026;;\"x\"", again: "            "},
		"empty":  &endless{head: plainHeader, again: "\n\n\n\n"},
		"cells":  &endless{head: plainHeader, again: ";;;;;;;;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := bank.Read("day.csv", r, bank.Options{Account: "1", Profiles: []bank.Profile{profile(t, plainProfile)}, Limits: bank.Limits{Bytes: 32 << 20}}, &counting{})
			require.ErrorAs(t, err, new(*bank.Problem))
		})
	}
}

func BenchmarkCSV(b *testing.B) {
	p := profile(b, plainProfile)
	for b.Loop() {
		_, err := bank.Read("day.csv", repeated(plainHeader, "04.05.2026;;\"a text; of some length\";1,00;;\n", "", 10_000), bank.Options{Account: "1", Profiles: []bank.Profile{p}}, &counting{})
		require.NoError(b, err)
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "entries/s")
}

// Who changes a column or the separator is told which profile was meant.
func TestCSVClosestProfile(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Buchungsdatum;Wertstellung;Status;Zahlungspflichtige*r;Zahlungsempfänger*in;Verwendungszweck;Umsatztyp;IBAN;Betrag in EUR": "profile dkb comes closest, and misses Betrag (€): has the bank changed its export?",
		"Date;Counter Party;Reference;Type;Amount (GBP);Balance (GBP)":                                                              "profile starling knows these columns, with another separator",
		"One;Two;Three;Four": "(write a profile for this bank",
	} {
		_, err := bank.Read("day.csv", strings.NewReader(header+"\n"+header+"\n"), bank.Options{Account: "given"}, &collected{})
		require.ErrorContains(t, err, want)
	}
}

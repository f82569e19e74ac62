package bank_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// Everything that is wrong with a profile is said at once, with line, column and what to do.
func TestProfileErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ old, new, want string }{
		"unknown key":        {"separator:", "separatr:", `mine.yaml:3:1: "separatr" is not a key that is known here (did you mean separator?)`},
		"missing key":        {"separator: \";\"\n", "", `mine.yaml:1:1: "separator" is missing (add separator: ";", ",", tab or "|")`},
		"key twice":          {"currency: EUR", "currency: EUR\ncurrency: USD", `mine.yaml:10:1: the key "currency" stands there twice`},
		"name":               {"profile: plain", "profile: Plain Bank", `mine.yaml:1:10: profile: "Plain Bank" is no name`},
		"separator":          {`";"`, `"-"`, `mine.yaml:3:12: separator: "-" is no separator`},
		"encoding":           {"windows-1252", "klingon", `mine.yaml:4:11: encoding: "klingon" is no encoding`},
		"unknown column":     {"booked: Booked", "booking: Booked", `mine.yaml:6:11: columns: "booking" is not a key that is known here (did you mean booked?)`},
		"no booked":          {"booked: Booked, ", "", `columns: "booked" is missing`},
		"optional unused":    {"optional: [Name", "optional: [Named", `mine.yaml:7:12: optional[0]: no column is called "Named" in this profile`},
		"no way":             {"{credit: In, debit: Out, debit_sign: none}", "{debit_sign: none}", "says in 0 ways how the amount is written"},
		"two ways":           {"{credit: In,", "{signed: X, credit: In,", "says in 2 ways"},
		"half":               {", debit: Out", "", "credit and debit belong together"},
		"no debit sign":      {", debit_sign: none", "", `"debit_sign" is missing (debit_sign: minus where`},
		"debit sign":         {"debit_sign: none", "debit_sign: plus", `mine.yaml:8:46: amount.debit_sign: "plus" is not one of the words that are known here (write minus or none)`},
		"unsigned":           {"{credit: In, debit: Out, debit_sign: none}", "{unsigned: In}", "an unsigned amount needs rules of direction"},
		"sign twice":         {"{credit: In, debit: Out, debit_sign: none}", "{signed: In}\ndirection: [{when: {Text: a}, is: credit}]", "the amount has its sign already"},
		"direction":          {"{credit: In, debit: Out, debit_sign: none}", "{unsigned: In}\ndirection: [{when: {Text: a}, is: in}]", `direction[0].is: "in" is not one of the words`},
		"rule without is":    {"currency: EUR", "currency: EUR\nstatus: [{when: {Text: a}}]", `status[0]: "is" is missing`},
		"empty condition":    {"currency: EUR", "currency: EUR\npass_over: [{}]", "pass_over[0]: holds always"},
		"currency":           {"currency: EUR", "currency: EURO", `mine.yaml:9:11: currency: "EURO" is no currency`},
		"currency's header":  {"currency: EUR", "currency: {header: 'In [A-Z]+'}", "needs one group that holds the currency"},
		"decimal":            {`decimal: ","`, `decimal: ";"`, `numbers.decimal: ";" is not one of the words`},
		"group is decimal":   {`group: [".", "'", " "]`, `group: ","`, `"," cannot separate thousands`},
		"group of either":    {`decimal: ","`, `decimal: either`, `"." cannot separate thousands`},
		"strip":              {`decimal: ","`, `decimal: ",", strip: "1"`, `"1" cannot be taken off an amount`},
		"date":               {"DD.MM.YYYY", "TT.MM.JJJJ", `mine.yaml:11:9: dates[0]: "TT.MM.JJJJ" is no layout of a day: 'J' means nothing`},
		"date without year":  {"DD.MM.YYYY", "DD.MM.", "it needs year, month and day"},
		"date twice":         {"DD.MM.YYYY", "DD.MM.YYYY DD", "says the same part twice"},
		"pattern":            {"value: Value", "value: /(/", "is no pattern"},
		"fact":               {"currency: EUR", "currency: EUR\nabove: '(?<iban_number>.*)'", `above[0]: the group "iban_number" means nothing`},
		"fact in its place":  {"currency: EUR", "currency: EUR\nabove: ['(?<ibn>.*)']", `mine.yaml:10:9: above[0]: the group "ibn" means nothing (known are account, iban`},
		"no header":          {"header: [Booked, Value, Text, In, Out, Balance]\n", "", "either header or first_row has to be there"},
		"column number":      {"value: Value", "value: 0", "0 is no column"},
		"kind":               {"currency: EUR", "currency: EUR\nkind: daily", `kind: "daily" is not one of the words`},
		"fee":                {"currency: EUR", "currency: EUR\nfee: {column: X}", `fee: "taken" is missing`},
		"inside":             {"currency: EUR", "currency: EUR\ninside: [{column: Text}]", "inside[0]: column and pattern belong together"},
		"group inside":       {"currency: EUR", "currency: EUR\ninside: [{column: Text, pattern: '(?<payer>.+)'}]", `inside[0]: the group "payer" means nothing (known are name, iban`},
		"no value":           {"currency: EUR", "currency:", "mine.yaml:9:1: currency: has no value"},
		"list for text":      {"profile: plain", "profile: [plain]", "a list is not a text"},
		"anchor":             {"profile: plain", "profile: &a plain", "an anchor, alias or tag is not a text"},
		"yaml":               {"currency: EUR", "currency: [EUR", "is not YAML"},
		"instructed":         {"value: Value", "value: Value, instructed: X", "instructed and instructed_in belong together"},
		"only half currency": {"currency: EUR", "currency: {credit: X}", "credit and debit belong together"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(plainProfile, tc.old, tc.new, 1)
			require.NotEqual(t, plainProfile, text)
			_, err := bank.ParseProfile("mine.yaml", []byte(text))
			want := tc.want
			if name == "fact" {
				want = strings.Replace(want, "above[0]", "above", 1)
			}
			require.ErrorContains(t, err, want)
			var all bank.ProfileErrors
			require.ErrorAs(t, err, &all)
			for _, e := range all {
				require.Positive(t, e.Line)
				require.Positive(t, e.Column)
				require.NotEmpty(t, e.Hint, e.Error())
			}
		})
	}
}

// No file costs more than a moment, whatever it is.
func TestHostileProfiles(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "blank": "\n\n", "large": strings.Repeat("a: b\n", 20_000), "not utf-8": "profile: \xff", "nul": "profile: a\x00",
		"deep": strings.Repeat("[", 10_000), "deeper": strings.Repeat("- ", 10_000), "indent": strings.Repeat(" ", 5000) + "a: b", "steps": strings.Repeat("[\n", 5000),
		"two documents": plainProfile + "---\n" + plainProfile, "a text": "hello", "a list": "- a\n- b\n", "a number": "7", "tag": "!!binary x", "alias": "a: *b",
		"merge": "<<: {profile: x}",
	} {
		_, err := bank.ParseProfile("mine.yaml", []byte(text))
		var all bank.ProfileErrors
		require.ErrorAs(t, err, &all, name)
		require.NotEmpty(t, all, name)
		require.LessOrEqual(t, len(all), 50, name)
	}
}

// The shipped profiles can be read, and no name is given twice.
func TestShippedProfiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("profiles/*.yaml")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		p, err := bank.ParseProfile(file, text)
		require.NoError(t, err)
		require.Equal(t, strings.TrimSuffix(filepath.Base(file), ".yaml"), p.Name)
		require.NotEmpty(t, p.About)
		require.False(t, names[p.Name])
		names[p.Name] = true
	}
	require.Len(t, bank.ProfileNames(), len(names))
}

// The example of the documentation works as it says.
func TestDocumentedProfile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/bank-profiles.md")
	require.NoError(t, err)
	block := func(kind string) string {
		_, rest, ok := strings.Cut(string(text), "```"+kind+"\n")
		require.True(t, ok, kind)
		body, _, ok := strings.Cut(rest, "```")
		require.True(t, ok, kind)
		return body
	}
	c, report, err := byProfile(t, block("yaml"), block("csv"))
	require.NoError(t, err)
	var got strings.Builder
	for _, s := range c.statements {
		for _, e := range s.entries {
			d := e.Details[0]
			got.WriteString(strings.TrimSpace(strings.Join([]string{e.BookedOn.String(), e.Amount.String(), string(e.Status), d.Payer.Name + d.Payee.Name, strings.Join(d.Remittance, " / ")}, "  ")) + "\n")
		}
		got.WriteString(s.Account.Key() + "  " + s.Opening.Amount.String() + " -> " + s.Closing.Amount.String() + "  " + string(s.Sum) + "\n")
	}
	for _, p := range report.Problems {
		got.WriteString(p.Error() + "\n")
	}
	require.Equal(t, block("text"), got.String())
	for _, key := range []string{"first_row", "encoding", "below", "pass_over", "debit_sign", "inverse", "unsigned", "direction", "status", "optional", "fee", "kind", "either", "strip"} {
		require.Contains(t, string(text), key)
	}
}

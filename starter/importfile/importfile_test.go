package importfile_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
	"dunlin/starter/importfile"
)

const heading = "creditor,number,debtor,total,currency,issued_on,due_on\n"

// read returns all rows of a text.
func read(t *testing.T, text string, o importfile.Options) []importfile.Row {
	t.Helper()
	r, err := importfile.New(strings.NewReader(text), o)
	require.NoError(t, err)
	var rows []importfile.Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		require.NoError(t, err)
		rows = append(rows, row)
	}
}

func TestCSVRow(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"commas":         heading + "acme,INV-1,C-1,1234.50,EUR,2026-05-01,2026-05-31\n",
		"no end of line": heading + "acme,INV-1,C-1,1234.50,EUR,2026-05-01,2026-05-31",
		"mark":           "\xef\xbb\xbf" + heading + "acme,INV-1,C-1,1234.50,EUR,2026-05-01,2026-05-31\n",
		"Windows lines":  strings.ReplaceAll(heading+"acme,INV-1,C-1,1234.5,EUR,2026-05-01,2026-05-31\n", "\n", "\r\n"),
		"quotes":         heading + `"acme","INV-1","C-1","1234.50","EUR","2026-05-01","2026-05-31"` + "\n",
		"spaces":         heading + "\n acme , INV-1,C-1, 1234.50,EUR,2026-05-01,2026-05-31 \n\n",
		"capitals":       strings.ToUpper(heading) + "acme,INV-1,C-1,1234.50,EUR,2026-05-01,2026-05-31\n",
		"semicolons":     strings.ReplaceAll(heading+"acme,INV-1,C-1,1234.50,EUR,2026-05-01,2026-05-31\n", ",", ";"),
		"decimal comma":  "creditor;number;debtor;total;currency;issued_on;due_on\nacme;INV-1;C-1;1234,5;EUR;2026-05-01;2026-05-31\n",
		"tabs":           strings.ReplaceAll(heading+"acme,INV-1,C-1,1234.50,EUR,2026-05-01,2026-05-31\n", ",", "\t"),
		"sep line":       "sep=;\n" + strings.ReplaceAll(heading+"acme,INV-1,C-1,1234.50,EUR,2026-05-01,2026-05-31\n", ",", ";"),
		"another order":  "total,currency,number,creditor,due_on,issued_on,debtor,kind\n1234.50,EUR,INV-1,acme,2026-05-31,2026-05-01,C-1,invoice\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := read(t, text, importfile.Options{Name: "x.csv", Actor: "erp"})
			require.Len(t, rows, 1)
			require.Nil(t, rows[0].Err)
			require.Equal(t, invoice.Invoice{
				Key: invoice.Key{Creditor: "acme", Number: "INV-1"}, Kind: invoice.KindInvoice, DebtorID: "C-1", Amount: invoice.NewMoney(123450, "EUR"),
				IssuedOn: invoice.NewDate(2026, 5, 1), DueOn: invoice.NewDate(2026, 5, 31),
			}, rows[0].Issue.Invoice)
			require.Nil(t, rows[0].Issue.Debtor)
			require.Equal(t, "erp", rows[0].Issue.Actor)
		})
	}
}

func TestCSVDiscountAndAccounts(t *testing.T) {
	t.Parallel()
	head := "number;debtor;total;currency;issued_on;due_on;discount;discount_percent;discount_until;debtor_name;debtor_accounts\n"
	row := func(rest string) string { return head + "INV-1;C-1;1190,05;EUR;2026-05-01;2026-05-31;" + rest + "\n" }
	kunde, other := "DE02120300000000202051", "DE02500105170137075030"
	for _, want := range []struct {
		text     string
		discount int64
		accounts []string
	}{
		{text: "23,80;;2026-05-10;;", discount: 2380},
		{text: ";2;2026-05-10;;", discount: 2380},
		{text: ";2,5 %;2026-05-10;;", discount: 2975},
		{text: ";0.0001;;;"},
		{text: ";;;Kunde;DE02120300000000202051", accounts: []string{kunde}},
		{text: ";;;Kunde;de02 1203 0000 0000 2020 51", accounts: []string{kunde}},
		{text: ";;;Kunde;DE02120300000000202051 DE02500105170137075030", accounts: []string{kunde, other}},
		{text: `;;;Kunde;"DE02 1203 0000 0000 2020 51; 12345678"`, accounts: []string{kunde, "12345678"}},
		{text: `;;;Kunde;"DE02120300000000202051,DE02120300000000202051, "`, accounts: []string{kunde}},
		{text: ";;;Kunde;"},
	} {
		rows := read(t, row(want.text), importfile.Options{Format: importfile.CSV, Creditor: "acme"})
		require.Nil(t, rows[0].Err, want.text)
		require.Equal(t, want.discount, rows[0].Issue.Invoice.Discount.Minor, want.text)
		if d := rows[0].Issue.Debtor; d != nil {
			require.Equal(t, want.accounts, d.Accounts, want.text)
		}
	}
	for text, want := range map[string]string{
		"23,80;2;2026-05-10;;":                      "discount_percent: and discount cannot both be given",
		";;2026-05-10;;":                            "discount: is missing: what may be taken off until 2026-05-10?",
		"23,80;;;;":                                 "discount_until: is missing: until when may 23.80 EUR be taken off?",
		"23,80;;10.05.2026;;":                       "discount_until: \"10.05.2026\" is not a date",
		"1190,05;;2026-05-10;;":                     "discount: 1,190.05 EUR does not fit a total of 1,190.05 EUR",
		"23,80;;2026-04-10;;":                       "discount_until: 2026-04-10 is before the issue date 2026-05-01",
		"-1;;2026-05-10;;":                          "discount: ",
		"x;;2026-05-10;;":                           "discount: ",
		";100;2026-05-10;;":                         "discount_percent: \"100\" is not a share of the total",
		";-2;2026-05-10;;":                          "discount_percent: \"-2\" is not a share",
		";;;Kunde;DE03120300000000202051":           "debtor_accounts: \"DE03120300000000202051\" has wrong check digits",
		";;;Kunde;DE02120300000000202051 DE03 1203": "debtor_accounts: ",
		";;;Kunde;Sparkasse!":                       "debtor_accounts: \"Sparkasse!\" is not an account",
		";;;;DE02120300000000202051":                "debtor_name: is missing",
	} {
		rows := read(t, row(text), importfile.Options{Format: importfile.CSV, Creditor: "acme"})
		require.NotNil(t, rows[0].Err, text)
		require.Contains(t, rows[0].Err.Error(), want, text)
	}
	rows := read(t, `{"invoice":{"creditor":"acme","number":"INV-1","kind":"invoice","debtor":"C-1","total":{"amount":"1.00","currency":"EUR"},"issued_on":"2026-05-01","due_on":"2026-05-31",
		"discount":{"amount":"0.02","currency":"EUR"},"discount_until":"2026-05-10"},"debtor":{"creditor":"acme","id":"C-1","name":"K","accounts":["DE03120300000000202051"]}}`, importfile.Options{Format: importfile.JSON})
	require.Contains(t, rows[0].Err.Error(), "debtor.accounts: \"DE03120300000000202051\" has wrong check digits")
}

func TestCSVDebtor(t *testing.T) {
	t.Parallel()
	rows := read(t, "number;debtor;total;currency;issued_on;due_on;debtor_name;debtor_zone;debtor_type;email;sms;contact_name;goods\n"+
		"INV-1;C-1;1.00;EUR;2026-05-01;2026-05-31;\"Kunde; Söhne \"\"GmbH\"\"\";Europe/Berlin;business;ap@kunde.example;+4915112345678;Jo;\"two\nlines\"\n"+
		"INV-2;C-2;1.00;EUR;2026-05-01;2026-05-31;Zwei;;;;;;\n", importfile.Options{Format: importfile.CSV, Creditor: "acme"})
	require.Len(t, rows, 2)
	require.Equal(t, "goods", rows[0].Err.Field, "a line break is refused by the invoice, not by the reader")
	require.Equal(t, 2, rows[0].Line)
	require.Equal(t, &invoice.Debtor{
		Creditor: "acme", ID: "C-1", Name: `Kunde; Söhne "GmbH"`, Type: invoice.Business, Zone: "Europe/Berlin",
		Contacts: []invoice.Contact{{Channel: invoice.Email, Address: "ap@kunde.example", Name: "Jo"}, {Channel: invoice.SMS, Address: "+4915112345678", Name: "Jo"}},
	}, rows[0].Issue.Debtor)
	require.Nil(t, rows[1].Err)
	require.Equal(t, 4, rows[1].Line, "the quoted field took two lines")
}

// TestBadRows holds that each bad row is refused with its line and field, and that reading goes on.
func TestBadRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, row, field, message string }{
		{"wrong currency", "acme,INV-1,C-1,10.00,EURO,2026-05-01,2026-05-31", "currency", "ISO 4217"},
		{"no currency", "acme,INV-1,C-1,10.00,,2026-05-01,2026-05-31", "currency", "ISO 4217"},
		{"negative amount", "acme,INV-1,C-1,-10.00,EUR,2026-05-01,2026-05-31", "total", "not above zero"},
		{"zero", "acme,INV-1,C-1,0,EUR,2026-05-01,2026-05-31", "total", "not above zero"},
		{"too many decimals", "acme,INV-1,C-1,10.001,EUR,2026-05-01,2026-05-31", "total", "more decimals"},
		{"decimals of yen", "acme,INV-1,C-1,10.5,JPY,2026-05-01,2026-05-31", "total", "more decimals"},
		{"no number for an amount", "acme,INV-1,C-1,ten,EUR,2026-05-01,2026-05-31", "total", "not a decimal"},
		{"too large", "acme,INV-1,C-1,99999999999999999999,EUR,2026-05-01,2026-05-31", "total", "too large"},
		{"due before issue", "acme,INV-1,C-1,10.00,EUR,2026-05-01,2026-04-30", "due_on", "before the issue date"},
		{"no due date", "acme,INV-1,C-1,10.00,EUR,2026-05-01,", "due_on", "missing"},
		{"day that is not", "acme,INV-1,C-1,10.00,EUR,2026-02-30,2026-05-31", "issued_on", "not a date"},
		{"no debtor", "acme,INV-1,,10.00,EUR,2026-05-01,2026-05-31", "debtor", "missing"},
		{"no number", "acme,,C-1,10.00,EUR,2026-05-01,2026-05-31", "number", "missing"},
		{"no creditor", ",INV-1,C-1,10.00,EUR,2026-05-01,2026-05-31", "creditor", "missing"},
		{"field missing", "acme,INV-1,C-1,10.00,EUR,2026-05-01", "row", "6 fields"},
		{"field too many", "acme,INV-1,C-1,10,00,EUR,2026-05-01,2026-05-31", "row", "8 fields"},
		{"open quote", `acme,"INV-1,C-1,10.00,EUR,2026-05-01,2026-05-31`, "row", "quotation mark"},
		{"stray quote", `acme,IN"V-1,C-1,10.00,EUR,2026-05-01,2026-05-31`, "row", "quotation mark"},
		{"not UTF-8", "acme,INV-1,C-\xfc,10.00,EUR,2026-05-01,2026-05-31", "row", "not UTF-8"},
		{"NUL", "acme,INV-1,C-\x00,10.00,EUR,2026-05-01,2026-05-31", "row", "NUL"},
		{"endless line", "acme,INV-1," + strings.Repeat("x", 1<<20), "row", "longer than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			good := "acme,INV-%d,C-1,10.00,EUR,2026-05-01,2026-05-31\n"
			rows := read(t, heading+fmt.Sprintf(good, 7)+c.row+"\n"+fmt.Sprintf(good, 8)+fmt.Sprintf(good, 9), importfile.Options{Format: importfile.CSV})
			require.Len(t, rows, 4)
			for _, i := range []int{0, 2, 3} {
				require.Nil(t, rows[i].Err, "row %d", i)
			}
			require.NotNil(t, rows[1].Err)
			require.Equal(t, 3, rows[1].Line)
			require.Equal(t, c.field, rows[1].Err.Field)
			require.Contains(t, rows[1].Err.Message, c.message)
			require.Equal(t, invoice.CodeInvalid, rows[1].Err.Code)
		})
	}
}

func TestDecimalCommaInDoubt(t *testing.T) {
	t.Parallel()
	for _, total := range []string{"1.234,50", "1,234", "1,234.50", "1'234,50"} {
		rows := read(t, "creditor;number;debtor;total;currency;issued_on;due_on\nacme;INV-1;C-1;"+total+";EUR;2026-05-01;2026-05-31\n", importfile.Options{Format: importfile.CSV})
		require.NotNil(t, rows[0].Err, total)
		require.Equal(t, "total", rows[0].Err.Field)
	}
}

func TestHeadings(t *testing.T) {
	t.Parallel()
	for text, field := range map[string]string{
		"":                                    "file",
		"\n\n":                                "file",
		"number,debtor\n":                     "columns",
		heading[:len(heading)-1] + ",x\n":     "columns",
		heading[:len(heading)-1] + ",total\n": "columns",
		"\"number\n":                          "columns",
		"\xff\xfea\x00":                       "file",
	} {
		_, err := importfile.New(strings.NewReader(text), importfile.Options{Format: importfile.CSV})
		var refusal *invoice.Error
		require.ErrorAs(t, err, &refusal, "%q", text)
		require.Equal(t, field, refusal.Field, "%q", text)
	}
	_, err := importfile.New(strings.NewReader("x"), importfile.Options{Format: "xml"})
	require.ErrorContains(t, err, "format")
}

const object = `{"invoice":{"creditor":"acme","number":"INV-%d","kind":"invoice","debtor":"C-1","total":{"amount":"10.00","currency":"EUR"},"issued_on":"2026-05-01","due_on":"2026-05-31"},"debtor":{"name":"Kunde","zone":"Europe/Berlin"}}`

func TestJSONFormats(t *testing.T) {
	t.Parallel()
	one, two := fmt.Sprintf(object, 1), fmt.Sprintf(object, 2)
	for name, c := range map[string]struct {
		text, file string
		line       int
	}{
		"array":          {"[\n" + one + ",\n\n" + two + "\n]\n", "x.json", 4},
		"array by sight": {" [" + one + ",\n" + two + "]", "-", 2},
		"lines":          {one + "\n" + two + "\n", "x.ndjson", 2},
		"lines by sight": {"\xef\xbb\xbf" + one + "\n\n" + two, "-", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := read(t, c.text, importfile.Options{Name: c.file})
			require.Len(t, rows, 2)
			for i, r := range rows {
				require.Nil(t, r.Err)
				require.Equal(t, fmt.Sprintf("INV-%d", i+1), r.Issue.Invoice.Number)
				require.Equal(t, "acme", r.Issue.Debtor.Creditor)
				require.Equal(t, "C-1", r.Issue.Debtor.ID)
			}
			require.Equal(t, c.line, rows[1].Line)
		})
	}
}

func TestBadJSONRows(t *testing.T) {
	t.Parallel()
	for bad, field := range map[string]string{
		`{"invoice":{"nmber":"INV-1"}}`:                          "nmber",
		`{"invoice":{"total":12.5}}`:                             "amount",
		`{"invoice":{"total":{"amount":"1","currency":"EURO"}}}`: "currency",
		`{"invoice":{"number":7}}`:                               "invoice.number",
		`[1]`:                                                    "row",
		`7`:                                                      "row",
		strings.Replace(fmt.Sprintf(object, 3), "C-1", "", 1):                     "debtor",
		strings.Replace(fmt.Sprintf(object, 3), `"name"`, `"id":"C-2","name"`, 1): "debtor.id",
		strings.Replace(fmt.Sprintf(object, 3), "Europe/Berlin", "Mars", 1):       "debtor.zone",
	} {
		for _, text := range []string{"[" + bad + "\n," + fmt.Sprintf(object, 9) + "]", bad + "\n" + fmt.Sprintf(object, 9)} {
			format := importfile.NDJSON
			if text[0] == '[' && text[1] != '1' || strings.HasPrefix(text, "[[") {
				format = importfile.JSON
			}
			rows := read(t, text, importfile.Options{Format: format})
			require.Len(t, rows, 2, text)
			require.NotNil(t, rows[0].Err, text)
			if bad[0] == '{' {
				require.Equal(t, field, rows[0].Err.Field, text)
			}
			require.Nil(t, rows[1].Err, text)
			require.Equal(t, 2, rows[1].Line)
		}
	}
}

func TestBrokenArray(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"[" + fmt.Sprintf(object, 1), "[" + fmt.Sprintf(object, 1) + ",", "[" + fmt.Sprintf(object, 1) + " x]", "[\"" + strings.Repeat("x", 3<<20), fmt.Sprintf(object, 1)[:20], fmt.Sprintf(object, 1) + " ]"} {
		r, err := importfile.New(strings.NewReader(text), importfile.Options{Format: importfile.JSON})
		require.NoError(t, err)
		for range 3 {
			if _, err = r.Next(); err != nil {
				break
			}
		}
		require.Error(t, err)
		require.NotErrorIs(t, err, io.EOF)
	}
	_, err := importfile.New(strings.NewReader("7"), importfile.Options{Format: importfile.JSON})
	require.ErrorContains(t, err, "array")
}

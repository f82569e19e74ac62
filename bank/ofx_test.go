package bank_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// refusedOFX are the samples that are refused, with a part of what is said about them.
var refusedOFX = map[string]string{
	"asgrim_ofxdata-emptyDateTime.ofx": "names no account",
	"annacruz_error.ofx":               "We were unable to process your request",
}

// listErrsOFX are the samples whose counts in the list are no counts of bank entries, and why.
var listErrsOFX = map[string]string{
	"asgrim_ofxdata-banking-xml200.ofx":  "its one transaction has no amount: it is left out",
	"annacruz_cef_malformed_decimal.ofx": "the amount is a point between spaces: the entry is left out",
}

func TestOFXSamples(t *testing.T) {
	t.Parallel()
	files := samples(t, "ofx")
	list, traps := listed(t, 5), listed(t, 6)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			name := filepath.Base(file)
			c, report, err := read(t, file, bank.Options{})
			why := refusedOFX[name]
			switch {
			case why != "":
			case strings.Contains(traps["ofx/"+name], "investment"):
				why = "investments"
			case strings.Contains(traps["ofx/"+name], "error status"):
				why = "answered with an error"
			case strings.Contains(list["ofx/"+name], "0 statement(s)"):
				why = "holds no statement"
			}
			if why != "" {
				require.ErrorContains(t, err, why)
				return
			}
			require.NoError(t, err)
			if _, wrong := listErrsOFX[name]; wrong {
				require.NotEmpty(t, report.Problems)
				return
			}
			agreesWithList(t, list, "ofx/"+name, c)
		})
	}
}

func readOFX(text string) (*collected, bank.Report, error) {
	c := &collected{}
	report, err := bank.Read("day.ofx", strings.NewReader(text), bank.Options{Account: "given"}, c)
	return c, report, err
}

const ofx = "OFXHEADER:100\nVERSION:102\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKACCTFROM><BANKID>1<ACCTID>2</BANKACCTFROM><BANKTRANLIST>"

const ofxEnd = "</BANKTRANLIST><LEDGERBAL><BALAMT>10.00<DTASOF>20260504</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"

func TestOFXAmounts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"12.50": 1250, "-12,5": -1250, "+1.234,56": 123456, "1,234.56": 123456, ".5": 50, "-.5": -50, "7.": 700, "-1 000,00": -100000,
	} {
		c, _, err := readOFX(ofx + "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260504120000[-3:BRT]<TRNAMT>" + text + "<FITID>1<NAME>R&amp;D</STMTTRN>" + ofxEnd)
		require.NoError(t, err, text)
		require.Len(t, c.statements[0].entries, 1, text)
		require.Equal(t, want, c.statements[0].entries[0].Amount.Minor, text)
		require.Equal(t, "2026-05-04", c.statements[0].entries[0].BookedOn.String())
	}
}

// A point and three digits may be thousands or thousandths: nobody guesses.
func TestOFXAmbiguousAmount(t *testing.T) {
	t.Parallel()
	c, report, err := readOFX(ofx + "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260504<TRNAMT>3.000<FITID>1</STMTTRN>" + ofxEnd)
	require.NoError(t, err)
	require.Empty(t, c.statements[0].entries)
	require.ErrorContains(t, report.Problems[0], "thousands or thousandths")
}

func TestOFXRefused(t *testing.T) {
	t.Parallel()
	entry := "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260504<TRNAMT>5.00<FITID>1</STMTTRN>"
	for name, tc := range map[string]struct{ text, want string }{
		"cut off":       {ofx + entry, "ends in the middle"},
		"cut in a tag":  {ofx + entry + "<STMTTR", "ends in the middle"},
		"document type": {strings.Replace(ofx, "<OFX>", "<!DOCTYPE OFX><OFX>", 1) + entry + ofxEnd, "refused for safety"},
		"torn amount":   {ofx + strings.Replace(entry, "5.00", "5<!-- -->00.00", 1) + ofxEnd, "refused for safety"},
		"two amounts":   {ofx + strings.Replace(entry, "<FITID>", "<TRNAMT>500.00<FITID>", 1) + ofxEnd, "stands there twice"},
		"not closed":    {ofx + strings.TrimSuffix(entry, "</STMTTRN>") + "<STMTTRNP>" + ofxEnd, "is not closed"},
		"currency":      {strings.Replace(ofx, "EUR", "E1R", 1) + entry + ofxEnd, "E1R"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := readOFX(tc.text)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// Entries without an end are read up to the next, and wait for a person.
func TestOFXMissingEnds(t *testing.T) {
	t.Parallel()
	c, report, err := readOFX(strings.Replace(ofx, "</BANKACCTFROM>", "", 1) +
		"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260504<TRNAMT>5.00<FITID>1<MEMO>INV-1\n<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260504<TRNAMT>-2.00<FITID>2\n" + ofxEnd)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	s := c.statements[0]
	require.Len(t, s.entries, 2)
	require.True(t, s.entries[0].Repaired && s.entries[1].Repaired)
	require.Equal(t, "1/2", s.Account.Other)
	require.Equal(t, []string{"INV-1"}, s.entries[0].Details[0].Remittance)
	require.Equal(t, int64(-200), s.entries[1].Amount.Minor)
	require.Equal(t, int64(1000), s.Closing.Amount.Minor)
}

// What stands in texts and does not end a tag or an entity is text; a payee may be a value; a memo may go on.
func TestOFXTexts(t *testing.T) {
	t.Parallel()
	c, report, err := readOFX(ofx + "<STMTTRN><TRNTYPE>OTHER<DTPOSTED>2026-05-04<TRNAMT>5.00<FITID>1<PAYEE>Weber<MEMO>A&GT B&LT C&amp;D &#233; a < b <3 <![CDATA[<x>]]><MEMO>second</STMTTRN>" + ofxEnd)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	e := c.statements[0].entries[0]
	require.Equal(t, "Weber", e.Details[0].Payer.Name)
	require.Equal(t, []string{"A&GT B&LT C&D é a < b <3 <x>", "second"}, e.Details[0].Remittance)
	require.Equal(t, "2026-05-04", e.BookedOn.String())
	require.Equal(t, "R1", must(t, "<ofx:OFX xmlns:ofx=\"x\">"+strings.TrimPrefix(ofx[strings.Index(ofx, "<OFX>"):], "<OFX>")+"<STMTTRN><DTPOSTED>20260504<TRNAMT>1<FITID>R1</STMTTRN>"+ofxEnd).BankRef)
}

// must reads the one entry of a file with an XML header.
func must(t *testing.T, body string) *bank.Entry {
	t.Helper()
	c, _, err := readOFX("<?xml version=\"1.0\"?><?OFX OFXHEADER=\"200\" VERSION=\"203\"?>" + body)
	require.NoError(t, err)
	return c.statements[0].entries[0]
}

// An amount may be in a currency of its own, and a type may contradict the sign: both are said.
func TestOFXDoubts(t *testing.T) {
	t.Parallel()
	c, _, err := readOFX(ofx + "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260504<TRNAMT>5.00<FITID>1<CURRENCY><CURRATE>1.1<CURSYM>USD</CURRENCY></STMTTRN><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260504<TRNAMT>5.00<FITID>2<ORIGCURRENCY><CURRATE>1.1<CURSYM>USD</ORIGCURRENCY></STMTTRN>" + ofxEnd)
	require.NoError(t, err)
	first, second := c.statements[0].entries[0], c.statements[0].entries[1]
	require.Equal(t, "5.00 USD", first.Amount.String())
	require.Equal(t, []string{"its amount is in USD, the account in EUR", "it calls itself DEBIT and its amount says the opposite: the amount counts"}, first.Doubts)
	require.Equal(t, "5.00 EUR", second.Amount.String(), "the original currency is what it was before")
	require.Empty(t, second.Doubts)
}

// What stands beside a statement and is left out is reported.
func TestOFXBeside(t *testing.T) {
	t.Parallel()
	beside := "<STMTTRNRS><STATUS><CODE>2000<SEVERITY>ERROR<MESSAGE>try later</STATUS></STMTTRNRS><INVSTMTRS></INVSTMTRS>"
	_, report, err := readOFX(ofx + strings.Replace(ofxEnd, "</OFX>", beside+"</OFX>", 1))
	require.NoError(t, err)
	require.Len(t, report.Problems, 2)
	require.ErrorContains(t, report.Problems[0], "try later")
	require.ErrorContains(t, report.Problems[1], "investments is left out")
}

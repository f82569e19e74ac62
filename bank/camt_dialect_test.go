package bank_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// camtOf writes a statement of one entry: a credit of 100.00 EUR with what is said inside.
func camtOf(inside string) string {
	return camtHead + `<Ntry><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-05-04</Dt></BookgDt>` + inside + `</Ntry>` + camtTail
}

func txOf(inside string) string {
	return camtOf("<NtryDtls><TxDtls>" + inside + "</TxDtls></NtryDtls>")
}

// What banks write into an entry.
func TestCAMTDialects(t *testing.T) {
	t.Parallel()
	const detail = `<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">60</Amt></TxAmt></AmtDtls><RmtInf><Strd>` +
		`<RfrdDocInf><RfrdDocTp><Cd>CINV</Cd></RfrdDocTp><RfrdDocNb>R-1</RfrdDocNb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">60</RmtdAmt></RfrdDocAmt>` +
		`<CdtrRefInf><CdtrRefTp><Cd>SCOR</Cd></CdtrRefTp><CdtrRef>RF18 5390 0754 7034</CdtrRef></CdtrRefInf></Strd></RmtInf></TxDtls>` +
		`<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">40</Amt></TxAmt></AmtDtls></TxDtls>`
	for name, tc := range map[string]struct{ text, want string }{
		"transactions in the entry itself, as version 01 has them": {
			camtOf(detail), "60.00 EUR structured=SCOR:RF18539007547034 document=CINV:R-1:60.00\n40.00 EUR",
		},
		"an amount with leading zeros": {
			camtOf(`<AmtDtls><TxAmt><Amt Ccy="EUR">000000000000100.00000</Amt></TxAmt></AmtDtls>`), "100.00 EUR",
		},
		"the text of the bank alone": {
			strings.Replace(txOf(`<Refs><EndToEndId>E-1</EndToEndId></Refs>`), "</Ntry>", "<AddtlNtryInf>Rechnung 4711</AddtlNtryInf></Ntry>", 1),
			"100.00 EUR e2e=E-1 text=Rechnung 4711",
		},
		"the text of the bank in the transaction": {
			txOf(`<AddtlNtryInf>Rechnung</AddtlNtryInf><AddtlNtryInf>4711</AddtlNtryInf>`), "100.00 EUR text=Rechnung 4711",
		},
		"the text of an MT940": {
			camtOf(`<AddtlNtryInf>/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/A. Blum  /REMI/RE 4711   /EREF/NOTPROVIDED</AddtlNtryInf>`),
			"100.00 EUR name=A. Blum account=NL91ABNA0417164300 text=RE 4711",
		},
		"nobody provided": {
			txOf(`<RltdPties><Dbtr><Pty><Nm>NOTPROVIDED</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>nl91 abna 0417164300</IBAN></Id><Nm>A. Blum</Nm></DbtrAcct></RltdPties>`),
			"100.00 EUR name=A. Blum account=NL91ABNA0417164300",
		},
		"our own account as the payer's": {
			txOf(`<RltdPties><Dbtr><Nm>We</Nm></Dbtr><DbtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></DbtrAcct></RltdPties>`), "100.00 EUR name=We",
		},
		"a direct debit that was collected is no return": {
			txOf(`<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RDDT</Cd><SubFmlyCd>ESDD</SubFmlyCd></Fmly></Domn></BkTxCd>`), "100.00 EUR",
		},
		"a direct debit unpaid": {
			txOf(`<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd>`), "100.00 EUR return=::",
		},
		"a reason in several lines": {
			txOf(`<Refs><EndToEndId>E-1</EndToEndId></Refs><RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Account closed</AddtlInf><AddtlInf>Ask the payer</AddtlInf></RtrInf>`),
			"100.00 EUR e2e=E-1 return=AC04:Account closed Ask the payer:E-1",
		},
		"the sum of the charges alone": {
			txOf(`<Amt Ccy="EUR">101.50</Amt><Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">1.50</TtlChrgsAndTaxAmt></Chrgs>`), "101.50 EUR charge=1.50\n-1.50 EUR kind=charge",
		},
		"ordered in another currency, said of the entry": {
			camtOf(`<AmtDtls><InstdAmt><Amt Ccy="GBP">85.00</Amt></InstdAmt><CntrValAmt><Amt Ccy="EUR">100.00</Amt></CntrValAmt></AmtDtls><NtryDtls><TxDtls><Refs><EndToEndId>E-1</EndToEndId></Refs></TxDtls></NtryDtls>`),
			"100.00 EUR e2e=E-1 ordered=85.00GBP",
		},
		"the transaction in another currency": {
			txOf(`<Amt Ccy="GBP">85.00</Amt>`), "100.00 EUR ordered=85.00GBP",
		},
		"two documents and one amount": {
			txOf(`<RmtInf><Strd><RfrdDocInf><Nb>R-1</Nb></RfrdDocInf><RfrdDocInf><Nb>R-2</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">100.00</RmtdAmt></RfrdDocAmt></Strd></RmtInf>`),
			"100.00 EUR document=:R-1:0 document=:R-2:0",
		},
		"a document paid in two parts": {
			txOf(`<RmtInf><Strd><RfrdDocInf><Nb>R-1</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy="EUR">40.00</RmtdAmt><RmtdAmt Ccy="EUR">60.00</RmtdAmt></RfrdDocAmt></Strd></RmtInf>`),
			"100.00 EUR document=:R-1:100.00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, report, err := readText(tc.text)
			require.NoError(t, err)
			require.Empty(t, report.Problems)
			require.Equal(t, []string{tc.want}, allTold(c))
		})
	}
}

// What was ordered says nothing of what was booked: what cannot be read of it costs no file.
func TestCAMTOrderedUnreadable(t *testing.T) {
	t.Parallel()
	for _, amount := range []string{`Ccy="USD">42.424`, `Ccy="HRK">42.42`, `Ccy="EUR">1e3`} {
		c, report, err := readText(txOf(`<Amt Ccy="EUR">100.00</Amt><AmtDtls><InstdAmt><Amt ` + amount + `</Amt></InstdAmt></AmtDtls>`))
		require.NoError(t, err, amount)
		require.Len(t, report.Problems, 1)
		require.Equal(t, "InstdAmt", report.Problems[0].Field)
		require.Equal(t, []string{"100.00 EUR"}, allTold(c))
	}
	_, _, err := readText(txOf(`<Amt Ccy="EUR">1e3</Amt>`))
	require.ErrorContains(t, err, "is no amount", "in the account's currency it is what was booked")
}

// A file that names no account or currency is read with what the reader was told; a message in an envelope of
// any depth is found; an expired entry books nothing.
func TestCAMTAround(t *testing.T) {
	t.Parallel()
	bare := `<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Id>N</Id><Ntry><Amt>10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>EXPD</Cd></Sts></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`
	c := &collected{}
	_, err := bank.Read("file.xml", strings.NewReader(bare), bank.Options{Account: "4711", Currency: "EUR"}, c)
	require.NoError(t, err)
	require.Equal(t, "4711", c.statements[0].Account.Key())
	require.Equal(t, []string{"10.00 EUR"}, allTold(c))
	require.Equal(t, bank.StatusInfo, c.statements[0].entries[0].Status)
	_, _, err = readText(bare)
	require.ErrorContains(t, err, "names no account")

	message := strings.TrimPrefix(txOf(""), `<?xml version="1.0" encoding="UTF-8"?>`)
	c, _, err = readText(`<s:Envelope xmlns:s="x"><s:Header><to>a</to></s:Header><s:Body><answer><payload>` + message + `</payload></answer></s:Body></s:Envelope>`)
	require.NoError(t, err)
	require.Equal(t, []string{"100.00 EUR"}, allTold(c))
	_, _, err = readText("<s:Envelope><s:Body>" + message + "</s:Envelope>")
	require.ErrorContains(t, err, "not well-formed")
}

package bank_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// promised is a sink that holds every reader to what all of them promise, whatever the file.
type promised struct {
	t     *testing.T
	open  bool
	n     int
	total int
}

func (p *promised) Begin(s *bank.Statement) error {
	require.False(p.t, p.open, "a statement begins within another")
	require.NotEmpty(p.t, s.Format)
	require.NotEmpty(p.t, s.Account.Key(), "a statement without an account")
	p.open, p.n = true, 0
	return nil
}

func (p *promised) Entry(e *bank.Entry) error {
	require.True(p.t, p.open)
	p.n++
	p.total++
	require.Equal(p.t, p.n, e.N)
	_, known := e.Amount.Currency.Decimals()
	require.True(p.t, known, "currency %q", e.Amount.Currency)
	require.Contains(p.t, []bank.Status{bank.StatusBooked, bank.StatusPending, bank.StatusInfo}, e.Status)
	require.NotEmpty(p.t, e.Details)
	var sum int64
	for i := range e.Details {
		d := &e.Details[i]
		require.Equal(p.t, i+1, d.N)
		require.Equal(p.t, e.Amount.Currency, d.Amount.Currency)
		require.NotEmpty(p.t, d.Kind)
		sum += d.Amount.Minor
	}
	require.Equal(p.t, e.Amount.Minor, sum, "the details are not the entry")
	return nil
}

func (p *promised) End(s *bank.Statement) error {
	require.True(p.t, p.open)
	require.Contains(p.t, []bank.Arithmetic{bank.AddsUp, bank.Off, bank.NotSaid}, s.Sum)
	p.open = false
	return nil
}

// kept checks what came out of a reading. A reader that fails says why, and where.
func (p *promised) kept(file string, report bank.Report, err error) {
	require.Equal(p.t, p.total, report.Entries)
	if err == nil {
		require.False(p.t, p.open, "a statement has no end")
	}
	for i, problem := range report.Problems {
		require.True(p.t, strings.HasPrefix(problem.File, file), problem.Error())
		require.NotEmpty(p.t, problem.Message)
		require.True(p.t, problem.Fatal || problem.Line > 0 || problem.Entry > 0, "no place: %s", problem.Error())
		require.True(p.t, !problem.Fatal || i == len(report.Problems)-1, "a refused file is read on: %s", problem.Error())
	}
	if err != nil {
		var problem *bank.Problem
		require.ErrorAs(p.t, err, &problem)
		require.NotEmpty(p.t, report.Problems)
		require.Same(p.t, problem, report.Problems[len(report.Problems)-1])
	}
}

// small limits let a fuzzer find their edges.
var small = bank.Limits{Bytes: 1 << 20, Entries: 1000, Token: 64 << 10, Members: 10, Inflated: 1 << 20}

func fuzz(f *testing.F, folder string, o bank.Options, seeds ...string) {
	f.Helper()
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	if dir := os.Getenv(samplesVariable); dir != "" {
		files, _ := filepath.Glob(filepath.Join(dir, folder, "*.*")) // the pattern is well-formed
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil && len(text) < 8<<10 {
				f.Add(text)
			}
		}
	}
	o.Limits, o.Account = small, "1"
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &promised{t: t}
		report, err := bank.Read("file", bytes.NewReader(text), o, p)
		p.kept("file", report, err)
	})
}

func FuzzCAMT(f *testing.F) {
	batch := strings.Replace(camtEntry("5.00"), "</BookgDt>", `</BookgDt><AcctSvcrRef>R</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>E</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">4.00</Amt></TxAmt></AmtDtls><Chrgs><Rcrd><Amt Ccy="EUR">1.00</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs><RmtInf><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd><Ustrd>x</Ustrd></RmtInf></TxDtls></NtryDtls>`, 1)
	balances := `<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-05-04</Dt></Dt></Bal>`
	fuzz(f, "camt053", bank.Options{}, camtHead+camtEntry("5.00")+camtTail, camtHead+balances+batch+camtTail)
}

func FuzzMT940(f *testing.F) {
	fuzz(f, "mt940", bank.Options{}, ":20:S\n:25:DE02120300000000202051\n:28C:1/1\n:60F:C260503EUR10,00\n:61:2605040504CR5,00NTRFNONREF//B1\n:86:166?00SEPA?20EREF+E1?21SVWZ+INV-1?32NAME\n:62F:C260504EUR15,00\n-\n",
		":20:S\n:25:1\n:34F:EUR0,\n:13:2605041200\n:61:260504RD5,NTRFX\n:86:/EREF/1/REMI/x\n")
}

func FuzzBAI2(f *testing.F) {
	fuzz(f, "bai2", bank.Options{}, bai+"16,165,3000,V,260504,0900,BR1,CR1,ACME, INC/INV-7\n88,second, line\n16,555,500,,BR2,,RETURN/\n49,26000,4/\n98,26000,1,6/\n99,26000,1,8/\n")
}

func FuzzOFX(f *testing.F) {
	fuzz(f, "ofx", bank.Options{}, ofx+"<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260504120000[-3:BRT]<TRNAMT>5.00<FITID>1<NAME>R&amp;D<MEMO>INV-1</STMTTRN>"+ofxEnd,
		`<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="211"?><OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD</CURDEF><CCACCTFROM><ACCTID>1</ACCTID></CCACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20260504</DTPOSTED><TRNAMT>-1.00</TRNAMT><FITID>2</FITID></STMTTRN></BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>`)
}

func FuzzCSV(f *testing.F) {
	rules := profile(f, strings.NewReplacer("profile: plain", "profile: rules", "[Booked, Value, Text, In, Out, Balance]", "[Day, Kind]", "Booked", "Day", "Value", "Val", "Balance", "Bal",
		"{credit: In, debit: Out, debit_sign: none}", "{unsigned: In}\ndirection: [{when: {Kind: C}, is: credit}, {is: debit}]\nfee: {column: Out, taken: on top}\nstatus: [{when: {Text: p}, is: pending}, {is: booked}]",
		"currency: EUR", "currency: {column: Konto, words: {E: EUR}}", "windows-1252", "gb18030").Replace(plainProfile))
	fuzz(f, "csv", bank.Options{Profiles: []bank.Profile{profile(f, plainProfile), rules}},
		plainHeader+"04.05.2026;5.5.26;\"a \"\"text\"\"\n;\";1.000,00;;1.000,00\n05.05.2026;;x;;1,00;999,00\n",
		"Day;Kind;Val;Text;In;Out;Konto;Bal\n04.05.2026;C;;p;12,00;0,50;E;\n04.05.2026;D;;=\"x\";12,00;0,50;USD;1\n", "A,B,C\n1,2,3\n")
}

func FuzzZip(f *testing.F) {
	f.Add(packed(f, "a/b.xml", camtHead+camtEntry("5.00")+camtTail, "day.ofx", ofx+ofxEnd))
	f.Add(packed(f, "__MACOSX/x", "", "../n.zip", "PK\x03\x04"))
	f.Fuzz(func(t *testing.T, archive []byte) {
		var sinks []*promised
		reports, err := bank.ReadZip("bank.zip", bytes.NewReader(archive), int64(len(archive)), bank.Options{Limits: small, Account: "1"}, func(member string) (bank.Sink, error) {
			require.NotEmpty(t, member)
			require.NotContains(t, "/"+member+"/", "/../")
			require.False(t, strings.HasPrefix(member, "/"))
			sinks = append(sinks, &promised{t: t})
			return sinks[len(sinks)-1], nil
		})
		if len(sinks) == 0 {
			require.Len(t, reports, 1)
			require.Error(t, err)
			return
		}
		require.Len(t, reports, len(sinks))
		for i, report := range reports {
			require.Equal(t, sinks[i].total, report.Entries)
		}
	})
}

func FuzzProfile(f *testing.F) {
	f.Add([]byte(plainProfile))
	files, _ := filepath.Glob("profiles/*.yaml") // the pattern is well-formed
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := bank.ParseProfile("mine.yaml", source)
		if err != nil {
			var all bank.ProfileErrors
			require.ErrorAs(t, err, &all)
			require.NotEmpty(t, all)
			for _, e := range all {
				require.Positive(t, e.Line)
				require.Positive(t, e.Column)
			}
			return
		}
		sink := &promised{t: t}
		report, err := bank.Read("file", strings.NewReader(plainHeader+"04.05.2026;;x;1,00;;\n"), bank.Options{Profiles: []bank.Profile{p}, Profile: p.Name, Account: "1"}, sink)
		sink.kept("file", report, err)
	})
}

// Money is never a float anywhere in the readers.
func TestNoFloats(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				require.NotContains(t, []string{"float32", "float64", "ParseFloat"}, n.Name, file)
			case *ast.BasicLit:
				require.NotEqual(t, token.FLOAT, n.Kind, file)
			}
			return true
		})
	}
}

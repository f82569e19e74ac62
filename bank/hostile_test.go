package bank_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

const camtHead = `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt><Id>S1</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>`

const camtTail = `</Stmt></BkToCstmrStmt></Document>`

func camtEntry(amount string) string {
	return `<Ntry><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-05-04</Dt></BookgDt></Ntry>`
}

func readText(text string) (*collected, bank.Report, error) {
	c := &collected{}
	report, err := bank.Read("file.xml", strings.NewReader(text), bank.Options{}, c)
	return c, report, err
}

// What is hostile or damaged is refused whole, with its place and what is wrong.
func TestHostileCAMT(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, want string }{
		"document type":     {`<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + camtHead[38:] + camtTail, "DOCTYPE"},
		"entity":            {camtHead + camtEntry("&x;") + camtTail, "not well-formed"},
		"two amounts":       {camtHead + `<Ntry><Amt Ccy="EUR">1.00</Amt><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>` + camtTail, "entry 1: Ntry/Amt: stands there twice"},
		"torn amount":       {camtHead + camtEntry("1<!-- -->00.00") + camtTail, "a comment stands inside the amount"},
		"float":             {camtHead + camtEntry("1e3") + camtTail, `"1e3" is no amount`},
		"negative":          {camtHead + camtEntry("-5.00") + camtTail, "is no amount"},
		"too many decimals": {camtHead + camtEntry("5.001") + camtTail, "more decimals"},
		"too large":         {camtHead + camtEntry("999999999999999999.00") + camtTail, "too large"},
		"no currency":       {camtHead + strings.ReplaceAll(camtEntry("5.00"), `"EUR"`, `"E1R"`) + camtTail, "E1R"},
		"no direction":      {camtHead + strings.ReplaceAll(camtEntry("5.00"), "CRDT", "UP") + camtTail, "credit or debit"},
		"status":            {camtHead + strings.ReplaceAll(camtEntry("5.00"), "BOOK", "MAYB") + camtTail, "is no status"},
		"no account":        {strings.ReplaceAll(camtHead, "DE02120300000000202051", "") + camtEntry("5.00") + camtTail, "names no account"},
		"two accounts":      {camtHead + `<Acct><Id><IBAN>DE1</IBAN></Id></Acct>` + camtEntry("5.00") + camtTail, "Acct: stands there twice"},
		"cut off":           {camtHead + camtEntry("5.00"), "ends in the middle"},
		"cut in an entry":   {camtHead + camtEntry("5.00")[:60], "ends in the middle"},
		"two documents":     {camtHead + camtTail + camtHead[38:] + camtTail, "second document"},
		"trailing text":     {camtHead + camtTail + "PK", "follows the document"},
		"wrong nesting":     {camtHead + "<Ntry></Amt></Ntry>" + camtTail, "not well-formed"},
		"depth":             {camtHead + strings.Repeat("<a>", 100) + camtTail, "nested deeper"},
		"encoding":          {strings.Replace(camtHead, "UTF-8", "x-klingon", 1) + camtTail, "no encoding that is known"},
		"xml 1.1":           {strings.Replace(camtHead, `"1.0"`, `"1.1"`, 1) + camtTail, "1.1"},
		"empty":             {" \n", "empty"},
		"something else":    {"%PDF-1.7 ...", "no statement format"},
		"html":              {"<html><body>please log in</body></html>", "no statement format"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, report, err := readText(tc.text)
			require.ErrorContains(t, err, tc.want)
			require.ErrorAs(t, err, new(*bank.Problem))
			require.True(t, report.Problems[len(report.Problems)-1].Fatal)
			require.Contains(t, err.Error(), "file.xml")
		})
	}
}

// Banks write that: it is mended, and every entry says so.
func TestMendedCAMT(t *testing.T) {
	t.Parallel()
	party := func(name string) string {
		return strings.Replace(camtEntry("5.00"), "</BookgDt>", "</BookgDt><NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>"+name+"</Nm></Pty></Dbtr></RltdPties></TxDtls></NtryDtls>", 1)
	}
	for given, want := range map[string]string{
		"M\xfcller": "Müller", "A & B": "A & B", "A &amp; B": "A & B", "x\x01y": "xy", "Meyer &#38; Co": "Meyer & Co", "R&D;": "R&D;",
	} {
		c, _, err := readText(camtHead + party(given) + camtTail)
		require.NoError(t, err, given)
		e := c.statements[0].entries[0]
		require.Equal(t, want, e.Details[0].Payer.Name)
		require.Equal(t, given != "A &amp; B" && given != "Meyer &#38; Co", e.Repaired, given)
	}
	latin := strings.Replace(camtHead, "UTF-8", "ISO-8859-1", 1) + party("M\xfcller") + camtTail
	c, _, err := readText(latin)
	require.NoError(t, err)
	require.Equal(t, "Müller", c.statements[0].entries[0].Details[0].Payer.Name)
	require.False(t, c.statements[0].entries[0].Repaired)

	c, _, err = readText("\ufeff\n" + camtHead + camtEntry(".5") + camtTail)
	require.NoError(t, err)
	require.Equal(t, int64(50), c.statements[0].entries[0].Amount.Minor)
	require.NotEmpty(t, c.statements[0].entries[0].Doubts)
}

// endless is a file that never ends.
type endless struct {
	head, again string
	n           int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.n < len(e.head) {
		n := copy(p, e.head[e.n:])
		e.n += n
		return n, nil
	}
	return copy(p, e.again), nil
}

// Neither a text, nor a tag, nor a comment without an end is held in memory, nor are unknown elements.
func TestEndlessCAMT(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]io.Reader{
		"text":       &endless{head: camtHead + "<Ntry><Amt>", again: "1111111111111111"},
		"comment":    &endless{head: camtHead + "<!--", again: "1111111111111111"},
		"attribute":  &endless{head: camtHead + `<Ntry a="`, again: "1111111111111111"},
		"attributes": &endless{head: camtHead + `<Ntry `, again: `a="1" `},
		"tags":       &endless{head: camtHead, again: "<abcdefg>"},
		"elements":   &endless{head: camtHead + "<Ntry>", again: "<a></a>"},
		"bytes":      &endless{head: camtHead, again: camtEntry("5.00")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := bank.Read("file.xml", r, bank.Options{Limits: bank.Limits{Bytes: 64 << 20}}, &counting{})
			require.ErrorAs(t, err, new(*bank.Problem))
		})
	}
}

// counting is a sink that keeps nothing.
type counting struct{ entries int }

func (c *counting) Begin(*bank.Statement) error { return nil }
func (c *counting) Entry(*bank.Entry) error     { c.entries++; return nil }
func (c *counting) End(*bank.Statement) error   { return nil }

// repeated writes a head, n entries and a tail, and is never whole in memory.
func repeated(head, entry, tail string, n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		_, err := io.WriteString(w, head)
		for range n {
			if err != nil {
				break
			}
			_, err = io.WriteString(w, entry)
		}
		if err == nil {
			_, err = io.WriteString(w, tail)
		}
		_ = w.CloseWithError(err) // the reader hears of it
	}()
	return r
}

// Memory stays flat however long the file is: ten times the entries need no more.
func TestFlatMemory(t *testing.T) {
	heap := func(n int) uint64 {
		c := &peak{every: 5000}
		_, err := bank.Read("file.xml", repeated(camtHead, camtEntry("5.00"), camtTail, n), bank.Options{}, c)
		require.NoError(t, err)
		require.Equal(t, n, c.n)
		return c.most
	}
	small, large := heap(10_000), heap(100_000)
	require.Less(t, large, small+16<<20, "%d and %d bytes", small, large)
}

// peak watches the heap while entries pass.
type peak struct {
	counting
	n, every int
	most     uint64
}

func (p *peak) Entry(*bank.Entry) error {
	if p.n++; p.n%p.every == 0 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		p.most = max(p.most, m.HeapAlloc)
	}
	return nil
}

func BenchmarkCAMT(b *testing.B) {
	for b.Loop() {
		_, err := bank.Read("file.xml", repeated(camtHead, camtEntry("5.00"), camtTail, 10_000), bank.Options{}, &counting{})
		require.NoError(b, err)
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "entries/s")
}

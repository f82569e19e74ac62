package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
	"dunlin/collection"
	"dunlin/invoice"
)

// giro is the account that money comes in on.
const giro = "DE89370400440532013000"

// till is a desk with a bank account.
type till struct{ *desk }

func newTill(t testing.TB) *till {
	t.Helper()
	d := newDesk(t)
	t.Cleanup(func() { // whatever a test does, the books are sound at its end
		checks, err := d.Checks(context.Background())
		require.NoError(t, err)
		for _, c := range checks {
			require.True(t, c.OK, "%s: %v", c.Name, c.Found)
		}
	})
	c := acme
	c.BankAccounts = []invoice.Bank{{IBAN: "DE89 3704 0044 0532 0130 00"}, {IBAN: "FI2112345600000785", Currency: "EUR"}}
	require.NoError(t, d.PutCreditor(t.Context(), c, "test"))
	return &till{d}
}

// line is an entry of a statement.
type line struct {
	amount   int64
	day      string
	ref      string
	text     string
	party    string
	status   string // default BOOK
	reversal bool
	inside   []line // transactions of a batch
}

// paper is a statement to be written as camt.
type paper struct {
	kind     string // 053, 052, 054
	number   string
	iban     string
	opening  int64
	closing  int64 // 0: opening and all booked lines
	balances bool
	day      string // of the closing balance
	lines    []line
}

// statement is a day's camt.053 that adds up.
func statement(number string, opening int64, day string, lines ...line) paper {
	return paper{kind: "053", number: number, iban: giro, opening: opening, balances: true, day: day, lines: lines}
}

func amountOf(minor int64) (string, string) {
	if minor < 0 {
		return invoice.NewMoney(-minor, "EUR").Decimal(), "DBIT"
	}
	return invoice.NewMoney(minor, "EUR").Decimal(), "CRDT"
}

func (p paper) camt() string {
	group := map[string]string{"053": "BkToCstmrStmt", "052": "BkToCstmrAcctRpt", "054": "BkToCstmrDbtCdtNtfctn"}[p.kind]
	one := map[string]string{"053": "Stmt", "052": "Rpt", "054": "Ntfctn"}[p.kind]
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.%s.001.02"><%s><GrpHdr><MsgId>%s</MsgId><CreDtTm>2026-05-01T08:00:00</CreDtTm></GrpHdr>`, p.kind, group, p.number)
	fmt.Fprintf(&b, `<%s><Id>S-%s</Id><ElctrncSeqNb>%s</ElctrncSeqNb><CreDtTm>2026-05-01T08:00:00</CreDtTm><Acct><Id><IBAN>%s</IBAN></Id><Ccy>EUR</Ccy></Acct>`, one, p.number, strings.TrimLeft(p.number, "0"), p.iban)
	closing := p.opening
	for _, l := range p.lines {
		if l.status == "" {
			closing += l.amount
		}
	}
	if p.closing != 0 {
		closing = p.closing
	}
	if p.balances {
		balance := func(code string, minor int64, day string) {
			amount, mark := amountOf(minor)
			fmt.Fprintf(&b, `<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Dt><Dt>%s</Dt></Dt></Bal>`, code, amount, mark, day)
		}
		balance("OPBD", p.opening, p.day)
		balance("CLBD", closing, p.day)
	}
	for _, l := range p.lines {
		b.WriteString(l.camt())
	}
	fmt.Fprintf(&b, `</%s></%s></Document>`, one, group)
	return b.String()
}

func (l line) camt() string {
	var b strings.Builder
	amount, mark := amountOf(l.amount)
	status := l.status
	if status == "" {
		status = "BOOK"
	}
	fmt.Fprintf(&b, `<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd>`, amount, mark)
	if l.reversal {
		b.WriteString(`<RvslInd>true</RvslInd>`)
	}
	fmt.Fprintf(&b, `<Sts>%s</Sts>`, status)
	if l.day != "" {
		fmt.Fprintf(&b, `<BookgDt><Dt>%[1]s</Dt></BookgDt><ValDt><Dt>%[1]s</Dt></ValDt>`, l.day)
	}
	if l.ref != "" {
		fmt.Fprintf(&b, `<AcctSvcrRef>%s</AcctSvcrRef>`, l.ref)
	}
	b.WriteString(`<BkTxCd><Prtry><Cd>166</Cd></Prtry></BkTxCd><NtryDtls>`)
	inside := l.inside
	if inside == nil {
		inside = []line{l}
	}
	for _, tx := range inside {
		amount, mark := amountOf(tx.amount)
		fmt.Fprintf(&b, `<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">%s</Amt></TxAmt></AmtDtls><CdtDbtInd>%s</CdtDbtInd>`, amount, mark)
		if tx.party != "" {
			fmt.Fprintf(&b, `<RltdPties><Dbtr><Nm>%s</Nm></Dbtr></RltdPties>`, tx.party)
		}
		if tx.text != "" {
			fmt.Fprintf(&b, `<RmtInf><Ustrd>%s</Ustrd></RmtInf>`, tx.text)
		}
		b.WriteString(`</TxDtls>`)
	}
	b.WriteString(`</NtryDtls></Ntry>`)
	return b.String()
}

// put stores a file and returns its import.
func (d *till) put(content string) collection.Import {
	d.t.Helper()
	f, err := d.StoreFile(d.t.Context(), collection.BankUpload{Name: "x.xml", Actor: "test"}, strings.NewReader(content))
	require.NoError(d.t, err)
	return collection.Import{SHA256: f.SHA256, Attempt: f.Attempt}
}

func reading(f collection.StoredFile, sink bank.Sink) (bank.Report, error) {
	return bank.Read(f.Name, f.Content, bank.Options{Account: f.Account, Currency: f.Currency, Profile: f.Profile}, sink)
}

// work takes an import to its end as its workflow would.
func (d *till) work(i collection.Import) collection.BankFile {
	d.t.Helper()
	require.NoError(d.t, d.through(d.t.Context(), i))
	f, err := d.BankFile(d.t.Context(), i.SHA256)
	require.NoError(d.t, err)
	return f
}

func (d *till) through(ctx context.Context, i collection.Import) error {
	at, err := d.StageFile(ctx, i, reading)
	if err != nil || at.State.Ended() {
		return err
	}
	if at, err = d.AcceptFile(ctx, i); err != nil || at.State.Ended() {
		return err
	}
	for page := (collection.Page{}); !page.Done; {
		if page, err = d.BookPage(ctx, collection.PageRequest{Import: i, Cursor: page.Cursor}); err != nil {
			return err
		}
	}
	return nil
}

// take imports a statement, which must be accepted.
func (d *till) take(p paper) collection.BankFile {
	d.t.Helper()
	f := d.work(d.put(p.camt()))
	require.Equal(d.t, collection.FileDone, f.State, "%s (%s)", f.Reason, f.Hint)
	return f
}

// balance is what the ledger says the bank holds.
func (d *till) balance() int64 {
	d.t.Helper()
	return query[int64](d.desk, `SELECT coalesce(sum(amount), 0)::bigint FROM postings WHERE account = 'bank'`)
}

// count counts rows of a table.
func (d *till) count(from string) int64 {
	d.t.Helper()
	return query[int64](d.desk, `SELECT count(*) FROM `+from)
}

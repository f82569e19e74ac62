package store_test

import (
	"bytes"
	"context"
	"errors"
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

func TestTheSameFileIsImportedOnce(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	p := statement("1", 10000, "2026-05-04", line{amount: 5000, day: "2026-05-04", ref: "R1", text: "INV-1"}, line{amount: -1000, day: "2026-05-04", text: "fee"})
	first := d.take(p)
	require.Equal(t, 2, first.Entries)
	require.Equal(t, "camt.053.001.02", first.Format)
	require.EqualValues(t, 4000, d.balance())

	again, err := d.StoreFile(t.Context(), collection.BankUpload{Name: "other.xml"}, strings.NewReader(p.camt()))
	require.NoError(t, err)
	require.True(t, again.AlreadyHad)
	require.Equal(t, first.SHA256, again.SHA256)
	require.Equal(t, collection.FileDone, again.State)
	require.EqualValues(t, 1, d.count("bank_files"))
	require.Equal(t, collection.FileDone, d.work(collection.Import{SHA256: again.SHA256, Attempt: 1}).State, "working on it again changes nothing")
	require.EqualValues(t, 4000, d.balance())
	require.EqualValues(t, 2, d.count("bank_details WHERE state IN ('undecided', 'decided')"))
}

func TestTheSameStatementInAnotherFile(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	p := statement("7", 10000, "2026-05-04", line{amount: 5000, day: "2026-05-04", text: "INV-1"})
	d.take(p)
	f := d.work(d.put(strings.ReplaceAll(p.camt(), "2026-05-01T08:00:00", "2026-05-02T09:00:00")))
	require.Equal(t, 1, f.Repeated)
	require.EqualValues(t, 5000, d.balance())
	require.EqualValues(t, 1, d.count("bank_statements WHERE state = 'repeated' AND repeats IS NOT NULL"))
}

func TestOverlappingStatements(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	twin := line{amount: 2500, day: "2026-05-05", text: "subscription", party: "Blum"}
	d.take(statement("1", 0, "2026-05-05", line{amount: 1000, day: "2026-05-04", text: "a"}, twin, twin))
	require.EqualValues(t, 6000, d.balance(), "true twins are both kept")
	f := d.take(statement("2", 1000, "2026-05-06", twin, twin, twin, line{amount: 700, day: "2026-05-06", text: "b"}))
	require.Equal(t, 2, f.Repeated, "only the surplus of the day is new")
	require.EqualValues(t, 9200, d.balance())
	require.EqualValues(t, 3, d.count("bank_entries WHERE amount = 2500"))
	require.Equal(t, "overlap", query[string](d.desk, `SELECT continuity FROM bank_statements WHERE number = '2'`))
}

func TestASecondStatementOfTheDayGoesOn(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	fee := line{amount: -150, day: "2026-05-04", text: "fee"}
	d.take(statement("1", 10000, "2026-05-04", line{amount: 5000, day: "2026-05-04", text: "a"}, fee))
	d.take(statement("2", 14850, "2026-05-04", fee, line{amount: 100, day: "2026-05-04", text: "b"}))
	require.EqualValues(t, 4800, d.balance(), "the balances prove that the second fee is another one")
	require.Equal(t, "ok", query[string](d.desk, `SELECT continuity FROM bank_statements WHERE number = '2'`))
	// Both told once more in one statement: nothing is new.
	f := d.take(statement("3", 10000, "2026-05-04", line{amount: 5000, day: "2026-05-04", text: "a"}, fee, fee, line{amount: 100, day: "2026-05-04", text: "b"}))
	require.Equal(t, 4, f.Repeated)
	require.EqualValues(t, 4800, d.balance())
}

func TestAnotherFormatOfTheSameDays(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.take(statement("1", 0, "2026-05-04", line{amount: 5000, day: "2026-05-04", ref: "C-1", text: "INV-1"}, line{amount: 5000, day: "2026-05-04", ref: "C-2", text: "INV-2"}))
	mt940 := ":20:STARTUMSE\r\n:25:37040044/0532013000\r\n:28C:00001/001\r\n:60F:C260503EUR0,00\r\n" +
		":61:2605040504CR50,00NTRFNONREF\r\n:86:166?00GUTSCHRIFT?20SVWZ+INV-1?32BLUM\r\n" +
		":61:2605040504CR50,00NTRFNONREF\r\n:86:166?00GUTSCHRIFT?20SVWZ+INV-2?32BLUM\r\n" +
		":61:2605050505CR7,00NTRFNONREF\r\n:86:166?00GUTSCHRIFT?20SVWZ+INV-3?32BLUM\r\n" +
		":62F:C260505EUR107,00\r\n-\r\n"
	f := d.work(d.put(mt940))
	require.Equal(t, collection.FileDone, f.State, f.Reason)
	require.Equal(t, 2, f.Repeated, "the texts differ, the day's amounts don't")
	require.EqualValues(t, 10700, d.balance())
	require.EqualValues(t, 2, d.count("bank_entries WHERE told_as = 'other_format' AND superseded_by IS NOT NULL"))
	require.EqualValues(t, 1, d.count("(SELECT DISTINCT account FROM bank_statements) a"), "bank code and number are the IBAN")
}

func TestAStatementInOtherWords(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	words := func(s string) []line {
		return []line{{amount: 5000, day: "2026-05-04", text: s + "INV-1"}, {amount: 5000, day: "2026-05-04", text: s + "INV-2"}, {amount: -150, day: "2026-05-04", text: s}}
	}
	d.take(statement("1", 700, "2026-05-04", words("")...))
	f := d.take(statement("1", 700, "2026-05-04", words("corrected: ")...))
	require.Equal(t, 3, f.Repeated, "the same day from the same balance to the same balance")
	require.EqualValues(t, 9850, d.balance())
	// A week around it, in words of its own.
	all := append([]line{{amount: 700, day: "2026-05-03", text: "before"}}, words("week: ")...)
	f = d.take(statement("W", 0, "2026-05-05", append(all, line{amount: 1, day: "2026-05-05", text: "after"})...))
	require.Equal(t, 3, f.Repeated)
	require.EqualValues(t, 10551, d.balance())
}

func TestAPartOfADayIsDoubted(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	part := func(number string, lines ...line) paper {
		return paper{kind: "053", number: number, iban: giro, lines: lines}
	}
	a, b, c := line{amount: 100, day: "2026-05-04", text: "a"}, line{amount: 200, day: "2026-05-04", text: "b"}, line{amount: 300, day: "2026-05-04", text: "c"}
	d.take(part("1", a, b))
	d.take(part("2", a, c))
	require.EqualValues(t, 600, d.balance())
	require.Contains(t, query[string](d.desk, `SELECT text FROM bank_alerts WHERE kind = 'doubt'`), "tells 2026-05-04 in part (on file before: 1, new: 1)")
	// All of a day, and more: nobody doubts that.
	d.take(part("3", a, b, c, line{amount: 400, day: "2026-05-04", text: "d"}))
	require.EqualValues(t, 1000, d.balance())
	require.EqualValues(t, 1, d.count("bank_alerts"))
}

func TestMoreOnADayThatWasWhole(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.take(statement("1", 0, "2026-05-06", line{amount: 100, day: "2026-05-04", text: "a"}, line{amount: 200, day: "2026-05-05", text: "b"}, line{amount: 300, day: "2026-05-06", text: "c"}))
	d.take(paper{kind: "053", number: "2", iban: giro, lines: []line{{amount: 200, day: "2026-05-05", text: "B, reworded"}, {amount: 900, day: "2026-05-05", text: "x"}}})
	require.EqualValues(t, 1500, d.balance())
	require.EqualValues(t, 1, d.count("bank_entries WHERE doubtful AND amount = 900"))
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'doubt'"))
}

func TestIntradayTellsAndTheStatementBooks(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	l := line{amount: 4200, day: "2026-05-04", party: "Blum", text: "INV-4"}
	d.take(paper{kind: "052", number: "1", iban: giro, lines: []line{l}})
	d.take(paper{kind: "052", number: "2", iban: giro, lines: []line{l, {amount: 100, day: "2026-05-04", party: "Eck", text: "INV-5"}}})
	require.Zero(t, d.balance())
	require.EqualValues(t, 2, d.count("bank_entries WHERE state = 'announced'"), "the second report repeats the first")
	d.take(statement("1", 0, "2026-05-04", l, line{amount: 100, day: "2026-05-04", party: "Eck", text: "INV-5"}))
	require.EqualValues(t, 4300, d.balance())
	require.Zero(t, d.count("bank_entries WHERE state = 'announced'"))
}

func TestPendingThenBooked(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.take(paper{kind: "052", number: "1", iban: giro, lines: []line{{amount: 9900, day: "2026-05-04", status: "PDNG", party: "Blum", text: "INV-9", ref: "P-77"}}})
	require.Zero(t, d.balance(), "pending never books")
	require.EqualValues(t, 1, d.count("bank_entries WHERE state = 'pending'"))
	d.take(statement("1", 0, "2026-05-06", line{amount: 9900, day: "2026-05-06", ref: "B-12", party: "Blum", text: "INV-9"}))
	require.EqualValues(t, 9900, d.balance())
	require.EqualValues(t, 1, d.count("bank_entries p JOIN bank_entries b ON b.pk = p.superseded_by WHERE p.state = 'superseded' AND b.bank_ref = 'B-12'"))
	// The bank mentions it once more, late, under another number.
	d.take(paper{kind: "052", number: "2", iban: giro, lines: []line{{amount: 9900, day: "2026-05-05", status: "PDNG", party: "Blum", text: "INV-9", ref: "P-78"}}})
	require.EqualValues(t, 9900, d.balance())
}

func lump() line {
	return line{amount: 30000, day: "2026-05-04", ref: "LUMP-1", text: "collective credit"}
}

func notice() paper {
	return paper{kind: "054", number: "1", iban: giro, lines: []line{{amount: 30000, day: "2026-05-04", ref: "LUMP-1", inside: []line{
		{amount: 10000, text: "INV-1", party: "A"}, {amount: 15000, text: "INV-2", party: "B"}, {amount: 5000, text: "INV-3", party: "C"},
	}}}}
}

func TestANotificationExplodesTheLumpOfTheStatement(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][]paper{
		"after":  {statement("1", 0, "2026-05-04", lump()), notice()},
		"before": {notice(), statement("1", 0, "2026-05-04", lump())},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTill(t)
			for _, p := range order {
				d.take(p)
			}
			require.EqualValues(t, 30000, d.balance(), "it is booked once")
			require.EqualValues(t, 3, d.count("bank_details d JOIN bank_entries e ON e.pk = d.entry_pk WHERE e.state = 'booked' AND d.state = 'undecided'"))
			require.EqualValues(t, 1, d.count("bank_details WHERE state = 'replaced'"))
			require.Equal(t, "{10000,15000,5000}", query[string](d.desk, `SELECT array_agg(amount ORDER BY pk)::text FROM bank_details WHERE state = 'undecided'`))
		})
	}
}

func TestWhatWasDecidedIsNotExploded(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.take(statement("1", 0, "2026-05-04", lump()))
	require.NoError(t, exec(d.desk, `UPDATE bank_details SET state = 'decided', how = 'not_ours'`))
	d.take(notice())
	require.Zero(t, d.count("bank_details WHERE state = 'replaced'"))
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'late_details'"))
	require.NoError(t, exec(d.desk, `UPDATE bank_details SET state = 'undecided', how = '' WHERE state = 'decided'`))
}

func TestRefusedWhole(t *testing.T) {
	t.Parallel()
	good := line{amount: 100, day: "2026-05-04", text: "a"}
	off := statement("1", 0, "2026-05-04", good)
	off.closing = 250
	strange := statement("1", 0, "2026-05-04", good)
	strange.iban = "DE02120300000000202051"
	for name, c := range map[string]struct{ content, reason, hint string }{
		"arithmetic": {off.camt(), "does not add up: 0.00 EUR and 1.00 EUR booked make 1.00 EUR, its closing balance is 2.50 EUR; they differ by 1.50 EUR", "--allow-off"},
		"account":    {strange.camt(), "nobody has the account DE02120300000000202051", "bank_accounts"},
		"cut off":    {statement("1", 0, "2026-05-04", good).camt()[:900], "x.xml", ""},
		"no format":  {"hello", "is no statement format", "camt.052"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTill(t)
			f := d.work(d.put(c.content))
			require.Equal(t, collection.FileRefused, f.State)
			require.Contains(t, f.Reason, c.reason)
			require.Contains(t, f.Hint, c.hint)
			for _, table := range []string{"staged_statements", "staged_entries", "staged_details", "bank_statements", "bank_entries", "bank_details", "bank_alerts", "feeds"} {
				require.Zero(t, d.count(table), table)
			}
			again := d.put(c.content)
			require.Equal(t, 2, again.Attempt, "a refused file may be tried again")
			require.Equal(t, collection.FileRefused, d.work(again).State)
		})
	}
}

func TestARefusedFileIsTakenOnceItsReasonIsGone(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	off := statement("1", 0, "2026-05-04", line{amount: 100, day: "2026-05-04", text: "a"})
	off.closing = 250
	require.Equal(t, collection.FileRefused, d.work(d.put(off.camt())).State)
	f, err := d.StoreFile(t.Context(), collection.BankUpload{Name: "x.xml", AllowOff: true}, strings.NewReader(off.camt()))
	require.NoError(t, err)
	require.Equal(t, collection.FileStored, f.State)
	require.Equal(t, 2, f.Attempt)
	require.Equal(t, collection.FileDone, d.work(collection.Import{SHA256: f.SHA256, Attempt: 2}).State)
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'arithmetic'"))
	require.Equal(t, "off", query[string](d.desk, `SELECT sum FROM bank_statements`))
	require.Equal(t, collection.FileDone, d.work(collection.Import{SHA256: f.SHA256, Attempt: 1}).State, "the first attempt has nothing left to do")
	require.EqualValues(t, 100, d.balance())
}

func TestReversalsAreTurnedWhereTheBalancesSaySo(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	p := statement("1", 1000, "2026-05-04", line{amount: 500, day: "2026-05-04", text: "a"}, line{amount: 500, day: "2026-05-04", text: "a", reversal: true})
	p.closing = 1000
	d.take(p)
	require.Zero(t, d.balance())
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'sign_rule'"))
	require.Equal(t, "turn_reversals", query[string](d.desk, `SELECT sign_rule FROM feeds`))
	// A statement without balances is read by the same rule.
	d.take(paper{kind: "053", number: "2", iban: giro, lines: []line{{amount: 300, day: "2026-05-05", text: "b", reversal: true}}})
	require.EqualValues(t, -300, d.balance())
	// One that adds up as it stands ends it.
	d.take(statement("3", 700, "2026-05-06", line{amount: -200, day: "2026-05-06", text: "c", reversal: true}))
	require.EqualValues(t, -500, d.balance())
	require.Equal(t, "as_booked", query[string](d.desk, `SELECT sign_rule FROM feeds`))
}

func TestContinuityInAnyOrder(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	day := func(n int) paper {
		on := fmt.Sprintf("2026-05-%02d", 3+n)
		return statement(fmt.Sprint(n), int64(1000*(n-1)), on, line{amount: 1000, day: on, text: on})
	}
	how := func(n int) string {
		return query[string](d.desk, `SELECT continuity FROM bank_statements WHERE number = $1`, fmt.Sprint(n))
	}
	d.take(day(1))
	d.take(day(4))
	require.Equal(t, "first", how(1))
	require.Equal(t, "gap", how(4))
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'gap' AND ended_at IS NULL"))
	d.take(day(3))
	require.Equal(t, "gap", how(3))
	require.Equal(t, "ok", how(4))
	d.take(day(2))
	for n, want := range map[int]string{1: "first", 2: "ok", 3: "ok", 4: "ok"} {
		require.Equal(t, want, how(n), n)
	}
	require.Zero(t, d.count("bank_alerts WHERE kind = 'gap' AND ended_at IS NULL"))
	require.Equal(t, "2026-05-07 4000", query[string](d.desk, `SELECT closing_on || ' ' || closing FROM feeds`))
}

func TestTwoImportersOfOneAccount(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	same := func(n int) []line {
		var all []line
		for i := range 40 {
			all = append(all, line{amount: int64(100 + i), day: "2026-05-04", text: fmt.Sprint("payment ", i)})
		}
		return append(all, line{amount: int64(1000 * n), day: "2026-05-05", text: fmt.Sprint("own ", n)})
	}
	var imports []collection.Import
	for n := range 4 {
		imports = append(imports, d.put(statement(fmt.Sprint(n), 0, "2026-05-05", same(n+1)...).camt()))
	}
	errs := make(chan error, len(imports))
	for _, i := range imports {
		go func() { errs <- d.through(context.Background(), i) }()
	}
	for range imports {
		require.NoError(t, <-errs)
	}
	require.EqualValues(t, 44, d.count("bank_entries WHERE state = 'booked'"))
	require.EqualValues(t, 40*100+780+10000, d.balance())
}

var errKilled = errors.New("killed")

// breaking fails in the middle of a file, as a connection would.
type breaking struct {
	bank.Sink
	left int
}

func (b *breaking) Entry(e *bank.Entry) error {
	if b.left--; b.left < 0 {
		return errKilled
	}
	return b.Sink.Entry(e)
}

func TestKilledAtEveryPhaseAndResumed(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	var lines []line
	for i := range 450 {
		lines = append(lines, line{amount: int64(1 + i), day: "2026-05-04", text: fmt.Sprint("payment ", i)})
	}
	i := d.put(statement("1", 0, "2026-05-04", lines...).camt())
	ctx := t.Context()
	_, err := d.StageFile(ctx, i, func(f collection.StoredFile, sink bank.Sink) (bank.Report, error) {
		return reading(f, &breaking{sink, 300})
	})
	require.ErrorIs(t, err, errKilled)
	require.Zero(t, d.count("staged_entries"))

	dead, cancel := context.WithCancel(ctx)
	_, err = d.StageFile(dead, i, func(f collection.StoredFile, sink bank.Sink) (bank.Report, error) {
		cancel()
		return reading(f, sink)
	})
	require.Error(t, err, "a worker that is stopped refuses nothing")
	f, err := d.BankFile(ctx, i.SHA256)
	require.NoError(t, err)
	require.Equal(t, collection.FileParsing, f.State)

	_, err = d.StageFile(ctx, i, reading)
	require.NoError(t, err)
	dead, cancel = context.WithCancel(ctx)
	cancel()
	_, err = d.AcceptFile(dead, i)
	require.Error(t, err)
	require.Zero(t, d.count("bank_entries"))

	at, err := d.AcceptFile(ctx, i)
	require.NoError(t, err)
	require.Equal(t, 450, at.Bookable)
	at, err = d.AcceptFile(ctx, i)
	require.NoError(t, err)
	require.Equal(t, collection.FileAccepted, at.State, "accepting it again changes nothing")

	page, err := d.BookPage(ctx, collection.PageRequest{Import: i})
	require.NoError(t, err)
	require.Equal(t, 200, page.Booked)
	_, err = d.BookPage(dead, collection.PageRequest{Import: i, Cursor: page.Cursor})
	require.Error(t, err)
	page, err = d.BookPage(ctx, collection.PageRequest{Import: i}) // a worker that lost the answer
	require.NoError(t, err)
	require.Equal(t, collection.Page{Cursor: page.Cursor, Booked: 400, Total: 450}, page)
	require.NoError(t, d.through(ctx, i))
	require.EqualValues(t, 450*451/2, d.balance())
	require.EqualValues(t, 450, d.count("entries WHERE kind = 'bank'"))
}

func TestPartsOfALargeFile(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	big := bytes.Repeat([]byte("0123456789abcde\n"), 200_000) // 3.2 MB
	f, err := d.StoreFile(t.Context(), collection.BankUpload{Name: `C:\bank\big.xml`}, bytes.NewReader(big))
	require.NoError(t, err)
	require.Equal(t, "big.xml", f.Name)
	require.EqualValues(t, len(big), f.Size)
	require.EqualValues(t, 4, d.count("bank_file_parts"))
	_, err = d.StageFile(t.Context(), collection.Import{SHA256: f.SHA256, Attempt: 1}, func(f collection.StoredFile, _ bank.Sink) (bank.Report, error) {
		all := new(bytes.Buffer)
		_, err := all.ReadFrom(f.Content)
		require.NoError(t, err)
		require.True(t, bytes.Equal(big, all.Bytes()))
		p := make([]byte, 20)
		_, err = f.Content.ReadAt(p, 1<<20-10)
		require.NoError(t, err)
		require.Equal(t, big[1<<20-10:1<<20+10], p)
		return bank.Report{}, errKilled
	})
	require.ErrorIs(t, err, errKilled)
	_, err = d.StoreFile(t.Context(), collection.BankUpload{}, strings.NewReader(""))
	require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err))
}

package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// transfer is a payment on a statement.
type transfer struct {
	amount int64 // EUR, minor units; negative: money out
	from   string
	name   string
	text   string
	e2e    string
	ref    string // structured
	back   string // end-to-end id of the payment that it takes back
	day    string // value day; "": that of the statement
}

const (
	blumIBAN  = "DE02120300000000202051"
	otherIBAN = "DE02500105170137075030"
)

// camt053 is a statement of the account that only lists payments.
func camt053(number int, day string, all ...transfer) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><GrpHdr><MsgId>M%d</MsgId><CreDtTm>2026-05-01T08:00:00</CreDtTm></GrpHdr>`, number)
	fmt.Fprintf(&b, `<Stmt><Id>S-%d</Id><ElctrncSeqNb>%d</ElctrncSeqNb><CreDtTm>2026-05-01T08:00:00</CreDtTm><Acct><Id><IBAN>%s</IBAN></Id><Ccy>EUR</Ccy></Acct>`, number, number, giro)
	for i, x := range all {
		amount, mark := amountOf(x.amount)
		value := x.day
		if value == "" {
			value = day
		}
		fmt.Fprintf(&b, `<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>%s</Dt></BookgDt><ValDt><Dt>%s</Dt></ValDt><AcctSvcrRef>B%d-%d</AcctSvcrRef>`, amount, mark, day, value, number, i)
		fmt.Fprintf(&b, `<BkTxCd><Prtry><Cd>166</Cd></Prtry></BkTxCd><NtryDtls><TxDtls>`)
		if e2e := x.e2e + x.back; e2e != "" {
			fmt.Fprintf(&b, `<Refs><EndToEndId>%s</EndToEndId></Refs>`, e2e)
		}
		fmt.Fprintf(&b, `<AmtDtls><TxAmt><Amt Ccy="EUR">%s</Amt></TxAmt></AmtDtls><CdtDbtInd>%s</CdtDbtInd>`, amount, mark)
		if x.from != "" {
			role := "Dbtr"
			if x.amount < 0 && x.back == "" {
				role = "Cdtr" // it went to them
			}
			fmt.Fprintf(&b, `<RltdPties><%[3]s><Nm>%[1]s</Nm></%[3]s><%[3]sAcct><Id><IBAN>%[2]s</IBAN></Id></%[3]sAcct></RltdPties>`, x.name, x.from, role)
		}
		b.WriteString(`<RmtInf>`)
		if x.text != "" {
			fmt.Fprintf(&b, `<Ustrd>%s</Ustrd>`, x.text)
		}
		if x.ref != "" {
			fmt.Fprintf(&b, `<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>%s</Ref></CdtrRefInf></Strd>`, x.ref)
		}
		b.WriteString(`</RmtInf>`)
		if x.back != "" {
			b.WriteString(`<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>`)
		}
		b.WriteString(`</TxDtls></NtryDtls></Ntry>`)
	}
	b.WriteString(`</Stmt></BkToCstmrStmt></Document>`)
	return b.String()
}

// today is the business day of the desk.
func (d *desk) today() invoice.Date { return invoice.DateOf(d.now()) }

// receive imports a statement of today with these payments.
func (d *till) receive(number int, all ...transfer) {
	d.t.Helper()
	f := d.work(d.put(camt053(number, d.today().String(), all...)))
	require.Equal(d.t, collection.FileDone, f.State, "%s (%s) %v", f.Reason, f.Hint, f.Problems)
}

// known puts the debtor's account into the master data.
func (d *till) known(id, iban string) {
	d.t.Helper()
	b := debtor(id)
	b.Accounts = []string{iban}
	require.NoError(d.t, d.PutDebtor(d.t.Context(), b, "test"))
}

func (d *till) state(of int64) string {
	d.t.Helper()
	return query[string](d.desk, `SELECT state || ' ' || how FROM bank_details WHERE amount = $1 ORDER BY pk DESC LIMIT 1`, of)
}

func TestPaymentsFindTheirInvoices(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	full, part, over, a, b := d.issue("NL-20001", 120000), d.issue("NL-20002", 50000), d.issue("NL-20003", 70001), d.issue("NL-20004", 33010), d.issue("NL-20005", 44020)
	d.receive(1,
		transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "Rechnung NL-20001"},
		transfer{amount: 20000, from: blumIBAN, name: "Blum", text: "NL-20002 Teilzahlung"},
		transfer{amount: 70011, from: blumIBAN, name: "Blum", text: "NL-20003"},
		transfer{amount: 77030, from: blumIBAN, name: "Blum", text: "NL-20004 und NL-20005"},
		transfer{amount: 999, from: otherIBAN, name: "Somebody", text: "thanks"},
		transfer{amount: -5555, text: "rent"},
	)
	d.sound()
	require.Equal(t, invoice.Paid, d.view(full).Status)
	require.Equal(t, eur(30000), d.view(part).Balance)
	require.Equal(t, invoice.Paid, d.view(a).Status)
	require.Equal(t, invoice.Paid, d.view(b).Status)
	require.Equal(t, "undecided ", d.state(999))
	require.Equal(t, "decided not_ours", d.state(-5555))
	t.Log(query[string](d.desk, `SELECT string_agg(concat_ws(' | ', amount, state, how, rung, evidence), E'\n') FROM bank_details`), d.view(over).Balance)
	file, err := d.Case(t.Context(), full)
	require.NoError(t, err)
	text := ""
	for _, e := range file.Events {
		text += e.Kind + ": " + e.Text + "\n"
	}
	require.Contains(t, text, "payment of 1,200.00 EUR found on the statement of")
	require.Contains(t, text, "the text names NL-20001")
	require.Equal(t, int64(1), query[int64](d.desk, `SELECT count(*) FROM wakes w JOIN invoices i ON i.pk = w.invoice_pk WHERE i.number = 'NL-20001' AND w.signal = 'payment'`))
}

// id is the newest payment of an amount.
func (d *till) id(of int64) int64 {
	d.t.Helper()
	return query[int64](d.desk, `SELECT max(pk) FROM bank_details WHERE amount = $1`, of)
}

func (d *till) match(m collection.PaymentMatch) collection.PaymentView {
	d.t.Helper()
	m.Actor = "ada"
	v, err := d.MatchPayment(d.t.Context(), m)
	require.NoError(d.t, err)
	return v
}

// A payment for an invoice that is not there yet waits, and is applied in the transaction that brings it.
func TestPaymentWaitsForItsInvoice(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	d.issue("NL-20001", 5000)
	d.receive(1, transfer{amount: 64123, from: blumIBAN, name: "Blum", text: "NL-20077"})
	require.Equal(t, "waiting ", d.state(64123))
	row := d.row("NL-20077")
	row.Invoice.Amount = eur(64123)
	r, err := d.Issue(t.Context(), row)
	require.NoError(t, err)
	require.Equal(t, invoice.Paid, r.Status)
	require.Equal(t, invoice.Paid, d.view(key("NL-20077")).Status)
	require.Equal(t, "decided applied", d.state(64123))
	require.Zero(t, d.count("detail_keys"))
	d.sound()
}

// While a payment of a known payer is undecided that debtor's reminders wait; people's own holds stay.
func TestUndecidedPaymentHoldsReminders(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	a, b := d.issue("NL-20001", 120000), d.issue("NL-20002", 50000)
	_, err := d.Hold(t.Context(), invoice.Hold{Fact: fact(a, "h"), Until: d.now().AddDate(0, 1, 0)})
	require.NoError(t, err)
	d.receive(1, transfer{amount: 4711, from: blumIBAN, name: "Blum", text: "hello"})
	p, err := d.Payment(t.Context(), d.id(4711))
	require.NoError(t, err)
	require.Equal(t, []string{"NL-20001", "NL-20002"}, p.Holds)
	require.Equal(t, "blum", p.DebtorID)
	d.sound()
	_, err = d.Release(t.Context(), invoice.Release{Fact: fact(b, "r")})
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err), "nobody's hold to release")
	v := d.match(collection.PaymentMatch{ID: p.ID, Invoices: []collection.PaymentShare{{Number: "NL-20002", Amount: eur(4000)}}, OnAccount: "blum"})
	require.Empty(t, v.Holds)
	require.Equal(t, "decided", v.State)
	require.Equal(t, eur(46000), d.view(b).Balance)
	require.Equal(t, int64(1), d.count("stops WHERE ended_at IS NULL"), "the person's own")
	d.sound()

	// What lies on account can still be given to an invoice; a decision can be undone, and counts against the account then.
	v = d.match(collection.PaymentMatch{ID: p.ID, Invoices: []collection.PaymentShare{{Number: "NL-20001"}}})
	require.Equal(t, eur(120000-711), d.view(a).Balance)
	require.Equal(t, "decided", v.State)
	d.sound()
	v, err = d.UndoPayment(t.Context(), p.ID, "ada", "wrong debtor")
	require.NoError(t, err)
	require.Equal(t, "undecided", v.State)
	require.Equal(t, eur(120000), d.view(a).Balance)
	require.Equal(t, eur(50000), d.view(b).Balance)
	require.NotZero(t, query[int64](d.desk, `SELECT rejections FROM payer_accounts`))
	require.Equal(t, []string{"NL-20001", "NL-20002"}, v.Holds, "undecided again, it holds again")
	until := query[time.Time](d.desk, `SELECT min(until_at) FROM stops WHERE bank_detail_pk IS NOT NULL AND ended_at IS NULL`)
	require.WithinDuration(t, d.now().AddDate(0, 0, 7), until, time.Minute, "with an end")
	d.sound()
	_, err = d.UndoPayment(t.Context(), p.ID, "ada", "")
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err))
	require.ErrorContains(t, err, "has no decision to undo")
	require.Equal(t, "not_ours", d.match(collection.PaymentMatch{ID: p.ID, NotOurs: true}).How)
	d.sound()
}

// Money from an account that two debtors share, or whose text names the invoices of two strangers, may be either's:
// nobody reminds them before a person has looked, and nobody else waits.
func TestUndecidedPaymentHoldsAllWhoMayHavePaid(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.issue("NL-20001", 120000)
	names := map[string]string{"carl": "NL-20002", "dora": "NL-20003", "eva": "NL-20004"}
	for id, number := range names {
		row := d.row(number)
		who := debtor(id)
		row.Invoice.DebtorID, row.Invoice.Amount, row.Debtor = id, eur(30000), &who
		_, err := d.Issue(t.Context(), row)
		require.NoError(t, err)
	}
	d.known("carl", otherIBAN)
	d.known("dora", otherIBAN)
	holds := func(minor int64) []string {
		p, err := d.Payment(t.Context(), d.id(minor))
		require.NoError(t, err)
		return p.Holds
	}
	d.receive(1, transfer{amount: 4711, from: otherIBAN, name: "Holding", text: "hello"})
	require.ElementsMatch(t, []string{"NL-20002", "NL-20003"}, holds(4711))
	d.receive(2, transfer{amount: 999, from: blumIBAN, name: "Nobody", text: "NL-20001 and NL-20004"})
	require.Equal(t, []string{"NL-20001", "NL-20004"}, holds(999))
	d.receive(3, transfer{amount: 888, from: blumIBAN, name: "Nobody", text: "hello"})
	require.Empty(t, holds(888))
	d.match(collection.PaymentMatch{ID: d.id(4711), NotOurs: true})
	require.Empty(t, holds(4711))
	d.receive(4, transfer{amount: 777, from: blumIBAN, name: "Nobody", text: "hello", e2e: "NL-20004"})
	require.Equal(t, []string{"NL-20004"}, holds(777), "named by its end-to-end id")
	d.sound()
}

// Two confirmed choices make an account known; one rejection makes it unknown again.
func TestConfirmedChoicesTeachThePayersAccount(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	for i := range 4 {
		d.issue(fmt.Sprintf("NL-2000%d", i), int64(10007+1000*i))
	}
	for i := range 2 {
		amount := int64(10007 + 1000*i)
		d.receive(1+i, transfer{amount: amount, from: otherIBAN, name: "Treasury", text: "thank you"})
		require.Equal(t, "undecided ", d.state(amount), "nobody knows the account")
		d.match(collection.PaymentMatch{ID: d.id(amount), Invoices: []collection.PaymentShare{{Number: fmt.Sprintf("NL-2000%d", i)}}})
	}
	d.receive(3, transfer{amount: 12007, from: otherIBAN, name: "Treasury", text: "thank you"})
	require.Equal(t, "decided applied", d.state(12007))
	require.Equal(t, invoice.Paid, d.view(key("NL-20002")).Status)
	_, err := d.UndoPayment(t.Context(), d.id(12007), "ada", "no")
	require.NoError(t, err)
	d.receive(4, transfer{amount: 13007, from: otherIBAN, name: "Treasury", text: "thank you"})
	require.Equal(t, "undecided ", d.state(13007))
	d.sound()
}

// A returned payment takes its allocation back, reopens a closed case in a new cycle, and repeats no step.
func TestReturnedPaymentReopens(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	d.step(k)
	steps := d.count("acts")
	d.receive(1, transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "NL-20001", e2e: "E2E-77001"})
	d.step(k) // closes the case
	require.Equal(t, invoice.Paid, d.view(k).Status)
	d.receive(2, transfer{amount: -120300, text: "Ruecklastschrift", back: "E2E-77001"})
	v := d.view(k)
	require.Equal(t, invoice.Open, v.Status)
	require.Equal(t, eur(120000), v.Balance)
	require.Equal(t, 2, v.Cycle)
	require.Equal(t, "decided returned", d.state(-120300))
	require.Equal(t, int64(300), query[int64](d.desk, `SELECT sum(amount)::bigint FROM postings WHERE account = 'bank_charge'`), "the bank's fee has its own account")
	require.GreaterOrEqual(t, d.count("acts"), steps)
	d.sound()
	_, err := d.UndoPayment(t.Context(), d.id(120000), "ada", "")
	require.ErrorContains(t, err, "has come back")
	_, err = d.UndoPayment(t.Context(), d.id(-120300), "ada", "it was another's")
	require.NoError(t, err)
	require.Equal(t, invoice.Paid, d.view(k).Status)
	d.sound()
	d.match(collection.PaymentMatch{ID: d.id(-120300), Invoices: []collection.PaymentShare{{Number: "NL-20001", Amount: eur(120000)}}, NotOurs: true})
	require.Equal(t, eur(120000), d.view(k).Balance)
	d.sound()
	// On one page with the payment that it takes back, and of money that nobody had decided about.
	d.receive(3, transfer{amount: 777, from: otherIBAN, name: "X", text: "?", e2e: "E2E-X1"}, transfer{amount: -777, back: "E2E-X1", text: "back"})
	require.Equal(t, "decided returned", d.state(777))
	require.Equal(t, "decided returned", d.state(-777))
	d.sound()
}

// Invoices of a creditor that gives references are found by them, whatever the amount and whoever pays.
func TestReferencesByISO11649(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	c := acme
	c.Reference = "rf"
	c.BankAccounts = []invoice.Bank{{IBAN: giro}}
	require.NoError(t, d.PutCreditor(t.Context(), c, "test"))
	k := d.issue("NL-20001", 120000)
	ref := query[string](d.desk, `SELECT key FROM invoice_keys WHERE kind = 'reference'`)
	require.Regexp(t, `^RF\d\dNL20001$`, ref)
	d.receive(1, transfer{amount: 20000, from: otherIBAN, name: "Y", ref: ref})
	require.Equal(t, eur(100000), d.view(k).Balance)
	d.sound()
}

// A payment whose value day lies before a message that went out has crossed it.
func TestPaymentCrossesAMessage(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	d.step(k)
	act, _ := d.step(k)
	d.receive(1, transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "NL-20001", day: d.today().AddDays(-2).String()})
	require.Equal(t, invoice.Paid, d.view(k).Status)
	require.Equal(t, act.Step, query[string](d.desk, `SELECT step FROM message_covers WHERE crossed`))
	require.Equal(t, int64(1), d.count("events WHERE kind = 'crossed'"))
	d.sound()
}

// stale walks a case until its decision waits for a newer statement.
func (d *till) stale(number string) invoice.Key {
	d.t.Helper()
	c := acme
	c.BankAccounts = []invoice.Bank{{IBAN: giro, Feed: "1bd"}}
	require.NoError(d.t, d.PutCreditor(d.t.Context(), c, "test"))
	k := d.issue(number, 120000)
	d.receive(1, transfer{amount: -1, text: "fee"})
	for {
		act, ok := d.next(k)
		require.True(d.t, ok)
		if act.Item.Act == dunning.Decide {
			d.travel(act.At)
			break
		}
		d.step(k)
	}
	act, _ := d.next(k)
	answer, err := d.Decide(d.t.Context(), act)
	require.NoError(d.t, err)
	require.Equal(d.t, collection.Held, answer.Outcome)
	return k
}

// Formal steps wait while the newest statement is older than the account's rhythm; a new one sets them going.
func TestFormalStepsWaitForStatements(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	k := d.stale("NL-20001")
	plan, err := d.Plan(t.Context(), k)
	require.NoError(t, err)
	gates := map[string]bool{}
	for _, h := range plan.Plan.Held {
		gates[h.Gate] = true
	}
	require.True(t, gates[dunning.GateStaleFeed], "%+v", plan.Plan.Held)
	require.Len(t, d.open(collection.TaskAlert), 1)
	feeds, err := d.Feeds(t.Context(), "acme")
	require.NoError(t, err)
	require.True(t, feeds[0].Stale)

	d.receive(2, transfer{amount: -2, text: "fee"})
	require.Empty(t, d.open(collection.TaskAlert))
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, dunning.Decide, act.Item.Act)
	answer, err := d.Decide(t.Context(), act)
	require.NoError(t, err)
	require.Equal(t, collection.Outcome(dunning.Done), answer.Outcome)
	feeds, err = d.Feeds(t.Context(), "")
	require.NoError(t, err)
	require.False(t, feeds[0].Stale)
	d.sound()
}

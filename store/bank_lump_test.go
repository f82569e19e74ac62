package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

// singles is a notification that tells the payments of a lump as entries of their own.
func singles(number, ref string, amounts ...int64) paper {
	p := paper{kind: "054", number: number, iban: giro}
	for i, amount := range amounts {
		p.lines = append(p.lines, line{amount: amount, day: "2026-05-04", ref: ref, text: "INV-" + string(rune('A'+i)), party: "P" + string(rune('A'+i))})
	}
	return p
}

// batched is a statement whose lump says how many payments are inside.
func batched(p paper, n string) string {
	return strings.Replace(p.camt(), "<NtryDtls>", "<NtryDtls><Btch><NbOfTxs>"+n+"</NbOfTxs></Btch>", 1)
}

func (d *till) take053(content string) {
	d.t.Helper()
	f := d.work(d.put(content))
	require.Equal(d.t, collection.FileDone, f.State, "%s (%s)", f.Reason, f.Hint)
}

// The payments that a notification tells one by one take the lump's place when something ties them to it.
func TestSeveralAnnouncedEntriesOfOneLump(t *testing.T) {
	t.Parallel()
	other := line{amount: 30000, day: "2026-05-04", ref: "LUMP-2", text: "collective credit"}
	for name, x := range map[string]struct {
		papers []string
		parts  string // amounts that wait for a decision
	}{
		"by reference": {[]string{statement("1", 0, "2026-05-04", lump()).camt(), singles("1", "LUMP-1", 10000, 15000, 5000).camt()}, "{10000,15000,5000}"},
		"before":       {[]string{singles("1", "LUMP-1", 10000, 15000, 5000).camt(), statement("1", 0, "2026-05-04", lump()).camt()}, "{10000,15000,5000}"},
		"by number":    {[]string{batched(statement("1", 0, "2026-05-04", lump()), "3"), singles("1", "", 10000, 15000, 5000).camt()}, "{10000,15000,5000}"},
		"several notifications, one reference": {[]string{
			singles("1", "LUMP-1", 10000, 15000).camt(), singles("2", "LUMP-1", 5000).camt(), statement("1", 0, "2026-05-04", lump()).camt(),
		}, "{10000,15000,5000}"},
		"two lumps of one amount": {[]string{
			statement("1", 0, "2026-05-04", lump(), other).camt(), singles("1", "LUMP-1", 10000, 20000).camt(), singles("2", "LUMP-2", 12000, 18000).camt(),
		}, "{10000,20000,12000,18000}"},
		"nothing ties them": {[]string{statement("1", 0, "2026-05-04", lump()).camt(), singles("1", "", 10000, 15000, 5000).camt()}, "{30000}"},
		"another number":    {[]string{batched(statement("1", 0, "2026-05-04", lump()), "4"), singles("1", "", 10000, 15000, 5000).camt()}, "{30000}"},
		"another sum":       {[]string{statement("1", 0, "2026-05-04", lump()).camt(), singles("1", "LUMP-1", 10000, 15000, 4999).camt()}, "{30000}"},
		"two notifications by number": {[]string{
			batched(statement("1", 0, "2026-05-04", lump()), "2"), singles("1", "", 10000, 20000).camt(), singles("2", "", 13000, 17000).camt(),
		}, "{10000,20000}"},
		"two that could be it": {[]string{
			singles("1", "", 10000, 20000).camt(), singles("2", "", 13000, 17000).camt(), batched(statement("1", 0, "2026-05-04", lump()), "2"),
		}, "{30000}"},
		"two lumps for one set": {[]string{
			strings.ReplaceAll(statement("1", 0, "2026-05-04", lump(), other).camt(), "<NtryDtls>", "<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>"), singles("1", "", 10000, 20000).camt(),
		}, "{30000,30000}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTill(t)
			for _, p := range x.papers {
				d.take053(p)
			}
			require.Equal(t, x.parts, query[string](d.desk, `SELECT array_agg(d.amount ORDER BY d.pk)::text FROM bank_details d JOIN bank_entries e ON e.pk = d.entry_pk WHERE e.state = 'booked' AND d.state IN ('undecided', 'waiting')`))
			require.Contains(t, []int64{30000, 60000}, d.balance(), "each lump is booked once")
		})
	}
}

func TestALumpThatWasDecidedIsNotDivided(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.take(statement("1", 0, "2026-05-04", lump()))
	d.match(collection.PaymentMatch{ID: d.id(30000), NotOurs: true})
	d.take(singles("1", "LUMP-1", 10000, 15000, 5000))
	require.Zero(t, d.count("bank_details WHERE state = 'replaced'"))
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'late_details'"))
}

// The hold for a lump passes on to the payments inside, and ends with them.
func TestHoldFollowsTheLump(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	held := strings.Replace(statement("1", 0, "2026-05-04", line{amount: 130000, day: "2026-05-04", ref: "LUMP-1", text: "collective credit", party: "Blum"}).camt(),
		"</RltdPties>", "<DbtrAcct><Id><IBAN>"+blumIBAN+"</IBAN></Id></DbtrAcct></RltdPties>", 1)
	d.take053(held)
	require.EqualValues(t, 1, d.count("stops WHERE ended_at IS NULL"))
	p := singles("1", "LUMP-1", 120000, 10000)
	p.lines[0].text, p.lines[1].text = "NL-20001", "thank you"
	d.take053(strings.ReplaceAll(p.camt(), "</RltdPties>", "<DbtrAcct><Id><IBAN>"+blumIBAN+"</IBAN></Id></DbtrAcct></RltdPties>"))
	require.Equal(t, invoice.Paid, d.view(k).Status)
	require.Zero(t, d.count("stops WHERE ended_at IS NULL AND kind = 'hold'"))
}

// An account whose bank sends notifications only is booked from them, and from nothing else.
func TestNotificationsBookWhereTheProfileSaysSo(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	c := acme
	c.BankAccounts = []invoice.Bank{{IBAN: giro, Books: "statements"}}
	require.ErrorContains(t, d.PutCreditor(t.Context(), c, "test"), "write notification (camt.054) or intraday")
	c.BankAccounts = []invoice.Bank{{IBAN: giro, Books: "notification", Feed: "1bd"}}
	require.NoError(t, d.PutCreditor(t.Context(), c, "test"))
	d.take(notice())
	require.EqualValues(t, 30000, d.balance())
	require.EqualValues(t, 3, d.count("bank_details WHERE state = 'undecided'"))
	d.take(notice())
	d.take(singles("2", "X-2", 111, 222))
	require.EqualValues(t, 30333, d.balance(), "the same again books nothing")
	d.take(statement("1", 0, "2026-05-04", lump()))
	d.take(paper{kind: "052", number: "1", iban: giro, lines: []line{lump()}})
	require.EqualValues(t, 30333, d.balance(), "other files only tell")
	require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'doubt'"))
	require.Equal(t, "2026-05-04", query[string](d.desk, `SELECT newest_on::text FROM feeds WHERE account LIKE 'DE89%'`))
}

package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
)

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

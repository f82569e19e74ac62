package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// Two returns of one payment on one page take back what there is of it, once, and no file is held up by that.
func TestTwoReturnsOfOnePaymentOnOnePage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		back   []int64
		states []string
		open   int64
	}{
		"all of it twice":       {[]int64{-120000, -120000}, []string{"decided", "undecided"}, 120000},
		"two parts":             {[]int64{-50000, -70000}, []string{"decided", "decided"}, 120000},
		"more than there is":    {[]int64{-70000, -60000}, []string{"decided", "undecided"}, 70000},
		"a part and all":        {[]int64{-70000, -120000}, []string{"decided", "undecided"}, 70000},
		"all with a fee, twice": {[]int64{-120300, -120300}, []string{"decided", "undecided"}, 120000},
	} {
		for _, other := range []bool{false, true} { // another payment hides what is taken too much
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := newTill(t)
				d.known("blum", blumIBAN)
				k := d.issue("NL-20001", 120000)
				d.receive(1, transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "NL-20001", e2e: "E2E-77001"})
				if other {
					d.pay(k, "p-1", 300000)
				}
				var all []transfer
				for _, minor := range c.back {
					all = append(all, transfer{amount: minor, back: "E2E-77001", text: "back"})
				}
				d.receive(2, all...)
				require.Equal(t, c.states, query[[]string](d.desk, `SELECT array_agg(state ORDER BY pk) FROM bank_details WHERE amount < 0`))
				if !other {
					require.Equal(t, eur(c.open), d.view(k).Balance)
				}
				d.sound()
			})
		}
	}
}

// What was sent back before is no fee of the bank's when all of the payment comes back: the debtor has it twice.
func TestReturnOfWhatWasRefundedInPart(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	d.receive(1, transfer{amount: 121000, from: blumIBAN, name: "Blum", text: "NL-20001", e2e: "E2E-77001"})
	d.receive(2, transfer{amount: -1000, from: blumIBAN, name: "Blum", text: "too much"})
	require.Equal(t, "decided returned", d.state(-1000))
	d.receive(3, transfer{amount: -121000, back: "E2E-77001", text: "back"})
	require.Equal(t, "undecided ", d.state(-121000))
	require.Zero(t, query[int64](d.desk, `SELECT coalesce(sum(amount), 0)::bigint FROM postings WHERE account = 'bank_charge'`))
	d.sound()

	// The refund taken back, found again, and taken back once more: the sums hold, and what is left comes back whole.
	d.match(collection.PaymentMatch{ID: d.id(-121000), NotOurs: true})
	_, err := d.UndoPayment(t.Context(), d.id(-1000), "ada", "no")
	require.NoError(t, err)
	require.Equal(t, int64(1000), d.onAccount())
	d.match(collection.PaymentMatch{ID: d.id(-1000), NotOurs: true})
	d.receive(4, transfer{amount: -1000, from: blumIBAN, name: "Blum", text: "once more"})
	require.Equal(t, "decided returned", d.state(-1000))
	require.Zero(t, d.onAccount())
	d.sound()
	_, err = d.UndoPayment(t.Context(), d.id(-1000), "ada", "no")
	require.NoError(t, err)
	d.match(collection.PaymentMatch{ID: d.id(-1000), NotOurs: true})
	d.receive(5, transfer{amount: -121300, back: "E2E-77001", text: "back, and a fee"})
	require.Equal(t, "decided returned", d.state(-121300))
	require.Equal(t, eur(120000), d.view(k).Balance)
	require.Zero(t, d.onAccount())
	d.sound()
}

// Money that nobody had decided about and that came back can be given to nobody while the return stands.
func TestUndecidedMoneyThatCameBack(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.receive(1, transfer{amount: 777, from: otherIBAN, name: "X", text: "?", e2e: "E2E-X1"})
	back := transfer{amount: -777, back: "E2E-X1", text: "back"}
	d.receive(2, back, back)
	require.Equal(t, []string{"decided", "undecided"}, query[[]string](d.desk, `SELECT array_agg(state ORDER BY pk) FROM bank_details WHERE amount < 0`))
	_, err := d.UndoPayment(t.Context(), d.id(777), "ada", "no")
	require.ErrorContains(t, err, "has come back")
	d.sound()
	_, err = d.UndoPayment(t.Context(), query[int64](d.desk, `SELECT min(pk) FROM bank_details WHERE amount = -777`), "ada", "another's")
	require.NoError(t, err)
	d.sound()
	back.text = "back again"
	d.receive(3, back)
	require.Equal(t, "decided returned", d.state(-777))
	require.Zero(t, query[int64](d.desk, `SELECT coalesce(sum(amount), 0)::bigint FROM postings WHERE account = 'refund_due'`))
	d.sound()
}

// Files come in another order than the days: the payment comes in, and goes back at once.
func TestReturnBeforeItsPayment(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	d.receive(1, transfer{amount: -120000, back: "E2E-77001", text: "back"}, transfer{amount: -120000, text: "another", e2e: "NOTPROVIDED"})
	require.Equal(t, int64(1), d.count("bank_details WHERE state = 'undecided'"))
	d.receive(2, transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "NL-20001", e2e: "E2E-77001"})
	require.Equal(t, invoice.Open, d.view(k).Status)
	require.Equal(t, eur(120000), d.view(k).Balance)
	require.Zero(t, d.count("bank_details WHERE state = 'undecided'"))
	d.sound()
}

// What a statement took back from a payment told by hand is not taken back again by hand.
func TestReturnToldByHandAfterTheStatement(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	k := d.issue("NL-20001", 120000)
	d.pay(k, "p-1", 120000)
	d.pay(k, "p-2", 120000)
	d.receive(1, transfer{amount: -120000, back: "E2E-9", text: "back"})
	d.match(collection.PaymentMatch{ID: d.id(-120000), Invoices: []collection.PaymentShare{{Number: "NL-20001"}}})
	var refused int
	for _, payment := range []string{"p-1", "p-2"} {
		if _, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "r-"+payment), Payment: payment}); err != nil {
			require.ErrorContains(t, err, "have come back in a bank statement")
			refused++
		}
	}
	require.Equal(t, 1, refused)
	d.sound()
}

// A bank says that it gives our own money back: that is nobody's payment, whatever its text names.
func TestMoneyOfOursThatComesBack(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	d.take(paper{kind: "053", number: "1", iban: giro, lines: []line{{amount: 120000, day: d.today().String(), text: "NL-20001", party: "Blum", reversal: true}}})
	require.Equal(t, eur(120000), d.view(k).Balance)
	p, err := d.Payment(t.Context(), d.id(120000))
	require.NoError(t, err)
	require.Equal(t, "undecided", p.State)
	require.NotEmpty(t, p.Suggestions)
	require.Equal(t, "NL-20001", p.Suggestions[0].Invoices[0].Number)
	d.sound()
}

// What is accepted and not booked yet does not make the feed fresh: it may be the payment itself.
func TestFeedIsFreshWhenAllIsBooked(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	c := acme
	c.BankAccounts = []invoice.Bank{{IBAN: giro, Feed: "1bd"}}
	require.NoError(t, d.PutCreditor(t.Context(), c, "test"))
	k := d.issue("NL-20001", 120000)
	d.receive(1, transfer{amount: -1, text: "fee"})
	act, ok := d.next(k)
	for ; ok && act.Item.Act != dunning.Decide; act, ok = d.next(k) {
		d.step(k)
	}
	require.True(t, ok)
	d.travel(act.At)
	i := d.put(camt053(2, d.today().String(), transfer{amount: -2, text: "fee"}))
	_, err := d.StageFile(t.Context(), i, reading)
	require.NoError(t, err)
	_, err = d.AcceptFile(t.Context(), i)
	require.NoError(t, err)
	for _, want := range []collection.Outcome{collection.Held, collection.Outcome(dunning.Done)} {
		if next, ok := d.next(k); ok {
			act = next
		}
		answer, err := d.Decide(t.Context(), act)
		require.NoError(t, err)
		require.Equal(t, want, answer.Outcome)
		feeds, err := d.Feeds(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, want == collection.Held, feeds[0].Stale)
		_, err = d.BookPage(t.Context(), collection.PageRequest{Import: i})
		require.NoError(t, err)
	}
	require.Empty(t, d.open(collection.TaskAlert))
	d.sound()
}

// Who pays twice is thanked once for having paid when a message went out.
func TestThankYouOnceForTwoPayments(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.reminded("NL-20001", 120000)
	early := d.today().AddDays(-2)
	d.receive(1, transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "NL-20001", day: early.String()})
	step := d.thanks(k)
	require.NotEmpty(t, step)
	_, err := d.Pay(t.Context(), invoice.Payment{Fact: fact(k, "p-2"), Amount: eur(120000), PaidOn: early})
	require.NoError(t, err)
	require.Equal(t, step, d.thanks(k))
	act, _ := d.step(k)
	require.Equal(t, step, act.Step)
	_, err = d.Pay(t.Context(), invoice.Payment{Fact: fact(k, "p-3"), Amount: eur(500), PaidOn: early})
	require.NoError(t, err)
	act, _ = d.next(k)
	require.Equal(t, dunning.Close, act.Item.Act)
	d.sound()
}

// The same day from the same balance to the same balance, divided otherwise: it is booked once.
func TestMoneyDividedOtherwise(t *testing.T) {
	t.Parallel()
	const day = "2026-05-04"
	parts := statement("1", 0, day, line{amount: 10000, day: day, text: "a"}, line{amount: 20000, day: day, text: "b"}).camt()
	lump := ":20:STARTUMSE\r\n:25:37040044/0532013000\r\n:28C:00001/001\r\n:60F:C260503EUR0,00\r\n" +
		":61:2605040504CR300,00NTRFNONREF\r\n:86:166?00SAMMLER?20SVWZ+2 payments?32BLUM\r\n:62F:C260504EUR300,00\r\n-\r\n"
	for name, files := range map[string][]string{"lump last": {parts, lump}, "lump first": {lump, parts}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTill(t)
			for _, f := range files {
				d.take053(f)
			}
			require.EqualValues(t, 30000, d.balance())
			require.EqualValues(t, 1, d.count("bank_alerts WHERE kind = 'doubt'"))
			require.EqualValues(t, 1, d.count("feeds WHERE closing = 30000"))
		})
	}
}

// A payment lets reminders wait for seven days, and no longer because an invoice comes meanwhile.
func TestHoldIsNotProlonged(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	c := acme
	c.BankAccounts, c.Matching.Queue = []invoice.Bank{{IBAN: giro}}, []string{"4 invoice number", "7 explained deviation"}
	require.NoError(t, d.PutCreditor(t.Context(), c, "test"))
	d.known("blum", blumIBAN)
	k := d.issue("NL-20001", 120000)
	d.receive(1, transfer{amount: 4711, from: blumIBAN, name: "Blum", text: "NL-20077"})
	require.Equal(t, int64(1), d.count("stops WHERE bank_detail_pk IS NOT NULL AND ended_at IS NULL"))
	d.travel(d.now().AddDate(0, 0, 8))
	d.pay(k, "p-1", 100) // looks at the calendar
	require.Zero(t, d.count("stops WHERE bank_detail_pk IS NOT NULL AND ended_at IS NULL"))
	d.issue("NL-20077", 990000)
	require.Equal(t, "undecided ", d.state(4711))
	require.Zero(t, query[int64](d.desk, `SELECT count(*) FROM stops s JOIN invoices i ON i.pk = s.invoice_pk WHERE i.number = 'NL-20001' AND s.bank_detail_pk IS NOT NULL AND s.ended_at IS NULL`))
	d.sound()
}

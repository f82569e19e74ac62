package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func TestTheSameFactTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	first := d.pay(k, "bank-1", 5000)
	again := d.pay(k, "bank-1", 5000)
	require.True(t, again.Repeated)
	require.Equal(t, first.Balance, again.Balance)
	require.Equal(t, first.Seq, again.Seq)
	_, err := d.Pay(t.Context(), invoice.Payment{Fact: fact(k, "bank-1"), Amount: eur(6000)})
	require.Equal(t, invoice.CodeConflict, invoice.CodeOf(err))
	d.sound()
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	ctx := t.Context()
	for name, c := range map[string]struct {
		code invoice.Code
		do   func() error
	}{
		"wrong currency": {invoice.CodeInvalid, func() error {
			_, err := d.Pay(ctx, invoice.Payment{Fact: fact(k, "x"), Amount: invoice.NewMoney(1, "USD")})
			return err
		}},
		"negative payment": {invoice.CodeInvalid, func() error {
			_, err := d.Pay(ctx, invoice.Payment{Fact: fact(k, "x"), Amount: eur(-1)})
			return err
		}},
		"payment without key": {invoice.CodeInvalid, func() error {
			_, err := d.Pay(ctx, invoice.Payment{Fact: fact(k, ""), Amount: eur(1)})
			return err
		}},
		"unknown invoice": {invoice.CodeUnknown, func() error {
			_, err := d.Pay(ctx, invoice.Payment{Fact: fact(invoice.Key{Creditor: "acme", Number: "NO"}, "x"), Amount: eur(1)})
			return err
		}},
		"return of an unknown payment": {invoice.CodeUnknown, func() error {
			_, err := d.ReturnPayment(ctx, invoice.Return{Fact: fact(k, "x"), Payment: "nope"})
			return err
		}},
		"credit above the invoice": {invoice.CodeInvalid, func() error {
			_, err := d.Credit(ctx, invoice.CreditNote{Fact: fact(k, "x"), Amount: eur(120001)})
			return err
		}},
		"release without hold": {invoice.CodeState, func() error {
			_, err := d.Release(ctx, invoice.Release{Fact: fact(k, "")})
			return err
		}},
		"stop without reason": {invoice.CodeInvalid, func() error {
			_, err := d.HardStop(ctx, invoice.HardStop{Fact: fact(k, "")})
			return err
		}},
		"promise in the past": {invoice.CodeInvalid, func() error {
			_, err := d.Promise(ctx, invoice.Promise{Fact: fact(k, ""), By: invoice.NewDate(2020, 1, 1)})
			return err
		}},
		"due date before issue": {invoice.CodeInvalid, func() error {
			_, err := d.ChangeDueDate(ctx, invoice.DueDateChange{Fact: fact(k, ""), DueOn: invoice.NewDate(2020, 1, 1)})
			return err
		}},
		"handoff of an open invoice": {invoice.CodeState, func() error {
			_, err := d.ReportHandoff(ctx, invoice.HandoffReport{Fact: fact(k, ""), Outcome: "acknowledged"})
			return err
		}},
	} {
		require.Equal(t, c.code, invoice.CodeOf(c.do()), "%s: %v", name, c.do())
	}
	require.Equal(t, int64(1), query[int64](d, `SELECT count(*) FROM entries`), "a refused fact leaves nothing behind")
	d.sound()
}

func TestPromiseIsJudgedByTheLedger(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		d := newDesk(t)
		k := d.issue("INV-1", 120000)
		d.step(k)
		_, err := d.Promise(t.Context(), invoice.Promise{Fact: fact(k, "p"), Amount: eur(50000), By: invoice.DateOf(d.now()).AddDays(5)})
		require.NoError(t, err)
		if kept {
			d.pay(k, "bank", 50000)
		}
		act, _ := d.step(k)
		require.Equal(t, dunning.Review, act.Item.Act)
		want := map[bool]string{true: "kept", false: "broken"}[kept]
		require.Equal(t, want, query[string](d, `SELECT how_ended FROM stops`))
		d.sound()
	}
}

func TestDisputeHoldsEverythingAndResolves(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, err := d.Dispute(t.Context(), invoice.Dispute{Fact: fact(k, "d")})
	require.NoError(t, err)
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, dunning.Review, act.Item.Act, "only its own clock runs")
	d.travel(d.now().AddDate(0, 0, 50))
	_, err = d.Resolve(t.Context(), invoice.Resolution{Fact: fact(k, "r")})
	require.NoError(t, err)
	act, ok = d.next(k)
	require.True(t, ok)
	require.True(t, act.At.After(d.now()), "the next step comes no sooner than its minimum gap after the release")
	d.sound()
}

// Payments, returns and credit notes give the same end in every order they can be told in, told once
// or more often.
func TestMoneyInAnyOrder(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		type move struct{ kind, key, of string }
		amounts := map[string]int64{}
		var moves []move
		for i := range rapid.IntRange(1, 4).Draw(rt, "payments") {
			key := fmt.Sprint("p", i)
			amounts[key] = rapid.Int64Range(1, 900).Draw(rt, key)
			moves = append(moves, move{"pay", key, ""})
			if rapid.Bool().Draw(rt, "returned") {
				moves = append(moves, move{"return", "r" + key, key})
			}
		}
		amounts["c"] = rapid.Int64Range(1, 1000).Draw(rt, "credit")
		moves = append(moves, move{"credit", "c", ""})
		var ends []string
		for range 2 {
			n++
			k := d.issue(fmt.Sprint("INV-", n), 1000)
			order := rapid.Permutation(moves).Draw(rt, "order")
			told := map[string]bool{}
			for len(told) < len(moves) {
				for _, m := range order {
					if told[m.key] && rapid.Bool().Draw(rt, "silent") || m.of != "" && !told[m.of] {
						continue
					}
					f := fact(k, fmt.Sprint(n, m.key))
					var err error
					switch m.kind {
					case "pay":
						_, err = d.Pay(t.Context(), invoice.Payment{Fact: f, Amount: eur(amounts[m.key])})
					case "return":
						_, err = d.ReturnPayment(t.Context(), invoice.Return{Fact: f, Payment: fmt.Sprint(n, m.of)})
					default:
						_, err = d.Credit(t.Context(), invoice.CreditNote{Fact: f, Amount: eur(amounts[m.key])})
					}
					require.NoError(t, err)
					told[m.key] = true
				}
			}
			v := d.view(k)
			ends = append(ends, fmt.Sprint(v.Status, v.Balance, v.OnAccount, v.Paid))
		}
		require.Equal(rt, ends[0], ends[1])
	})
	d.sound()
}

func TestHistoryCannotBeRewritten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.issue("INV-1", 1000)
	for _, sql := range []string{`UPDATE events SET text = 'x'`, `DELETE FROM events`, `TRUNCATE events`, `UPDATE postings SET amount = 1`, `DELETE FROM entries`} {
		err := exec(d, sql)
		require.ErrorContains(t, err, "append-only", sql)
	}
	require.NoError(t, d.Checkpoint(t.Context()))
	require.NoError(t, exec(d, `ALTER TABLE events DISABLE TRIGGER ALL`))
	require.NoError(t, exec(d, `UPDATE events SET text = 'nothing happened'`))
	checks, err := d.Checks(t.Context())
	require.NoError(t, err)
	bad := 0
	for _, c := range checks {
		if !c.OK {
			bad++
			require.Contains(t, c.Found[0], "was changed")
		}
	}
	require.Equal(t, 1, bad)
}

func TestIssueRefusesRowByRow(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	today := invoice.DateOf(d.now())
	row := func(number string, change func(*collection.Issue)) collection.Issue {
		r := collection.Issue{Invoice: invoice.Invoice{Key: invoice.Key{Creditor: "acme", Number: number}, DebtorID: "blum", Amount: eur(1000), IssuedOn: today, DueOn: today.AddDays(14)}}
		if change != nil {
			change(&r)
		}
		return r
	}
	rows := []collection.Issue{
		row("A", nil),
		row("B", func(r *collection.Issue) { r.Invoice.Amount = eur(-5) }),
		row("C", func(r *collection.Issue) { r.Invoice.DebtorID = "nobody" }),
		row("D", func(r *collection.Issue) { r.Invoice.DueOn = today.AddDays(-1) }),
		row("A", nil),
		row("A", func(r *collection.Issue) { r.Invoice.Amount = eur(999) }),
		row("E", func(r *collection.Issue) { r.Invoice.Policy = "nope" }),
		row("F", func(r *collection.Issue) { r.Invoice.DebtorID = "new"; x := debtor("new"); r.Debtor = &x }),
	}
	refused, err := d.IssueMany(t.Context(), rows, true)
	require.NoError(t, err)
	require.Equal(t, int64(0), query[int64](d, `SELECT count(*) FROM invoices`))
	for range 2 {
		results, err := d.IssueMany(t.Context(), rows, false)
		require.NoError(t, err)
		for i, want := range []invoice.Code{"", invoice.CodeInvalid, invoice.CodeUnknown, invoice.CodeInvalid, "", invoice.CodeConflict, invoice.CodeUnknown, ""} {
			require.Equal(t, want, invoice.CodeOf(results[i].Err), "row %d: %v", i, results[i].Err)
			require.Equal(t, refused[i].Err, results[i].Err, "row %d", i)
		}
		require.True(t, results[4].Receipt.Repeated)
	}
	require.Equal(t, int64(2), query[int64](d, `SELECT count(*) FROM invoices`))
	d.sound()
}

func TestMissingDataHoldsVisiblyWithOneTaskPerDebtor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	bare := debtor("bare")
	bare.Zone = ""
	today := invoice.DateOf(d.now())
	for _, n := range []string{"X-1", "X-2"} {
		_, err := d.Issue(t.Context(), collection.Issue{Debtor: &bare, Invoice: invoice.Invoice{Key: invoice.Key{Creditor: "acme", Number: n}, DebtorID: "bare", Amount: eur(1000), IssuedOn: today, DueOn: today.AddDays(14)}})
		require.NoError(t, err)
	}
	v, err := d.Plan(t.Context(), invoice.Key{Creditor: "acme", Number: "X-2"})
	require.NoError(t, err)
	require.Equal(t, "zone_missing", v.Plan.Held[0].Gate)
	tasks, err := d.Tasks(t.Context(), collection.TaskFilter{})
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	d.sound()
}

func TestWakesCoalesceAndComeBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	wakes, err := d.ClaimWakes(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, wakes, 1)
	require.Equal(t, collection.SignalIssued, wakes[0].Signal)
	again, err := d.ClaimWakes(t.Context(), 10)
	require.NoError(t, err)
	require.Empty(t, again, "it is leased")
	d.pay(k, "a", 100)
	d.pay(k, "b", 100)
	require.NoError(t, d.Started(t.Context(), wakes[0].Case, "run"))
	require.NoError(t, d.Delivered(t.Context(), wakes[0]))
	wakes, err = d.ClaimWakes(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, wakes, 1, "newer facts came meanwhile")
	require.Equal(t, collection.SignalPayment, wakes[0].Signal)
	require.True(t, wakes[0].Started)
	for i := range 20 {
		require.Equal(t, i, wakes[0].Failures)
		require.NoError(t, d.Failed(t.Context(), wakes[0], "refused", true))
		query[int](d, `WITH u AS (UPDATE wakes SET available_at = clock_timestamp() RETURNING 1) SELECT 1`)
		wakes, err = d.ClaimWakes(t.Context(), 10)
		require.NoError(t, err)
		require.Equal(t, i == 19, len(wakes) == 0, "parked after 20 refusals")
	}
	require.NoError(t, d.Rewake(t.Context(), collection.Case{Key: k, Cycle: 1}))
	wakes, err = d.ClaimWakes(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, wakes, 1)
}

func TestLiveRefusesTimeTravel(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	was := d.now()
	d.travel(was.AddDate(0, 0, 3))
	d.travel(was)
	require.WithinDuration(t, was.AddDate(0, 0, 3), d.now(), time.Minute, "a lab's clock only moves forward")
	require.Error(t, exec(d, `UPDATE system SET kind = 'live', clock_offset = '0'`))
}

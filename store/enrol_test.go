package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// enrolment is an invoice that fell due so many days ago.
func (d *desk) enrolment(number string, overdue int) collection.Enrolment {
	d.t.Helper()
	b := debtor("d-" + strings.ToLower(number))
	b.Contacts[1].Address = fmt.Sprintf("+49171%08d", len(number)*100_000+query[int](d, `SELECT count(*) FROM debtors`))
	require.NoError(d.t, d.PutDebtor(d.t.Context(), b, "test"))
	due := invoice.DateOf(d.now()).AddDays(-overdue)
	return collection.Enrolment{Issue: collection.Issue{Actor: "vera", Invoice: invoice.Invoice{
		Key: invoice.Key{Creditor: "acme", Number: number}, DebtorID: b.ID, Amount: eur(120000), IssuedOn: due.AddDays(-30), DueOn: due,
	}}}
}

func (d *desk) enrol(e collection.Enrolment) (invoice.Key, error) {
	d.t.Helper()
	results, err := d.Enrol(d.t.Context(), []collection.Enrolment{e}, false)
	require.NoError(d.t, err)
	return e.Invoice.Key, results[0].Err
}

func TestEnrolmentBeginsWithTheFirstReminder(t *testing.T) {
	t.Parallel()
	for _, overdue := range []int{-20, -3, 1, 10, 40, 400} {
		d := newDesk(t)
		k, err := d.enrol(d.enrolment("INV-1", overdue))
		require.NoError(t, err)
		var sent []string
		last := d.now()
		for len(sent) < 3 {
			act, _ := d.step(k)
			if !act.Item.Act.Contacts() {
				continue
			}
			if len(sent) == 0 || sent[len(sent)-1] != act.Step {
				if len(sent) > 0 {
					require.GreaterOrEqual(t, invoice.DateOf(last).DaysUntil(invoice.DateOf(act.At)), 7, "%d days: %s after %s: the policy's own distance", overdue, act.Step, sent)
				}
				sent, last = append(sent, act.Step), act.At
			}
		}
		want := []string{"reminder-1", "reminder-2", "call"}
		switch overdue {
		case -20:
			want = []string{"courtesy", "due", "reminder-1"}
		case -3:
			want = []string{"due", "reminder-1", "reminder-2"}
		}
		require.Equal(t, want, sent, "%d days overdue", overdue)
		d.sound()
	}
}

func TestEnrolmentGoesOnBehindTheLastStep(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	e := d.enrolment("INV-1", 12)
	e.LastStep, e.LastContactOn, e.AlreadyPaid = "reminder-1", invoice.DateOf(d.now()).AddDays(-2), eur(20000)
	k, err := d.enrol(e)
	require.NoError(t, err)
	require.Equal(t, eur(100000), d.view(k).Balance)
	ends := d.ends(k)
	for _, step := range []string{"receipt", "courtesy", "due", "reminder-1"} {
		require.Contains(t, ends, step+" email done")
	}
	require.Equal(t, "by an earlier system", query[string](d, `SELECT reason FROM acts WHERE step = 'reminder-1'`))
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, "reminder-2", act.Step)
	require.GreaterOrEqual(t, e.LastContactOn.DaysUntil(invoice.DateOf(act.At)), 5)

	again, err := d.Enrol(t.Context(), []collection.Enrolment{e}, false)
	require.NoError(t, err)
	require.True(t, again[0].Receipt.Repeated)
	require.Equal(t, eur(100000), again[0].Receipt.Balance)
	require.Equal(t, 1, query[int](d, `SELECT count(*) FROM facts WHERE key = 'enrol/INV-1' AND amount = 20000`))
	r, err := d.Issue(t.Context(), e.Issue)
	require.NoError(t, err)
	require.True(t, r.Repeated)
	d.sound()
}

func TestEnrolmentWithALastContactKeepsTheGap(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	e := d.enrolment("INV-1", 60)
	e.LastContactOn = invoice.DateOf(d.now()).AddDays(-1)
	k, err := d.enrol(e)
	require.NoError(t, err)
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, "reminder-1", act.Step)
	require.GreaterOrEqual(t, e.LastContactOn.DaysUntil(invoice.DateOf(act.At)), 5)
	require.Contains(t, d.ends(k), "before-enrolment email done")
}

func TestEnrolmentRefusals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	today := invoice.DateOf(d.now())
	rows := []collection.Enrolment{}
	for i, change := range []func(e *collection.Enrolment){
		func(e *collection.Enrolment) { e.LastStep = "third" },
		func(e *collection.Enrolment) { e.LastStep = "final-notice" },
		func(e *collection.Enrolment) { e.LastContactOn = today.AddDays(3) },
		func(e *collection.Enrolment) { e.LastContactOn = today.AddDays(-400) },
		func(e *collection.Enrolment) { e.AlreadyPaid = eur(120000) },
		func(e *collection.Enrolment) { e.AlreadyPaid = invoice.NewMoney(1, "USD") },
		func(e *collection.Enrolment) { e.Invoice.DebtorID = "nobody" },
		func(*collection.Enrolment) {},
	} {
		e := d.enrolment(fmt.Sprintf("INV-%d", i), 10)
		change(&e)
		rows = append(rows, e)
	}
	results, err := d.Enrol(t.Context(), rows, true)
	require.NoError(t, err)
	for i, field := range []string{"last_step", "last_step", "last_contact_on", "last_contact_on", "already_paid", "already_paid", "debtor"} {
		require.ErrorContains(t, results[i].Err, field, "row %d", i)
	}
	require.Zero(t, query[int](d, `SELECT count(*) FROM invoices`), "all or nothing")
	results, err = d.Enrol(t.Context(), rows, false)
	require.NoError(t, err)
	require.NoError(t, results[7].Err)
	require.Equal(t, 1, query[int](d, `SELECT count(*) FROM invoices`))
	d.sound()
}

func TestAnEnrolledOrderExpiresInTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	e := collection.Enrolment{Issue: collection.Issue{Invoice: invoice.Invoice{
		Key: invoice.Key{Creditor: "acme", Number: "ORD-1"}, Kind: invoice.KindOrder, DebtorID: "blum", Amount: eur(5000), IssuedOn: invoice.DateOf(d.now()).AddDays(-1),
		ExpiresAt: d.now().AddDate(0, 0, 1), PayURL: "https://pay.example/1",
	}}}
	k, err := d.enrol(e)
	require.NoError(t, err)
	for d.view(k).Status == invoice.Open {
		act, _ := d.step(k)
		require.NotEqual(t, dunning.Decide, act.Item.Act)
	}
	require.Equal(t, invoice.Expired, d.view(k).Status)
}

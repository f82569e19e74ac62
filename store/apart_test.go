package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// spoil makes the database refuse rows of a table, as a defect would that nobody has found yet.
func (d *till) spoil(event, table, when string) {
	d.t.Helper()
	require.NoError(d.t, exec(d.desk, `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'spoilt'; END $$`))
	require.NoError(d.t, exec(d.desk, fmt.Sprintf(`CREATE TRIGGER spoil BEFORE %s ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION spoil()`, event, table, when)))
}

// A payment that spoils its page goes to a person, and the rest is booked.
func TestPaymentThatSpoilsItsPage(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	a, b, c := d.issue("NL-20001", 10100), d.issue("NL-20002", 20200), d.issue("NL-20003", 30300)
	d.spoil("INSERT", "bank_allocations", "NEW.amount = 20200")
	d.receive(1, transfer{amount: 10100, from: blumIBAN, name: "Blum", text: "NL-20001"}, transfer{amount: 20200, from: blumIBAN, name: "Blum", text: "NL-20002"},
		transfer{amount: 30300, from: blumIBAN, name: "Blum", text: "NL-20003"})
	require.Equal(t, []invoice.Status{invoice.Paid, invoice.Open, invoice.Paid}, []invoice.Status{d.view(a).Status, d.view(b).Status, d.view(c).Status})
	require.Equal(t, "undecided ", d.state(20200))
	p, err := d.Payment(t.Context(), d.id(20200))
	require.NoError(t, err)
	require.Contains(t, p.Evidence[0], "spoilt")
	require.Contains(t, p.Holds, "NL-20002", "it may well be theirs")
	require.EqualValues(t, 60600, d.balance())
	d.sound()
}

// Where not even the reminders can be held, the payment goes to a person all the same.
func TestPaymentThatSpoilsItsPageAndItsHold(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	a := d.issue("NL-20001", 10100)
	d.spoil("INSERT", "events", "NEW.kind LIKE 'payment%'")
	d.receive(1, transfer{amount: 10100, from: blumIBAN, name: "Blum", text: "NL-20001"})
	require.Equal(t, invoice.Open, d.view(a).Status)
	require.Equal(t, "undecided ", d.state(10100))
	require.EqualValues(t, 10100, d.balance())
	d.sound()
}

// A payment that cannot be applied keeps nobody from issuing the invoice that it waits for, nor another
// payment from being applied; the answer tells what is on file.
func TestWaitingPaymentThatSpoilsItsInvoice(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	d.issue("NL-20001", 5000)
	d.receive(1, transfer{amount: 20200, from: blumIBAN, name: "Blum", text: "NL-20077"}, transfer{amount: 30300, from: blumIBAN, name: "Blum", text: "NL-20078"})
	d.spoil("INSERT", "bank_allocations", "NEW.amount = 20200")
	rows := []collection.Issue{d.row("NL-20077"), d.row("NL-20078")}
	rows[0].Invoice.Amount, rows[1].Invoice.Amount = eur(20200), eur(30300)
	results, err := d.IssueMany(t.Context(), rows, false)
	require.NoError(t, err)
	for i, want := range []invoice.Status{invoice.Open, invoice.Paid} {
		require.NoError(t, results[i].Err)
		require.Equal(t, want, results[i].Receipt.Status)
		v := d.view(rows[i].Invoice.Key)
		require.Equal(t, []any{want, v.Balance}, []any{v.Status, results[i].Receipt.Balance})
	}
	require.Equal(t, "undecided ", d.state(20200))
	require.Equal(t, "decided applied", d.state(30300))
	p, err := d.Payment(t.Context(), d.id(20200))
	require.NoError(t, err)
	require.Contains(t, p.Evidence[0], "spoilt")
	d.sound()
}

// An invoice that cannot be planned anew holds up no statement: somebody hears of it, and it goes on when mended.
func TestInvoiceThatSpoilsItsStatement(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	k := d.stale("NL-20001")
	d.spoil("INSERT", "events", "NEW.kind = 'statement_came'")
	d.receive(2, transfer{amount: -2, text: "fee"})
	require.Equal(t, int64(2), d.count("bank_files WHERE state = 'done'"))
	tasks := d.open(collection.TaskAlert)
	require.Len(t, tasks, 1)
	require.Contains(t, tasks[0].Text, "could not be planned anew")
	require.Contains(t, tasks[0].Text, "spoilt")
	_, ok := d.next(k)
	require.False(t, ok)

	_, err := d.FinishTask(t.Context(), invoice.TaskResult{Task: tasks[0].ID, Outcome: "seen", Actor: "ada"})
	require.NoError(t, err)
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, dunning.Decide, act.Item.Act)
	d.sound()
}

package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// reminded issues an invoice and takes its case to the first message that asks for the money.
func (d *till) reminded(number string, minor int64) invoice.Key {
	d.t.Helper()
	k := d.issue(number, minor)
	for {
		act, answer := d.step(k)
		if act.Step != "receipt" {
			require.Equal(d.t, collection.Outcome(dunning.Accepted), answer.Outcome)
			return k
		}
	}
}

// thanks is the thank-you that is planned for a case, "" when there is none.
func (d *till) thanks(k invoice.Key) string {
	d.t.Helper()
	act, ok := d.next(k)
	if !ok || !dunning.IsThanks(act.Step) {
		return ""
	}
	return act.Step
}

// Who had paid when a message went out is thanked once for all invoices that the payment settled, and only
// then the cases close.
func TestThankYouForAPaymentThatCrossed(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	a, b := d.issue("NL-20001", 120000), d.issue("NL-20002", 50000)
	d.step(a)
	d.step(b)
	d.step(a)
	require.Equal(t, int64(2), d.count("message_covers WHERE step = 'courtesy'"), "one message reminds of both")
	paid := d.today().AddDays(-2)
	d.travel(d.now().AddDate(0, 0, 1))
	d.receive(1, transfer{amount: 170000, from: blumIBAN, name: "Blum", text: "NL-20001 NL-20002", day: paid.String()})
	require.Equal(t, invoice.Paid, d.view(a).Status)
	require.Equal(t, invoice.Paid, d.view(b).Status)
	step := d.thanks(a)
	require.Equal(t, dunning.ThanksStep(d.id(170000)), step)
	require.Equal(t, step, d.thanks(b))
	act, answer := d.step(a)
	require.Equal(t, step, act.Step)
	require.Equal(t, collection.Outcome(dunning.Accepted), answer.Outcome)
	require.Equal(t, int64(1), d.count("messages WHERE kind = 'thanks'"))
	require.Equal(t, int64(2), d.count("message_covers WHERE step LIKE 'thanks-%'"), "one message for both")
	body := query[string](d.desk, `SELECT body FROM messages WHERE kind = 'thanks'`)
	require.Contains(t, body, "the 2 invoices below are paid in full")
	require.Contains(t, body, "Please disregard that message")
	require.NotContains(t, body, "€")
	for _, k := range []invoice.Key{a, b} {
		act, answer = d.step(k)
		require.Equal(t, dunning.Close, act.Item.Act)
		require.True(t, answer.Snapshot.Closed)
	}
	require.Zero(t, d.count("tasks WHERE state = 'open'"))
	d.sound()
}

func TestThankYouFollowsThePayment(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.reminded("NL-20001", 120000)
	early := d.today().AddDays(-2)

	// A part leaves something to be paid: nobody is told to disregard the message, but it did cross.
	d.receive(1, transfer{amount: 20000, from: blumIBAN, name: "Blum", text: "NL-20001", day: early.String()})
	require.Empty(t, d.thanks(k))
	require.Equal(t, int64(1), d.count("message_covers WHERE crossed AND crossed_by IS NULL"))
	d.receive(2, transfer{amount: 100000, from: blumIBAN, name: "Blum", text: "NL-20001", day: early.String()})
	require.NotEmpty(t, d.thanks(k))
	require.Equal(t, int64(1), d.count("events WHERE kind = 'crossed'"))

	// Taken back, it is not thanked for; the other payment still crossed.
	_, err := d.UndoPayment(t.Context(), d.id(100000), "ada", "another customer's")
	require.NoError(t, err)
	require.Equal(t, invoice.Open, d.view(k).Status)
	require.Empty(t, d.thanks(k))
	require.Equal(t, int64(1), d.count("message_covers WHERE crossed AND crossed_by IS NULL"))
	_, err = d.UndoPayment(t.Context(), d.id(20000), "ada", "another customer's")
	require.NoError(t, err)
	require.Zero(t, d.count("message_covers WHERE crossed"))
	for _, amount := range []int64{100000, 20000} { // while they wait, so does the case
		d.match(collection.PaymentMatch{ID: d.id(amount), NotOurs: true})
	}

	// Money of today did not cross anything.
	d.travel(d.now().AddDate(0, 0, 1))
	d.pay(k, "p-1", 120000)
	require.Equal(t, invoice.Paid, d.view(k).Status)
	require.Empty(t, d.thanks(k))
	_, err = d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "r-1"), Payment: "p-1"})
	require.NoError(t, err)

	// Money that somebody tells of crosses like that of a statement, and a return takes that back, too.
	_, err = d.Pay(t.Context(), invoice.Payment{Fact: fact(k, "p-2"), Amount: eur(120000), PaidOn: early})
	require.NoError(t, err)
	require.NotEmpty(t, d.thanks(k))
	_, err = d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "r-2"), Payment: "p-2"})
	require.NoError(t, err)
	require.Empty(t, d.thanks(k))
	require.Zero(t, d.count("message_covers WHERE crossed"))
	d.sound()
}

func TestNoThankYouToWhoOptedOut(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.reminded("NL-20001", 120000)
	require.NoError(t, d.OptOut(t.Context(), invoice.OptOut{Creditor: "acme", Channel: invoice.Email, Address: "ap@blum.example", Actor: "ada"}))
	d.receive(1, transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "NL-20001", day: d.today().AddDays(-2).String()})
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, dunning.Close, act.Item.Act)
	require.Equal(t, "skipped", query[string](d.desk, `SELECT outcome FROM acts WHERE step LIKE 'thanks-%'`))
	d.sound()
}

// A thank-you whose answer was lost is looked up before the case closes; one that is refused keeps nothing open.
func TestThankYouThatIsLost(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	d.known("blum", blumIBAN)
	k := d.reminded("NL-20001", 120000)
	d.receive(1, transfer{amount: 120000, from: blumIBAN, name: "Blum", text: "NL-20001", day: d.today().AddDays(-2).String()})
	act, claim := d.claim(k)
	require.True(t, dunning.IsThanks(act.Step))
	_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendUnknown, Reason: "timeout"})
	require.NoError(t, err)
	act, _ = d.next(k)
	require.Equal(t, dunning.LookUp, act.Item.Act)
	_, err = d.FinishLookUp(t.Context(), act, claim.Attempt, collection.Finding{Evidence: collection.Found, ProviderID: "x"})
	require.NoError(t, err)
	act, _ = d.next(k)
	require.Equal(t, dunning.Close, act.Item.Act)
	require.Zero(t, d.count("tasks WHERE state = 'open'"))
	d.sound()
}

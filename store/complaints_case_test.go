package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// Five invoices are one message with one total, and the disputed one is not in it.
func TestOneMessageForFiveInvoices(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var keys []invoice.Key
	for i := range 5 {
		keys = append(keys, d.issue(fmt.Sprint("INV-", i), 10000))
	}
	for _, k := range keys {
		d.step(k) // the receipts
	}
	_, err := d.Dispute(t.Context(), invoice.Dispute{Fact: fact(keys[3], "d")})
	require.NoError(t, err)
	_, claim := d.claim(keys[0])
	for i, k := range keys {
		require.Equal(t, i != 3, strings.Contains(claim.Email.Text, k.Number), k.Number)
	}
	require.Contains(t, claim.Email.Text, "400.00")
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	for i, k := range keys {
		if i != 0 && i != 3 {
			require.Equal(t, "told in the message of INV-0", d.explained(k, "courtesy", dunning.Email).Why)
		}
	}
	require.Equal(t, 1, query[int](d, `SELECT count(*) FROM messages WHERE step = 'courtesy'`))
	d.sound()
}

// A step of several channels is over by its own rule: all of them, or any that has arrived.
func TestSeveralChannelsInAStep(t *testing.T) {
	t.Parallel()
	for rule, want := range map[dunning.Completion]dunning.Outcome{dunning.DoneAll: dunning.Accepted, dunning.DoneAny: dunning.Skipped} {
		d := newDesk(t)
		k := d.issueBy(d.policy("rule", func(p *dunning.Policy) { step(d, p, "reminder-2").Done = rule }), "INV-1", 120000)
		d.walk(k, func() bool { act, ok := d.next(k); return ok && act.Step == "call" })
		ends := d.ends(k)
		require.Contains(t, ends, "reminder-2 email accepted")
		require.Contains(t, ends, "reminder-2 sms "+string(want), "done: %s", rule)
		d.sound()
	}
}

// The handoff carries the case file, waits for its acknowledgement, and is recalled by a payment.
func TestHandoffIsMoreThanAFlag(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.place(k)
	var files []string
	for _, a := range claim.Email.Attachments {
		files = append(files, a.Type)
		require.Contains(t, string(a.Data), "INV-1")
	}
	require.Equal(t, []string{"text/html", "application/json"}, files)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	d.step(k) // nobody has answered in time
	require.Len(t, d.open(collection.TaskHandoff), 1)
	_, err := d.report(k, "acknowledged")
	require.NoError(t, err)
	require.Empty(t, d.open(collection.TaskHandoff))
	d.pay(k, "bank", 120000)
	act, _ := d.step(k)
	require.Equal(t, dunning.Recall, act.Item.Act)
	d.end(k)
	require.Equal(t, invoice.Paid, d.view(k).Status)
	d.sound()
}

// Instalments have their own reminders; a missed one breaks the plan, and the ladder goes on with its gap.
func TestInstalmentsWithRemindersAndBreak(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.overdue(k)
	d.agree(k, 3)
	sent := d.walk(k, func() bool {
		if len(d.messages(k, "plan-1-due-1")) > 0 && d.view(k).Paid.IsZero() {
			d.pay(k, "b1", 40000)
		}
		return d.planState(k) != "active"
	})
	require.Equal(t, []string{"plan-1-agreed", "plan-1-due-1", "plan-1-due-2"}, sent)
	require.Equal(t, "broken", d.planState(k))
	require.Equal(t, eur(80000), d.view(k).Balance)
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, "reminder-2", act.Step)
	require.Greater(t, act.At.Sub(d.now()), 4*24*time.Hour)
	d.sound()
}

// order is an order of 99.00 EUR that expires in a day.
func (d *desk) order(number string) invoice.Key {
	d.t.Helper()
	inv := invoice.Invoice{
		Key: key(number), Kind: invoice.KindOrder, DebtorID: "blum", Amount: eur(9900), IssuedOn: invoice.DateOf(d.now()),
		ExpiresAt: d.now().AddDate(0, 0, 1), Goods: "2 hammers", PayURL: "https://pay.example/o",
	}
	_, err := d.Issue(d.t.Context(), collection.Issue{Invoice: inv})
	require.NoError(d.t, err)
	return inv.Key
}

// An order expires later than its debtor was told, by what the bank takes; money of the last minute counts.
func TestOrdersLeaveTheBankItsTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.order("O-1")
	told := d.view(k).Invoice.ExpiresAt
	d.walk(k, func() bool { act, ok := d.next(k); return ok && act.Item.Act == dunning.Expire })
	act, _ := d.next(k)
	require.WithinDuration(t, told.Add(2*time.Hour), act.At, time.Second)
	d.travel(told.Add(time.Hour))
	require.Equal(t, invoice.Paid, d.pay(k, "bank", 9900).Status)
	d.sound()
}

// Payment and expiry meet in the same moment: the first to commit wins, and the money is kept either way.
func TestPaymentAndExpiryRace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var keys []invoice.Key
	for i := range 12 {
		keys = append(keys, d.order(fmt.Sprintf("O-%02d", i)))
	}
	d.travel(d.view(keys[len(keys)-1]).Invoice.ExpiresAt.Add(2*time.Hour + time.Minute))
	var wg sync.WaitGroup
	for _, k := range keys {
		v := d.plan(k)
		expire := v.Plan.Items[slices.IndexFunc(v.Plan.Items, func(it dunning.Item) bool { return it.Act == dunning.Expire })]
		act := collection.Act{Case: collection.Case{Key: k, Cycle: v.Cycle}, Item: expire, Seq: v.Seq}
		wg.Go(func() {
			if _, err := d.Expire(context.Background(), act); err != nil {
				t.Errorf("expire: %v", err)
			}
		})
		wg.Go(func() {
			if _, err := d.Pay(context.Background(), invoice.Payment{Fact: fact(k, k.Number), Amount: eur(9900)}); err != nil {
				t.Errorf("pay: %v", err)
			}
		})
	}
	wg.Wait()
	asked, released := 0, 0
	for _, h := range append(d.calledOut(), d.calledOut()...) {
		if h.Kind == "order_paid_late" {
			asked++
		} else {
			released++
		}
	}
	expired := 0
	for _, k := range keys {
		v := d.view(k)
		require.Contains(t, []invoice.Status{invoice.Paid, invoice.Expired}, v.Status)
		if v.Status == invoice.Expired {
			expired++
			require.Equal(t, eur(9900), v.OnAccount)
		} else {
			require.Zero(t, v.OnAccount.Minor)
		}
	}
	require.Equal(t, expired, asked, "the shop is asked about each late payment")
	require.Equal(t, expired, released, "and has released nothing that was paid in time")
	t.Logf("paid in time: %d, too late: %d", len(keys)-expired, expired)
	d.sound()
}

// The question that every desk is asked: why was this sent, and why was that not?
func TestWhyWasThisSentOrNot(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.overdue(k)
	_, err := d.Hold(t.Context(), invoice.Hold{Fact: fact(k, "h")})
	require.NoError(t, err)
	sent, not := d.explained(k, "reminder-1", dunning.Email), d.explained(k, "reminder-2", dunning.Email)
	require.Equal(t, eur(120000), sent.Inputs.Balance)
	require.Equal(t, d.view(k).Policy, sent.Inputs.Policy)
	require.NotEmpty(t, sent.Receipt.ProviderID)
	require.False(t, slices.ContainsFunc(sent.Gates, func(g dunning.Gate) bool { return !g.Open }))
	require.Equal(t, "held", not.State)
	require.False(t, gate(not, "stops").Open)
	require.Contains(t, not.Why, "hold since")
}

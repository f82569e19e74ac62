package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// One whole life: every step of the shipped policy, decided for the agency, placed, paid, recalled, closed.
func TestLife(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	var steps []string
	for d.view(k).Status == invoice.Open {
		act, _ := d.step(k)
		steps = append(steps, act.Step+"/"+string(act.Item.Act))
		require.Less(t, len(steps), 30, "%v", steps)
	}
	require.Equal(t, []string{
		"receipt/email", "courtesy/email", "due/email", "reminder-1/email", "reminder-2/email", "reminder-2/sms",
		"call/phone_task", "call/review", "decide/decide", "final-notice/email", "final-notice/sms", "place/place",
	}, steps)
	require.Equal(t, invoice.Placed, d.view(k).Status)
	_, err := d.ReportHandoff(t.Context(), invoice.HandoffReport{Fact: fact(k, "ack"), Outcome: "acknowledged"})
	require.NoError(t, err)

	r := d.pay(k, "bank-1", 130000)
	require.Equal(t, invoice.Paid, r.Status)
	require.Equal(t, eur(10000), r.OnAccount)
	act, _ := d.step(k)
	require.Equal(t, dunning.Recall, act.Item.Act)
	act, answer := d.step(k)
	require.Equal(t, dunning.Close, act.Item.Act)
	require.True(t, answer.Snapshot.Closed)
	d.sound()

	c, err := d.Case(t.Context(), k)
	require.NoError(t, err)
	require.Len(t, c.Messages, 10)
	require.Equal(t, dunning.RouteAgency, c.Decision.Route)
	require.Equal(t, dunning.HandoffRecalled, c.Handoff.State)
}

func TestReturnedPaymentOpensTheNextCycle(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.step(k)
	d.pay(k, "bank-1", 120000)
	_, answer := d.step(k)
	require.True(t, answer.Snapshot.Closed)

	r, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "ret-1"), Payment: "bank-1"})
	require.NoError(t, err)
	require.Equal(t, 2, r.Cycle)
	require.Equal(t, invoice.Open, r.Status)
	act, ok := d.next(k)
	require.True(t, ok)
	require.NotEqual(t, "receipt", act.Step, "a taken step is not repeated")

	old := act
	old.Cycle = 1
	claim, err := d.Claim(t.Context(), old)
	require.NoError(t, err)
	require.True(t, claim.Answer.Snapshot.Closed, "the workflow of the first cycle is told to end")
	d.sound()
}

func TestReturnBeforeTheCaseClosedGoesOnInIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.pay(k, "bank-1", 120000)
	act := d.due(k)
	require.Equal(t, dunning.Close, act.Item.Act)
	_, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "ret-1"), Payment: "bank-1"})
	require.NoError(t, err)
	answer, err := d.CloseCase(t.Context(), act)
	require.NoError(t, err)
	require.Equal(t, collection.Held, answer.Outcome)
	require.False(t, answer.Snapshot.Closed)
	require.Equal(t, 1, d.view(k).Cycle)
	d.sound()
}

func TestSmallBalanceIsWrittenOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.pay(k, "bank-1", 119000)
	for range 20 {
		if act, _ := d.step(k); act.Item.Act == dunning.Close {
			break
		}
	}
	require.Equal(t, invoice.WrittenOff, d.view(k).Status)
	require.Equal(t, int64(1000), query[int64](d, `SELECT sum(amount) FROM postings WHERE account = 'write_off'`))
	d.sound()
}

func TestApprovalIsAskedFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 2500000)
	for {
		if act, _ := d.step(k); act.Item.Act == dunning.Decide {
			break
		}
	}
	v, err := d.Plan(t.Context(), k)
	require.NoError(t, err)
	require.Empty(t, v.Plan.Items)
	require.Equal(t, "approval", v.Plan.Held[0].Gate)
	tasks, err := d.Tasks(t.Context(), collection.TaskFilter{Kind: collection.TaskApproval})
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: tasks[0].ID, Outcome: "approved", Actor: "boss"})
	require.NoError(t, err)
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, "final-notice", act.Step)
	d.sound()
}

func TestOrderExpiresAndReleasesItsStock(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	inv := invoice.Invoice{
		Key: invoice.Key{Creditor: "acme", Number: "O-1"}, Kind: invoice.KindOrder, DebtorID: "blum", Amount: eur(9900),
		IssuedOn: invoice.DateOf(d.now()), ExpiresAt: d.now().AddDate(0, 0, 1), Goods: "2 hammers", PayURL: "https://pay.example/o-1",
	}
	_, err := d.Issue(t.Context(), collection.Issue{Invoice: inv})
	require.NoError(t, err)
	for range 12 {
		if act, _ := d.step(inv.Key); act.Item.Act == dunning.Close {
			break
		}
	}
	require.Equal(t, invoice.Expired, d.view(inv.Key).Status)
	hooks, err := d.ClaimHooks(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, hooks, 1)
	require.Equal(t, acme.StockHook, hooks[0].URL)
	require.NoError(t, d.HookDone(t.Context(), hooks[0].ID, nil))

	r := d.pay(inv.Key, "late", 9900)
	require.Equal(t, invoice.Expired, r.Status)
	require.Equal(t, eur(9900), r.OnAccount, "late money is kept, never lost")
	d.sound()
}

package store_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// expired is an order of 99.00 EUR that nobody paid in time.
func (d *desk) expired(hook string) invoice.Key {
	d.t.Helper()
	c := acme
	c.StockHook = hook
	require.NoError(d.t, d.PutCreditor(d.t.Context(), c, "test"))
	inv := invoice.Invoice{
		Key: key("O-1"), Kind: invoice.KindOrder, DebtorID: "blum", Amount: eur(9900),
		IssuedOn: invoice.DateOf(d.now()), ExpiresAt: d.now().AddDate(0, 0, 1), Goods: "2 hammers", PayURL: "https://pay.example/o-1",
	}
	_, err := d.Issue(d.t.Context(), collection.Issue{Invoice: inv})
	require.NoError(d.t, err)
	for range 20 {
		if act, _ := d.step(inv.Key); act.Item.Act == dunning.Close {
			break
		}
	}
	require.Equal(d.t, invoice.Expired, d.view(inv.Key).Status)
	for _, h := range d.calledOut() {
		require.NoError(d.t, d.HookDone(d.t.Context(), h.ID, nil))
	}
	return inv.Key
}

func (d *desk) calledOut() []collection.Hook {
	d.t.Helper()
	hooks, err := d.ClaimHooks(d.t.Context(), 10)
	require.NoError(d.t, err)
	return hooks
}

func TestShopDecidesAboutLateMoney(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		status invoice.Status
		task   collection.TaskKind
	}{
		"accepted":    {`{"accept": true}`, invoice.Paid, ""},
		"refused":     {`{"accept": false}`, invoice.Expired, collection.TaskRefund},
		"no decision": {`{"released": true}`, invoice.Expired, collection.TaskLatePayment},
		"not JSON":    {`thank you`, invoice.Expired, collection.TaskLatePayment},
		"nothing":     {``, invoice.Expired, collection.TaskLatePayment},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			k := d.expired(acme.StockHook)
			r := d.pay(k, "late", 9900)
			require.Equal(t, invoice.Expired, r.Status)
			require.Equal(t, eur(9900), r.OnAccount, "the money is booked whatever the shop says")
			hooks := d.calledOut()
			require.Len(t, hooks, 1)
			require.Equal(t, "order_paid_late", hooks[0].Kind)
			var asked struct {
				Type string
				Data struct {
					Order string
					Paid  invoice.Money
				}
			}
			require.NoError(t, json.Unmarshal(hooks[0].Body, &asked))
			require.Equal(t, "O-1", asked.Data.Order)
			require.Equal(t, eur(9900), asked.Data.Paid)

			require.NoError(t, d.HookFailed(t.Context(), hooks[0].ID, "the answer was lost"))
			for range 2 { // the repeated call is answered alike, and an answer is taken once
				require.NoError(t, d.HookDone(t.Context(), hooks[0].ID, []byte(c.answer)))
			}
			require.NoError(t, d.HookDone(t.Context(), hooks[0].ID, []byte(`{"accept": false}`)), "another answer comes too late")
			require.Equal(t, c.status, d.view(k).Status)
			tasks := append(d.open(collection.TaskRefund), d.open(collection.TaskLatePayment)...)
			if c.task == "" {
				require.Empty(t, tasks)
				require.Equal(t, eur(0), d.view(k).OnAccount)
				require.Zero(t, query[int64](d, `SELECT coalesce(sum(amount), 0) FROM postings WHERE account = 'unapplied'`))
			} else {
				require.Len(t, tasks, 1)
				require.Equal(t, c.task, tasks[0].Kind)
			}
			d.sound()
		})
	}
}

func TestPersonDecidesAboutLateMoney(t *testing.T) {
	t.Parallel()
	for _, outcome := range []string{"accepted", "refund"} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			k := d.expired("")
			d.pay(k, "late", 9900)
			require.Empty(t, d.calledOut())
			asked := d.open(collection.TaskLatePayment)
			require.Len(t, asked, 1)
			_, err := d.FinishTask(t.Context(), invoice.TaskResult{Task: asked[0].ID, Outcome: outcome, Actor: "kim"})
			require.NoError(t, err)
			if outcome == "accepted" {
				require.Equal(t, invoice.Paid, d.view(k).Status)
				d.sound()
				return
			}
			refund := d.open(collection.TaskRefund)
			require.Len(t, refund, 1)
			_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: refund[0].ID, Outcome: "refunded", Actor: "kim"})
			require.NoError(t, err)
			v := d.view(k)
			require.Equal(t, eur(0), v.OnAccount)
			require.Equal(t, invoice.Expired, v.Status)
			require.Zero(t, query[int64](d, `SELECT sum(amount) FROM postings WHERE account = 'bank'`), "the money has left the bank")
			d.sound()
		})
	}
}

func TestPartOfLateMoneyIsAPersonsMatter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.expired(acme.StockHook)
	d.pay(k, "half", 5000)
	asked := d.open(collection.TaskLatePayment)
	require.Len(t, asked, 1)
	require.Contains(t, asked[0].Text, "49.00 EUR are missing")
	_, err := d.FinishTask(t.Context(), invoice.TaskResult{Task: asked[0].ID, Outcome: "accepted", Actor: "kim"})
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err))
	d.pay(k, "rest", 4900)
	require.Empty(t, d.calledOut(), "a person is on it already")
	_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: asked[0].ID, Outcome: "accepted", Actor: "kim"})
	require.NoError(t, err)
	require.Equal(t, invoice.Paid, d.view(k).Status)
	d.sound()
}

func TestSilentShopBecomesAPersonsMatter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.expired(acme.StockHook)
	d.pay(k, "late", 9900)
	hooks := d.calledOut()
	require.Len(t, hooks, 1)
	for range 12 {
		require.Empty(t, d.open(collection.TaskLatePayment))
		require.NoError(t, d.HookFailed(t.Context(), hooks[0].ID, "503"))
	}
	require.Len(t, d.open(collection.TaskLatePayment), 1)
	require.NoError(t, d.HookDone(t.Context(), hooks[0].ID, []byte(`{"accept": true}`)))
	require.Equal(t, invoice.Expired, d.view(k).Status, "it is not asked any more")
	d.sound()
}

// An accepted order whose payment is taken back later is open again, and nobody writes by itself.
func TestReturnAfterAcceptance(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.expired(acme.StockHook)
	d.pay(k, "late", 9900)
	require.NoError(t, d.HookDone(t.Context(), d.calledOut()[0].ID, []byte(`{"accept": true}`)))
	_, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "r"), Payment: "late"})
	require.NoError(t, err)
	v := d.view(k)
	require.Equal(t, invoice.Open, v.Status)
	require.Equal(t, eur(9900), v.Balance)
	d.sound()
}

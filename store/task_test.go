package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// calls issues invoices of one debtor and walks each to its phone task.
func (d *desk) calls(numbers ...string) []collection.TaskView {
	d.t.Helper()
	var keys []invoice.Key
	for _, n := range numbers {
		keys = append(keys, d.issue(n, 120000))
	}
	for _, k := range keys {
		for len(d.openOf(k, collection.TaskPhone)) == 0 {
			require.NoError(d.t, d.try(d.due(k)))
		}
	}
	var tasks []collection.TaskView
	for _, k := range keys {
		tasks = append(tasks, d.openOf(k, collection.TaskPhone)...)
	}
	require.Len(d.t, tasks, len(numbers))
	return tasks
}

func (d *desk) openOf(k invoice.Key, kind collection.TaskKind) []collection.TaskView {
	d.t.Helper()
	var of []collection.TaskView
	for _, t := range d.open(kind) {
		if t.Number == k.Number {
			of = append(of, t)
		}
	}
	return of
}

func key(number string) invoice.Key { return invoice.Key{Creditor: "acme", Number: number} }

func TestCallOutcomes(t *testing.T) {
	t.Parallel()
	t.Run("promised", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		call := d.calls("INV-1")[0]
		_, err := d.ClaimTask(t.Context(), call.ID, "kim")
		require.NoError(t, err)
		_, err = d.ClaimTask(t.Context(), call.ID, "lou")
		require.Equal(t, invoice.CodeState, invoice.CodeOf(err))
		_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: call.ID, Outcome: "promised", Actor: "kim"})
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err), "a promise needs its day")
		result := invoice.TaskResult{Task: call.ID, Outcome: "promised", Actor: "kim", By: invoice.DateOf(d.now()).AddDays(3)}
		for range 2 {
			done, err := d.FinishTask(t.Context(), result)
			require.NoError(t, err)
			require.Equal(t, "done", done.State)
		}
		require.Equal(t, dunning.StagePromised, d.view(key("INV-1")).Stage)
		require.Equal(t, int64(1), query[int64](d, `SELECT count(*) FROM stops`))
		result.Outcome = "refused"
		_, err = d.FinishTask(t.Context(), result)
		require.Equal(t, invoice.CodeState, invoice.CodeOf(err))
		d.sound()
	})
	t.Run("disputed", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		call := d.calls("INV-1")[0]
		_, err := d.FinishTask(t.Context(), invoice.TaskResult{Task: call.ID, Outcome: "disputed", Actor: "kim", Note: "never ordered"})
		require.NoError(t, err)
		require.Equal(t, dunning.StageDisputed, d.view(key("INV-1")).Stage)
		d.sound()
	})
	t.Run("wrong number", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		call := d.calls("INV-1")[0]
		_, err := d.FinishTask(t.Context(), invoice.TaskResult{Task: call.ID, Outcome: "wrong_number", Actor: "kim"})
		require.NoError(t, err)
		b, err := d.Debtor(t.Context(), "acme", "blum")
		require.NoError(t, err)
		require.Equal(t, invoice.HealthBounced, b.Contacts[1].Health)
		d.sound()
	})
	t.Run("asked not to call", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t)
		calls := d.calls("INV-1", "INV-2")
		_, err := d.FinishTask(t.Context(), invoice.TaskResult{Task: calls[0].ID, Outcome: "asked_not_to_call", Actor: "kim"})
		require.NoError(t, err)
		require.Empty(t, d.open(collection.TaskPhone), "the other call is off the list, too")
		d.issue("INV-3", 120000)
		v, err := d.Plan(t.Context(), key("INV-3"))
		require.NoError(t, err)
		for _, it := range v.Plan.Items {
			require.NotEqual(t, dunning.PhoneTask, it.Act, "a mobile number that must not be called is not called")
		}
		sms := false
		for _, it := range v.Plan.Items {
			sms = sms || it.Act == dunning.SMS
		}
		require.True(t, sms, "it may still get messages")
		d.sound()
	})
}

func TestStopForGoodTakesTheCallOffTheList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.calls("INV-1")
	f := fact(key("INV-1"), "")
	f.Reason = "insolvency"
	_, err := d.HardStop(t.Context(), invoice.HardStop{Fact: f})
	require.NoError(t, err)
	require.Empty(t, d.open(collection.TaskPhone))
	d.sound()
}

func TestRejectedApprovalIsDecidedByAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 2500000)
	d.walkTo(k, dunning.Decide)
	d.step(k)
	_, err := d.FinishTask(t.Context(), invoice.TaskResult{Task: d.open(collection.TaskApproval)[0].ID, Outcome: "rejected", Actor: "boss"})
	require.NoError(t, err)
	decision := d.open(collection.TaskDecision)
	require.Len(t, decision, 1)
	_, planned := d.next(k)
	require.False(t, planned)
	_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: decision[0].ID, Outcome: "agency", Actor: "boss"})
	require.NoError(t, err)
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, "final-notice", act.Step)
	c, err := d.Case(t.Context(), k)
	require.NoError(t, err)
	require.Equal(t, dunning.RouteAgency, c.Decision.Route)
	require.Equal(t, "boss", c.Decision.ApprovedBy)
	d.sound()
}

// A payment takes the question off the desk; its return asks it again.
func TestReturnAsksForTheApprovalAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 2500000)
	d.walkTo(k, dunning.Decide)
	d.step(k)
	d.pay(k, "bank", 2500000)
	require.Empty(t, d.open(collection.TaskApproval))
	d.end(k)
	_, err := d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "r"), Payment: "bank"})
	require.NoError(t, err)
	tasks := d.open(collection.TaskApproval)
	require.Len(t, tasks, 1)
	_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: tasks[0].ID, Outcome: "approved", Actor: "boss"})
	require.NoError(t, err)
	d.sound()
}

// What the ledger said on the promised day stands, however late anybody looks.
func TestPromiseIsJudgedAsOfItsDay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.step(k)
	_, err := d.Promise(t.Context(), invoice.Promise{Fact: fact(k, "p"), Amount: eur(50000), By: invoice.DateOf(d.now()).AddDays(5)})
	require.NoError(t, err)
	act, ok := d.next(k)
	require.True(t, ok)
	d.travel(act.At.AddDate(0, 0, 1)) // the worker was away
	d.pay(k, "late", 50000)
	require.Equal(t, "broken", query[string](d, `SELECT how_ended FROM stops`))
	d.sound()
}

func TestPaymentLeavesTheAlertAboutTheLine(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendUnsent, Reason: "401", StopLine: true})
	d.pay(k, "bank", 120000)
	require.Len(t, d.open(collection.TaskAlert), 1)
	d.sound()
}

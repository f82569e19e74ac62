package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// place walks a case to its placement and claims it.
func (d *desk) place(k invoice.Key) (collection.Act, collection.Claim) {
	d.t.Helper()
	act := d.walkTo(k, dunning.Place)
	claim, err := d.Claim(d.t.Context(), act)
	require.NoError(d.t, err)
	require.Nil(d.t, claim.Answer)
	return act, claim
}

func (d *desk) report(k invoice.Key, outcome string) (invoice.Receipt, error) {
	return d.ReportHandoff(d.t.Context(), invoice.HandoffReport{Fact: fact(k, ""), Outcome: outcome})
}

func (d *desk) finish(attempt string, r collection.Result) collection.Answer {
	d.t.Helper()
	answer, err := d.Finish(d.t.Context(), attempt, r)
	require.NoError(d.t, err)
	return answer
}

func (d *desk) open(kind collection.TaskKind) []collection.TaskView {
	d.t.Helper()
	tasks, err := d.Tasks(d.t.Context(), collection.TaskFilter{Kind: kind})
	require.NoError(d.t, err)
	return tasks
}

// A placement that nobody can confirm may have arrived: our messages stop, its acknowledgement is
// asked for, and a payment takes it back.
func TestUnconfirmedPlacementCountsAsPlaced(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.place(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendUnknown})
	for range collection.LookUpAfter {
		act := d.due(k)
		require.Equal(t, dunning.LookUp, act.Item.Act)
		_, err := d.FinishLookUp(t.Context(), act, claim.Attempt, collection.Finding{Evidence: collection.Nothing})
		require.NoError(t, err)
	}
	require.Equal(t, invoice.Placed, d.view(k).Status)
	require.Len(t, d.open(collection.TaskUnconfirmed), 1)
	_, err := d.report(k, "acknowledged")
	require.NoError(t, err)
	d.pay(k, "bank", 120000)
	act, _ := d.step(k)
	require.Equal(t, dunning.Recall, act.Item.Act)
	d.end(k)
	d.sound()
}

func TestRejectedPlacementIsAPersonsMatter(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.place(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendRejected, Reason: "no such mailbox", BadAddress: true})
	require.Equal(t, invoice.Open, d.view(k).Status)
	require.Len(t, d.open(collection.TaskHandoff), 1)
	_, planned := d.next(k)
	require.False(t, planned, "it is not sent again by itself")
	_, err := d.report(k, "acknowledged")
	require.NoError(t, err, "sent by hand, it was taken")
	require.Equal(t, invoice.Placed, d.view(k).Status)
	d.pay(k, "bank", 120000)
	d.end(k)
	d.sound()
}

func TestPlacementCrossingAPayment(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{true, false} {
		d := newDesk(t)
		k := d.issue("INV-1", 120000)
		_, claim := d.place(k)
		d.pay(k, "bank", 120000)
		_, ok := d.next(k)
		require.True(t, ok)
		var acts []dunning.Act
		result := collection.Result{Kind: collection.SendUnsent, Reason: "claim expired"}
		if taken {
			result = collection.Result{Kind: collection.SendAccepted, ProviderID: "x"}
		}
		d.finish(claim.Attempt, result)
		for {
			act, answer := d.step(k)
			acts = append(acts, act.Item.Act)
			if answer.Snapshot.Closed {
				break
			}
		}
		want := []dunning.Act{dunning.Close}
		if taken {
			want = []dunning.Act{dunning.Recall, dunning.Close}
		}
		require.Equal(t, want, acts)
		require.Equal(t, invoice.Paid, d.view(k).Status)
		d.sound()
	}
}

func TestAPersonRecalls(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.place(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	_, err := d.report(k, "acknowledged")
	require.NoError(t, err)
	r, err := d.report(k, "recalled")
	require.NoError(t, err)
	require.Equal(t, invoice.Open, r.Status)
	tasks := d.open(collection.TaskDecision)
	require.Len(t, tasks, 1)
	_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: tasks[0].ID, Outcome: "lawyer", Actor: "boss"})
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err), "a placement goes out once: %v", err)
	_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: tasks[0].ID, Outcome: "write_off", Actor: "boss"})
	require.NoError(t, err)
	d.end(k)
	require.Equal(t, invoice.WrittenOff, d.view(k).Status)
	_, err = d.report(k, "nonsense")
	require.Error(t, err)
	d.sound()
}

func TestReturnedPlacementIsDecidedByAPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.place(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	_, err := d.report(k, "returned")
	require.NoError(t, err)
	require.Len(t, d.open(collection.TaskDecision), 1)
	d.pay(k, "bank", 120000)
	act, _ := d.step(k)
	require.Equal(t, dunning.Close, act.Item.Act, "what came back is not recalled")
	d.sound()
}

// The lawyer's end stands. Money that comes after it is booked all the same.
func TestMoneyAfterTheLawyersEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.place(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	_, err := d.report(k, "closed")
	require.NoError(t, err)
	d.end(k)
	r := d.pay(k, "late-1", 50000)
	require.Equal(t, invoice.Closed, r.Status, "a part payment does not start collection again")
	require.Equal(t, eur(70000), r.Balance)
	require.Equal(t, 1, r.Cycle)
	r = d.pay(k, "late-2", 70000)
	require.Equal(t, eur(0), r.Balance)
	_, err = d.ReturnPayment(t.Context(), invoice.Return{Fact: fact(k, "ret"), Payment: "late-1"})
	require.NoError(t, err)
	d.sound()
}

func TestCreditNoteOverAWrittenOffInvoice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 2000)
	d.end(k)
	require.Equal(t, invoice.WrittenOff, d.view(k).Status)
	_, err := d.Credit(t.Context(), invoice.CreditNote{Fact: fact(k, "c"), Amount: eur(2000)})
	require.NoError(t, err)
	d.sound()
}

func TestPartPaymentOfAPlacedClaimIsTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.place(k)
	d.finish(claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	r := d.pay(k, "bank", 50000)
	require.Equal(t, invoice.Placed, r.Status)
	require.Len(t, d.open(collection.TaskHandoff), 1)
	d.sound()
}

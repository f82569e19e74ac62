package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

// lose sends the next act of a case and loses the provider's answer.
func (d *desk) lose(k invoice.Key) (collection.Act, collection.Claim) {
	d.t.Helper()
	act, claim := d.claim(k)
	_, err := d.Finish(d.t.Context(), claim.Attempt, collection.Result{Kind: collection.SendUnknown, Reason: "reset"})
	require.NoError(d.t, err)
	return act, claim
}

// end walks the case until its cycle is closed.
func (d *desk) end(k invoice.Key) {
	d.t.Helper()
	for range 20 {
		if _, answer := d.step(k); answer.Snapshot.Closed {
			return
		}
	}
	require.Fail(d.t, "the case does not close")
}

func TestClosedCaseLeavesNoAttemptWithoutAnEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.lose(k)
	d.pay(k, "bank", 120000)
	d.end(k)
	require.Equal(t, "unconfirmed", query[string](d, `SELECT state FROM attempts`))
	d.travel(d.now().Add(9 * time.Hour))
	d.sound()

	// A report that comes later is better evidence than none.
	report := collection.Delivery{Provider: "sendgrid", DedupeKey: "1", Attempt: claim.Attempt, Kind: collection.Delivered, Address: "ap@blum.example", Channel: invoice.Email, At: d.now()}
	require.NoError(t, d.RecordDeliveries(t.Context(), []collection.Delivery{report}))
	require.Equal(t, "accepted", query[string](d, `SELECT state FROM messages`))
	require.True(t, query[bool](d, `SELECT crossed FROM attempt_claims`))
	d.sound()
}

func TestSiblingLooksUpWhatAClosedCaseLeft(t *testing.T) {
	t.Parallel()
	for _, ended := range []string{"paid", "cancelled"} {
		d := newDesk(t)
		b, a := d.issue("INV-2", 80000), d.issue("INV-1", 120000)
		d.step(b)
		d.step(a)
		_, claim := d.lose(a)
		require.Contains(t, claim.Email.Text, "INV-2/B")
		if ended == "paid" {
			d.pay(a, "bank", 120000)
		} else {
			_, err := d.Cancel(t.Context(), invoice.Cancellation{Fact: fact(a, "x")})
			require.NoError(t, err)
		}
		d.end(a)
		wakes, err := d.ClaimWakes(t.Context(), 10)
		require.NoError(t, err)
		told := false
		for _, w := range wakes {
			it, _ := w.Snapshot.Plan.Earliest()
			told = told || w.Number == "INV-2" && it.Act == dunning.LookUp
		}
		require.True(t, told, "the sibling is told to look the message up: %+v", wakes)
		for range collection.LookUpAfter {
			act := d.due(b)
			require.Equal(t, dunning.LookUp, act.Item.Act)
			l, err := d.BeginLookUp(t.Context(), act)
			require.NoError(t, err)
			require.Equal(t, "INV-2/B", l.Reference)
			_, err = d.FinishLookUp(t.Context(), act, l.Attempt, collection.Finding{Evidence: collection.Nothing})
			require.NoError(t, err)
		}
		act, ok := d.next(b)
		require.True(t, ok)
		require.Equal(t, "due", act.Step)
		d.travel(d.now().Add(9 * time.Hour))
		d.sound()
	}
}

func TestLateReportConfirmsAnUnconfirmedMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.lose(k)
	for range collection.LookUpAfter {
		act := d.due(k)
		_, err := d.FinishLookUp(t.Context(), act, claim.Attempt, collection.Finding{Evidence: collection.Nothing})
		require.NoError(t, err)
	}
	require.Equal(t, "unconfirmed", query[string](d, `SELECT outcome FROM acts`))
	_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "late"})
	require.NoError(t, err)
	require.Equal(t, "accepted", query[string](d, `SELECT outcome FROM acts`))
	require.Equal(t, "accepted", query[string](d, `SELECT state FROM attempts`))
	tasks, err := d.Tasks(t.Context(), collection.TaskFilter{Kind: collection.TaskUnconfirmed})
	require.NoError(t, err)
	require.Empty(t, tasks, "there is nothing left to ask")
	d.sound()
}

// A sibling whose hold ends within the merge window is not told before it has ended.
func TestSiblingUnderAStopIsNotCovered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, b := d.issue("INV-1", 120000), d.issue("INV-2", 80000)
	d.step(a)
	d.step(b)
	act, ok := d.next(b)
	require.True(t, ok)
	d.travel(act.At.Add(-time.Hour))
	_, err := d.Hold(t.Context(), invoice.Hold{Fact: fact(b, ""), Until: act.At.Add(10 * time.Minute)})
	require.NoError(t, err)
	_, claim := d.claim(a)
	require.NotContains(t, claim.Email.Text, "INV-2/")
	d.sound()
}

func TestCrossedByAnOptOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	require.NoError(t, d.OptOut(t.Context(), invoice.OptOut{Creditor: "acme", Channel: invoice.Email, Address: "ap@blum.example"}))
	_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	require.NoError(t, err)
	require.True(t, query[bool](d, `SELECT crossed FROM attempt_claims`))
}

// What cannot be written waits until somebody has corrected it, and no longer.
func TestPlacementWithoutAPartnerWaitsForOne(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"creditor", "task"} {
		d := newDesk(t)
		c := acme
		c.Agency.Email = ""
		require.NoError(t, d.PutCreditor(t.Context(), c, "test"))
		k := d.issue("INV-1", 120000)
		act := d.walkTo(k, dunning.Place)
		held, err := d.Claim(t.Context(), act)
		require.NoError(t, err)
		require.Equal(t, collection.Held, held.Answer.Outcome)
		require.Contains(t, held.Answer.Reason, "email")
		tasks, err := d.Tasks(t.Context(), collection.TaskFilter{Kind: collection.TaskAlert})
		require.NoError(t, err)
		require.Len(t, tasks, 1)
		_, planned := d.next(k)
		require.False(t, planned)

		require.NoError(t, d.PutCreditor(t.Context(), acme, "clerk"))
		if by == "task" {
			_, err = d.FinishTask(t.Context(), invoice.TaskResult{Task: tasks[0].ID, Outcome: "seen", Actor: "clerk"})
			require.NoError(t, err)
		}
		again, answer := d.step(k)
		require.Equal(t, dunning.Place, again.Item.Act)
		require.Equal(t, collection.Outcome(dunning.Accepted), answer.Outcome)
		d.sound()
	}
}

// walkTo takes every act before the first of a kind, and returns that one, due.
func (d *desk) walkTo(k invoice.Key, until dunning.Act) collection.Act {
	d.t.Helper()
	for range 40 {
		act := d.due(k)
		if act.Item.Act == until {
			return act
		}
		d.step(k)
	}
	require.Fail(d.t, "never comes", "%s", until)
	return collection.Act{}
}

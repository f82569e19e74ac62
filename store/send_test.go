package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/store"
)

func TestLostAnswerIsLookedUpAndNeverResentByItself(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	answer, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendUnknown, Reason: "connection reset"})
	require.NoError(t, err)
	require.Equal(t, collection.Unknown, answer.Outcome)
	claimed := query[time.Time](d, `SELECT claimed_at FROM attempts`)
	var ages []time.Duration
	for range collection.LookUpAfter {
		act := d.due(k)
		require.Equal(t, dunning.LookUp, act.Item.Act)
		ages = append(ages, act.At.Sub(claimed))
		l, err := d.BeginLookUp(t.Context(), act)
		require.NoError(t, err)
		require.Nil(t, l.Answer)
		require.Equal(t, "INV-1/A", l.Reference)
		_, err = d.FinishLookUp(t.Context(), act, l.Attempt, collection.Finding{Evidence: collection.Nothing})
		require.NoError(t, err)
	}
	require.Equal(t, collection.LookUpAfter, ages)
	v, err := d.Plan(t.Context(), k)
	require.NoError(t, err)
	require.Equal(t, dunning.Unconfirmed, v.Taken[0].Outcome)
	tasks, err := d.Tasks(t.Context(), collection.TaskFilter{Kind: collection.TaskUnconfirmed})
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	act, _ := d.next(k)
	require.Equal(t, "courtesy", act.Step)
	d.sound()
}

func TestProofOfAbsenceResendsOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	for round := range 2 {
		_, claim := d.claim(k)
		_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendUnknown})
		require.NoError(t, err)
		act := d.due(k)
		answer, err := d.FinishLookUp(t.Context(), act, claim.Attempt, collection.Finding{Evidence: collection.Absent})
		require.NoError(t, err)
		next, ok := answer.Snapshot.Plan.Earliest()
		require.True(t, ok)
		require.Equal(t, round == 0, next.Step == "receipt", "round %d: %s", round, next.Step)
	}
	require.Equal(t, int64(1), query[int64](d, `SELECT count(*) FROM acts WHERE outcome = 'person'`))
	d.sound()
}

func TestKilledWorkerLeavesAnAttemptThatIsLookedUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	act, _ := d.claim(k)
	_, err := d.Claim(t.Context(), act)
	later, ok := errors.AsType[*store.RetryLater](err)
	require.True(t, ok, "the provider may still answer: %v", err)
	require.Positive(t, later.RetryAfter())
	query[int](d, `WITH u AS (UPDATE attempts SET http_deadline = clock_timestamp() - interval '1 minute' RETURNING 1) SELECT 1`)
	claim, err := d.Claim(t.Context(), act)
	require.NoError(t, err)
	require.Equal(t, collection.Unknown, claim.Answer.Outcome)
}

func TestUnsentStepIsDueAgainAsTheProviderSays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	answer, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendUnsent, Reason: "rate limit", RetryAt: time.Now().Add(5 * time.Minute)})
	require.NoError(t, err)
	require.Equal(t, collection.Held, answer.Outcome)
	require.WithinDuration(t, d.now().Add(5*time.Minute), answer.Until, 5*time.Second)
	act, _ := d.claim(k)
	require.Equal(t, "receipt", act.Step)
	d.sound()
}

func TestRefusedCredentialsStopTheLineAndAlertOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, b := d.issue("INV-1", 120000), d.issue("INV-2", 90000)
	_, claim := d.claim(a)
	_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendUnsent, Reason: "401", StopLine: true})
	require.NoError(t, err)
	act := d.due(b)
	held, err := d.Claim(t.Context(), act)
	require.NoError(t, err)
	require.Equal(t, collection.Held, held.Answer.Outcome)
	tasks, err := d.Tasks(t.Context(), collection.TaskFilter{Kind: collection.TaskAlert})
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	require.NoError(t, d.ResumeSending(t.Context(), "channel:email", "operator"))
	for _, k := range []invoice.Key{a, b} {
		_, answer := d.step(k)
		require.Equal(t, collection.Outcome(dunning.Accepted), answer.Outcome)
	}
	d.sound()
}

func TestRejectedAndBouncedFallBackOrAskForAnAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "sg1"})
	require.NoError(t, err)
	bounce := collection.Delivery{Provider: "sendgrid", DedupeKey: "b1", Attempt: claim.Attempt, Kind: collection.Bounced, Address: "ap@blum.example", Channel: invoice.Email, Reason: "550 no such user", At: d.now()}
	for range 3 {
		require.NoError(t, d.RecordDeliveries(t.Context(), []collection.Delivery{bounce}))
	}
	require.Equal(t, int64(1), query[int64](d, `SELECT count(*) FROM events WHERE kind = 'email_bounced'`))
	v, err := d.Plan(t.Context(), k)
	require.NoError(t, err)
	next := slices.IndexFunc(v.Plan.Items, func(it dunning.Item) bool { return it.Act != dunning.Review }) // what cannot be sent is looked at on its day
	require.Equal(t, dunning.PhoneTask, v.Plan.Items[next].Act, "the fallback takes the place of e-mail: %+v", v.Plan)
	tasks, err := d.Tasks(t.Context(), collection.TaskFilter{Kind: collection.TaskFixContact})
	require.NoError(t, err)
	require.Len(t, tasks, 1)

	better := debtor("blum")
	better.Contacts[0].Address = "new@blum.example"
	require.NoError(t, d.PutDebtor(t.Context(), better, "clerk"))
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, dunning.Email, act.Item.Act)
	tasks, err = d.Tasks(t.Context(), collection.TaskFilter{Kind: collection.TaskFixContact})
	require.NoError(t, err)
	require.Empty(t, tasks)
	d.sound()
}

func TestReportEndsAnAttemptWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendUnknown})
	require.NoError(t, err)
	reports := []collection.Delivery{
		{Provider: "sendgrid", DedupeKey: "2", Attempt: claim.Attempt, Kind: collection.Delivered, At: d.now()},
		{Provider: "sendgrid", DedupeKey: "1", Attempt: claim.Attempt, ProviderID: "sg1", Kind: collection.Processed, At: d.now()},
	}
	require.NoError(t, d.RecordDeliveries(t.Context(), append(reports, reports...)))
	c, err := d.Case(t.Context(), k)
	require.NoError(t, err)
	require.Equal(t, "accepted", c.Messages[0].State)
	require.Equal(t, "delivered", c.Messages[0].Delivery, "what is known only ever rises")
	act, _ := d.next(k)
	require.Equal(t, "courtesy", act.Step, "no look-up is left")
	d.sound()
}

func TestSiblingsShareOneMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, b := d.issue("INV-1", 120000), d.issue("INV-2", 80000)
	d.step(a)
	d.step(b)
	act, ok := d.next(b)
	require.True(t, ok)
	_, claim := d.claim(a)
	require.Contains(t, claim.Email.Text, "INV-1/B")
	require.Contains(t, claim.Email.Text, "INV-2/B")
	waits, err := d.Claim(t.Context(), act)
	require.NoError(t, err)
	require.Equal(t, collection.Held, waits.Answer.Outcome)
	_, err = d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	require.NoError(t, err)
	again, err := d.Claim(t.Context(), act)
	require.NoError(t, err)
	require.Equal(t, collection.Outcome(dunning.Covered), again.Answer.Outcome)
	d.sound()
}

// No attempt is claimed with a sequence after that of a stop, however the two race.
func TestNothingIsClaimedAfterAStop(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var keys []invoice.Key
	for _, n := range []string{"INV-1", "INV-2", "INV-3", "INV-4", "INV-5", "INV-6", "INV-7", "INV-8"} {
		keys = append(keys, d.issue(n, 120000))
	}
	var wg sync.WaitGroup
	for i, k := range keys {
		act := d.due(k)
		wg.Go(func() {
			claim, err := d.Claim(t.Context(), act)
			if err == nil && claim.Answer == nil {
				_, err = d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: claim.Attempt})
			}
			require.NoError(t, err)
		})
		wg.Go(func() {
			var err error
			switch i % 4 {
			case 0:
				_, err = d.Pay(t.Context(), invoice.Payment{Fact: fact(k, k.Number), Amount: eur(120000)})
			case 1:
				_, err = d.Hold(t.Context(), invoice.Hold{Fact: fact(k, "")})
			case 2:
				_, err = d.Dispute(t.Context(), invoice.Dispute{Fact: fact(k, "")})
			default:
				_, err = d.Cancel(t.Context(), invoice.Cancellation{Fact: fact(k, "")})
			}
			require.NoError(t, err)
		})
	}
	wg.Wait()
	d.sound()
}

func TestCrossedIsRecorded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	_, claim := d.claim(k)
	d.pay(k, "bank", 120000)
	_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendAccepted, ProviderID: "x"})
	require.NoError(t, err)
	c, err := d.Case(t.Context(), k)
	require.NoError(t, err)
	require.True(t, c.Messages[0].Crossed)
	d.sound()
}

func TestAwaitQuiet(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	flying, err := d.AwaitQuiet(t.Context(), k)
	require.NoError(t, err)
	require.False(t, flying)
	_, claim := d.claim(k)
	done := make(chan error, 1)
	go func() {
		_, err := d.Finish(t.Context(), claim.Attempt, collection.Result{Kind: collection.SendUnknown})
		done <- err
	}()
	flying, err = d.AwaitQuiet(t.Context(), k)
	require.NoError(t, err)
	require.NoError(t, <-done)
	require.True(t, flying, "an attempt whose answer was lost may still arrive")
}

func TestOptOutHoldsTheChannelEverywhere(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	require.NoError(t, d.OptOut(t.Context(), invoice.OptOut{Creditor: "acme", Channel: invoice.Email, Address: "ap@blum.example"}))
	v, err := d.Plan(t.Context(), k)
	require.NoError(t, err)
	for _, it := range v.Plan.Items {
		require.NotEqual(t, dunning.Email, it.Act)
	}
	require.NoError(t, d.OptOut(t.Context(), invoice.OptOut{Creditor: "acme", Channel: invoice.Email, Address: "ap@blum.example", Lift: true}))
	act, ok := d.next(k)
	require.True(t, ok)
	require.Equal(t, dunning.Email, act.Item.Act)
	d.sound()
}

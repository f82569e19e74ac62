package activities_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"dunlin/activities"
	"dunlin/collection"
	"dunlin/dunning"
)

func TestEverySendIsGuardCallFinish(t *testing.T) {
	t.Parallel()
	for act, channel := range map[dunning.Act]string{dunning.Email: "email", dunning.SMS: "sms", dunning.Place: "email", dunning.Recall: "email"} {
		w := newWorld()
		got, err := w.do(t, act)
		require.NoError(t, err)
		require.Equal(t, collection.Outcome("accepted"), got.Outcome)
		require.Equal(t, []string{"claim", "send " + channel, "finish a1"}, w.calls)
		require.Equal(t, []collection.Result{w.result}, w.finished)
	}
}

func TestWhatTheGuardAnswersIsNotSent(t *testing.T) {
	t.Parallel()
	for _, outcome := range []collection.Outcome{collection.Held, collection.Settled, "covered"} {
		w := newWorld()
		a := answer(outcome)
		w.claim = collection.Claim{Answer: &a}
		got, err := w.do(t, dunning.Email)
		require.NoError(t, err)
		require.Equal(t, outcome, got.Outcome)
		require.Equal(t, []string{"claim"}, w.calls)
	}
}

func TestAnExpiredClaimIsNeverSent(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.claimTook = collection.ClaimValid + 50*time.Millisecond
	_, err := w.do(t, dunning.Email)
	require.NoError(t, err)
	require.Equal(t, []string{"claim", "finish a1"}, w.calls)
	require.Equal(t, collection.SendUnsent, w.finished[0].Kind)
	require.Contains(t, w.finished[0].Reason, "claim expired")
}

func TestAClaimWithoutAMessageIsUnsent(t *testing.T) {
	t.Parallel()
	for _, act := range []dunning.Act{dunning.Email, dunning.SMS} {
		w := newWorld()
		w.claim = collection.Claim{Attempt: "a1"}
		_, err := w.do(t, act)
		require.NoError(t, err)
		require.Equal(t, []string{"claim", "finish a1"}, w.calls)
		require.Equal(t, collection.SendUnsent, w.finished[0].Kind)
	}
}

func TestAStoppingWorkerLosesNoResult(t *testing.T) {
	t.Parallel()
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	a := activities.Activities{Guard: w, Desk: w, Email: w, SMS: w}
	_, err := a.SendEmail(ctx, collection.Act{Item: dunning.Item{Act: dunning.Email}})
	require.NoError(t, err)
	require.Error(t, ctx.Err())
	require.Equal(t, []error{nil, nil}, w.ctxErrs, "neither the request nor finish is cut off")
}

func TestAFinishThatFailsIsRetriedThroughTheGuard(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.finishErr = errors.New("connection lost")
	_, err := w.do(t, dunning.Email)
	var failed *temporal.ApplicationError
	require.ErrorAs(t, err, &failed)
	require.False(t, failed.NonRetryable())
}

func TestLookUp(t *testing.T) {
	t.Parallel()
	t.Run("asks the provider of the message's channel", func(t *testing.T) {
		t.Parallel()
		for act, call := range map[dunning.Act]string{dunning.Email: "find email", dunning.SMS: "find sms"} {
			w := newWorld()
			w.question = collection.LookUp{Attempt: "a1", Act: act}
			w.finding = collection.Finding{Evidence: collection.Found, ProviderID: "p1"}
			_, err := w.do(t, dunning.LookUp)
			require.NoError(t, err)
			require.Equal(t, []string{"begin", call, "file a1"}, w.calls)
			require.Equal(t, []collection.Finding{w.finding}, w.found)
		}
	})
	t.Run("asks nobody when the answer is known", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		a := answer("accepted")
		w.question = collection.LookUp{Answer: &a}
		_, err := w.do(t, dunning.LookUp)
		require.NoError(t, err)
		require.Equal(t, []string{"begin"}, w.calls)
	})
	t.Run("tries again when the provider does not answer", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		w.question = collection.LookUp{Attempt: "a1", Act: dunning.Email}
		w.findErr = errors.New("no route")
		_, err := w.do(t, dunning.LookUp)
		require.ErrorContains(t, err, "no route")
		require.Empty(t, w.found, "no evidence is filed at the first try")
	})
}

func TestTheDesk(t *testing.T) {
	t.Parallel()
	for act, call := range map[dunning.Act]string{
		dunning.PhoneTask: "phone", dunning.Decide: "decide", dunning.Expire: "expire", dunning.Review: "review", dunning.Close: "close",
		"an act of a newer build": "review",
	} {
		w := newWorld()
		_, err := w.do(t, act)
		require.NoError(t, err)
		require.Equal(t, []string{call}, w.calls)
	}
}

func TestCloseCaseLetsATestInBeforeItAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	a := activities.Activities{Guard: w, Desk: w, OnClosed: func(context.Context, collection.Act) error {
		w.did("a payment")
		return nil
	}}
	_, err := a.CloseCase(t.Context(), collection.Act{})
	require.NoError(t, err)
	require.Equal(t, []string{"close", "a payment"}, w.calls)
}

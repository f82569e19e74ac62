package workflows_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"dunlin/collection"
	"dunlin/dunning"
)

// wholeLife is a plan with every act that a policy may ask for.
func wholeLife() []dunning.Item {
	return []dunning.Item{
		item("receipt", dunning.Email, day(0)),
		item("courtesy", dunning.Email, day(7)),
		item("reminder-1", dunning.Email, day(21)),
		item("reminder-2", dunning.Email, day(28)),
		item("reminder-2", dunning.SMS, day(28)),
		item("call", dunning.PhoneTask, day(35)),
		item("decide", dunning.Decide, day(42)),
		item("place", dunning.Place, day(59)),
		item("close", dunning.Close, day(120)),
	}
}

func TestWalksThePlanInItsOrderAndTime(t *testing.T) {
	t.Parallel()
	s := newCase(t, wholeLife()...)
	s.run(t)
	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, []string{
		"receipt/email", "courtesy/email", "reminder-1/email", "reminder-2/email", "reminder-2/sms",
		"call/phone_task", "decide/decide", "place/place", "close/close",
	}, s.did)
	for _, it := range wholeLife() {
		ran := s.at[it.Step+"/"+string(it.Act)]
		require.Len(t, ran, 1)
		require.False(t, ran[0].Before(it.At), "%s before its time", it.Step)
		require.Less(t, ran[0].Sub(it.At), time.Second, "%s late", it.Step)
	}
}

func TestCostsOneTimerAndOneActivityPerAct(t *testing.T) {
	t.Parallel()
	s := newCase(t, wholeLife()...)
	s.run(t)
	acts, timers := len(s.did), len(s.timers)
	require.Equal(t, 9, acts)
	require.Equal(t, 7, timers, "two acts at one instant share a timer, and the first act is due at once")
	require.Equal(t, []string{"settled 120000"}, s.stages)
	// An activity is 3 events, a timer 2, each followed by a workflow task of 3; the start is 1 and its task 3.
	events := 4 + acts*6 + timers*5 + len(s.stages) + 1
	require.LessOrEqual(t, events, 120)
	require.LessOrEqual(t, (events-4)/acts, 12)
}

func TestPaymentBeforeDuringAndAfterAnAct(t *testing.T) {
	t.Parallel()
	t.Run("while it waits", func(t *testing.T) {
		t.Parallel()
		s := newCase(t, item("reminder-1", dunning.Email, day(7)))
		s.later(day(3), func() { s.env.SignalWorkflow(collection.SignalPayment, s.settle()) })
		s.run(t)
		require.Equal(t, []string{"close/close"}, s.did)
		require.Len(t, s.timers, 1)
	})
	t.Run("with its timer, in one workflow task", func(t *testing.T) {
		t.Parallel()
		s := newCase(t, item("reminder-1", dunning.Email, day(7)))
		s.later(day(7).Add(time.Millisecond), func() { // the timer, rounded up, fires a millisecond later
			s.env.SignalWorkflowSkippingWorkflowTask(collection.SignalPayment, s.settle())
		})
		s.run(t)
		require.Equal(t, []string{"close/close"}, s.did)
	})
	t.Run("while it runs", func(t *testing.T) {
		t.Parallel()
		s := newCase(t, item("reminder-1", dunning.Email, day(7)), item("reminder-2", dunning.Email, day(14)))
		s.on[collection.SendEmail] = func(a collection.Act) (collection.Answer, error) {
			answer := s.done(a) // planned before the payment: a lower seq
			s.env.SignalWorkflow(collection.SignalPayment, s.settle())
			return answer, nil
		}
		s.run(t)
		require.Equal(t, []string{"reminder-1/email", "close/close"}, s.did)
	})
}

// A thank-you goes out once nothing is owed any more: the settlement does not withdraw it.
func TestThankYouIsDoneBeforeTheClose(t *testing.T) {
	t.Parallel()
	s := newCase(t, item("reminder-1", dunning.Email, day(7)))
	s.later(day(3), func() {
		s.settle()
		s.plan = []dunning.Item{item("thanks-17", dunning.Thank, day(4)), item("close", dunning.Close, day(4))}
		s.seq++
		s.env.SignalWorkflow(collection.SignalPayment, s.snapshot())
	})
	s.run(t)
	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, []string{"thanks-17/thank_you", "close/close"}, s.did)
}

func TestRepeatedLostAndReorderedWakesGiveTheSameEnd(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(s *fakeStore, old, held, paid collection.Snapshot){
		"in order":  func(s *fakeStore, old, held, paid collection.Snapshot) { signal(s, old, held, paid) },
		"repeated":  func(s *fakeStore, old, held, paid collection.Snapshot) { signal(s, held, held, paid, paid, paid) },
		"one lost":  func(s *fakeStore, old, held, paid collection.Snapshot) { signal(s, paid) },
		"backwards": func(s *fakeStore, old, held, paid collection.Snapshot) { signal(s, paid, held, old) },
		"all at once": func(s *fakeStore, old, held, paid collection.Snapshot) {
			s.env.SignalWorkflowSkippingWorkflowTask(collection.SignalPayment, paid)
			s.env.SignalWorkflowSkippingWorkflowTask(collection.SignalHold, held)
			s.env.SignalWorkflow(collection.SignalHold, old)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCase(t, item("reminder-1", dunning.Email, day(7)))
			s.later(day(2), func() {
				old := s.snapshot()
				s.seq++
				s.plan = nil
				held := s.snapshot()
				send(s, old, held, s.settle())
			})
			s.run(t)
			require.NoError(t, s.env.GetWorkflowError())
			require.Equal(t, []string{"close/close"}, s.did)
		})
	}
}

func signal(s *fakeStore, snapshots ...collection.Snapshot) {
	for _, snap := range snapshots {
		s.env.SignalWorkflow(collection.SignalHold, snap)
	}
}

func TestEverySignalWakes(t *testing.T) {
	t.Parallel()
	for _, name := range collection.Signals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCase(t)
			s.later(day(1), func() { s.env.SignalWorkflow(name, s.settle()) })
			s.run(t)
			require.Equal(t, []string{"close/close"}, s.did)
			require.Empty(t, s.timers, "a case without a date waits without a timer")
		})
	}
}

func TestASignalSentByHandMakesTheCaseLookAgain(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]any{
		"nothing": nil, "a word": "please", "a number": 7, "an empty object": map[string]any{}, "another object": map[string]any{"seq": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCase(t, item("reminder-1", dunning.Email, day(7)))
			s.later(day(1), func() {
				s.settle() // the wake of this payment was lost
				s.env.SignalWorkflow(collection.SignalHold, payload)
			})
			s.run(t)
			require.NoError(t, s.env.GetWorkflowError())
			require.Equal(t, []string{"look_again/review", "close/close"}, s.did)
		})
	}
	t.Run("a repair that brings nothing newer", func(t *testing.T) {
		t.Parallel()
		s := newCase(t, item("close", dunning.Close, day(7)))
		s.later(day(1), func() { s.env.SignalWorkflow(collection.SignalLookAgain, s.snapshot()) })
		s.run(t)
		require.Equal(t, []string{"look_again/review", "close/close"}, s.did)
	})
}

func TestAHeldActDoesNotSpinAndDoesNotHoldTheOthers(t *testing.T) {
	t.Parallel()
	s := newCase(t, item("reminder-1", dunning.Email, day(1)), item("reminder-1", dunning.SMS, day(1)), item("close", dunning.Close, day(2)))
	s.on[collection.SendEmail] = func(collection.Act) (collection.Answer, error) {
		return collection.Answer{Outcome: collection.Held, Reason: "window", Snapshot: s.snapshot()}, nil
	}
	s.run(t)
	require.Equal(t, []string{"reminder-1/email", "reminder-1/sms", "reminder-1/email"}, s.did[:3])
	tries := s.at["reminder-1/email"]
	require.Len(t, tries, 29, "after 1, 2, 4, … minutes and then once an hour")
	for i := 1; i < len(tries); i++ {
		require.GreaterOrEqual(t, tries[i].Sub(tries[i-1]), time.Minute)
	}
}

func TestAHeldActWhoseSeqMovesIsTriedTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := newCase(t, item("reminder-1", dunning.Email, day(1)))
	tries := 0
	s.on[collection.SendEmail] = func(a collection.Act) (collection.Answer, error) {
		if tries++; tries == 4 {
			s.plan = []dunning.Item{item("close", dunning.Close, day(1))}
		}
		s.seq++
		return collection.Answer{Outcome: collection.Held, Reason: "the claim expired", Snapshot: s.snapshot()}, nil
	}
	s.run(t)
	at := s.at["reminder-1/email"]
	require.Len(t, at, 4)
	require.Less(t, at[2].Sub(at[0]), time.Second)
	require.GreaterOrEqual(t, at[3].Sub(at[2]), time.Minute)
}

func TestNewsEndsThePauseOfAHeldAct(t *testing.T) {
	t.Parallel()
	s := newCase(t, item("reminder-1", dunning.Email, day(1)))
	s.on[collection.SendEmail] = func(a collection.Act) (collection.Answer, error) {
		if s.seq == 1 {
			return collection.Answer{Outcome: collection.Held, Snapshot: s.snapshot()}, nil
		}
		s.plan = []dunning.Item{item("close", dunning.Close, day(1))}
		return collection.Answer{Outcome: "accepted", Snapshot: s.snapshot()}, nil
	}
	s.later(day(1).Add(10*time.Second), func() {
		s.seq++
		s.env.SignalWorkflow(collection.SignalSending, s.snapshot())
	})
	s.run(t)
	at := s.at["reminder-1/email"]
	require.Len(t, at, 2)
	require.Less(t, at[1].Sub(at[0]), 15*time.Second)
}

func TestNoErrorOfAnActivityEndsACase(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{
		"a retryable one that lasts":     errors.New("database away"),
		"one that says it is not":        temporal.NewNonRetryableApplicationError("bad", "bad", nil),
		"an answer that does not decode": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCase(t, item("reminder-1", dunning.Email, day(1)), item("close", dunning.Close, day(2)))
			tries := 0
			s.on[collection.SendEmail] = func(a collection.Act) (collection.Answer, error) {
				if tries++; tries < 4 {
					return collection.Answer{Outcome: collection.Held}, failure // money without a currency does not decode
				}
				return s.done(a), nil
			}
			s.run(t)
			require.NoError(t, s.env.GetWorkflowError())
			require.Equal(t, "close/close", s.did[len(s.did)-1])
			require.Equal(t, 4, tries)
		})
	}
}

func TestACancellationFromOutsideIsNoFact(t *testing.T) {
	t.Parallel()
	s := newCase(t, item("reminder-1", dunning.Email, day(7)), item("close", dunning.Close, day(8)))
	s.later(day(1), s.env.CancelWorkflow)
	s.run(t)
	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, []string{"reminder-1/email", "close/close"}, s.did)
}

func TestAClosedCaseDrainsAndCompletes(t *testing.T) {
	t.Parallel()
	s := newCase(t, item("close", dunning.Close, day(1)))
	s.on[collection.CloseCase] = func(a collection.Act) (collection.Answer, error) {
		answer := s.done(a)
		s.env.SignalWorkflow(collection.SignalPayment, s.snapshot())
		s.env.SignalWorkflow(collection.SignalPayment, nil)
		return answer, nil
	}
	s.run(t)
	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, []string{"close/close"}, s.did)
}

func TestCloseThatFindsSomethingOwedGoesOn(t *testing.T) {
	t.Parallel()
	s := newCase(t, item("close", dunning.Close, day(1)))
	first := true
	s.on[collection.CloseCase] = func(a collection.Act) (collection.Answer, error) {
		if first { // the payment was returned meanwhile
			first = false
			s.seq++
			s.plan = []dunning.Item{item("reminder-2", dunning.Email, day(3)), item("close", dunning.Close, day(5))}
			return collection.Answer{Outcome: collection.Held, Reason: "not settled", Snapshot: s.snapshot()}, nil
		}
		return s.done(a), nil
	}
	s.run(t)
	require.Equal(t, []string{"close/close", "reminder-2/email", "close/close"}, s.did)
}

func TestTheStageIsWrittenWhenItChanges(t *testing.T) {
	t.Parallel()
	s := newCase(t, item("reminder-1", dunning.Email, day(1)), item("reminder-2", dunning.Email, day(2)), item("reminder-3", dunning.Email, day(3)),
		item("close", dunning.Close, day(4)))
	s.on[collection.SendEmail] = func(a collection.Act) (collection.Answer, error) {
		s.stage = dunning.StageOverdue
		return s.done(a), nil
	}
	s.run(t)
	require.Equal(t, []string{"overdue 120000", "settled 120000"}, s.stages)
}

func TestContinuesAsNewWithTheNewestSnapshot(t *testing.T) {
	t.Parallel()
	s := newCase(t, item("reminder-1", dunning.Email, day(7)))
	s.later(day(1), func() {
		s.env.SetContinueAsNewSuggested(true)
		s.seq = 5
		older := s.snapshot()
		s.seq = 8
		s.env.SignalWorkflowSkippingWorkflowTask(collection.SignalPayment, s.snapshot())
		s.env.SignalWorkflowSkippingWorkflowTask(collection.SignalHold, older)
		s.env.SignalWorkflow(collection.SignalHold, older)
	})
	s.run(t)
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, s.env.GetWorkflowError(), &again)
	require.Equal(t, collection.CollectInvoice, again.WorkflowType.Name)
	require.Empty(t, s.did)
}

package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/workflows"
)

var start = time.Date(2026, time.May, 1, 7, 0, 0, 0, time.UTC)

// day is the moment n days after the case began.
func day(n int) time.Time { return start.AddDate(0, 0, n) }

func item(step string, act dunning.Act, at time.Time) dunning.Item {
	return dunning.Item{Step: step, Act: act, At: at, Reason: "by the policy"}
}

// fakeStore plays the database: it holds the plan by hand and answers acts as the activities would.
type fakeStore struct {
	mu     sync.Mutex
	env    *testsuite.TestWorkflowEnvironment
	seq    int64
	open   int64 // minor units
	closed bool
	stage  dunning.Stage
	plan   []dunning.Item
	did    []string               // "step/act" in the order in which activities ran
	at     map[string][]time.Time // when, by the workflow's clock
	on     map[string]func(collection.Act) (collection.Answer, error)
	timers []time.Duration
	stages []string // search attributes written
}

// newCase makes a case with a plan, on a clock that begins at start.
func newCase(t *testing.T, plan ...dunning.Item) *fakeStore {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	s := &fakeStore{
		env: suite.NewTestWorkflowEnvironment(), seq: 1, open: 120000, stage: dunning.StageBeforeDue, plan: plan,
		at: map[string][]time.Time{}, on: map[string]func(collection.Act) (collection.Answer, error){},
	}
	s.env.SetTestTimeout(20 * time.Second)
	s.env.SetStartTime(start)
	workflows.Register(s.env)
	for _, name := range []string{
		collection.SendEmail, collection.SendSMS, collection.OpenPhoneTask, collection.Decide, collection.Place,
		collection.Recall, collection.Expire, collection.LookUpMessage, collection.Review, collection.CloseCase,
	} {
		s.env.RegisterActivityWithOptions(func(_ context.Context, a collection.Act) (collection.Answer, error) { return s.act(name, a) },
			activity.RegisterOptions{Name: name})
	}
	s.env.SetOnTimerScheduledListener(func(_ string, d time.Duration) { s.timers = append(s.timers, d) })
	s.env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		a := args.Get(0).(temporal.SearchAttributes)
		stage, _ := a.GetKeyword(collection.AttrStage)
		balance, _ := a.GetInt64(collection.AttrBalance)
		s.stages = append(s.stages, fmt.Sprintf("%s %d", stage, balance))
	}).Return(nil).Maybe()
	return s
}

// run lets the workflow live until it ends.
func (s *fakeStore) run(t *testing.T) {
	t.Helper()
	s.env.ExecuteWorkflow(collection.CollectInvoice, s.input())
	require.True(t, s.env.IsWorkflowCompleted())
}

func (s *fakeStore) input() collection.Input {
	return collection.Input{
		Case:     collection.Case{Key: invoice.Key{Creditor: "acme", Number: "INV-1"}, Cycle: 1},
		DebtorID: "D1", Amount: invoice.NewMoney(120000, "EUR"), Snapshot: s.snapshot(),
	}
}

func (s *fakeStore) snapshot() collection.Snapshot {
	return collection.Snapshot{
		Seq: s.seq, Balance: invoice.NewMoney(s.open, "EUR"), Status: invoice.Open, Closed: s.closed,
		Plan: dunning.Plan{Items: slices.Clone(s.plan), Waiting: "waits", Stage: s.stage},
	}
}

// act takes the item off the plan, as a store does, unless a test has its own answer for the activity.
func (s *fakeStore) act(name string, a collection.Act) (collection.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := a.Step + "/" + string(a.Item.Act)
	s.did = append(s.did, key)
	s.at[key] = append(s.at[key], s.env.Now())
	if f := s.on[name]; f != nil {
		return f(a)
	}
	return s.done(a), nil
}

func (s *fakeStore) done(a collection.Act) collection.Answer {
	s.plan = slices.DeleteFunc(s.plan, func(it dunning.Item) bool { return it.Step == a.Step && it.Act == a.Item.Act })
	if a.Item.Act == dunning.Close {
		s.closed, s.stage = true, dunning.StageSettled
	}
	if a.Item.Act != dunning.Review {
		s.seq++
	}
	return collection.Answer{Outcome: "done", Snapshot: s.snapshot()}
}

// settle books a payment in full: nothing is left to do but to close.
func (s *fakeStore) settle() collection.Snapshot {
	s.seq++
	s.open, s.stage = 0, dunning.StageSettled
	s.plan = []dunning.Item{item("close", dunning.Close, s.env.Now())}
	return s.snapshot()
}

// later runs f at a moment of the workflow's clock.
func (s *fakeStore) later(at time.Time, f func()) {
	s.env.RegisterDelayedCallback(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	}, at.Sub(start))
}

package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"dunlin/activities"
	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// world plays the database and the providers, and writes down in which order they were called.
type world struct {
	calls     []string
	claim     collection.Claim
	claimErr  error
	claimTook time.Duration
	result    collection.Result
	finished  []collection.Result
	finishErr error
	question  collection.LookUp
	finding   collection.Finding
	findErr   error
	found     []collection.Finding
	deskErr   error
	ctxErrs   []error // of the contexts that the provider and finish were given
	cancel    func()  // called while the provider has the request
}

func newWorld() *world {
	return &world{
		claim:  collection.Claim{Attempt: "a1", Email: &message.Email{AttemptID: "a1"}, SMS: &message.SMS{AttemptID: "a1"}},
		result: collection.Result{Kind: collection.SendAccepted, ProviderID: "p1"},
	}
}

func (w *world) did(s string) { w.calls = append(w.calls, s) }

func answer(o collection.Outcome) collection.Answer {
	return collection.Answer{Outcome: o, Snapshot: collection.Snapshot{Seq: 2, Balance: invoice.NewMoney(1, "EUR")}}
}

func (w *world) Claim(context.Context, collection.Act) (collection.Claim, error) {
	w.did("claim")
	time.Sleep(w.claimTook)
	return w.claim, w.claimErr
}

func (w *world) Finish(ctx context.Context, attempt string, r collection.Result) (collection.Answer, error) {
	w.did("finish " + attempt)
	w.ctxErrs = append(w.ctxErrs, ctx.Err())
	w.finished = append(w.finished, r)
	return answer(collection.Outcome(r.Kind)), w.finishErr
}

func (w *world) BeginLookUp(context.Context, collection.Act) (collection.LookUp, error) {
	w.did("begin")
	return w.question, nil
}

func (w *world) FinishLookUp(_ context.Context, _ collection.Act, attempt string, f collection.Finding) (collection.Answer, error) {
	w.did("file " + attempt)
	w.found = append(w.found, f)
	return answer("accepted"), nil
}

func (w *world) send(ctx context.Context, channel string) collection.Result {
	w.did("send " + channel)
	if w.cancel != nil {
		w.cancel()
	}
	w.ctxErrs = append(w.ctxErrs, ctx.Err())
	return w.result
}

func (w *world) SendEmail(ctx context.Context, _ message.Email, _ time.Time) collection.Result {
	return w.send(ctx, "email")
}

func (w *world) SendSMS(ctx context.Context, _ message.SMS, _ time.Time) collection.Result {
	return w.send(ctx, "sms")
}

func (w *world) FindEmail(context.Context, collection.LookUp) (collection.Finding, error) {
	w.did("find email")
	return w.finding, w.findErr
}

func (w *world) FindSMS(context.Context, collection.LookUp) (collection.Finding, error) {
	w.did("find sms")
	return w.finding, w.findErr
}

func (w *world) desk(name string) (collection.Answer, error) {
	w.did(name)
	return answer("done"), w.deskErr
}

func (w *world) OpenPhoneTask(context.Context, collection.Act) (collection.Answer, error) {
	return w.desk("phone")
}

func (w *world) Decide(context.Context, collection.Act) (collection.Answer, error) {
	return w.desk("decide")
}

func (w *world) Expire(context.Context, collection.Act) (collection.Answer, error) {
	return w.desk("expire")
}

func (w *world) Review(context.Context, collection.Act) (collection.Answer, error) {
	return w.desk("review")
}

func (w *world) CloseCase(context.Context, collection.Act) (collection.Answer, error) {
	return w.desk("close")
}

// do runs one activity by its name, as a worker would.
func (w *world) do(t *testing.T, act dunning.Act) (collection.Answer, error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	activities.Register(env, &activities.Activities{Guard: w, Desk: w, Email: w, SMS: w})
	name, _ := collection.ActivityFor(act)
	value, err := env.ExecuteActivity(name, collection.Act{Item: dunning.Item{Step: "reminder-1", Act: act}})
	if err != nil {
		return collection.Answer{}, err
	}
	var got collection.Answer
	require.NoError(t, value.Get(&got))
	return got, nil
}

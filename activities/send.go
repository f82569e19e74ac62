package activities

import (
	"context"
	"time"

	"dunlin/collection"
	"dunlin/internal/failpoint"
)

// finishTimeout bounds the transactions that file a result. With the claim (below) and the provider's
// time it stays under the 30 s that the workflow gives an attempt.
const finishTimeout = 8 * time.Second

// call makes the one request of an attempt.
type call func(ctx context.Context, claim collection.Claim, claimedAt time.Time) collection.Result

// send is guard → call → finish, the same for every act that hands something to a provider.
//
// The claim is worth two seconds of the machine's monotonic clock, counted from before the guard was
// asked and checked before the request, here and by the sender directly before its first byte: a process that was stopped in between, or a slow
// database, ends in "unsent", never in a message that a stop could not hold back any more.
func (a *Activities) send(ctx context.Context, act collection.Act, request call) (collection.Answer, error) {
	claimedAt := time.Now()
	claim, err := a.Guard.Claim(ctx, act)
	if err != nil {
		return collection.Answer{}, forTemporal(err)
	}
	if claim.Answer != nil {
		return *claim.Answer, nil
	}
	if err := failpoint.Hit("F1/" + string(act.Item.Act)); err != nil {
		return collection.Answer{}, forTemporal(err)
	}
	result, err := requestOnce(ctx, act, claim, claimedAt, request)
	if err != nil {
		return collection.Answer{}, forTemporal(err)
	}
	return a.finish(ctx, act, claim.Attempt, result)
}

// requestOnce makes the request unless the claim is too old. Once under way it is not cut off by a worker
// that stops: its answer is worth more than the seconds.
func requestOnce(ctx context.Context, act collection.Act, claim collection.Claim, claimedAt time.Time, request call) (collection.Result, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), collection.HTTPTimeout)
	defer cancel()
	if age := time.Since(claimedAt); age > collection.ClaimValid {
		return collection.Result{Kind: collection.SendUnsent, Reason: "claim expired before the request"}, nil
	}
	result := request(ctx, claim, claimedAt)
	if err := failpoint.Hit("F9/" + string(act.Item.Act)); err != nil {
		return collection.Result{}, err
	}
	if err := failpoint.Hit("F2/" + string(act.Item.Act)); err != nil {
		return collection.Result{}, err
	}
	return result, nil
}

// finish files the result in a context of its own, for a stopping worker must not lose it. When it fails,
// the act is retried, and the guard finds the attempt in flight: it waits for its deadline and looks up.
func (a *Activities) finish(ctx context.Context, act collection.Act, attempt string, result collection.Result) (collection.Answer, error) {
	if err := failpoint.Hit("F3/" + string(act.Item.Act)); err != nil {
		return collection.Answer{}, forTemporal(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	answer, err := a.Guard.Finish(ctx, attempt, result)
	if err != nil {
		return collection.Answer{}, forTemporal(err)
	}
	if err := failpoint.Hit("F4/" + string(act.Item.Act)); err != nil {
		return collection.Answer{}, forTemporal(err)
	}
	return answer, nil
}

// nothingToSend is the result when the guard's claim holds no message for the act's channel.
func nothingToSend() collection.Result {
	return collection.Result{Kind: collection.SendUnsent, Reason: "the claim holds no message for this channel"}
}

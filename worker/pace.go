package main

import (
	"context"
	"time"

	"golang.org/x/time/rate"

	"dunlin/activities"
	"dunlin/collection"
	"dunlin/message"
)

// The server hands out messages at the provider's rate, over all workers. A worker that was starved for a
// moment would let several go at once; the last metre is paced here, so that no single second exceeds it.

// headroom is the part of the set rate that is used: requests are jostled on their way, and even the
// fullest second that the provider sees must not hold more than it allows.
const headroom = 0.95

// newPace lets messages go one by one, a little slower than perSecond.
func newPace(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(headroom*perSecond), 1)
}

// turn waits for a message's turn. A turn that comes too late for the claim is given back: the message
// is unsent and may be claimed again then.
func turn(ctx context.Context, pace *rate.Limiter) (late collection.Result, ok bool) {
	r := pace.Reserve()
	wait := r.Delay()
	if wait > collection.ClaimValid/2 {
		r.Cancel()
		return collection.Result{Kind: collection.SendUnsent, Reason: "its turn at the provider's rate comes later", RetryAt: time.Now().Add(wait)}, false
	}
	select {
	case <-time.After(wait):
		return late, true
	case <-ctx.Done():
		return collection.Result{Kind: collection.SendUnsent, Reason: "the worker stops"}, false
	}
}

type pacedEmail struct {
	activities.EmailSender
	pace *rate.Limiter
}

// SendEmail sends when it is the message's turn.
func (p pacedEmail) SendEmail(ctx context.Context, m message.Email, claimedAt time.Time) collection.Result {
	if late, ok := turn(ctx, p.pace); !ok {
		return late
	}
	return p.EmailSender.SendEmail(ctx, m, claimedAt)
}

type pacedSMS struct {
	activities.SMSSender
	pace *rate.Limiter
}

// SendSMS sends when it is the message's turn.
func (p pacedSMS) SendSMS(ctx context.Context, m message.SMS, claimedAt time.Time) collection.Result {
	if late, ok := turn(ctx, p.pace); !ok {
		return late
	}
	return p.SMSSender.SendSMS(ctx, m, claimedAt)
}

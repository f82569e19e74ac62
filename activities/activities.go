// Package activities does the acts of a plan, one file per act: it is where the process meets the
// database and the providers. Each act is safe to repeat: the guard knows what was claimed before.
package activities

import (
	"context"
	"time"

	"dunlin/collection"
	"dunlin/message"
)

// Guard decides in PostgreSQL, under the locks, what may be sent, and files what came of it.
type Guard interface {
	// Claim either registers an attempt and hands over the message to send now, or answers the act. An
	// attempt of the same act that is still in flight makes it fail with an error that has RetryAfter.
	Claim(ctx context.Context, act collection.Act) (collection.Claim, error)
	// Finish files the result of an attempt. It may be called again with the same result.
	Finish(ctx context.Context, attempt string, r collection.Result) (collection.Answer, error)
	// BeginLookUp says what to ask the provider about, or answers the act when nothing needs asking any more.
	BeginLookUp(ctx context.Context, act collection.Act) (collection.LookUp, error)
	// FinishLookUp files the evidence found.
	FinishLookUp(ctx context.Context, act collection.Act, attempt string, f collection.Finding) (collection.Answer, error)
}

// Desk does the acts that send nothing. Each is one transaction and may be repeated.
type Desk interface {
	OpenPhoneTask(ctx context.Context, act collection.Act) (collection.Answer, error)
	Decide(ctx context.Context, act collection.Act) (collection.Answer, error)
	Expire(ctx context.Context, act collection.Act) (collection.Answer, error)
	Review(ctx context.Context, act collection.Act) (collection.Answer, error)
	CloseCase(ctx context.Context, act collection.Act) (collection.Answer, error)
}

// EmailSender speaks to the e-mail provider: exactly one request per call, no retries of its own.
// claimedAt carries the monotonic clock: past collection.ClaimValid not a byte may be written.
type EmailSender interface {
	SendEmail(ctx context.Context, m message.Email, claimedAt time.Time) collection.Result
	FindEmail(ctx context.Context, q collection.LookUp) (collection.Finding, error)
}

// SMSSender speaks to the SMS provider under the rules of EmailSender.
type SMSSender interface {
	SendSMS(ctx context.Context, m message.SMS, claimedAt time.Time) collection.Result
	FindSMS(ctx context.Context, q collection.LookUp) (collection.Finding, error)
}

// Activities holds what the acts need. All fields but OnClosed are required.
type Activities struct {
	Guard Guard
	Desk  Desk
	Email EmailSender
	SMS   SMSSender

	// OnClosed is called after the case was closed in the database and before CloseCase answers. Tests
	// use it to let a fact arrive in that very moment; nil does nothing.
	OnClosed func(ctx context.Context, act collection.Act) error
}

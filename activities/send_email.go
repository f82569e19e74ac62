package activities

import (
	"context"
	"time"

	"dunlin/collection"
)

// SendEmail sends a step's e-mail to the debtor.
func (a *Activities) SendEmail(ctx context.Context, act collection.Act) (collection.Answer, error) {
	return a.send(ctx, act, a.email)
}

func (a *Activities) email(ctx context.Context, claim collection.Claim, claimedAt time.Time) collection.Result {
	if claim.Email == nil {
		return nothingToSend()
	}
	return a.Email.SendEmail(ctx, *claim.Email, claimedAt)
}

package activities

import (
	"context"
	"time"

	"dunlin/collection"
)

// SendSMS sends a step's text message to the debtor.
func (a *Activities) SendSMS(ctx context.Context, act collection.Act) (collection.Answer, error) {
	return a.send(ctx, act, func(ctx context.Context, claim collection.Claim, claimedAt time.Time) collection.Result {
		if claim.SMS == nil {
			return nothingToSend()
		}
		return a.SMS.SendSMS(ctx, *claim.SMS, claimedAt)
	})
}

package activities

import (
	"context"

	"dunlin/collection"
)

// Expire ends an unpaid order whose time is over and releases its stock.
func (a *Activities) Expire(ctx context.Context, act collection.Act) (collection.Answer, error) {
	answer, err := a.Desk.Expire(ctx, act)
	return answer, forTemporal(err)
}

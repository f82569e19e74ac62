package activities

import (
	"context"

	"dunlin/collection"
	"dunlin/internal/failpoint"
)

// CloseCase closes the cycle when, under the lock, nothing is owed any more; otherwise it answers the
// plan by which the case goes on.
func (a *Activities) CloseCase(ctx context.Context, act collection.Act) (collection.Answer, error) {
	answer, err := a.Desk.CloseCase(ctx, act)
	if err != nil {
		return collection.Answer{}, forTemporal(err)
	}
	if a.OnClosed != nil {
		if err := a.OnClosed(ctx, act); err != nil {
			return collection.Answer{}, forTemporal(err)
		}
	}
	if err := failpoint.Hit("F11"); err != nil {
		return collection.Answer{}, forTemporal(err)
	}
	return answer, nil
}

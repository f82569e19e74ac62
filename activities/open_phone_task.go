package activities

import (
	"context"

	"dunlin/collection"
)

// OpenPhoneTask puts a call on the collectors' list, once per step.
func (a *Activities) OpenPhoneTask(ctx context.Context, act collection.Act) (collection.Answer, error) {
	answer, err := a.Desk.OpenPhoneTask(ctx, act)
	return answer, forTemporal(err)
}

package activities

import (
	"context"

	"dunlin/collection"
)

// Decide files whether the claim is worth pursuing, and by whom, with the inputs of the decision.
func (a *Activities) Decide(ctx context.Context, act collection.Act) (collection.Answer, error) {
	answer, err := a.Desk.Decide(ctx, act)
	return answer, forTemporal(err)
}

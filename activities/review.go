package activities

import (
	"context"

	"dunlin/collection"
)

// Review looks at the case again and answers its newest plan; it changes nothing but what a date made due.
func (a *Activities) Review(ctx context.Context, act collection.Act) (collection.Answer, error) {
	answer, err := a.Desk.Review(ctx, act)
	return answer, forTemporal(err)
}

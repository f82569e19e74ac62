package activities

import (
	"context"

	"dunlin/collection"
)

// Recall takes a placed claim back: the lawyer or agency is told by e-mail, exactly once.
func (a *Activities) Recall(ctx context.Context, act collection.Act) (collection.Answer, error) {
	return a.send(ctx, act, a.email)
}

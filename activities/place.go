package activities

import (
	"context"

	"dunlin/collection"
)

// Place hands the claim over: the sealed case file goes to the lawyer or agency by e-mail, under the
// same protocol as a message to the debtor.
func (a *Activities) Place(ctx context.Context, act collection.Act) (collection.Answer, error) {
	return a.send(ctx, act, a.email)
}

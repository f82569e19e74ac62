package activities

import (
	"context"

	"dunlin/collection"
)

// AcceptFile judges what was read, and takes all of it in or nothing.
func (a *Imports) AcceptFile(ctx context.Context, i collection.Import) (collection.FileStanding, error) {
	return living(ctx, func(ctx context.Context) (collection.FileStanding, error) {
		return a.Vault.AcceptFile(ctx, i)
	})
}

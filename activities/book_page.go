package activities

import (
	"context"
	"time"

	"dunlin/collection"
)

// bookFor is how long one act goes on booking pages: long enough that its history stays short at a million
// payments, and short enough that people see it move.
const bookFor = 10 * time.Second

// BookPage books page after page for a while and answers how far it has got. Each page is a transaction of
// its own; after a kill the next attempt goes on behind the last that has committed.
func (a *Imports) BookPage(ctx context.Context, r collection.PageRequest) (collection.Page, error) {
	return living(ctx, func(ctx context.Context) (collection.Page, error) {
		began := time.Now()
		for {
			page, err := a.Vault.BookPage(ctx, r)
			if err != nil || page.Done || time.Since(began) > bookFor {
				return page, err
			}
			if err := ctx.Err(); err != nil {
				return page, err
			}
			r.Cursor = page.Cursor
		}
	})
}

package rehearse

import (
	"context"
	"fmt"
	"path/filepath"

	"dunlin/dev/lab"
)

// source is where the invoices come from. It is opened, and what can be wrong with it is said, before a
// lab is started.
type source interface {
	name() string
	fill(ctx context.Context, r *rehearsal) error
	close()
}

func (r *rehearsal) source(ctx context.Context) (source, error) {
	switch {
	case r.FromDB != "":
		return openDatabase(ctx, r.FromDB)
	case r.Portfolio != "":
		return openPortfolio(r.Portfolio, r.Creditors)
	}
	dir, err := lab.Examples(r.Examples)
	if err != nil {
		return nil, fmt.Errorf("give --from-db or --portfolio: %w", err)
	}
	creditors := r.Creditors
	if creditors == "" {
		creditors = filepath.Join(dir, "creditors.json")
	}
	return openSample(dir, creditors)
}

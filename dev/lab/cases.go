package lab

import (
	"context"
	"time"

	"dunlin/collection"
	"dunlin/dev/conductor"
	"dunlin/dev/sandbox"
	"dunlin/store"
)

// cases tells the conductor what is due, and whether all is quiet: no wake, no message, no hook, and no
// report of a provider on its way.
type cases struct {
	store   *store.Store
	sandbox *sandbox.Server
}

func openCases(ctx context.Context, url string, s *sandbox.Server) (*cases, error) {
	books, err := store.Open(ctx, url, store.Options{MaxConns: 4})
	if err != nil {
		return nil, err
	}
	return &cases{books, s}, nil
}

// NextDue is when a case, or a report of a provider, falls due next.
func (c *cases) NextDue(ctx context.Context) (time.Time, bool, error) {
	at, any, err := c.store.NextDue(ctx)
	if _, next := c.sandbox.Pending(); !next.IsZero() && (!any || next.Before(at)) {
		return next, true, err
	}
	return at, any, err
}

// Due lists the cases that are due.
func (c *cases) Due(ctx context.Context, until time.Time) ([]conductor.Case, error) {
	due, err := c.store.Due(ctx, until)
	out := make([]conductor.Case, 0, len(due))
	for _, d := range due {
		out = append(out, conductor.Case{WorkflowID: collection.WorkflowID(d.Key, d.Cycle), At: d.At})
	}
	return out, err
}

// Quiet says that nothing is on its way.
func (c *cases) Quiet(ctx context.Context) (bool, error) {
	if due, _ := c.sandbox.Pending(); due > 0 {
		return false, nil
	}
	return c.store.Quiet(ctx)
}

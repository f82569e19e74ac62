package relay

import (
	"context"
	"log/slog"
	"time"

	"dunlin/collection"
)

// Hooks is the outbox of calls to the creditors' own systems.
type Hooks interface {
	// ClaimHooks leases up to max calls that are due.
	ClaimHooks(ctx context.Context, max int) ([]collection.Hook, error)
	// HookDone files a call that was answered with success, and does what the answer decides.
	HookDone(ctx context.Context, id string, answer []byte) error
	// HookFailed puts a call off, longer each time.
	HookFailed(ctx context.Context, id, reason string) error
}

// Poster makes one call and returns the body of the answer. The receiver knows a repetition by the hook's
// ID, and should answer it alike.
type Poster interface {
	Post(ctx context.Context, h collection.Hook) (answer []byte, err error)
}

// hookBatch is how many calls are claimed at once; they are made one after the other, within the lease.
const hookBatch = 4

// RunHooks makes the calls that are due until ctx is done.
func RunHooks(ctx context.Context, hooks Hooks, poster Poster, poll time.Duration, log *slog.Logger) {
	for ctx.Err() == nil {
		due, err := hooks.ClaimHooks(ctx, hookBatch)
		if err != nil && ctx.Err() == nil {
			log.Error("the hooks cannot be read", "error", err)
		}
		for _, h := range due {
			if err := post(context.WithoutCancel(ctx), hooks, poster, h); err != nil {
				log.Error("a hook could not be filed", "hook", h.ID, "kind", h.Kind, "error", err)
			}
		}
		if len(due) < hookBatch {
			sleep(ctx, poll)
		}
	}
}

func post(ctx context.Context, hooks Hooks, poster Poster, h collection.Hook) error {
	answer, err := poster.Post(ctx, h)
	if err != nil {
		return hooks.HookFailed(ctx, h.ID, err.Error())
	}
	return hooks.HookDone(ctx, h.ID, answer)
}

package relay_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/relay"
)

type fakeHooks struct {
	mu     sync.Mutex
	due    []collection.Hook
	result chan string
}

func (h *fakeHooks) ClaimHooks(_ context.Context, max int) ([]collection.Hook, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := min(max, len(h.due))
	got := h.due[:n]
	h.due = h.due[n:]
	return got, nil
}

func (h *fakeHooks) HookDone(_ context.Context, id string, answer []byte) error {
	h.result <- "done " + id + ": " + string(answer)
	return nil
}

func (h *fakeHooks) HookFailed(_ context.Context, id, reason string) error {
	h.result <- "failed " + id + ": " + reason
	return nil
}

type posterFunc func(collection.Hook) ([]byte, error)

func (f posterFunc) Post(_ context.Context, h collection.Hook) ([]byte, error) { return f(h) }

func TestHooksAreMadeAndFiled(t *testing.T) {
	t.Parallel()
	h := &fakeHooks{due: []collection.Hook{{ID: "1"}, {ID: "2"}}, result: make(chan string, 2)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go relay.RunHooks(ctx, h, posterFunc(func(h collection.Hook) ([]byte, error) {
		if h.ID == "2" {
			return nil, errors.New("503")
		}
		return []byte(`{"accept":true}`), nil
	}), time.Millisecond, quiet)
	require.Equal(t, `done 1: {"accept":true}`, <-h.result)
	require.Equal(t, "failed 2: 503", <-h.result)
}

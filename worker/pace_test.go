package main

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/activities"
	"dunlin/collection"
	"dunlin/message"
)

// tally notes when messages go out.
type tally struct {
	activities.EmailSender
	mu sync.Mutex
	at []time.Duration
	t0 time.Time
}

func (s *tally) SendEmail(context.Context, message.Email, time.Time) collection.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = append(s.at, time.Since(s.t0))
	return collection.Result{Kind: collection.SendAccepted}
}

// However many come at once, no second sees more than the rate, and what would outlive its claim is
// given back unsent with its turn.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &tally{t0: time.Now()}
		p := pacedEmail{EmailSender: s, pace: newPace(10)}
		var wg sync.WaitGroup
		var mu sync.Mutex
		later := 0
		for range 30 {
			wg.Go(func() {
				r := p.SendEmail(t.Context(), message.Email{}, time.Now())
				if r.Kind == collection.SendUnsent {
					mu.Lock()
					defer mu.Unlock()
					later++
					require.True(t, r.RetryAt.After(time.Now()))
				}
			})
		}
		wg.Wait()
		require.Len(t, s.at, 10, "one at once, and nine within the second that a claim may wait")
		require.Equal(t, 20, later)
		for i := 1; i < len(s.at); i++ {
			require.GreaterOrEqual(t, s.at[i]-s.at[i-1], 100*time.Millisecond)
		}
	})
}

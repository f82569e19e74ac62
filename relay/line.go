package relay

import (
	"log/slog"
	"sync"
	"time"
)

// line knows whether Temporal can be reached. While it cannot, the whole relay slows down instead of
// every wake trying for itself; the first call that gets through ends that.
type line struct {
	mu       sync.Mutex
	backoff  time.Duration // 0: the line is up
	until    time.Time
	min, max time.Duration
	log      *slog.Logger
}

func newLine(cfg Config) *line {
	return &line{min: cfg.BackoffMin, max: cfg.BackoffMax, log: cfg.Logger}
}

// broken notes that Temporal could not be reached. Failures of calls that began before the present wait
// do not lengthen it.
func (l *line) broken(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Before(l.until) {
		return
	}
	if l.backoff == 0 {
		l.log.Error("Temporal cannot be reached; wakes are kept and delivered later", "error", err)
	}
	l.backoff = min(l.max, max(l.min, 2*l.backoff))
	l.until = now.Add(l.backoff)
}

// works notes that Temporal answered.
func (l *line) works() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.backoff > 0 {
		l.log.Info("Temporal answers again")
	}
	l.backoff, l.until = 0, time.Time{}
}

func (l *line) down() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.backoff > 0
}

// wait is how long to leave Temporal alone.
func (l *line) wait() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.until)
}

// Package relay carries facts from PostgreSQL to Temporal: it starts the cases that must run and wakes
// those with news. It can be killed at any moment: what was not marked delivered is delivered again, and
// delivering twice changes nothing, for a case takes only a newer snapshot.
package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"dunlin/collection"
)

// Outbox is the relay's side of the database.
type Outbox interface {
	// ClaimWakes leases up to max cases that must be woken for 30 s, payments and stops first, each with
	// its newest snapshot.
	ClaimWakes(ctx context.Context, max int) ([]collection.Wake, error)
	// Started records that the cycle's workflow runs.
	Started(ctx context.Context, c collection.Case, runID string) error
	// Delivered deletes the wake unless a newer fact has marked the case again.
	Delivered(ctx context.Context, w collection.Wake) error
	// Failed ends the lease. Only a refusal counts towards parking; reason is for people.
	Failed(ctx context.Context, w collection.Wake, reason string, refused bool) error
	// Standing says what the database knows about a cycle now.
	Standing(ctx context.Context, c collection.Case) (collection.Standing, error)
	// Listen returns a channel that is sent to when a transaction has marked cases, and closed when the
	// connection is lost.
	Listen(ctx context.Context) (<-chan struct{}, error)
}

// Temporal is what the relay needs of a client.Client.
type Temporal interface {
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
	SignalWorkflow(ctx context.Context, workflowID, runID, signalName string, arg any) error
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	ListWorkflow(ctx context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error)
}

// Config sets the relay's pace.
type Config struct {
	Concurrency int           // deliveries at once; defaults to 16
	Poll        time.Duration // how often to look without being notified; defaults to 2 s
	CallTimeout time.Duration // longest single call to Temporal; defaults to 5 s
	BackoffMin  time.Duration // first wait when Temporal cannot be reached; defaults to 0.5 s
	BackoffMax  time.Duration // longest such wait; defaults to 30 s
	Logger      *slog.Logger  // defaults to slog.Default
}

// WithDefaults fills in what is zero.
func (c Config) WithDefaults() Config {
	c.Concurrency = or(c.Concurrency, 16)
	c.Poll = or(c.Poll, 2*time.Second)
	c.CallTimeout = or(c.CallTimeout, 5*time.Second)
	c.BackoffMin = or(c.BackoffMin, 500*time.Millisecond)
	c.BackoffMax = or(c.BackoffMax, 30*time.Second)
	c.Logger = or(c.Logger, slog.Default())
	return c
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Relay delivers wakes until its context ends. Several relays, in one process or many, may share a database.
type Relay struct {
	outbox   Outbox
	temporal Temporal
	cfg      Config
	line     *line
}

// New makes a relay.
func New(outbox Outbox, temporal Temporal, cfg Config) *Relay {
	cfg = cfg.WithDefaults()
	return &Relay{outbox: outbox, temporal: temporal, cfg: cfg, line: newLine(cfg)}
}

// leaseUse is how long a delivery may take; after it the lease of 30 s is nearly over.
const leaseUse = 25 * time.Second

// Run delivers until ctx is done, then waits for the deliveries under way. It returns nil: whatever goes
// wrong is waited out.
func (r *Relay) Run(ctx context.Context) error {
	bell := bell(ctx, r.outbox.Listen, r.cfg.Poll)
	slots := make(chan struct{}, r.cfg.Concurrency)
	var under sync.WaitGroup
	defer under.Wait()
	for ctx.Err() == nil {
		if !sleep(ctx, r.line.wait()) {
			return nil
		}
		max := r.batch()
		wakes, err := r.outbox.ClaimWakes(ctx, max)
		if err != nil && ctx.Err() == nil {
			r.cfg.Logger.Error("the relay cannot read its wakes", "error", err)
		}
		for _, w := range wakes {
			slots <- struct{}{}
			under.Go(func() {
				defer func() { <-slots }()
				deliverCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseUse)
				defer cancel()
				r.deliver(deliverCtx, w)
			})
		}
		if len(wakes) < max {
			listen(ctx, bell, r.cfg.Poll)
		}
	}
	return nil
}

// batch is small, so that a payment never waits behind a long row of starts, and one while Temporal is
// away: that one is the probe.
func (r *Relay) batch() int {
	if r.line.down() {
		return 1
	}
	return 2 * r.cfg.Concurrency
}

// bell rings when the database has news, and after every new connection, for news may have been missed.
func bell(ctx context.Context, hear func(context.Context) (<-chan struct{}, error), poll time.Duration) <-chan struct{} {
	rings := make(chan struct{}, 1)
	ring := func() {
		select {
		case rings <- struct{}{}:
		default: // one ring is waiting already
		}
	}
	go func() {
		for ctx.Err() == nil {
			news, err := hear(ctx)
			if err != nil {
				sleep(ctx, poll)
				continue
			}
			ring()
			for range news {
				ring()
			}
		}
	}()
	return rings
}

// listen returns at the next ring, or after the poll interval.
func listen(ctx context.Context, bell <-chan struct{}, poll time.Duration) {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-bell:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// sleep says whether it slept to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

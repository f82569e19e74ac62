// Command worker runs the cases: it walks their plans, does their acts, and carries facts from the
// database to Temporal. Any number of workers may run side by side; one that is killed is replaced by
// the others, and by itself when it comes back.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"

	"dunlin/activities"
	"dunlin/relay"
	"dunlin/store"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

// run is the worker's life: it ends with ctx, or with an error that no waiting would cure.
func run(ctx context.Context, getenv func(string) string) error {
	cfg, err := loadConfig(getenv)
	if err != nil {
		return err
	}
	log := newLogger(cfg)
	meters, err := newMeters()
	if err != nil {
		return err
	}
	books, err := store.Open(ctx, cfg.DatabaseURL, store.Options{MaxConns: int32(cfg.MaxConns)})
	if err != nil {
		return err
	}
	defer books.Close()
	lab, err := waitForBooks(ctx, books, log)
	if err != nil {
		return ended(err)
	}
	out, err := newProviders(cfg, lab)
	if err != nil {
		return err
	}
	temporal, namespace, err := dial(ctx, meters, log)
	if err != nil {
		return ended(err)
	}
	defer temporal.Close()
	acts := &activities.Activities{
		Guard: books, Desk: books,
		Email: pacedEmail{out.email, newPace(cfg.EmailPerSecond)}, SMS: pacedSMS{out.sms, newPace(cfg.SMSPerSecond)},
	}
	told := ctx
	ctx, fail := context.WithCancelCause(told)
	defer fail(nil)
	if cfg.Listen != "" {
		if _, err := meters.serve(ctx, cfg.Listen, ready(books, temporal), fail); err != nil {
			return err
		}
	}
	workers := newWorkers(temporal, cfg, acts, &activities.Imports{Vault: books}, fail)
	if err := workers.start(); err != nil {
		return err
	}
	log.Info("the worker runs", "namespace", namespace, "lab", lab, "email", cfg.Email, "sms", cfg.Twilio.AccountSID != "", "build", cfg.BuildID)
	duties := startDuties(ctx, duty{books, temporal, namespace, out.hooks, cfg, meters, log})
	<-ctx.Done()
	log.Info("the worker stops; acts under way may end", "within", cfg.StopTimeout)
	duties.Wait()
	workers.stop()
	if told.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// ended makes being told to stop a good end.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// retryEvery is how often the worker looks for a database or a Temporal that is not there yet.
const retryEvery = 2 * time.Second

// waitForBooks waits for a database with a schema and says whether it is a lab's.
func waitForBooks(ctx context.Context, books *store.Store, log *slog.Logger) (lab bool, err error) {
	for {
		err := books.Ready(ctx)
		if err == nil {
			kind, err := books.Kind(ctx)
			return kind == "lab", err
		}
		log.Warn("waiting for the database; has dunlin migrate been run?", "error", err)
		if err := pause(ctx, retryEvery); err != nil {
			return false, err
		}
	}
}

// dial connects to Temporal as its CLI would, and waits while it cannot be reached.
func dial(ctx context.Context, meters *meters, log *slog.Logger) (client.Client, string, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, "", fmt.Errorf("the settings of the Temporal client: %w", err)
	}
	options.Logger = sdklog.NewStructuredLogger(log)
	options.MetricsHandler = meters.temporal
	injectFaults(&options)
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	for {
		c, err := client.DialContext(ctx, options)
		if err == nil {
			return c, options.Namespace, nil
		}
		log.Warn("waiting for Temporal", "address", options.HostPort, "error", err)
		if err := pause(ctx, retryEvery); err != nil {
			return nil, "", err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func newLogger(cfg config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogJSON {
		return slog.New(slog.NewJSONHandler(os.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

// duty is what the duties beside the acts need.
type duty struct {
	books     *store.Store
	temporal  client.Client
	namespace string
	hooks     relay.Poster
	cfg       config
	meters    *meters
	log       *slog.Logger
}

// startDuties starts the relay and the regular checks; they end with ctx.
func startDuties(ctx context.Context, d duty) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() {
		_ = relay.New(d.books, d.temporal, relay.Config{Concurrency: d.cfg.RelayDeliveries, Logger: d.log}).Run(ctx)
	})
	all.Go(func() { _ = relay.NewImports(d.books, d.temporal, relay.Config{Logger: d.log}).Run(ctx) })
	all.Go(func() { relay.RunHooks(ctx, d.books, d.hooks, 2*time.Second, d.log) })
	all.Go(func() { every(ctx, d.cfg.VerifyEvery, d.verify) })
	all.Go(func() { every(ctx, d.cfg.CheckpointEvery, d.checkpoint) })
	return &all
}

// every runs f once per interval until ctx ends; an interval of 0 never does.
func every(ctx context.Context, interval time.Duration, f func(context.Context)) {
	if interval == 0 {
		return
	}
	for pause(ctx, interval) == nil {
		f(ctx)
	}
}

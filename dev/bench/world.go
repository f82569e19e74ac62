package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"dunlin/dev/sandbox"
	"dunlin/dunning"
	"dunlin/internal/pgtest"
	"dunlin/migrations"
	"dunlin/store"
)

// unlimited is a rate that no machine of ours reaches.
const unlimited = 100_000

// silent is a client's logger that says nothing.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}

func activityNamed(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }

// plan says what a suite needs.
type plan struct {
	fsync    bool
	lab      bool
	webhooks bool // the API runs and hears what became of each message
}

// world is one running system.
type world struct {
	settings
	dir      string
	pg       *pgtest.Server
	url      string
	books    *store.Store
	sql      *pgxpool.Pool
	server   *child
	address  string
	temporal client.Client
	box      *sandbox.Server
	public   string // base URL of the webhooks
	api      *child
	worker   *child
	bare     *child // the worker of suite step's bare arm
	labTime  func() time.Time
}

// newWorld starts everything but the worker.
func newWorld(ctx context.Context, s settings, p plan) (w *world, err error) {
	w = &world{settings: s, labTime: time.Now}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.dir, err = os.MkdirTemp("", "dunlin-bench-"); err != nil {
		return w, err
	}
	if err := w.openBooks(ctx, p); err != nil {
		return w, err
	}
	if err := w.openTemporal(ctx, p); err != nil {
		return w, err
	}
	if w.public, err = freeAddress(); err != nil {
		return w, err
	}
	if w.box, err = sandbox.New(sandbox.Config{LabTime: func() time.Time { return w.labTime() }}); err != nil {
		return w, err
	}
	if err := w.box.Start(ctx); err != nil {
		return w, err
	}
	if !p.webhooks {
		return w, w.box.SetRules(sandbox.Rule{Outcome: sandbox.OutcomeNone})
	}
	return w, w.openAPI(ctx)
}

func (w *world) openBooks(ctx context.Context, p plan) (err error) {
	if w.pg, err = pgtest.Start(ctx, pgtest.Options{Fsync: p.fsync}); err != nil {
		return err
	}
	w.url = w.pg.URL("postgres")
	kind := "live"
	if p.lab {
		kind = "lab"
	}
	if err := migrations.Up(ctx, w.url, kind, io.Discard); err != nil {
		return err
	}
	if w.books, err = store.Open(ctx, w.url, store.Options{MaxConns: 8}); err != nil {
		return err
	}
	if w.sql, err = pgxpool.New(ctx, w.url); err != nil {
		return err
	}
	for _, shipped := range dunning.Shipped() {
		if err := w.books.PutPolicy(ctx, shipped.Policy, shipped.YAML); err != nil {
			return err
		}
	}
	return w.books.PutCreditor(ctx, creditor(), "bench")
}

func (w *world) openTemporal(ctx context.Context, p plan) (err error) {
	env := []string{partVariable + "=temporal"}
	if p.lab {
		env = append(env, "LAB=1")
	}
	if w.server, err = launch(w.dir, "temporal", true, env, self()); err != nil {
		return err
	}
	if w.address, err = w.server.line(); err != nil {
		return err
	}
	w.temporal, err = client.DialContext(ctx, client.Options{HostPort: w.address, Logger: silent{}})
	return err
}

// environment is what the product's programs read.
func (w *world) environment() []string {
	key, sid, token := w.box.Account()
	return []string{
		"DATABASE_URL=" + w.url, "TEMPORAL_ADDRESS=" + w.address, "TEMPORAL_NAMESPACE=default",
		"SENDGRID_API_KEY=" + key, "SENDGRID_BASE_URL=" + w.box.URL(), "SENDGRID_WEBHOOK_KEY=" + w.box.PublicKey(),
		"TWILIO_ACCOUNT_SID=" + sid, "TWILIO_AUTH_TOKEN=" + token, "TWILIO_BASE_URL=" + w.box.URL(),
		"PUBLIC_URL=http://" + w.public,
		"DUNLIN_LOG_LEVEL=warn",
	}
}

// openAPI starts dunlin serve and lets the providers report to it.
func (w *world) openAPI(ctx context.Context) (err error) {
	w.api, err = launch(w.dir, "serve", false, w.environment(), filepath.Join(w.bin, "dunlin"), "serve", "--listen", w.public)
	if err != nil {
		return err
	}
	w.box.SetWebhooks("http://"+w.public+"/webhooks/sendgrid", "http://"+w.public+"/webhooks/twilio/inbound")
	return wait(ctx, 30*time.Second, "the API", func() (bool, error) {
		c, err := net.Dial("tcp", w.public)
		if err != nil {
			return false, nil
		}
		return true, c.Close()
	})
}

// startWorker starts the product's worker with the providers' rates.
func (w *world) startWorker(emailPerSecond float64, more ...string) (err error) {
	env := append(w.environment(), "DUNLIN_EMAIL_PER_SECOND="+strconv.FormatFloat(emailPerSecond, 'f', -1, 64), "DUNLIN_SMS_PER_SECOND=1000", "DUNLIN_VERIFY_EVERY=0")
	w.worker, err = launch(w.dir, "worker", false, append(env, more...), filepath.Join(w.bin, "worker"))
	return err
}

// postmaster is the process whose family is PostgreSQL.
func (w *world) postmaster() int {
	text, err := os.ReadFile(filepath.Join(w.pg.DataDir(), "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first) // 0 reads as no CPU at all, which the report refuses
	return pid
}

// close ends everything.
func (w *world) close() {
	w.worker.end()
	w.api.end()
	if w.temporal != nil {
		w.temporal.Close()
	}
	w.server.end()
	if w.box != nil {
		_ = w.box.Close()
	}
	if w.sql != nil {
		w.sql.Close()
	}
	if w.books != nil {
		w.books.Close()
	}
	if w.pg != nil {
		w.pg.Stop()
	}
	_ = os.RemoveAll(w.dir)
}

// number asks the database for one.
func (w *world) number(ctx context.Context, sql string, args ...any) (n int, err error) {
	err = w.sql.QueryRow(ctx, sql, args...).Scan(&n)
	return n, err
}

// allStarted waits until every case has its workflow, and says how long that took.
func (w *world) allStarted(ctx context.Context, n int, patience time.Duration) (time.Duration, error) {
	begin := time.Now()
	err := wait(ctx, patience, "the start of all cases", func() (bool, error) {
		got, err := w.number(ctx, `SELECT count(*) FROM cases WHERE started_at IS NOT NULL`)
		return got >= n, err
	})
	if err != nil && w.worker != nil {
		err = fmt.Errorf("%w; the worker's log: %s", err, w.worker.tail())
	}
	return time.Since(begin), err
}

// wait looks again and again until something holds.
func wait(ctx context.Context, patience time.Duration, what string, holds func() (bool, error)) error {
	for until := time.Now().Add(patience); time.Now().Before(until); {
		ok, err := holds()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("waited %s in vain for %s", patience, what)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), errors.Join(l.Close())
}

// Package lab starts and stops everything that Dunlin needs, on this machine alone: a private PostgreSQL,
// an embedded Temporal server with its UI, the sandbox that stands in for SendGrid and Twilio, the worker
// and the API. Worker and API are the product's own programs, started as it is in production; what makes
// them a lab's is the database, whose clock can be moved forward.
package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"

	"dunlin/dev/conductor"
	"dunlin/dev/sandbox"
	"dunlin/dev/temporal"
	"dunlin/internal/pgtest"
)

// Lab is a running lab.
type Lab struct {
	Options
	Temporal  *temporal.Server
	Client    client.Client // of the Temporal server
	Sandbox   *sandbox.Server
	Clock     *Clock
	Conductor *conductor.Conductor
	Secrets   map[string]string // API keys by name

	dir      string // everything that belongs to this lab
	temp     bool
	lock     *os.File // of a throw-away folder
	postgres *pgtest.Server
	cases    *cases
	api      *process
	worker   *process
	apiPort  int
	probe    int // the worker's port
	ctx      context.Context
	cancel   context.CancelFunc
}

// database is the name of the lab's database.
const database = "dunlin"

// Start starts all parts and returns when they answer. Close ends them; so does the end of this program.
func Start(ctx context.Context, o Options) (*Lab, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	l := &Lab{Options: o, Secrets: map[string]string{}}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, part := range []func(context.Context) error{l.makeDir, l.startPostgres, l.startSandbox, l.startTemporal, l.migrate, l.startAPI, l.startWorker, l.direct} {
		if err := part(ctx); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

func (l *Lab) makeDir(context.Context) (err error) {
	if l.Dir == "" {
		l.temp = true
		l.dir, l.lock, err = tempDir()
		return err
	}
	if l.dir, err = filepath.Abs(l.Dir); err != nil {
		return err
	}
	return os.MkdirAll(l.dir, 0o755)
}

func (l *Lab) startPostgres(ctx context.Context) (err error) {
	l.Say("starting PostgreSQL")
	o := pgtest.Options{}
	if !l.temp {
		o.DataDir, o.Fsync = filepath.Join(l.dir, "postgres"), true
	}
	if l.postgres, err = pgtest.Start(ctx, o); err != nil {
		return err
	}
	return createDatabase(ctx, l.postgres.URL("postgres"), database)
}

func (l *Lab) startSandbox(ctx context.Context) (err error) {
	l.Clock = &Clock{url: l.DatabaseURL()}
	o := sandbox.Config{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(l.SandboxPort)), LabTime: l.Clock.Reading, Silent: l.NoAPI}
	if !l.temp {
		o.Dir = filepath.Join(l.dir, "sandbox")
	}
	if l.Sandbox, err = sandbox.New(o); err != nil {
		return err
	}
	return l.Sandbox.Start(l.ctx)
}

func (l *Lab) startTemporal(ctx context.Context) (err error) {
	l.Say("starting Temporal")
	o := temporal.Options{Port: l.TemporalPort, UIPort: l.UIPort, Lab: true, Offset: l.Clock.Offset}
	if l.NoUI {
		o.UIPort = temporal.NoUI
	}
	if !l.temp {
		o.DBFile = filepath.Join(l.dir, "temporal.db")
	}
	if l.Temporal, err = temporal.Start(ctx, o); err != nil {
		return err
	}
	l.Client, err = client.DialContext(ctx, l.Temporal.ClientOptions(nil))
	return err
}

// migrate brings database and namespace up to date, with the command that everybody uses.
func (l *Lab) migrate(ctx context.Context) error {
	l.Say("migrating")
	if _, err := l.CLI(ctx, "migrate", "--lab"); err != nil {
		return err
	}
	if err := l.Clock.open(ctx); err != nil {
		return err
	}
	for _, name := range l.Keys {
		secret, err := l.CLI(ctx, "key", "create", name, "--json")
		if err != nil {
			return err
		}
		if l.Secrets[name], err = secretOf(secret); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) startWorker(ctx context.Context) error {
	l.Say("starting the worker")
	return l.StartWorker(ctx)
}

// direct makes the conductor, who moves the lab's time.
func (l *Lab) direct(ctx context.Context) (err error) {
	if l.cases, err = openCases(ctx, l.DatabaseURL(), l.Sandbox); err != nil {
		return err
	}
	l.Conductor = conductor.New(conductor.Options{Clock: l.Clock, Cases: l.cases, Mover: temporal.NewSkipper(l.Client, l.Temporal.Namespace())})
	return nil
}

// DatabaseURL is where the lab's database is reached.
func (l *Lab) DatabaseURL() string { return l.postgres.URL(database) }

// APIURL is where the HTTP API is reached.
func (l *Lab) APIURL() string { return "http://127.0.0.1:" + strconv.Itoa(l.apiPort) }

// Folder holds the lab's data and logs.
func (l *Lab) Folder() string { return l.dir }

// Close stops all parts, those that use others first.
func (l *Lab) Close() error {
	l.StopWorker()
	l.api.stop(5 * time.Second)
	if l.cases != nil {
		l.cases.store.Close()
	}
	if l.Clock != nil {
		l.Clock.close()
	}
	var err error
	if l.Client != nil {
		l.Client.Close()
	}
	if l.Temporal != nil {
		err = errors.Join(err, l.Temporal.Stop())
	}
	if l.Sandbox != nil {
		err = errors.Join(err, l.Sandbox.Close())
	}
	if l.postgres != nil {
		l.postgres.Stop()
	}
	l.cancel()
	if l.temp && l.dir != "" {
		err = errors.Join(err, os.RemoveAll(l.dir), l.lock.Close())
	}
	if err != nil {
		return fmt.Errorf("ending the lab: %w", err)
	}
	return nil
}

package faults_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"dunlin/dev/audit"
	"dunlin/dev/conductor"
	"dunlin/dev/sandbox"
	"dunlin/dev/temporal"
	"dunlin/dunning"
	"dunlin/internal/pgtest"
	"dunlin/migrations"
	"dunlin/store"
)

// world is one installation: database, namespace, providers, worker, API, and the clock of all.
type world struct {
	t          *testing.T
	dir        string
	url        string // of the database
	address    string // of Temporal
	namespace  string
	client     client.Client
	pool       *pgxpool.Pool
	books      *store.Store
	sandbox    *sandbox.Server
	conductor  *conductor.Conductor
	begin      time.Time    // lab time of the creation
	offset     atomic.Int64 // lab time less the wall clock's, in microseconds
	worker     *keeper
	api        *process
	apiAddress string
	build      string // of the worker; "" for none: its deployment is not versioned
	acks       []audit.Ack
}

// newWorld makes a world with an API and a worker; the worker has a failpoint, "" for none.
func newWorld(t *testing.T, failpoint string) *world {
	t.Helper()
	w := emptyWorld(t, server, namespace(assigned.Add(1)))
	w.startAPI("")
	w.worker.start(failpoint)
	return w
}

// emptyWorld is a world without a worker.
func emptyWorld(t *testing.T, s *temporal.Server, namespace string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), url: pgtest.NewDatabase(t, migrate), address: s.FrontendAddress(), namespace: namespace}
	w.worker = &keeper{w: w}
	var err error
	w.books, err = store.Open(t.Context(), w.url, store.Options{MaxConns: 6})
	require.NoError(t, err)
	t.Cleanup(w.books.Close)
	w.pool, err = pgxpool.New(t.Context(), w.url)
	require.NoError(t, err)
	t.Cleanup(w.pool.Close)
	w.begin = quietMonday()
	require.NoError(t, clock{w}.Advance(t.Context(), w.begin))
	w.sandbox, err = sandbox.New(sandbox.Config{LabTime: w.now})
	require.NoError(t, err)
	require.NoError(t, w.sandbox.Start(context.WithoutCancel(t.Context())))
	t.Cleanup(func() { _ = w.sandbox.Close() })
	o := s.ClientOptions(nil)
	o.Namespace = namespace
	w.client, err = client.Dial(o)
	require.NoError(t, err)
	t.Cleanup(w.client.Close)
	w.conductor = conductor.New(conductor.Options{Clock: clock{w}, Cases: cases{w}, Mover: temporal.NewSkipper(w.client, namespace), Patience: 90 * time.Second})
	require.NoError(t, w.books.PutCreditor(t.Context(), acme, "test"))
	t.Cleanup(w.close)
	go w.follow(t.Context())
	return w
}

// close ends the processes, and shows their logs when the test has failed.
func (w *world) close() {
	w.worker.kill()
	if w.api != nil {
		w.api.kill()
	}
	if !w.t.Failed() {
		return
	}
	for _, name := range []string{"worker.log", "api.log", "faults.log"} {
		text, _ := os.ReadFile(w.file(name))
		w.t.Logf("%s ends:\n%s", name, text[max(0, len(text)-3000):])
	}
}

func (w *world) file(name string) string { return filepath.Join(w.dir, name) }

// env is what a program is started with.
func (w *world) env(further ...string) []string {
	key, sid, token := w.sandbox.Account()
	public := "http://127.0.0.1:1"
	if w.apiAddress != "" {
		public = w.apiURL()
	}
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "USER=test", "DATABASE_URL=" + w.url,
		"TEMPORAL_ADDRESS=" + w.address, "TEMPORAL_NAMESPACE=" + w.namespace,
		"SENDGRID_API_KEY=" + key, "SENDGRID_BASE_URL=" + w.sandbox.URL(), "SENDGRID_ACTIVITY=true", "SENDGRID_WEBHOOK_KEY=" + w.sandbox.PublicKey(),
		"TWILIO_ACCOUNT_SID=" + sid, "TWILIO_AUTH_TOKEN=" + token, "TWILIO_BASE_URL=" + w.sandbox.URL(),
		"PUBLIC_URL=" + public, "TEMPORAL_WORKER_BUILD_ID=" + w.build, "DUNLIN_EMAIL_PER_SECOND=500", "DUNLIN_SMS_PER_SECOND=500",
		"DUNLIN_DB_CONNECTIONS=12", "FAILPOINT_LOG=" + w.file("faults.log"), "FAILPOINT_RELEASE=" + w.file("release"),
	}, further...)
}

func migrate(ctx context.Context, url string) error {
	if err := migrations.Up(ctx, url, "lab", io.Discard); err != nil {
		return err
	}
	s, err := store.Open(ctx, url, store.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	defer s.Close()
	for _, p := range dunning.Shipped() {
		if err := s.PutPolicy(ctx, p.Policy, p.YAML); err != nil {
			return err
		}
	}
	return nil
}

// happened says that a fault was done.
func (w *world) happened(place, mode string) bool {
	text, _ := os.ReadFile(w.file("faults.log"))
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) == 4 && f[3] == mode && (f[0] == place || strings.HasPrefix(f[0], place+"/")) {
			return true
		}
	}
	return false
}

// awaitFault waits until a fault is being done.
func (w *world) awaitFault(place, mode string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.happened(place, mode) }, 60*time.Second, 10*time.Millisecond, "the fault %s did not happen", place)
}

// release ends every pause.
func (w *world) release() {
	w.t.Helper()
	require.NoError(w.t, os.WriteFile(w.file("release"), nil, 0o600))
}

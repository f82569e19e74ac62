package faults_test

import (
	"context"
	"fmt"
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

	"dunlin/collection"
	"dunlin/dev/audit"
	"dunlin/dev/conductor"
	"dunlin/dev/sandbox"
	"dunlin/dev/temporal"
	"dunlin/dunning"
	"dunlin/internal/pgtest"
	"dunlin/invoice"
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

// quietMonday is noon of the first Monday of next July, in Berlin: no step of the following 80 days meets
// a weekend or a holiday there, whenever the tests are run.
func quietMonday() time.Time {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	day := time.Date(time.Now().Year()+1, time.July, 1, 12, 0, 0, 0, berlin)
	for day.Weekday() != time.Monday {
		day = day.AddDate(0, 0, 1)
	}
	return day.UTC()
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
		"PUBLIC_URL=" + public, "DUNLIN_PUBLIC_URL=" + public, "DUNLIN_EMAIL_PER_SECOND=500", "DUNLIN_SMS_PER_SECOND=500",
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

// clock is the lab's, for the conductor.
type clock struct{ w *world }

func (c clock) Now(ctx context.Context) (time.Time, error) { return c.w.books.Now(ctx) }
func (c clock) Advance(ctx context.Context, to time.Time) error {
	if err := c.w.books.SetLabClock(ctx, to); err != nil {
		return err
	}
	return c.w.readClock(ctx)
}

func (w *world) readClock(ctx context.Context) error {
	var micros int64
	err := w.pool.QueryRow(ctx, `SELECT (extract(epoch FROM clock_offset) * 1000000)::bigint FROM system`).Scan(&micros)
	w.offset.Store(micros)
	return err
}

// now is the lab's time.
func (w *world) now() time.Time {
	return time.Now().Round(0).Add(time.Duration(w.offset.Load()) * time.Microsecond).UTC()
}

// cases tell the conductor what is due; providers' reports count as well.
type cases struct{ w *world }

func (c cases) NextDue(ctx context.Context) (time.Time, bool, error) {
	at, any, err := c.w.books.NextDue(ctx)
	if _, next := c.w.sandbox.Pending(); !next.IsZero() && (!any || next.Before(at)) {
		return next, true, err
	}
	return at, any, err
}

func (c cases) Due(ctx context.Context, until time.Time) (all []conductor.Case, _ error) {
	due, err := c.w.books.Due(ctx, until)
	for _, d := range due {
		all = append(all, conductor.Case{WorkflowID: collection.WorkflowID(d.Key, d.Cycle), At: d.At})
	}
	return all, err
}

func (c cases) Quiet(ctx context.Context) (bool, error) {
	if due, _ := c.w.sandbox.Pending(); due > 0 {
		return false, nil
	}
	return c.w.books.Quiet(ctx)
}

// follow keeps the cases' own clocks in step with the lab's between two travels, through outages, too.
func (w *world) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if w.conductor.Follow(ctx) != nil {
			time.Sleep(100 * time.Millisecond)
		}
	}
}

// travel moves the lab to so many days after its creation.
func (w *world) travel(days float64, events ...conductor.Event) {
	w.t.Helper()
	require.NoError(w.t, w.conductor.Travel(w.t.Context(), w.day(days), events...))
}

func (w *world) settle() {
	w.t.Helper()
	require.NoError(w.t, w.conductor.Settle(w.t.Context()))
}

func (w *world) day(n float64) time.Time {
	return w.begin.Add(time.Duration(n * 24 * float64(time.Hour)))
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

func eur(cents int64) invoice.Money { return invoice.NewMoney(cents, "EUR") }

func key(number string) invoice.Key { return invoice.Key{Creditor: acme.ID, Number: number} }

var acme = invoice.Creditor{
	ID: "acme", Name: "Acme Tools GmbH", Country: "DE", Zone: "Europe/Berlin", Language: "en", Person: "Ada Lind",
	SenderEmail: "billing@acme.example", ReplyTo: "ada@acme.example", SMSFrom: "+4930111111",
	Lawyer: invoice.Partner{Name: "Kanzlei Weber", Email: "post@weber.example"}, Agency: invoice.Partner{Name: "Inkasso Nord", Email: "in@nord.example"},
}

// debtor number n.
func debtor(n int) invoice.Debtor {
	return invoice.Debtor{
		Creditor: acme.ID, ID: fmt.Sprintf("D-%d", n), Name: "Blum Bau KG", Type: invoice.Business, Country: "DE", Region: "BE", Zone: "Europe/Berlin", Language: "en",
		Contacts: []invoice.Contact{
			{Channel: invoice.Email, Address: fmt.Sprintf("ap%d@blum.example", n), Name: "Jo Blum"}, {Channel: invoice.SMS, Address: fmt.Sprintf("+49170123%04d", n)},
		},
	}
}

// amount is what every invoice here is over: enough for the agency, too little for the lawyer.
const amount = 120000

// issued asks for an invoice of debtor n, due in 30 days.
func (w *world) issued(number string, n int) collection.Issue {
	d, today := debtor(n), invoice.DateOf(w.now())
	return collection.Issue{Actor: "erp", Debtor: &d, Invoice: invoice.Invoice{
		Key: key(number), Kind: invoice.KindInvoice, DebtorID: d.ID, Amount: eur(amount), IssuedOn: today, DueOn: today.AddDays(30),
	}}
}

// issue issues it.
func (w *world) issue(number string, n int) {
	w.t.Helper()
	_, err := w.books.Issue(w.t.Context(), w.issued(number, n))
	require.NoError(w.t, err)
}

// pay books the whole amount and settles.
func (w *world) pay(number string) {
	w.t.Helper()
	fact := invoice.Fact{Invoice: key(number), Key: "bank-" + number, Actor: "bank"}
	_, err := w.books.Pay(w.t.Context(), invoice.Payment{Fact: fact, Amount: eur(amount)})
	require.NoError(w.t, err)
	w.told("payment", fact, false)
	w.settle()
}

// told notes an acknowledged fact for the audit. A stop with nothing in flight promises silence.
func (w *world) told(kind string, f invoice.Fact, stops bool) {
	w.acks = append(w.acks, audit.Ack{Kind: kind, Creditor: f.Invoice.Creditor, Number: f.Invoice.Number, Key: f.Key, At: w.now(), Stops: stops})
}

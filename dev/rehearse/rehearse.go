package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"dunlin/dev/conductor"
	"dunlin/dev/lab"
	"dunlin/store"
)

// Options say what is rehearsed, and how.
type Options struct {
	Policy    string // a file, or the name of a shipped policy
	FromDB    string // URL of the database whose open invoices are taken; it is only read
	Portfolio string // CSV, JSON or NDJSON file, as dunlin issue reads it
	Examples  string // folder of the sample portfolio, which is taken when neither of the two is given
	Creditors string // JSON file with the creditors of the portfolio; "" gives each a stand-in
	Days      int    // how long it lasts; 0: 120
	Limit     int    // at most so many invoices; 0: all
	Seed      uint64 // of everything that people do; the same seed gives the same people
	Behave    Behaviour
	Cost      Prices
	Lab       lab.Options
	Out       io.Writer // is told how it goes; nil: nobody

	After func(ctx context.Context, l *lab.Lab) error // called at the end, while the lab is up
}

// Behaviour says what debtors do during a rehearsal.
type Behaviour string

// The behaviours.
const (
	BehaveNone    Behaviour = "none"    // nobody pays, nobody answers: everything the policy can send is sent
	BehaveTypical Behaviour = "typical" // most pay, sooner or later; some promise, few object
)

func (o Options) withDefaults() (Options, error) {
	if o.Days == 0 {
		o.Days = 120
	}
	if o.Behave == "" {
		o.Behave = BehaveNone
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	switch {
	case o.Days < 1 || o.Days > 1000:
		return o, fmt.Errorf("--days: %d is not between 1 and 1000", o.Days)
	case o.Limit < 0:
		return o, fmt.Errorf("--limit: %d is below zero", o.Limit)
	case o.Behave != BehaveNone && o.Behave != BehaveTypical:
		return o, fmt.Errorf("--behave: %q is not known: write none or typical", o.Behave)
	case o.FromDB != "" && o.Portfolio != "":
		return o, errors.New("--from-db and --portfolio cannot both be given: the invoices come from one place")
	case o.FromDB != "" && o.Creditors != "":
		return o, errors.New("--from-db and --creditors cannot both be given: the database has its creditors")
	}
	return o, nil
}

// rehearsal is one run.
type rehearsal struct {
	Options
	policy policy
	veil   *veil
	lab    *lab.Lab
	books  *store.Store
	pool   *pgxpool.Pool // of the lab's database
	report *Report
	desk   *desk
	begun  time.Time
	taken  taken
}

// taken is what came into the lab.
type taken struct {
	events   []conductor.Event // invoices that are issued on the way
	imported map[string]bool   // messages that had gone out before
}

// Run rehearses and returns the report. The lab is gone when it returns, whatever happened.
func Run(ctx context.Context, o Options) (*Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &rehearsal{Options: o, veil: newVeil(), begun: time.Now(), taken: taken{imported: map[string]bool{}}}
	if r.policy, err = loadPolicy(o.Policy); err != nil {
		return nil, err
	}
	source, err := r.source(ctx)
	if err != nil {
		return nil, err
	}
	defer source.close()
	r.report = newReport(o, r.policy, source.name())
	o.Lab.NoUI, o.Lab.NoAPI, o.Lab.Dir, o.Lab.Say = true, true, "", r.say
	// Nothing is compared or sealed while time flies: the audit at the end looks at everything.
	// Memory is there, processor time is what a rehearsal waits for: garbage may pile up a little.
	defer debug.SetGCPercent(debug.SetGCPercent(lazyGC))
	o.Lab.WorkerEnv = append([]string{"GOGC=" + strconv.Itoa(lazyGC), "DUNLIN_VERIFY_EVERY=0", "DUNLIN_CHECKPOINT_EVERY=1h", "DUNLIN_LOG_LEVEL=warn"}, o.Lab.WorkerEnv...)
	if r.lab, err = lab.Start(ctx, o.Lab); err != nil {
		return nil, err
	}
	err = errors.Join(r.live(ctx, source), r.lab.Close())
	if err != nil {
		return nil, err
	}
	return r.report, nil
}

// lazyGC is how much garbage may lie about, in per cent of what lives.
const lazyGC = 400

func (r *rehearsal) say(format string, args ...any) {
	fmt.Fprintf(r.Out, "  %6.1fs  "+format+"\n", append([]any{time.Since(r.begun).Seconds()}, args...)...)
}

// live is what happens on the running lab.
func (r *rehearsal) live(ctx context.Context, source source) (err error) {
	if r.books, err = store.Open(ctx, r.lab.DatabaseURL(), store.Options{MaxConns: 8}); err != nil {
		return err
	}
	defer r.books.Close()
	if r.pool, err = pgxpool.New(ctx, r.lab.DatabaseURL()); err != nil {
		return err
	}
	defer r.pool.Close()
	if err := r.books.PutPolicy(ctx, r.policy.Policy, r.policy.yaml); err != nil {
		return err
	}
	if err := r.noteMoments(ctx); err != nil {
		return err
	}
	if err := source.fill(ctx, r); err != nil {
		return err
	}
	if err := r.travel(ctx); err != nil {
		return err
	}
	if err := r.measure(ctx); err != nil || r.After == nil {
		return err
	}
	return r.After(ctx, r.lab)
}

// travel takes the lab through all days.
func (r *rehearsal) travel(ctx context.Context) error {
	start := r.lab.Clock.Reading().UTC()
	end := start.AddDate(0, 0, r.Days)
	r.report.From, r.report.To = start, end
	r.desk = newDesk(r, start)
	events := append([]conductor.Event{}, r.taken.events...)
	for day := 1; day <= r.Days; day++ {
		at := start.Truncate(24*time.Hour).AddDate(0, 0, day).Add(deskHour)
		events = append(events, conductor.Event{At: at, Name: "the desk's day", Do: r.desk.day})
	}
	r.say("the rehearsal begins on %s with %d cases", start.Format("Monday, 2 January 2006"), r.report.Cases)
	filled := time.Now()
	next := start.AddDate(0, 0, max(10, r.Days/6))
	r.lab.Conductor.Progress = func(now time.Time, due int) {
		r.report.Engine.Waves++
		r.report.Engine.Acts += due
		if now.Before(next) {
			return
		}
		r.say("%s: %d acts so far", now.UTC().Format("2 January 2006"), r.report.Engine.Acts)
		next = next.AddDate(0, 0, max(10, r.Days/6))
	}
	if err := r.lab.Conductor.Travel(ctx, end, events...); err != nil {
		return r.withLog(err)
	}
	r.report.Engine.Travel = time.Since(filled).Seconds()
	r.report.Engine.CPUs = runtime.NumCPU()
	return nil
}

// withLog adds the end of the worker's log, which is gone with the lab.
func (r *rehearsal) withLog(err error) error {
	if !r.lab.WorkerEnded() {
		return err
	}
	return fmt.Errorf("%w; the worker has ended: %s", err, tail(r.lab.LogFile("worker")))
}

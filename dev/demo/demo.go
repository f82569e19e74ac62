// Package demo plays a whole collection life on a lab: five months in about two minutes, with everything
// that debtors, banks, providers and machines do in that time. An audit that reads other sources than the
// product says at the end what really happened.
package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"dunlin/dev/audit"
	"dunlin/dev/conductor"
	"dunlin/dev/lab"
	"dunlin/dev/sample"
)

// Days is how long the story lasts.
const Days = 150

// Options say how the demo runs.
type Options struct {
	Lab      lab.Options
	Examples string                                      // folder with the sample portfolio
	JSON     string                                      // file for the report; empty: none
	Stay     bool                                        // keep the lab up at the end, until ctx ends
	Begin    time.Duration                               // the story begins so much later than now
	After    func(ctx context.Context, l *lab.Lab) error // called at the end, while the lab is up
	Out      io.Writer
}

// ErrFindings says that an invariant does not hold, or that a scripted fault did not happen.
var ErrFindings = errors.New("the demo found something wrong")

// Run plays the story and prints what came of it.
func Run(ctx context.Context, o Options) error {
	begun := time.Now()
	dir, err := lab.Examples(o.Examples)
	if err != nil {
		return err
	}
	fmt.Fprintln(o.Out, "Dunlin's demo: five months of collecting on a real PostgreSQL and a real Temporal server.")
	o.Lab.Say = func(format string, args ...any) {
		fmt.Fprintf(o.Out, "  %5.1fs  "+format+"\n", append([]any{time.Since(begun).Seconds()}, args...)...)
	}
	o.Lab.Keys = []string{"erp", "bank", "mara", "credit-manager", "partner"}
	l, err := lab.Start(ctx, o.Lab)
	if err != nil {
		return err
	}
	err = tell(ctx, o, l, dir, begun)
	if err == nil && o.After != nil {
		err = o.After(ctx, l)
	}
	if o.Stay && ctx.Err() == nil {
		fmt.Fprintf(o.Out, "\nStaying up until Ctrl-C: cases %s   mailbox %s   API %s\n", l.Temporal.UIAddress(), l.Sandbox.URL(), l.APIURL())
		<-ctx.Done()
	}
	return errors.Join(err, l.Close())
}

// tell is the story on a running lab.
func tell(ctx context.Context, o Options, l *lab.Lab, dir string, begun time.Time) error {
	if err := l.Clock.Advance(ctx, l.Clock.Reading().Add(o.Begin)); err != nil {
		return err
	}
	start := l.Clock.Reading()
	p := &player{lab: l, api: newAPI(l.APIURL(), l.Secrets), start: start, finished: map[string]int{}, placed: map[string]int{}, rows: map[string]map[string]string{}}
	var err error
	if p.bank, err = newBank(); err != nil {
		return err
	}
	if err := l.Sandbox.SetRules(faults...); err != nil {
		return err
	}
	if err := p.putCreditors(ctx, dir); err != nil {
		return err
	}
	if _, err := l.CLI(ctx, "segments", "put", filepath.Join(dir, sample.SegmentsFile), "--actor", "credit-manager"); err != nil {
		return err
	}
	events, err := p.events(dir)
	if err != nil {
		return err
	}
	progress := newProgress(o.Out, p, begun)
	l.Conductor.Progress = progress.step
	o.Lab.Say("day 0 is %s", start.UTC().Format("Monday, 2 January 2006, 15:04 UTC"))
	progress.head()

	watched, stop := context.WithCancel(ctx)
	failed := make(chan error, 1)
	go func() { failed <- p.watch(watched) }()
	err = l.Conductor.Travel(ctx, start.AddDate(0, 0, Days), events...)
	stop()
	if err = errors.Join(err, <-failed); err != nil {
		return keepLogs(l, err)
	}
	return p.conclude(ctx, o, begun)
}

// keepLogs copies the programs' logs to where they outlive the lab, for whoever wants to know why.
func keepLogs(l *lab.Lab, cause error) error {
	dir, err := os.MkdirTemp("", "dunlin-demo-logs-")
	if err != nil {
		return cause
	}
	for _, part := range []string{"worker", "api"} {
		if text, err := os.ReadFile(l.LogFile(part)); err == nil {
			_ = os.WriteFile(filepath.Join(dir, part+".log"), text, 0o600) // what cannot be kept is missing there
		}
	}
	return fmt.Errorf("%w\nthe logs of worker and API are in %s", cause, dir)
}

func (p *player) putCreditors(ctx context.Context, dir string) error {
	creditors, err := sample.Creditors(dir, p.lab.Sandbox.URL())
	if err == nil {
		creditors, err = sample.WithFeeds(creditors, p.bank.rhythms())
	}
	if err != nil {
		return err
	}
	for id, profile := range creditors {
		if err := p.api.do(ctx, "erp", http.MethodPut, "/v1/creditors/"+id, profile, nil); err != nil {
			return err
		}
	}
	return nil
}

// events are the exports of the ERP, the lines of the script, and the collector's workdays.
func (p *player) events(dir string) ([]conductor.Event, error) {
	exports, err := sample.Exports(dir, p.start)
	if err != nil {
		return nil, err
	}
	var all []conductor.Event
	for _, e := range exports {
		if err := p.learn(e); err != nil {
			return nil, err
		}
		all = append(all, conductor.Event{At: e.At, Name: e.Name(), Do: func(ctx context.Context) error { return p.issue(ctx, e) }})
	}
	lines, err := parseScript(script, p.start)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		all = append(all, conductor.Event{At: l.at, Name: l.text, Do: func(ctx context.Context) error { return p.play(ctx, l) }})
	}
	statements, err := p.deliveries()
	if err != nil {
		return nil, err
	}
	all = append(all, statements...)
	midnight := p.start.UTC().Truncate(24 * time.Hour)
	for day := 1; day < Days; day++ {
		all = append(all, conductor.Event{At: midnight.AddDate(0, 0, day).Add(15 * time.Hour), Name: "workday", Do: func(ctx context.Context) error { return p.workday(ctx, day) }})
	}
	return all, nil
}

// learn remembers the rows of an export by their numbers.
func (p *player) learn(e sample.Export) error {
	records, err := csv.NewReader(bytes.NewReader(e.CSV)).ReadAll()
	if err != nil {
		return err
	}
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = r[i]
		}
		p.rows[row["number"]] = row
	}
	return nil
}

// issue hands an export to the importer, as an ERP's nightly job does.
func (p *player) issue(ctx context.Context, e sample.Export) error {
	file := filepath.Join(p.lab.Folder(), e.Name())
	if err := os.WriteFile(file, e.CSV, 0o600); err != nil {
		return err
	}
	if _, err := p.lab.CLI(ctx, "issue", file, "--actor", "erp"); err != nil {
		return err
	}
	p.note("the ERP issues %d", e.Rows)
	return nil
}

// conclude lets the audit speak.
func (p *player) conclude(ctx context.Context, o Options, begun time.Time) error {
	books, err := audit.Load(ctx, p.lab.DatabaseURL())
	if err != nil {
		return err
	}
	report, err := audit.Run(ctx, audit.Evidence{
		Books: books, Log: p.lab.Sandbox.Log(), Acks: p.acks, Cases: audit.Temporal{Client: p.lab.Client, Namespace: p.lab.Temporal.Namespace()},
		Kills: p.kills, LateWorkerHours: p.hours,
	})
	if err != nil {
		return err
	}
	bank, err := p.judgeBank(ctx)
	if err != nil {
		return err
	}
	if err := p.print(ctx, o, books, report, bank, begun); err != nil {
		return err
	}
	if err := writeJSON(o.JSON, report, bank); err != nil {
		return err
	}
	missed := errors.Join(p.unsprung(), bank.missing())
	if len(report.Findings)+len(bank.findings) > 0 || missed != nil || !report.Faults.Happened() {
		return errors.Join(ErrFindings, missed)
	}
	return nil
}

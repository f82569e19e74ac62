package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"dunlin/dev/conductor"
	"dunlin/dev/lab"
	"dunlin/dev/sample"
)

// devOptions say how the lab to work with is started.
type devOptions struct {
	lab      lab.Options
	examples string
	empty    bool
}

// devCmd starts a lab that stays up.
func devCmd() *cobra.Command {
	var o devOptions
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "A lab to work with: it stays up until Ctrl-C and keeps its data",
		Long: "A lab to work with. On its first start it loads the sample portfolio. Its data lie in the folder --data, which\n" +
			"may be removed to begin anew. Its time goes on like everybody's, and can be moved: dunlin-lab travel 7d.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDev(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.lab.Dir, "data", dataDir, "folder that keeps the data between starts")
	f.StringVar(&o.examples, "examples", "", "folder with portfolio.csv and creditors.json")
	f.BoolVar(&o.empty, "empty", false, "do not load the sample portfolio")
	f.IntVar(&o.lab.APIPort, "api-port", 8080, "port of the API; 0: any free one")
	f.IntVar(&o.lab.UIPort, "ui-port", 8233, "port of Temporal's web UI; 0: any free one")
	f.IntVar(&o.lab.SandboxPort, "mailbox-port", 8025, "port of the mailbox; 0: any free one")
	f.IntVar(&o.lab.TemporalPort, "temporal-port", 7233, "port of Temporal; 0: any free one")
	return cmd
}

// dataDir is where a lab keeps its data when nobody says otherwise.
const dataDir = ".data"

func runDev(ctx context.Context, o devOptions) error {
	o.lab.Say = func(format string, args ...any) { fmt.Printf("  "+format+"\n", args...) }
	l, err := lab.Start(ctx, o.lab)
	if err != nil {
		return err
	}
	err = stay(ctx, o, l)
	fmt.Println("\nstopping; the data stay in", l.Folder())
	return errors.Join(err, l.Close())
}

// stay loads the sample, says where everything is, and keeps the lab going until ctx ends.
func stay(ctx context.Context, o devOptions, l *lab.Lab) error {
	exports, err := loadSample(ctx, o, l)
	if err != nil {
		return err
	}
	control, err := openControl(ctx, l, exports)
	if err != nil {
		return err
	}
	defer control.close()
	fmt.Printf("\nDunlin's lab is up; its time is %s.\n\n", l.Clock.Reading().UTC().Format("Monday, 2 January 2006, 15:04 UTC"))
	fmt.Printf("  cases     %s   (Temporal UI)\n  mailbox   %s   (every e-mail and SMS)\n  API       %s   (openapi.json, /v1/invoices, /v1/tasks; no key needed until one is made)\n",
		l.Temporal.UIAddress(), l.Sandbox.URL(), l.APIURL())
	fmt.Println("  logs      " + l.LogFile("worker") + ", " + l.LogFile("api"))
	fmt.Printf("\nIn another terminal:\n\n  export %s\n  export %s\n", l.Environment()[0], l.Environment()[1])
	where := ""
	if o.lab.Dir != dataDir {
		where = " --data " + o.lab.Dir
	}
	fmt.Printf("  bin/dunlin list --creditor nordlicht\n  bin/dunlin plan nordlicht/NL-1004\n  bin/dunlin-lab travel 7d%s\n\nCtrl-C stops it.\n", where)
	failed := make(chan error, 1)
	go func() { failed <- l.Conductor.Follow(ctx) }()
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-tick.C:
			if l.WorkerEnded() {
				return fmt.Errorf("the worker has ended; its log is %s", l.LogFile("worker"))
			}
			if err := issueDue(ctx, l, exports); err != nil {
				return err
			}
		}
	}
}

// begunFile holds the moment at which a lab's story begins, on its own clock.
const begunFile = "begun"

// loadSample puts the sample's creditors on file at the first start and issues what is due by now. It
// returns all exports: the later ones are issued when their day comes.
func loadSample(ctx context.Context, o devOptions, l *lab.Lab) ([]sample.Export, error) {
	file := filepath.Join(l.Folder(), begunFile)
	text, err := os.ReadFile(file)
	first := errors.Is(err, os.ErrNotExist)
	if o.empty && first {
		return nil, nil
	}
	if err != nil && !first {
		return nil, err
	}
	begun := l.Clock.Reading().UTC().Truncate(time.Second)
	if !first {
		if begun, err = time.Parse(time.RFC3339, string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	dir, err := lab.Examples(o.examples)
	if err != nil {
		return nil, err
	}
	exports, err := sample.Exports(dir, begun)
	if err != nil {
		return nil, err
	}
	// At every start: the sandbox, which the creditors' stock hook names, may have another address.
	if err := putCreditors(ctx, l, dir); err != nil {
		return nil, err
	}
	if first {
		if _, err := l.CLI(ctx, "segments", "put", filepath.Join(dir, sample.SegmentsFile), "--actor", "credit-manager"); err != nil {
			return nil, err
		}
	}
	if err := issueDue(ctx, l, exports); err != nil {
		return nil, err
	}
	return exports, os.WriteFile(file, []byte(begun.Format(time.RFC3339)), 0o600)
}

func putCreditors(ctx context.Context, l *lab.Lab, dir string) error {
	creditors, err := sample.Creditors(dir, l.Sandbox.URL())
	if err != nil {
		return err
	}
	for id, profile := range creditors {
		file := filepath.Join(l.Folder(), "creditor-"+id+".json")
		if err := os.WriteFile(file, profile, 0o600); err != nil {
			return err
		}
		if _, err := l.CLI(ctx, "creditor", "put", file, "--actor", "erp"); err != nil {
			return err
		}
	}
	return nil
}

// issueDue hands every export whose day has come to the importer, once.
func issueDue(ctx context.Context, l *lab.Lab, exports []sample.Export) error {
	now := l.Clock.Reading()
	for _, e := range exports {
		if !e.At.After(now) {
			if err := issue(ctx, l, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// issue imports an export unless its file is there, which it is after the import.
func issue(ctx context.Context, l *lab.Lab, e sample.Export) error {
	file := filepath.Join(l.Folder(), e.Name())
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	if err := os.WriteFile(file+".new", e.CSV, 0o600); err != nil {
		return err
	}
	// Rows that are refused, such as an order whose time has passed meanwhile, do not keep out the others.
	out, err := l.CLI(ctx, "issue", file+".new", "--format", "csv", "--actor", "erp")
	if err != nil && len(out) == 0 {
		return err
	}
	fmt.Printf("  the ERP issues %d invoices and orders\n", e.Rows)
	return os.Rename(file+".new", file)
}

// exportEvents are the exports that a journey passes.
func exportEvents(l *lab.Lab, exports []sample.Export) []conductor.Event {
	var events []conductor.Event
	for _, e := range exports {
		events = append(events, conductor.Event{At: e.At, Name: e.Name(), Do: func(ctx context.Context) error { return issue(ctx, l, e) }})
	}
	return events
}

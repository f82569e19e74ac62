package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"dunlin/invoice"
	"dunlin/relay"
)

// wiring is what the commands reach the world through; tests put fakes in its place.
type wiring struct {
	open     func(ctx context.Context) (books, error)                                 // PostgreSQL
	migrate  func(ctx context.Context, o migrateOptions, progress io.Writer) error    // database and Temporal namespace
	serve    func(ctx context.Context, o serveOptions, log io.Writer) error           // API and console
	proof    func(ctx context.Context, b books, o proofOptions) (relay.Report, error) // what only Temporal can tell
	now      func() time.Time                                                         // wall clock, for progress only
	newKey   func() string                                                            // a key that nobody used before
	getenv   func(string) string                                                      // settings
	terminal func(io.Writer) bool                                                     // draw a progress bar?
}

// app is one run of the program.
type app struct {
	wiring
	in       io.Reader
	out      io.Writer
	errs     io.Writer
	json     bool
	actor    string
	started  bool // a command's own code was reached: what fails now is no mistake in the command line
	answered bool // a JSON document was begun
	usage    string
	exitCode int // set by commands that succeed with something to say
}

func newApp(w wiring, in io.Reader, out, errs io.Writer) *app {
	if w.now == nil {
		w.now = time.Now
	}
	if w.newKey == nil {
		w.newKey = func() string { return "cli-" + uuid.NewString() }
	}
	if w.getenv == nil {
		w.getenv = os.Getenv
	}
	if w.terminal == nil {
		w.terminal = isTerminal
	}
	return &app{wiring: w, in: in, out: out, errs: errs}
}

// run executes one command line and returns its exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetFlagErrorFunc(flagError)
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.errs)
	cmd, err := root.ExecuteContextC(ctx)
	a.usage = cmd.UseLine()
	if err != nil {
		return a.complain(err)
	}
	return a.exitCode
}

// do makes a cobra handler of f.
func (a *app) do(f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.started = true
		return f(cmd.Context(), args)
	}
}

// withBooks makes a cobra handler of f that needs the database.
func (a *app) withBooks(f func(ctx context.Context, b books, args []string) error) func(*cobra.Command, []string) error {
	return a.do(func(ctx context.Context, args []string) error {
		b, err := a.open(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		return f(ctx, b, args)
	})
}

// parseKey reads CREDITOR/NUMBER; the number may hold slashes itself.
func parseKey(s string) (invoice.Key, error) {
	for i := range s {
		if s[i] == '/' && i > 0 && i < len(s)-1 {
			return invoice.Key{Creditor: s[:i], Number: s[i+1:]}, nil
		}
	}
	return invoice.Key{}, invoice.Invalid("invoice", "%q does not name an invoice", s).WithHint("write CREDITOR/NUMBER, e.g. acme/INV-1")
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}

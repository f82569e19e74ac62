// Command bench measures what docs/performance.md states, on the product's own programs: the worker and
// the dunlin command as they are built for production, a Temporal server (SQLite in memory) and a private
// PostgreSQL, each in a process of its own, with the sandbox in the providers' place.
//
//	cd dev && go run ./bench -suite events|issue|pay|burst|step [-n N] [-rounds R] [-rate R] [-json FILE]
//
// Every suite also checks that what it measured was right: a message after a stop, a message twice or a
// lost one ends it with status 1, however fast it was. A bar that is not reached is printed, not an error.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

// settings are the flags.
type settings struct {
	suite  string
	n      int     // how many; 0: the suite's own default
	rounds int     // pairs of arms, suite step
	rate   float64 // messages per second that the provider allows, suite burst
	json   string
	bin    string
}

var suites = map[string]func(ctx context.Context, s settings, r *report) error{
	"events": events, "ladder": ladderEvents, "issue": issue, "pay": pay, "burst": burst, "step": step,
}

func main() {
	runtime.LockOSThread() // children die with the thread that started them
	if part, ok := parts[os.Getenv(partVariable)]; ok {
		quit(part(context.Background()))
	}
	var s settings
	flag.StringVar(&s.suite, "suite", "events", "events, issue, pay, burst or step; several with commas")
	flag.IntVar(&s.n, "n", 0, "how many invoices; 0: the suite's own number (events 20, issue 100000, pay 200, burst 2000, step 400)")
	flag.IntVar(&s.rounds, "rounds", 4, "suite step: rounds, each with both arms")
	flag.Float64Var(&s.rate, "rate", 50, "suite burst: e-mails per second that the provider allows")
	flag.StringVar(&s.json, "json", "", "also append JSON lines to this file")
	flag.StringVar(&s.bin, "bin", "", "folder with dunlin and worker; default: they are built first")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	quit(run(ctx, s))
}

func quit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, s settings) error {
	clean, err := s.build(ctx)
	if err != nil {
		return err
	}
	defer clean()
	for _, name := range strings.Split(s.suite, ",") {
		suite, ok := suites[name]
		if !ok {
			return fmt.Errorf("-suite: %q is not a suite: write events, issue, pay, burst or step", name)
		}
		r := newReport(name)
		err := suite(ctx, s, r)
		if printed := r.print(s.json); err == nil {
			err = printed
		}
		if err != nil {
			return fmt.Errorf("suite %s: %w", name, err)
		}
	}
	return nil
}

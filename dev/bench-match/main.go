// Command bench-match measures cash application against payments whose truth is known: what share is applied
// without a person, how much of that is right, and what a line costs with few and with many open invoices.
//
//	cd dev && go run ./bench-match [-seed N] [-open N] [-lines N] [-noise LEVELS] [-format FORMAT] [-sizes LIST]
//
// The books and the statements come from bankgen, which knows nothing of how payments are matched. They go
// in by the product's own way, on a private PostgreSQL with fsync on. Status 1: a payment was applied
// wrongly on the rungs 1 to 4, or one that has no open invoice was applied to one.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"dunlin/dev/bankgen"
)

// settings are the flags.
type settings struct {
	seed     uint64
	open     int
	lines    int
	noise    []bankgen.Noise
	format   bankgen.Format
	sizes    []int // open invoices of the cost table
	fsync    bool
	postgres string // settings of the server
	show     int    // wrong ones shown for each rung
	held     int    // payments shown for each class and reason that were left to a person
	json     string // file for JSON lines
	truth    string // folder for the files and the truth
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench-match:", err)
		os.Exit(1)
	}
}

// flags reads the command line.
func flags() (settings, error) {
	var s settings
	var noise, format, sizes string
	flag.Uint64Var(&s.seed, "seed", 1, "what the world is made of: the same seed, the same world")
	flag.IntVar(&s.open, "open", 20_000, "open invoices")
	flag.IntVar(&s.lines, "lines", 0, "payments, a fifth of them for no open invoice; 0: four for every five open invoices, at most 16000")
	flag.StringVar(&noise, "noise", "clean,light,medium,heavy", "noise levels")
	flag.StringVar(&format, "format", "", fmt.Sprintf("all statements in one format: %v; default: a mix", bankgen.Formats()))
	flag.StringVar(&sizes, "sizes", "1000,10000,100000", "open invoices of the cost table; add 1000000 for a quarter of an hour more; none: no table")
	flag.BoolVar(&s.fsync, "fsync", true, "commits survive a crash of the machine")
	flag.StringVar(&s.postgres, "postgres", "shared_buffers=1GB max_wal_size=4GB", "settings of PostgreSQL, as docker-compose.yml has them")
	flag.IntVar(&s.show, "show", 3, "wrong ones shown for each rung")
	flag.IntVar(&s.held, "held", 0, "payments left to a person shown for each class and reason")
	flag.StringVar(&s.json, "json", "", "also append JSON lines to this file")
	flag.StringVar(&s.truth, "truth", "", "also write the statements and the truth into this folder")
	flag.Parse()
	s.format = bankgen.Format(format)
	if s.lines == 0 {
		s.lines = min(16_000, bankgen.MostLines(s.open))
	}
	for _, level := range strings.Split(noise, ",") {
		s.noise = append(s.noise, bankgen.Noise(level))
	}
	for _, text := range strings.Split(sizes, ",") {
		if text == "" || text == "none" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 100 {
			return s, fmt.Errorf("-sizes: %q is no number of open invoices from 100: write 1000,10000", text)
		}
		s.sizes = append(s.sizes, n)
	}
	return s, nil
}

func (s settings) options(level bankgen.Noise) bankgen.Options {
	return bankgen.Options{Seed: s.seed, Open: s.open, Lines: s.lines, Noise: level, Format: s.format, Reference: reference}
}

func run(ctx context.Context) error {
	s, err := flags()
	if err != nil {
		return err
	}
	db, err := startDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer db.stop()
	out := &report{settings: s}
	fmt.Printf("seed %d, %d open invoices, %d payments for each level, fsync %v, PostgreSQL with %s\n\n", s.seed, s.open, s.lines, s.fsync, cmp.Or(s.postgres, "its own settings"))
	on, err := db.file(ctx, s.options(bankgen.Clean))
	if err != nil {
		return err
	}
	for _, level := range s.noise {
		r, err := db.measure(ctx, on, s.options(level), s.truth)
		if err != nil {
			return fmt.Errorf("%s: %w", level, err)
		}
		out.level(r)
	}
	db.drop(ctx, on)
	out.print()
	if err := costs(ctx, db, s, out); err != nil {
		return err
	}
	return errors.Join(out.save(), out.verdict())
}

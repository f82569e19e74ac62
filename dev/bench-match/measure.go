package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"dunlin/dev/bankgen"
)

// reference is the structured reference that the product prints on an invoice.
func reference(number string) string { return bankgen.RF(number) }

// progress says on stderr what is going on.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench-match: "+format+"\n", args...)
}

// measured is what one world came to.
type measured struct {
	world *bankgen.World
	took  Took
	cpu   float64 // seconds of matching and booking, Go and PostgreSQL
	score score
}

// file makes a database with a world's books. They are the same at every noise level, so that a level needs
// a copy only.
func (db *database) file(ctx context.Context, o bankgen.Options) (name string, err error) {
	w, err := bankgen.Generate(o)
	if err != nil {
		return "", err
	}
	b, err := db.copy(ctx, template)
	if err != nil {
		return "", err
	}
	defer b.shut()
	began := time.Now()
	if err := b.load(ctx, w); err != nil {
		return "", fmt.Errorf("loading the books: %w", err)
	}
	progress("%d open and %d settled invoices of %d customers on file in %s", len(w.Open), len(w.Settled), len(w.Customers), time.Since(began).Round(time.Millisecond))
	return b.name, nil
}

// measure makes a world, imports its statements into a copy of its books and reads what was decided.
func (db *database) measure(ctx context.Context, on string, o bankgen.Options, truth string) (*measured, error) {
	w, err := bankgen.Generate(o)
	if err != nil {
		return nil, err
	}
	if err := keep(w, truth); err != nil {
		return nil, err
	}
	b, err := db.copy(ctx, on)
	if err != nil {
		return nil, err
	}
	defer db.drop(ctx, b.name)
	defer b.shut()
	m := &measured{world: w}
	var by Importer = product{b}
	for _, f := range w.Files() {
		r, out := io.Pipe()
		go func() { _ = out.CloseWithError(w.Write(f, out)) }()
		before := db.cpu()
		took, err := by.Import(ctx, f, r)
		_ = r.Close() // frees the writer if the import failed
		if err != nil {
			return nil, fmt.Errorf("importing %s: %w", f.Name, err)
		}
		m.cpu += (db.cpu() - before) * took.Book.Seconds() / (took.Book + took.Parse).Seconds()
		m.took.Lines += took.Lines
		m.took.Parse += took.Parse
		m.took.Book += took.Book
	}
	decided, err := b.decisions(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the decisions: %w", err)
	}
	m.score = judge(w, decided)
	progress("%s: %d lines booked in %s", w.Noise, m.took.Lines, m.took.Book.Round(time.Millisecond))
	return m, nil
}

// keep writes the statements and the truth into a folder, for other programs to try.
func keep(w *bankgen.World, folder string) error {
	if folder == "" {
		return nil
	}
	folder = filepath.Join(folder, string(w.Noise))
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	write := func(name string, to func(io.Writer) error) error {
		f, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		defer f.Close()
		return to(f)
	}
	for _, f := range w.Files() {
		if err := write(f.Name, func(out io.Writer) error { return w.Write(f, out) }); err != nil {
			return err
		}
	}
	if err := write("books.jsonl", w.WriteBooks); err != nil {
		return err
	}
	return write("truth.jsonl", w.WriteTruth)
}

package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/starter/importfile"
)

// maxAtOnce is how many rows --all-or-nothing takes: they are held in memory and go in together.
const maxAtOnce = 100_000

// onlyOfFiles refuses the flags of one invoice beside a file, whose rows would not heed them.
func onlyOfFiles(cmd *cobra.Command) (err error) {
	own := cmd.LocalNonPersistentFlags()
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && own.Lookup(f.Name) != nil && !slices.Contains([]string{"creditor", "format", "chunk", "all-or-nothing"}, f.Name) {
			err = invoice.Invalid(f.Name, "and a file cannot both be given").
				WithHint("with a file only --creditor, --format, --chunk and --all-or-nothing have a meaning; the rest stands in its columns")
		}
	})
	return err
}

// put takes a chunk of rows in, in one transaction.
type put func(ctx context.Context, rows []importfile.Row, allOrNothing bool) ([]collection.IssueResult, error)

// issueFile issues the invoices of a file.
func (a *app) issueFile(ctx context.Context, b intake, name string, f issueFlags) error {
	_, err := a.takeFile(ctx, name, f, "issued", false, func(ctx context.Context, good []importfile.Row, allOrNothing bool) ([]collection.IssueResult, error) {
		rows := make([]collection.Issue, len(good))
		for i, r := range good {
			rows[i] = r.Issue
		}
		return b.IssueMany(ctx, rows, allOrNothing)
	})
	return err
}

// takeFile takes the rows of a file in; verb says in the answer what became of them.
func (a *app) takeFile(ctx context.Context, name string, f issueFlags, verb string, enrol bool, b put) (*tally, error) {
	if f.chunk < 1 || f.chunk > 1000 {
		return nil, invoice.Invalid("chunk", "%d is not between 1 and 1000", f.chunk)
	}
	src, err := a.source(name)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	rows, err := importfile.New(src, importfile.Options{Format: importfile.Format(f.format), Name: name, Creditor: f.creditor, Actor: a.actor, Enrol: enrol})
	if err != nil {
		return nil, err
	}
	t := a.newTally(src, verb)
	if f.allOrNothing {
		err = a.importAtOnce(ctx, b, rows, t)
	} else {
		err = a.importChunks(ctx, b, rows, t, f.chunk)
	}
	if err := t.finish(f.allOrNothing, err); err != nil {
		return t, err
	}
	if t.Refused > 0 {
		a.exitCode = exitRows
	}
	return t, nil
}

// importChunks reads and commits chunk by chunk; a chunk that is in stays in.
func (a *app) importChunks(ctx context.Context, b put, rows *importfile.Reader, t *tally, size int) error {
	good := make([]importfile.Row, 0, size)
	for {
		row, err := rows.Next()
		end := errors.Is(err, io.EOF)
		t.read(err)
		switch {
		case end:
		case err != nil:
			return errors.Join(a.commitChunk(ctx, b, good, t, false), err)
		case row.Err != nil:
			t.refused(row, row.Err)
			continue
		default:
			good = append(good, row)
		}
		if len(good) == size || end {
			if err := a.commitChunk(ctx, b, good, t, false); err != nil {
				return err
			}
			good = good[:0]
		}
		if end {
			return nil
		}
	}
}

// importAtOnce reads the whole file first; one refused row keeps all out.
func (a *app) importAtOnce(ctx context.Context, b put, rows *importfile.Reader, t *tally) error {
	var good []importfile.Row
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		t.read(err)
		switch {
		case err != nil:
			return err
		case row.Err != nil:
			t.refused(row, row.Err)
		case len(good) == maxAtOnce:
			return invoice.Invalid("file", "has more than %s rows", count(maxAtOnce)).WithHint("leave --all-or-nothing away, or split the file")
		default:
			good = append(good, row)
		}
	}
	if t.Refused > 0 {
		return nil
	}
	return a.commitChunk(ctx, b, good, t, true)
}

func (a *app) commitChunk(ctx context.Context, b put, good []importfile.Row, t *tally, allOrNothing bool) error {
	if len(good) == 0 {
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	results, err := b(ctx, good, allOrNothing)
	if err != nil {
		return err
	}
	none := allOrNothing && slices.ContainsFunc(results, func(r collection.IssueResult) bool { return r.Err != nil })
	for i, r := range results {
		switch {
		case r.Err != nil:
			t.refused(good[i], refusal(r.Err))
		case none:
		case r.Receipt.Repeated:
			t.AlreadyThere++
		default:
			t.Issued++
		}
	}
	t.progress()
	return nil
}

// sized is a source that knows how much of it was read.
type sized struct {
	io.ReadCloser
	name  string
	size  int64 // 0: unknown
	taken int64
}

func (s *sized) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.taken += int64(n)
	return n, err
}

func (a *app) source(name string) (*sized, error) {
	if name == "-" {
		return &sized{ReadCloser: io.NopCloser(a.in), name: "standard input"}, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, invoice.Invalid("file", "%s does not exist", name)
	} else if err != nil {
		return nil, invoice.Invalid("file", "%s cannot be read: %s", name, err)
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		f.Close()
		return nil, invoice.Invalid("file", "%s is not a file", name)
	}
	return &sized{ReadCloser: f, name: name, size: info.Size()}, nil
}

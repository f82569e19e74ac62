package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dunlin/collection"
	"dunlin/dev/lab"
	"dunlin/dev/sample"
	"dunlin/invoice"
)

// imports are the imports of bank files that are worth keeping, by what is special about them. Each
// says the workflow whose history it is.
var imports = []struct {
	name string
	find func(ctx context.Context, l *lab.Lab) (workflow string, err error)
}{
	{"import-refused", func(ctx context.Context, l *lab.Lab) (string, error) {
		return newestFile(ctx, l, collection.FileRefused)
	}},
	{"import-in-one-page", func(ctx context.Context, l *lab.Lab) (string, error) { return newestFile(ctx, l, collection.FileDone) }},
	{"import-in-several-pages", func(ctx context.Context, l *lab.Lab) (string, error) {
		return importLarge(ctx, l, 1, 90_000, func(collection.BankFile) (bool, error) { return true, nil })
	}},
	{"import-worker-killed", func(ctx context.Context, l *lab.Lab) (string, error) {
		return importLarge(ctx, l, 2, 9_000, func(f collection.BankFile) (bool, error) {
			if f.Booked == 0 || f.Booked == f.Payments {
				return false, nil
			}
			l.KillWorker()
			return true, l.StartWorker(ctx)
		})
	}},
}

// newestFile finds the newest file of the demo in a state.
func newestFile(ctx context.Context, l *lab.Lab, state collection.FileState) (string, error) {
	f, err := bankFile(ctx, l, "files", "--state", string(state), "--limit", "1")
	if err == nil && f.Workflow == "" {
		err = fmt.Errorf("the demo had no file that is %s", state)
	}
	return f.Workflow, err
}

// bankFile runs a command of dunlin bank that answers one file.
func bankFile(ctx context.Context, l *lab.Lab, args ...string) (f collection.BankFile, err error) {
	text, err := l.CLI(ctx, append(append([]string{"bank"}, args...), "--json")...)
	if err != nil || len(text) == 0 {
		return f, err
	}
	return f, json.Unmarshal(text, &f)
}

// largePatience is how long a large import may take, the wait for a killed worker's work included.
const largePatience = 5 * time.Minute

// importLarge imports a statement of so many lines for the harbor of the sample. disturb is told how far it is
// until it says that it has done what it wanted to.
func importLarge(ctx context.Context, l *lab.Lab, n, lines int, disturb func(collection.BankFile) (bool, error)) (string, error) {
	on := invoice.DateOf(l.Clock.Reading()).AddDays(n)
	s := sample.Statement{Account: "000123456789", Bank: "FDOKUS33", Currency: "USD", Number: 900 + n, From: on, To: on}
	for i := range lines {
		s.Lines = append(s.Lines, sample.StatementLine{
			Booked: on, Value: on, Minor: -int64(100 + i%89), Ref: fmt.Sprintf("LG%d%07d", n, i), EndToEnd: fmt.Sprintf("E%07d", i), Name: "SUPPLIER", Text: fmt.Sprintf("DELIVERY %d", i),
		})
		s.Closing -= int64(100 + i%89)
	}
	name := filepath.Join(l.Folder(), fmt.Sprintf("large-%d.bai", n))
	if err := os.WriteFile(name, sample.BAI2([]sample.Statement{s}), 0o600); err != nil {
		return "", err
	}
	f, err := bankFile(ctx, l, "import", name)
	done := false
	for begun := time.Now(); err == nil && !f.State.Ended(); {
		if time.Since(begun) > largePatience {
			return "", fmt.Errorf("the import of %s stands still: it is %s", name, f.State)
		}
		if !done {
			if done, err = disturb(f); err != nil {
				return "", err
			}
		}
		time.Sleep(100 * time.Millisecond)
		f, err = bankFile(ctx, l, "files", f.SHA256)
	}
	switch {
	case err != nil:
		return "", err
	case f.State != collection.FileDone:
		return "", fmt.Errorf("%s: %s", f.State, f.Reason)
	case !done:
		return "", errors.New("the import was over before anything could be done to it")
	}
	return f.Workflow, nil
}

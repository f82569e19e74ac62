package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"dunlin/bank"
	"dunlin/collection"
)

// Vault keeps bank files and what became of them. Each method may be repeated: it goes by what is on file.
type Vault interface {
	// StageFile has a stored file read into staging, all of it or nothing, and refuses one that cannot be read.
	StageFile(ctx context.Context, i collection.Import, read func(f collection.StoredFile, sink bank.Sink) (bank.Report, error)) (collection.FileStanding, error)
	// AcceptFile takes in what lies in staging, or refuses all of it, in one transaction.
	AcceptFile(ctx context.Context, i collection.Import) (collection.FileStanding, error)
	// BookPage books the next payments of an accepted file, in one transaction.
	BookPage(ctx context.Context, r collection.PageRequest) (collection.Page, error)
}

// Imports does the acts of a bank file's import.
type Imports struct {
	Vault  Vault
	Limits bank.Limits // of a file; the zero value means the defaults
}

// RegisterImports makes the acts of an import known to a worker under their names of the contract.
func RegisterImports(r worker.ActivityRegistry, a *Imports) {
	for name, f := range map[string]any{
		collection.ParseFile:  a.ParseFile,
		collection.AcceptFile: a.AcceptFile,
		collection.BookPage:   a.BookPage,
	} {
		r.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
}

// beat is how often an act that takes long says that it lives: well within the workflow's heartbeat timeout.
const beat = 5 * time.Second

// living says that the worker lives for as long as f takes. One that is gone is noticed within the
// heartbeat timeout, not when an hour is over.
func living[T any](ctx context.Context, f func(ctx context.Context) (T, error)) (T, error) {
	done := make(chan struct{})
	defer close(done)
	go func() {
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
			case <-done:
				return
			}
		}
	}()
	answer, err := f(ctx)
	return answer, forTemporal(err)
}

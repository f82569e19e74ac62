package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"dunlin/bank"
	"dunlin/collection"
	"dunlin/dev/bankgen"
)

// Importer takes one statement file in, to the last line of it.
type Importer interface {
	Import(ctx context.Context, f bankgen.File, content io.Reader) (Took, error)
}

// Took is how long the parts of an import took.
type Took struct {
	Lines int           // payments that were booked
	Parse time.Duration // storing, parsing to staging, accepting
	Book  time.Duration // matching and booking
}

// product imports the way the product's workflow does, activity by activity, without a workflow.
type product struct{ *books }

// Import stores the file, parses it to staging, accepts it and books it page by page.
func (p product) Import(ctx context.Context, f bankgen.File, content io.Reader) (Took, error) {
	began := time.Now()
	stored, err := p.StoreFile(ctx, collection.BankUpload{Name: f.Name, Actor: actor, Profile: f.Profile}, content)
	if err != nil {
		return Took{}, err
	}
	i := collection.Import{SHA256: stored.SHA256, Attempt: stored.Attempt}
	if _, err := p.StageFile(ctx, i, read); err != nil {
		return Took{}, err
	}
	at, err := p.AcceptFile(ctx, i)
	if err != nil {
		return Took{}, err
	}
	if at.State == collection.FileRefused {
		return Took{}, p.refused(ctx, f, i)
	}
	took := Took{Lines: at.Bookable, Parse: time.Since(began)}
	began = time.Now()
	for page := (collection.Page{}); !page.Done; {
		if page, err = p.BookPage(ctx, collection.PageRequest{Import: i, Cursor: page.Cursor}); err != nil {
			return took, err
		}
	}
	took.Book = time.Since(began)
	return took, nil
}

// read reads a stored file by the product's readers.
func read(f collection.StoredFile, sink bank.Sink) (bank.Report, error) {
	return bank.Read(f.Name, f.Content, bank.Options{Profile: f.Profile, Account: f.Account, Currency: f.Currency}, sink)
}

// refused says why a file was refused.
func (p product) refused(ctx context.Context, f bankgen.File, i collection.Import) error {
	b, err := p.BankFile(ctx, i.SHA256)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s was refused: %s (%s)", f.Name, b.Reason, b.Hint)
}

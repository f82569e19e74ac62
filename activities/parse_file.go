package activities

import (
	"context"
	"errors"
	"io"

	"dunlin/bank"
	"dunlin/collection"
)

// ParseFile reads a stored bank file into staging, whatever its format; an archive with all its files.
func (a *Imports) ParseFile(ctx context.Context, i collection.Import) (collection.FileStanding, error) {
	return living(ctx, func(ctx context.Context) (collection.FileStanding, error) {
		return a.Vault.StageFile(ctx, i, a.read)
	})
}

// read hands what a file says to the sink. The memory it takes does not depend on the file's size.
func (a *Imports) read(f collection.StoredFile, sink bank.Sink) (bank.Report, error) {
	o := bank.Options{Limits: a.Limits, Profile: f.Profile, Account: f.Account, Currency: f.Currency}
	if f.ProfileYAML != "" {
		p, err := bank.ParseProfile(f.Profile, []byte(f.ProfileYAML))
		if err != nil {
			problem := &bank.Problem{File: f.Name, Field: "profile", Message: err.Error(), Fatal: true}
			return bank.Report{Problems: []*bank.Problem{problem}}, problem
		}
		o.Profiles, o.Profile = []bank.Profile{p}, p.Name
	}
	zipped, err := isZip(f.Content)
	if err != nil {
		return bank.Report{}, err
	}
	if !zipped {
		return bank.Read(f.Name, f.Content, o, sink)
	}
	reports, err := bank.ReadZip(f.Name, f.Content, f.Size, o, func(string) (bank.Sink, error) { return sink, nil })
	return together(reports), err
}

// isZip looks at how the file begins.
func isZip(r io.ReaderAt) (bool, error) {
	head := make([]byte, 4)
	if _, err := r.ReadAt(head, 0); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		return false, err
	}
	return string(head) == "PK\x03\x04" || string(head) == "PK\x05\x06", nil
}

// together makes one report of an archive's.
func together(reports []bank.Report) bank.Report {
	var all bank.Report
	formats := map[string]bool{}
	for _, r := range reports {
		if r.Format != "" && !formats[r.Format] {
			if formats[r.Format] = true; all.Format != "" {
				all.Format += ", "
			}
			all.Format += r.Format
		}
		all.Statements += r.Statements
		all.Entries += r.Entries
		all.Details += r.Details
		all.Left += r.Left
		all.Problems = append(all.Problems, r.Problems...)
	}
	if all.Format != "" {
		all.Format = "ZIP of " + all.Format
	}
	return all
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
	"dunlin/migrations"
	"dunlin/relay"
	"dunlin/store"
)

// wire connects the commands with the real world.
func wire() wiring {
	return wiring{
		open: func(ctx context.Context) (books, error) {
			return openStore(ctx, 4, message.Untried)
		},
		migrate: migrate,
		serve:   serve,
		proof:   proof,
	}
}

// openStore connects to PostgreSQL by DATABASE_URL, or by PG* when that is empty.
func openStore(ctx context.Context, conns int32, templates func() (*message.Catalog, error)) (*store.Store, error) {
	url, err := secret(os.Getenv, "DATABASE_URL")
	if err != nil {
		return nil, err
	}
	catalog, err := templates()
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, url, store.Options{MaxConns: conns, Catalog: catalog})
}

// migrate brings the database, then Temporal up to date.
func migrate(ctx context.Context, o migrateOptions, progress io.Writer) error {
	kind := "live"
	if o.Lab {
		kind = "lab"
	}
	url, err := secret(os.Getenv, "DATABASE_URL")
	if err != nil {
		return err
	}
	if err := migrations.Up(ctx, url, kind, progress); err != nil {
		return err
	}
	if err := storeShipped(ctx, progress); err != nil {
		return err
	}
	if err := learnNumbers(ctx, progress); err != nil {
		return err
	}
	if o.DatabaseOnly {
		return nil
	}
	c, namespace, err := dialTemporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := prepareNamespace(ctx, c, namespace, o.Retention, progress); err != nil {
		return err
	}
	if o.Promote {
		return promote(ctx, c, progress)
	}
	return nil
}

// storeShipped puts the policies on file that come with Dunlin. One that somebody replaced by a version
// of their own stays.
func storeShipped(ctx context.Context, progress io.Writer) error {
	s, err := openStore(ctx, 1, message.Untried)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, shipped := range dunning.Shipped() {
		have, err := s.Policy(ctx, shipped.Policy.Name)
		if err != nil && invoice.CodeOf(err) != invoice.CodeUnknown {
			return err
		}
		if err == nil && have.Version >= shipped.Policy.Version {
			continue
		}
		if err := s.PutPolicy(ctx, shipped.Policy, shipped.YAML); err != nil {
			return err
		}
		fmt.Fprintf(progress, "policy %s v%d is on file\n", shipped.Policy.Name, shipped.Policy.Version)
	}
	return nil
}

// learnNumbers lets payments find the invoices that were issued before payments were matched.
func learnNumbers(ctx context.Context, progress io.Writer) error {
	s, err := openStore(ctx, 1, message.Untried)
	if err != nil {
		return err
	}
	defer s.Close()
	n, err := s.LearnNumbers(ctx)
	if err == nil && n > 0 {
		fmt.Fprintf(progress, "the numbers of %d invoices are known to cash application\n", n)
	}
	return err
}

// proof compares every case with Temporal.
func proof(ctx context.Context, b books, o proofOptions) (relay.Report, error) {
	d, ok := b.(*store.Store)
	if !ok {
		return relay.Report{}, fmt.Errorf("verify needs the database itself")
	}
	c, namespace, err := dialTemporal(ctx)
	if err != nil {
		return relay.Report{}, err
	}
	defer c.Close()
	now, err := b.Now(ctx)
	if err != nil {
		return relay.Report{}, err
	}
	return relay.Verify(ctx, d, c, relay.VerifyConfig{ClosedSince: now.Add(-o.Since), Repair: o.Repair, Namespace: namespace, Logger: logger(o.Log), Settle: 3 * time.Second})
}

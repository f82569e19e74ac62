// Package store keeps the truth: every fact and every command is one PostgreSQL transaction here,
// validated under the lock of the invoice row and acknowledged when it commits. All SQL of Dunlin is
// in this package; one exported method is one transaction and one business event.
//
// bank_* takes statement files in and judges what they tell again; cash_* decides what payments are for and books it,
// and undoes it; issue_* puts invoices on file; payplan_* agrees on instalments. The other files are named by the fact,
// the reading or the step that they serve.
//
// Locks are taken in one order everywhere: the switches, then debtors by ascending key (by the guard, by
// stops on an address, by changes of a debtor and by the intake), then invoices by ascending key, then
// contacts. Rows are locked FOR NO KEY UPDATE, so that foreign keys never wait for them.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/message"
)

// Options configure a Store.
type Options struct {
	MaxConns int32            // largest number of connections; 0 means 16
	Catalog  *message.Catalog // templates for messages; nil means the built-in ones
}

// Store is a pool of connections to one database. It is safe for concurrent use.
type Store struct {
	pool     *pgxpool.Pool
	catalog  *message.Catalog
	policies sync.Map // hash → *dunning.Policy; compiled policies never change
	segments sync.Map // hash → *dunning.Segments
	grammars sync.Map // creditor → learned: how it numbers its invoices
}

// Open connects to the database at url; an empty url means the PG* environment.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, invoice.Invalid("DATABASE_URL", "cannot be read: %v", err)
	}
	config.MaxConns = o.MaxConns
	if config.MaxConns == 0 {
		config.MaxConns = 16
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "dunlin"
	}
	catalog := o.Catalog
	if catalog == nil {
		if catalog, err = message.NewCatalog(); err != nil {
			return nil, fmt.Errorf("templates: %w", err)
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	return &Store{pool: pool, catalog: catalog}, nil
}

// Close gives the connections back.
func (s *Store) Close() { s.pool.Close() }

// Ready says whether the database answers and has a schema.
func (s *Store) Ready(ctx context.Context) error {
	if _, err := s.Now(ctx); err != nil {
		return fmt.Errorf("database is not ready: %w", err)
	}
	return nil
}

// Now returns business time: the wall clock in a live database, the lab clock in a lab.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	err := s.pool.QueryRow(ctx, `SELECT business_now()`).Scan(&now)
	return now.UTC(), err
}

// maxTries is how often a transaction that lost a deadlock or a serialisation race is tried again.
const maxTries = 5

// tx runs fn in one transaction and commits when it returns nil.
func (s *Store) tx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	var err error
	for range maxTries {
		err = pgx.BeginFunc(ctx, s.pool, fn)
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || (pg.Code != "40P01" && pg.Code != "40001") {
			return err
		}
	}
	return err
}

// businessNow reads the time that the rest of the transaction goes by.
func businessNow(ctx context.Context, tx pgx.Tx) (time.Time, error) {
	var now time.Time
	err := tx.QueryRow(ctx, `SELECT business_now()`).Scan(&now)
	return now.UTC(), err
}

// policy returns a compiled policy by its hash.
func (s *Store) policy(ctx context.Context, q querier, hash string) (*dunning.Policy, error) {
	if p, ok := s.policies.Load(hash); ok {
		return p.(*dunning.Policy), nil
	}
	var compiled []byte
	if err := q.QueryRow(ctx, `SELECT compiled FROM policies WHERE hash = $1`, hash).Scan(&compiled); err != nil {
		return nil, fmt.Errorf("policy %s: %w", hash, err)
	}
	p, err := dunning.Compiled(compiled)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", hash, err)
	}
	s.policies.Store(hash, p)
	return p, nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// nullTime turns the zero time into SQL's null.
func nullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orZero turns SQL's null into the zero time.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

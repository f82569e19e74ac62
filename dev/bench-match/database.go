package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"dunlin/dunning"
	"dunlin/internal/pgtest"
	"dunlin/migrations"
	"dunlin/store"
)

// template is the migrated database that every measurement gets a copy of.
const template = "bench_match"

// database is the private PostgreSQL of this run.
type database struct {
	pg   *pgtest.Server
	sql  *pgxpool.Pool // to the server, for copies
	pid  int           // of the postmaster
	made int
}

func startDatabase(ctx context.Context, s settings) (*database, error) {
	pg, err := pgtest.Start(ctx, pgtest.Options{Fsync: s.fsync, Settings: strings.Fields(s.postgres)})
	if err != nil {
		return nil, err
	}
	db := &database{pg: pg}
	if err := db.prepare(ctx); err != nil {
		db.stop()
		return nil, err
	}
	return db, nil
}

func (db *database) stop() {
	if db.sql != nil {
		db.sql.Close()
	}
	db.pg.Stop()
}

// prepare makes the template: migrated, with the shipped policies.
func (db *database) prepare(ctx context.Context) error {
	var err error
	if db.sql, err = pgxpool.New(ctx, db.pg.URL("postgres")); err != nil {
		return err
	}
	if _, err := db.sql.Exec(ctx, "CREATE DATABASE "+template); err != nil {
		return err
	}
	url := db.pg.URL(template)
	if err := migrations.Up(ctx, url, "live", io.Discard); err != nil {
		return err
	}
	books, err := store.Open(ctx, url, store.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	defer books.Close()
	for _, shipped := range dunning.Shipped() {
		if err := books.PutPolicy(ctx, shipped.Policy, shipped.YAML); err != nil {
			return err
		}
	}
	db.pid = db.postmaster(ctx)
	return nil
}

// postmaster is the process id of the server, 0 where nobody can tell.
func (db *database) postmaster(ctx context.Context) int {
	var dir string
	if err := db.sql.QueryRow(ctx, "SHOW data_directory").Scan(&dir); err != nil {
		return 0
	}
	text, _ := os.ReadFile(dir + "/postmaster.pid") // unreadable is as good as empty
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

// books is one migrated database, with the store that works on it.
type books struct {
	*store.Store
	name string
	sql  *pgxpool.Pool
}

// copy makes a copy of a database that nobody is connected to.
func (db *database) copy(ctx context.Context, of string) (*books, error) {
	db.made++
	name := fmt.Sprintf("%s_%d", template, db.made)
	if _, err := db.sql.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+of); err != nil {
		return nil, err
	}
	b := &books{name: name}
	var err error
	if b.Store, err = store.Open(ctx, db.pg.URL(name), store.Options{}); err != nil {
		return nil, err
	}
	if b.sql, err = pgxpool.New(ctx, db.pg.URL(name)); err != nil {
		return nil, err
	}
	return b, nil
}

// shut ends all connections to the books.
func (b *books) shut() {
	b.Close()
	b.sql.Close()
}

// drop throws a database away.
func (db *database) drop(ctx context.Context, name string) {
	if _, err := db.sql.Exec(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
		progress("dropping a database: %v", err)
	}
}

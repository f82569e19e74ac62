// Package migrations holds the database schema and brings a database up to it.
package migrations

import (
	"context"
	"embed"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"dunlin/invoice"
)

//go:embed *.sql
var files embed.FS

// repeatAs says how a database of a kind is migrated.
var repeatAs = map[string]string{
	"lab":  "a lab is migrated with --lab; for live use another database",
	"live": "leave --lab away; for a lab use another database",
}

// Up applies what is missing, under an advisory lock so that several starters don't collide, and
// makes a new database live or lab for good. An existing database of the other kind is refused.
func Up(ctx context.Context, url, kind string, progress io.Writer) error {
	if kind != "live" && kind != "lab" {
		return fmt.Errorf("migrate: %q is not a kind of database: write live or lab", kind)
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("migrate: database address: %w", err)
	}
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()

	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		_, _ = fmt.Fprintf(progress, "migrated %s in %s\n", r.Source.Path, r.Duration.Round(1e6))
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	var is string
	err = db.QueryRowContext(ctx, `WITH made AS (INSERT INTO system (kind) VALUES ($1) ON CONFLICT DO NOTHING RETURNING kind)
		SELECT kind FROM made UNION ALL SELECT kind FROM system LIMIT 1`, kind).Scan(&is)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if is != kind {
		return invoice.WrongState("this is a %s database, and it stays one", is).WithHint("%s", repeatAs[is])
	}
	return nil
}

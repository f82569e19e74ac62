package main

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"dunlin/dunning"
	"dunlin/internal/pgtest"
	"dunlin/migrations"
	"dunlin/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dunlin": main})
}

// TestScripts runs the real program against a real PostgreSQL, one database per script.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			url := pgtest.NewDatabase(t, newDatabase)
			env.Setenv("DATABASE_URL", url)
			env.Setenv("EMPTY_DATABASE_URL", pgtest.NewDatabase(t, nil))
			env.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1") // nobody listens there
			env.Setenv("USER", "vera")
			env.Setenv("SOON", time.Now().AddDate(0, 0, 9).Format(time.DateOnly)) // within what policies allow for promises and plans
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"code": exitCode, "rows": writeRows, "within": within},
	})
}

// newDatabase is what dunlin migrate --database-only makes.
func newDatabase(ctx context.Context, url string) error {
	if err := migrations.Up(ctx, url, "live", io.Discard); err != nil {
		return err
	}
	s, err := store.Open(ctx, url, store.Options{MaxConns: 1})
	if err != nil {
		return err
	}
	defer s.Close()
	for _, shipped := range dunning.Shipped() {
		if err := s.PutPolicy(ctx, shipped.Policy, shipped.YAML); err != nil {
			return err
		}
	}
	return nil
}

//go:build unix

package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// URLVariable names the environment variable with the URL of a server for tests: any PostgreSQL whose
// user may create databases. The wrapper in the folder with sets it. DATABASE_URL is deliberately not
// read: it could be the database of a running installation.
const URLVariable = "DUNLIN_TEST_DATABASE_URL"

// shared is the server of this process, started by the first test that asks. It dies with the process.
var shared = sync.OnceValues(func() (string, error) {
	if u := os.Getenv(URLVariable); u != "" {
		return u, nil
	}
	s, err := Start(context.Background(), Options{})
	if err != nil {
		return "", err
	}
	return s.URL("postgres"), nil
})

// NewDatabase gives a test a migrated database of its own and returns its URL. It is dropped when the
// test ends.
//
// The first call with a key runs migrate on an empty database, which becomes the template of all others
// with that key; it must close its connections. The key is a word or a hash that changes when the
// migrations change; left out, it is the name of the migrate function, which will do unless the server
// outlives the run. A nil migrate gives an empty database.
func NewDatabase(t testing.TB, migrate func(ctx context.Context, url string) error, key ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	admin, err := shared()
	if err != nil {
		t.Fatalf("a database for the test: %v", err)
	}
	template := "template0"
	if migrate != nil {
		template = templateName(migrate, key)
		if err := ensureTemplate(ctx, admin, template, migrate); err != nil {
			t.Fatalf("the template of the test databases: %v", err)
		}
	}
	name := "dunlin_test_" + strings.ToLower(rand.Text()[:12])
	if err := execute(ctx, admin, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("a database for the test: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := execute(ctx, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Logf("dropping the test's database: %v", err)
		}
	})
	return withDatabase(admin, name)
}

func templateName(migrate func(context.Context, string) error, key []string) string {
	if len(key) == 0 {
		key = []string{runtime.FuncForPC(reflect.ValueOf(migrate).Pointer()).Name()}
	}
	sum := sha256.Sum256([]byte(strings.Join(key, "\x00")))
	return "dunlin_template_" + hex.EncodeToString(sum[:8])
}

// ready remembers the templates this process has seen, so that later tests ask nobody.
var ready sync.Map

// ensureTemplate makes the template unless it is there. An advisory lock lets one of several processes
// make it while the others wait.
func ensureTemplate(ctx context.Context, admin, name string, migrate func(context.Context, string) error) error {
	once, _ := ready.LoadOrStore(name, &sync.Mutex{})
	mine := once.(*sync.Mutex)
	mine.Lock()
	defer mine.Unlock()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // frees the advisory lock, too
	exists := func() (yes bool, err error) {
		err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&yes)
		return yes, err
	}
	if yes, err := exists(); err != nil || yes {
		return err
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtextextended($1, 0))", name); err != nil {
		return err
	}
	if yes, err := exists(); err != nil || yes {
		return err
	}
	return makeTemplate(ctx, conn, admin, name, migrate)
}

// makeTemplate migrates a database under another name first: one whose migration fails or is killed
// must never serve as the template.
func makeTemplate(ctx context.Context, conn *pgx.Conn, admin, name string, migrate func(context.Context, string) error) error {
	half := name + "_new"
	for _, sql := range []string{"DROP DATABASE IF EXISTS " + half + " WITH (FORCE)", "CREATE DATABASE " + half + " TEMPLATE template0"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := migrate(ctx, withDatabase(admin, half)); err != nil {
		return fmt.Errorf("migrating it: %w", err)
	}
	for _, sql := range []string{
		"ALTER DATABASE " + half + " ALLOW_CONNECTIONS false", // nobody may connect while it is copied
		"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + half + "'",
		"ALTER DATABASE " + half + " RENAME TO " + name,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func execute(ctx context.Context, url, sql string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql)
	return err
}

// withDatabase replaces the database name in a URL.
func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // connecting to it will say what is wrong
	}
	u.Path = "/" + name
	return u.String()
}

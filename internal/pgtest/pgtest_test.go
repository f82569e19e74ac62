//go:build unix

package pgtest_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"dunlin/internal/pgtest"
)

var migrations atomic.Int32

func migrate(ctx context.Context, url string) error {
	migrations.Add(1)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE TABLE letter (id int PRIMARY KEY, body text)")
	return err
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Each test has its own copy of one migrated database, however many ask at once.
func TestNewDatabase(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			conn := connect(t, pgtest.NewDatabase(t, migrate, t.Name()))
			_, err := conn.Exec(t.Context(), "INSERT INTO letter VALUES (1, $1)", strconv.Itoa(i))
			require.NoError(t, err)
		})
	}
	all.Wait()
	require.LessOrEqual(t, migrations.Load(), int32(2)) // this test's and TestDropped's
}

func TestDropped(t *testing.T) { //nolint:tparallel // the inner test's end is what is looked at
	t.Parallel()
	var url string
	t.Run("a test", func(t *testing.T) { url = pgtest.NewDatabase(t, migrate) })
	_, err := pgx.Connect(t.Context(), url)
	require.ErrorContains(t, err, "does not exist")
}

// Without migrations the database is empty.
func TestEmpty(t *testing.T) {
	t.Parallel()
	url := pgtest.NewDatabase(t, nil)
	require.Contains(t, url, "dunlin_test_")
	var tables int
	require.NoError(t, connect(t, url).QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables))
	require.Zero(t, tables)
}

// A folder keeps its data between starts, and only one server may use it.
func TestPersistent(t *testing.T) {
	t.Parallel()
	home, err := os.MkdirTemp("/tmp", "dunlin-pgtest-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(home, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	dir := filepath.Join(home, "deep", "pg")

	s, err := pgtest.Start(t.Context(), pgtest.Options{DataDir: dir, Fsync: true})
	require.NoError(t, err)
	_, err = connect(t, s.URL("postgres")).Exec(t.Context(), "CREATE TABLE kept AS SELECT 42 AS answer")
	require.NoError(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = pgtest.Start(ctx, pgtest.Options{DataDir: dir})
	require.ErrorIs(t, err, context.DeadlineExceeded, "it waits for the other server")
	s.Stop()

	s, err = pgtest.Start(t.Context(), pgtest.Options{DataDir: dir, Fsync: true, Port: s.Port()})
	require.NoError(t, err)
	defer s.Stop()
	var answer int
	require.NoError(t, connect(t, s.URL("postgres")).QueryRow(t.Context(), "SELECT answer FROM kept").Scan(&answer))
	require.Equal(t, 42, answer)
	var fsync string
	require.NoError(t, connect(t, s.URL("postgres")).QueryRow(t.Context(), "SHOW fsync").Scan(&fsync))
	require.Equal(t, "on", fsync)
}

// Kill -9 of the program that started a server leaves neither a process nor, after the next start, its
// temporary folder.
func TestKilledParent(t *testing.T) {
	if os.Getenv("PGTEST_CHILD") != "" {
		s, err := pgtest.Start(context.Background(), pgtest.Options{})
		require.NoError(t, err)
		pid, err := os.ReadFile(filepath.Join(s.DataDir(), "data", "postmaster.pid"))
		require.NoError(t, err)
		line, _, _ := strings.Cut(string(pid), "\n")
		_, _ = os.Stdout.WriteString("up " + line + " " + s.DataDir() + "\n")
		select {} // until killed
	}
	t.Parallel()
	child := exec.Command(os.Args[0], "-test.run=^TestKilledParent$")
	child.Env = append(os.Environ(), "PGTEST_CHILD=1")
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	words := strings.Fields(line)
	require.Len(t, words, 3, line)
	postmaster, err := strconv.Atoi(words[1])
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(postmaster, 0), "the server runs")

	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	require.Eventually(t, func() bool { return gone(postmaster) }, 20*time.Second, 20*time.Millisecond)
	s, err := pgtest.Start(t.Context(), pgtest.Options{})
	require.NoError(t, err)
	s.Stop()
	require.NoDirExists(t, words[2])
	require.NoDirExists(t, s.DataDir())
}

// gone reports whether a process has ended, even if nobody has collected its exit status yet.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestProgramsMissing(t *testing.T) {
	t.Setenv("PG_BINDIR", t.TempDir())
	_, err := pgtest.Programs()
	require.ErrorContains(t, err, "PG_BINDIR")
}

func BenchmarkNewDatabase(b *testing.B) {
	for b.Loop() {
		pgtest.NewDatabase(b, migrate)
	}
}

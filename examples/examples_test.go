// Package examples_test runs the examples as they stand, with the programs as they are built.
package examples_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"dunlin/activities"
	"dunlin/collection"
	"dunlin/internal/pgtest"
	"dunlin/store"
	"dunlin/workflows"
)

// programs builds dunlin, migrates a database and returns the environment that the examples ask for.
func programs(t *testing.T) (dunlin string, env []string) {
	t.Helper()
	bin := t.TempDir()
	dunlin = filepath.Join(bin, "dunlin")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", dunlin, "../starter").CombinedOutput()
	require.NoError(t, err, "%s", out)
	env = append(os.Environ(), "DATABASE_URL="+pgtest.NewDatabase(t, nil), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	run(t, env, dunlin, "migrate", "--database-only")
	return dunlin, env
}

func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func TestOneInvoice(t *testing.T) {
	t.Parallel()
	_, env := programs(t)
	out := run(t, env, "bash", "one-invoice.sh")
	require.Contains(t, out, "acme/INV-1 is in collection")
	require.Contains(t, out, "acme/INV-1: paid")
}

// TestStatement imports the statement. The test stands in for the worker: the workflow and its acts are the real
// ones, and no Temporal server is needed.
func TestStatement(t *testing.T) {
	t.Parallel()
	_, env := programs(t)
	work(t, env)
	out := run(t, env, "bash", "statement.sh")
	require.Contains(t, out, "The same bytes were on file already")
	require.Contains(t, out, "acme/INV-3: paid")
	require.Contains(t, out, "the text names INV-3")
}

// work imports bank files until the test ends, as a worker does.
func work(t *testing.T, env []string) {
	t.Helper()
	url, _ := strings.CutPrefix(env[slices.IndexFunc(env, func(v string) bool { return strings.HasPrefix(v, "DATABASE_URL=") })], "DATABASE_URL=")
	ctx, cancel := context.WithCancel(t.Context())
	books, err := store.Open(ctx, url, store.Options{MaxConns: 4})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			due, err := books.ClaimImports(ctx, 1)
			for _, i := range due {
				err = errors.Join(err, importFile(books, i))
			}
			if err != nil && ctx.Err() == nil {
				ended <- err
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		ended <- nil
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		books.Close()
	})
}

// importFile runs the import of one file to its end.
func importFile(books *store.Store, i collection.Import) error {
	var suite testsuite.WorkflowTestSuite
	suite.SetDisableRegistrationAliasing(true)
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	run := suite.NewTestWorkflowEnvironment()
	workflows.Register(run)
	activities.RegisterImports(run, &activities.Imports{Vault: books})
	run.ExecuteWorkflow(collection.ImportStatement, collection.ImportInput{Import: i})
	return run.GetWorkflowError()
}

// TestInvoiceOverHTTP sends what the README's curl sends.
func TestInvoiceOverHTTP(t *testing.T) {
	t.Parallel()
	dunlin, env := programs(t)
	run(t, env, dunlin, "creditor", "put", "creditor.json")
	key := strings.TrimSpace(strings.SplitN(run(t, env, dunlin, "key", "create", "shop"), "\n", 2)[0])
	address := serve(t, env, dunlin)
	invoice, err := os.ReadFile("invoice.json")
	require.NoError(t, err)
	post := func(path string, body []byte, idempotency string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+path, bytes.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("Content-Type", "application/json")
		if idempotency != "" {
			request.Header.Set("Idempotency-Key", idempotency)
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	require.Equal(t, http.StatusCreated, post("/v1/invoices", invoice, ""))
	payment := []byte(`{"amount":{"amount":"1190.00","currency":"EUR"}}`)
	require.Equal(t, http.StatusCreated, post("/v1/invoices/acme/INV-2/payments", payment, "BANK-20260514-0042"))
	require.Contains(t, run(t, env, dunlin, "status", "acme/INV-2"), "acme/INV-2: paid")
}

// serve starts the API on a free port and returns its address.
func serve(t *testing.T, env []string, dunlin string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	cmd := exec.CommandContext(ctx, dunlin, "serve", "--listen", "127.0.0.1:0")
	cmd.Env = env
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cancel(); _ = cmd.Wait() }) // killed: its error says so
	line := make([]byte, 4096)
	n, err := log.Read(line)
	require.NoError(t, err)
	address := regexp.MustCompile(`http://[0-9.:]+`).Find(line[:n])
	require.NotNil(t, address, "%s", line[:n])
	return string(address)
}

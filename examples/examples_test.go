// Package examples_test runs the examples as they stand, with the programs as they are built.
package examples_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/internal/pgtest"
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

package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/relay"
)

func TestMetersAreServed(t *testing.T) {
	t.Parallel()
	m, err := newMeters()
	require.NoError(t, err)
	m.temporal.Counter("temporal_request").Inc(1)
	m.verified(relay.Report{OpenChecked: 7, Running: 6, Missing: make([]relay.CaseProblem, 1)})
	ctx, fail := context.WithCancelCause(t.Context())
	defer fail(nil)
	address, err := m.serve(ctx, "127.0.0.1:0", func(context.Context) error { return errors.New("no database") }, fail)
	require.NoError(t, err)
	for path, want := range map[string]string{
		"/metrics": `dunlin_cases{state="missing"} 1`, "/healthz": "ok", "/readyz": "no database",
	} {
		answer, err := http.Get("http://" + address.String() + path)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Contains(t, string(body), want)
		require.Equal(t, path == "/readyz", answer.StatusCode == http.StatusServiceUnavailable)
	}
}

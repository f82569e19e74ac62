package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"dunlin/api"
)

func (f *front) probe(path, from string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = from
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return w
}

const (
	here  = "127.0.0.1:5000"
	there = "203.0.113.7:5000"
)

func TestProbes(t *testing.T) {
	t.Parallel()
	f := setup(t, func(c *api.Config) { c.Metrics = prometheus.NewRegistry() })
	f.send(http.MethodGet, base, "")
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		require.Equal(t, 200, f.probe(path, here).Code, path)
		require.Equal(t, 200, f.probe(path, "[::1]:5000").Code, path)
		require.Equal(t, 200, f.probe(path, there, "Authorization", "Bearer s3cret").Code, path)
		problemOf(t, f.probe(path, there), 403)
		problemOf(t, f.probe(path, there, "Authorization", "Bearer wrong"), 403)
		problemOf(t, f.probe(path, here, "X-Forwarded-For", "203.0.113.7"), 403)
	}
	require.Contains(t, f.probe("/metrics", here).Body.String(), `dunlin_http_requests_total{route="GET /v1/invoices/{creditor}/{number}",status="200"} 1`)
	f.fail = errors.New("no database")
	require.Equal(t, 200, f.probe("/healthz", here).Code)
	problemOf(t, f.probe("/readyz", here), 503)

	public := setup(t, func(c *api.Config) { c.OpenProbes = true })
	require.Equal(t, 200, public.probe("/readyz", there).Code)
	problemOf(t, public.probe("/metrics", there), 404)
}

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyWithin is how long the database may take to show that it is there.
const readyWithin = 2 * time.Second

// routeProbes adds health (the process runs), readiness (the database answers) and metrics.
func (s *server) routeProbes(mux *http.ServeMux) {
	mux.Handle("GET /healthz", s.probe(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { say(w, "ok") })))
	mux.Handle("GET /readyz", s.probe(http.HandlerFunc(s.ready)))
	if s.Metrics != nil {
		mux.Handle("GET /metrics", s.probe(promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{})))
	}
}

func (s *server) probe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.mayProbe(r) {
			problem(http.StatusForbidden, "health and metrics answer on loopback and to API keys").write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if err := s.Store.Ready(ctx); err != nil {
		s.log.WarnContext(ctx, "api: not ready", "error", err)
		problem(http.StatusServiceUnavailable, "the database does not answer").write(w)
		return
	}
	say(w, "ready")
}

func say(w http.ResponseWriter, status string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"` + status + `"}` + "\n"))
}

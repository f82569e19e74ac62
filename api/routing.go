package api

import (
	"errors"
	"net/http"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// safely sets the headers of every answer and turns a panic into a problem.
func (s *server) safely(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		seen := &seenResponse{ResponseWriter: w}
		defer func() {
			e := recover()
			if e == nil {
				return
			}
			if err, ok := e.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(e)
			}
			s.log.ErrorContext(r.Context(), "api: panic", "panic", e, "stack", string(debug.Stack()))
			if seen.status == 0 {
				problem(http.StatusInternalServerError, "something went wrong here; the log says what").write(seen)
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// routed counts requests by route, and answers those that mux has no route for with a problem.
func (s *server) routed(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if unclean(r.URL.EscapedPath()) {
			h, pattern = http.NotFoundHandler(), "" // not a redirect: an API has one address for one thing
		}
		if pattern == "/v1/" {
			next.ServeHTTP(w, r)
			return
		}
		seen := &seenResponse{ResponseWriter: w}
		begun := time.Now()
		defer func() { s.requests.count(pattern, seen.status, time.Since(begun)) }()
		if pattern != "" {
			next.ServeHTTP(seen, r)
			return
		}
		said := &keptResponse{ResponseWriter: seen, status: http.StatusOK}
		h.ServeHTTP(said, r)
		if said.status == http.StatusMethodNotAllowed {
			problem(said.status, "%s is not possible here", r.Method).hint("possible: " + w.Header().Get("Allow")).write(seen)
			return
		}
		problem(http.StatusNotFound, "there is nothing at this address").hint("/openapi.json lists every address").write(seen)
	})
}

// unclean says that a path has empty segments, or dots for segments.
func unclean(escaped string) bool {
	return path.Clean(escaped) != strings.TrimSuffix(escaped, "/")
}

// seenResponse notes the status that went out; 0 while none has.
type seenResponse struct {
	http.ResponseWriter
	status int
}

func (s *seenResponse) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *seenResponse) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *seenResponse) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// requestMetrics counts and times requests by route; nil counts nothing.
type requestMetrics struct {
	total   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

func newRequestMetrics(registry *prometheus.Registry) (*requestMetrics, error) {
	if registry == nil {
		return nil, nil
	}
	m := &requestMetrics{
		total:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "dunlin_http_requests_total", Help: "HTTP requests by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "dunlin_http_request_seconds", Help: "Seconds until the answer, by route.", Buckets: []float64{.005, .025, .1, .25, 1, 5, 15}}, []string{"route"}),
	}
	return m, errors.Join(registry.Register(m.total), registry.Register(m.seconds))
}

func (m *requestMetrics) count(route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	if route == "" {
		route = "none"
	}
	m.total.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// words are how one provider phrases the same fates.
type words struct {
	good    func(w http.ResponseWriter)                                  // taken
	refuse  func(w http.ResponseWriter, status, code int, reason string) // not taken
	garbled int                                                          // status of a nonsense answer
	limits  func(h http.Header, reset time.Time)                         // headers of a 429
}

// answer carries out the fault and returns the status that went out, 0 where none did. It is called
// after the log was written.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, rule Rule, say words) {
	switch rule.Fault {
	case RateLimited:
		wait := time.Duration(rule.ResetAfter)
		if wait == 0 {
			wait = time.Second
		}
		say.limits(w.Header(), time.Now().Add(wait))
		say.refuse(w, http.StatusTooManyRequests, 20429, "too many requests")
	case ErrorBefore, ErrorAfter:
		say.refuse(w, rule.status(), 20500, "internal error")
	case ResetBefore, ResetAfter:
		tearDown(w)
	case HangAfter:
		wait(r.Context(), s.ctx, orElse(time.Duration(rule.Delay), time.Minute))
		tearDown(w)
	case Garbled:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(say.garbled)
		_, _ = io.WriteString(w, `{"sid": "SM`)
	case Unauthorized:
		say.refuse(w, http.StatusUnauthorized, 20003, "authorization required")
	case TooLarge:
		say.refuse(w, http.StatusRequestEntityTooLarge, 21617, "too large")
	case OptedOut:
		say.refuse(w, http.StatusBadRequest, 21610, "Attempt to send to unsubscribed recipient")
	case BadRequest:
		say.refuse(w, http.StatusBadRequest, orElse(rule.Code, 21211), "refused by the sandbox")
	default:
		say.good(w)
	}
}

// status is what the client will be answered, as far as the fault tells; 0: nothing.
func (r Rule) status() int {
	switch r.Fault {
	case RateLimited:
		return http.StatusTooManyRequests
	case ErrorBefore:
		return orElse(r.Status, http.StatusServiceUnavailable)
	case ErrorAfter:
		return orElse(r.Status, http.StatusInternalServerError)
	case Unauthorized:
		return http.StatusUnauthorized
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case OptedOut, BadRequest:
		return http.StatusBadRequest
	}
	return 0
}

// slow holds a request back before it is taken.
func (s *Server) slow(r *http.Request, rule Rule) {
	if rule.Fault == Slow {
		wait(r.Context(), s.ctx, orElse(time.Duration(rule.Delay), time.Second))
	}
}

func wait(client, server context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-client.Done():
	case <-server.Done():
	}
}

// tearDown resets the connection, so that the client sees an error and no end of file.
func tearDown(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func setLimits(h http.Header, reset time.Time) {
	h.Set("X-RateLimit-Limit", "600")
	h.Set("X-RateLimit-Remaining", "0")
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Add(time.Second-1).Unix(), 10))
}

func setRetryAfter(h http.Header, reset time.Time) {
	h.Set("Retry-After", strconv.Itoa(int(time.Until(reset)/time.Second)+1))
}

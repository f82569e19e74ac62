package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"dunlin/invoice"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"
)

// once makes a POST with an Idempotency-Key happen once: the same request again gets the answer of
// the first, another request under the same key is refused. Only successes are remembered: a refused
// request changed nothing, so it may be put right and sent again under its key.
func (s *server) once(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys := r.Header.Values(keyHeader)
		if r.Method != http.MethodPost || len(keys) == 0 || uploads(r) {
			next.ServeHTTP(w, r)
			return
		}
		if len(keys) > 1 || !validKey(keys[0]) {
			p := problem(http.StatusBadRequest, "the key is not 1 to 255 visible ASCII characters")
			p.Field = keyHeader
			p.write(w)
			return
		}
		key := fmt.Sprintf("%q/%s", actor(r.Context()), keys[0])
		status, body, state, err := s.Store.Remember(r.Context(), key, fingerprint(r))
		switch {
		case err != nil:
			s.refusal(r.Context(), err).write(w)
		case state == "done":
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set(replayedHeader, "true")
			w.WriteHeader(status)
			_, _ = w.Write(body)
		case state == "new":
			s.answerOnce(w, r, key, next)
		default:
			busy(state).write(w)
		}
	})
}

func busy(state string) *Problem {
	if state == "other" {
		p := problem(http.StatusConflict, "the key was used for another request").hint("take a new key for a new request")
		p.Field = keyHeader
		return p
	}
	p := problem(http.StatusConflict, "a request with this key is at work").hint("wait a moment and send it again")
	p.Code, p.Field = codeInProgress, keyHeader
	return p
}

// answerOnce runs the request and remembers its answer before the caller sees it.
func (s *server) answerOnce(w http.ResponseWriter, r *http.Request, key string, next http.Handler) {
	ctx := context.WithoutCancel(r.Context()) // the caller may have gone; what was done must be noted
	kept := &keptResponse{ResponseWriter: w, status: http.StatusOK}
	noted := false
	defer func() {
		if noted {
			return
		}
		if err := s.Store.Forget(ctx, key); err != nil {
			s.log.ErrorContext(ctx, "api: forget idempotency key", "error", err)
		}
	}()
	next.ServeHTTP(kept, r)
	if kept.status < http.StatusMultipleChoices {
		noted = true
		if err := s.Store.Answered(ctx, key, kept.status, kept.body.Bytes()); err != nil {
			noted = false // the facts have keys of their own: a repetition changes nothing
			s.log.ErrorContext(ctx, "api: remember answer", "error", err)
		}
	}
	w.WriteHeader(kept.status)
	_, _ = w.Write(kept.body.Bytes())
}

// fingerprint is the hash of what makes a request the same: method, address and body.
func fingerprint(r *http.Request) string {
	body, _ := io.ReadAll(r.Body) // from memory: take has read it
	r.Body = io.NopCloser(bytes.NewReader(body))
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", r.Method, r.URL.RequestURI())
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// keptResponse holds an answer back; its header goes straight to the caller's.
type keptResponse struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keptResponse) WriteHeader(status int)      { k.status = status }
func (k *keptResponse) Write(b []byte) (int, error) { return k.body.Write(b) }

// Unwrap lets http.ResponseController reach the connection.
func (k *keptResponse) Unwrap() http.ResponseWriter { return k.ResponseWriter }

func validKey(key string) bool {
	if key == "" || len(key) > 255 {
		return false
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return false
		}
	}
	return true
}

// factKey is the key under which a fact is told once: its own, or else the request's.
func factKey(own, header string) (string, error) {
	if own != "" {
		return own, nil
	}
	if header != "" {
		return header, nil
	}
	return "", invoice.Invalid("key", "is missing").WithHint("send your own reference as key, or the header %s; the same key again changes nothing", keyHeader)
}

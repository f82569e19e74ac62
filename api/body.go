package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	maxBody    = 1 << 20 // bytes of a request
	maxBatch   = 4 << 20 // bytes of a batch of invoices
	maxWebhook = 2 << 20 // bytes of a webhook
	maxDepth   = 32      // objects and lists within each other
)

// take reads the body once, up to limit bytes, and puts it back. The connection's read deadline ends
// with the body: net/http would take it for the caller hanging up while an answer is waited for.
func take(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, *Problem) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, problem(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", limit)
	}
	if err != nil {
		return nil, problem(http.StatusBadRequest, "the body could not be read to its end")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	return body, nil
}

// read takes the body of a JSON request and refuses what a JSON reader would quietly bend: a member
// written twice, of which only the last would count.
func (s *server) read(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if uploads(r) {
			if p := streamed(w, r); p != nil {
				p.write(w)
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		limit := int64(maxBody)
		if r.URL.Path == batchPath || r.URL.Path == enrolPath {
			limit = maxBatch
		}
		body, p := take(w, r, limit)
		if p == nil && r.Header.Get("Content-Encoding") != "" {
			p = problem(http.StatusUnsupportedMediaType, "an encoded body is not read").hint("send it without Content-Encoding")
		}
		if p == nil && len(body) > 0 {
			p = unambiguous(body)
		}
		if p != nil {
			p.write(w)
			return
		}
		if len(body) == 0 && r.Method == http.MethodPost {
			r.Body = io.NopCloser(strings.NewReader("{}"))
			r.ContentLength = 2
		}
		next.ServeHTTP(w, r)
	})
}

// unambiguous refuses duplicate members and deep nesting. What is no JSON is left to the reader behind.
func unambiguous(body []byte) *Problem {
	type level struct {
		seen map[string]bool // nil within a list
		key  bool            // the next token is a member's name
	}
	var open []level
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if err != nil {
			return nil //nolint:nilerr // not JSON or its end: the decoder proper says what is wrong
		}
		top := len(open) - 1
		if name, ok := token.(string); ok && top >= 0 && open[top].key {
			if open[top].seen[name] {
				return &Problem{Title: http.StatusText(http.StatusBadRequest), Status: http.StatusBadRequest, Code: codes[http.StatusBadRequest], Field: clip(name), Detail: "the member " + clip(name) + " is written twice"}
			}
			open[top].seen[name], open[top].key = true, false
			continue
		}
		if top >= 0 {
			open[top].key = open[top].seen != nil
		}
		switch token {
		case json.Delim('{'):
			open = append(open, level{seen: map[string]bool{}, key: true})
		case json.Delim('['):
			open = append(open, level{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:top]
		}
		if len(open) > maxDepth {
			return problem(http.StatusBadRequest, "the body is nested deeper than %d levels", maxDepth)
		}
	}
}

// clip keeps a name that a caller chose short enough for an answer.
func clip(name string) string {
	if r := []rune(name); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return name
}

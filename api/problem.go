package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"dunlin/invoice"
)

// Problem is every refusal's body (RFC 9457), with what a program may branch on.
type Problem struct {
	Title  string  `json:"title" doc:"The HTTP status in words"`
	Status int     `json:"status" doc:"The HTTP status"`
	Code   string  `json:"code" doc:"What a program may branch on, e.g. invalid, not_found, conflict, wrong_state, in_progress, unauthorized, unavailable"`
	Detail string  `json:"detail" doc:"What is wrong, for a person"`
	Field  string  `json:"field,omitempty" doc:"Dotted path of the offending field"`
	Hint   string  `json:"hint,omitempty" doc:"What to do about it"`
	Errors []Fault `json:"errors,omitempty" doc:"Every fault found, when there may be several"`
}

// Fault is one of several things wrong with a request. It never repeats what was sent.
type Fault struct {
	Location string `json:"location,omitempty" doc:"Where, e.g. body.total.amount or query.limit"`
	Message  string `json:"message"`
}

// statuses is the one table of refusals: code to HTTP status.
var statuses = map[invoice.Code]int{
	invoice.CodeInvalid:     http.StatusUnprocessableEntity,
	invoice.CodeUnknown:     http.StatusNotFound,
	invoice.CodeConflict:    http.StatusConflict,
	invoice.CodeState:       http.StatusConflict,
	invoice.CodeUnavailable: http.StatusServiceUnavailable,
}

// codes names what HTTP itself refuses.
var codes = map[int]string{
	http.StatusBadRequest:            string(invoice.CodeInvalid),
	http.StatusUnauthorized:          "unauthorized",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              string(invoice.CodeUnknown),
	http.StatusMethodNotAllowed:      "method_not_allowed",
	http.StatusNotAcceptable:         "not_acceptable",
	http.StatusRequestTimeout:        "timeout",
	http.StatusConflict:              string(invoice.CodeConflict),
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnsupportedMediaType:  "media_type",
	http.StatusMisdirectedRequest:    "misdirected",
	http.StatusUnprocessableEntity:   string(invoice.CodeInvalid),
	http.StatusServiceUnavailable:    string(invoice.CodeUnavailable),
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders asks the caller to come again when trying again may help.
func (p *Problem) GetHeaders() http.Header {
	if p.Status == http.StatusServiceUnavailable || p.Code == codeInProgress {
		return http.Header{"Retry-After": {"1"}}
	}
	return http.Header{}
}

// ContentType makes every problem application/problem+json.
func (p *Problem) ContentType(string) string { return problemJSON }

const (
	problemJSON    = "application/problem+json"
	codeInProgress = "in_progress"
	codeInternal   = "internal"
)

func problem(status int, format string, args ...any) *Problem {
	return &Problem{
		Title:  http.StatusText(status),
		Status: status,
		Code:   cmp.Or(codes[status], codeInternal),
		Detail: fmt.Sprintf(format, args...),
	}
}

// install replaces Huma's error, once for the process: Huma's own repeats the whole body that was
// sent, names and addresses included, in its answer.
var install = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return fromHuma(status, message, errs)
	}
})

func fromHuma(status int, message string, errs []error) *Problem {
	p := problem(status, "%s", message)
	switch {
	case status >= http.StatusInternalServerError:
		return p
	case status == http.StatusUnsupportedMediaType:
		p.Hint = "send JSON, and say so: Content-Type: application/json"
	}
	for _, err := range errs {
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			p.Errors = append(p.Errors, Fault{Location: d.Location, Message: d.Message})
		}
	}
	if len(p.Errors) > 0 {
		first := p.Errors[0]
		_, p.Field, _ = strings.Cut(first.Location, ".")
		p.Detail = strings.TrimPrefix(first.Location+": "+first.Message, ": ")
		if more := len(p.Errors) - 1; more > 0 {
			p.Detail += fmt.Sprintf(" (and %d more)", more)
		}
	}
	return p
}

// refusal turns the store's error into a problem. What is no refusal is logged, and stays in the log.
func (s *server) refusal(ctx context.Context, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*invoice.Error](err); ok && statuses[e.Code] != 0 {
		p := problem(statuses[e.Code], "%s", e.Message)
		p.Code, p.Field, p.Hint = string(e.Code), e.Field, e.Hint
		return p
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return problem(http.StatusServiceUnavailable, "the answer took too long; nothing is known to be on file").hint("send the same request with the same key again")
	}
	s.log.ErrorContext(ctx, "api: request failed", "actor", actor(ctx), "error", err)
	return problem(http.StatusInternalServerError, "something went wrong here; the log says what").hint("send the same request with the same key again")
}

func (p *Problem) hint(text string) *Problem {
	p.Hint = text
	return p
}

// write answers with the problem outside of Huma.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", problemJSON)
	w.WriteHeader(p.Status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // hints hold <key>; the type is no HTML
	_ = e.Encode(p)
}

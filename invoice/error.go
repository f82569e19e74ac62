package invoice

import (
	"errors"
	"fmt"
	"strings"
)

// Code says to a program what kind of refusal an Error is.
type Code string

// The codes a program may branch on. Each maps to one HTTP status (api) and one exit code (starter).
const (
	CodeInvalid     Code = "invalid"     // the input itself is wrong: fix it and try again
	CodeUnknown     Code = "not_found"   // the thing named does not exist
	CodeConflict    Code = "conflict"    // the same key was used before with other content
	CodeState       Code = "wrong_state" // right input, but not in the state the invoice is in now
	CodeUnavailable Code = "unavailable" // a part that is needed cannot be reached; try again
)

// Error is a refusal written for a person: which field, what was wrong with it, and what to do.
type Error struct {
	Code    Code   `json:"code"`
	Field   string `json:"field,omitempty"` // dotted path of the offending field, e.g. "amount.currency"
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // what to do about it
}

// Error reads as one sentence: field, message, hint.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Field != "" {
		b.WriteString(e.Field)
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString(" (")
		b.WriteString(e.Hint)
		b.WriteString(")")
	}
	return b.String()
}

// Invalid reports that a field of the input is wrong.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Code: CodeInvalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Unknown reports that what a field names does not exist.
func Unknown(field, format string, args ...any) *Error {
	return &Error{Code: CodeUnknown, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Conflict reports that a key is taken by other content.
func Conflict(field, format string, args ...any) *Error {
	return &Error{Code: CodeConflict, Field: field, Message: fmt.Sprintf(format, args...)}
}

// WrongState reports that the invoice's present state forbids what was asked.
func WrongState(format string, args ...any) *Error {
	return &Error{Code: CodeState, Message: fmt.Sprintf(format, args...)}
}

// WithHint returns the error with advice on what to do.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// CodeOf returns the code of the Error in err's chain, or "" when there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

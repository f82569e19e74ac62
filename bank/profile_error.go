package bank

import (
	"fmt"
	"strings"
)

// ProfileError is one thing wrong with a profile, at its place, with what to do about it.
type ProfileError struct {
	File    string `json:"file"`
	Line    int    `json:"line"`           // from 1
	Column  int    `json:"column"`         // from 1
	Path    string `json:"path,omitempty"` // such as "columns.booked"
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Error is the error in one line, as a compiler would say it.
func (e *ProfileError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", e.File, e.Line, e.Column)
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// ProfileErrors are all things wrong with a profile, in order of their places. It is never empty.
type ProfileErrors []*ProfileError

// Error lists the errors, one a line.
func (e ProfileErrors) Error() string {
	texts := make([]string, len(e))
	for i := range e {
		texts[i] = e[i].Error()
	}
	return strings.Join(texts, "\n")
}

// Unwrap gives the single errors to errors.As.
func (e ProfileErrors) Unwrap() []error {
	all := make([]error, len(e))
	for i := range e {
		all[i] = e[i]
	}
	return all
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"dunlin/dunning"
	"dunlin/invoice"
)

// Exit codes. Scripts branch on them, so they never change their meaning.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitConflict    = 4
	exitState       = 5
	exitUnavailable = 6
	exitRows        = 7
	exitFound       = 8
)

const exitHelp = `Exit codes:
  0  done
  1  failure
  2  the command line or the input is wrong
  3  not found
  4  conflict: the key is taken by other content
  5  the invoice's present state forbids it
  6  the database or Temporal cannot be reached; try again
  7  some rows of a file were refused
  8  verify found something`

var exitByCode = map[invoice.Code]int{
	invoice.CodeInvalid:     exitUsage,
	invoice.CodeUnknown:     exitNotFound,
	invoice.CodeConflict:    exitConflict,
	invoice.CodeState:       exitState,
	invoice.CodeUnavailable: exitUnavailable,
}

// problem is the JSON answer of a command that failed.
type problem struct {
	Code    invoice.Code `json:"code,omitempty"`
	Field   string       `json:"field,omitempty"`
	Message string       `json:"message"`
	Hint    string       `json:"hint,omitempty"`
	Details any          `json:"details,omitempty"`
}

// complain writes the error for a person and returns the exit code for a program.
func (a *app) complain(err error) int {
	e := a.explain(err)
	p := problem{Code: e.Code, Field: e.Field, Message: e.Message, Hint: e.Hint}
	if policy, ok := errors.AsType[dunning.PolicyErrors](err); ok {
		fmt.Fprintln(a.errs, "dunlin: the policy is not right")
		fmt.Fprintln(a.errs, policy.Error())
		p.Message, p.Details = "the policy is not right", policy
	} else {
		a.refuse("", e)
	}
	if a.json && !a.answered {
		_ = a.show(map[string]problem{"error": p})
	}
	if code, known := exitByCode[e.Code]; known {
		return code
	}
	return exitFailure
}

// explain makes an Error of whatever went wrong, with advice where there is some.
func (a *app) explain(err error) *invoice.Error {
	if e, ok := errors.AsType[*invoice.Error](err); ok {
		return e
	}
	e := &invoice.Error{Message: err.Error()}
	switch _, policy := errors.AsType[dunning.PolicyErrors](err); {
	case policy:
		e.Code = invoice.CodeInvalid
	case !a.started:
		e.Code, e.Hint = invoice.CodeInvalid, "usage: "+a.usage+"; with --help it explains itself"
	case errors.Is(err, context.Canceled):
		e.Message = "interrupted"
	case unreachable(err):
		e.Code, e.Hint = invoice.CodeUnavailable, "is it running, and do DATABASE_URL (or PG*) and TEMPORAL_ADDRESS point to it?"
	case noSchema(err):
		e.Code, e.Hint = invoice.CodeUnavailable, "the database has no schema yet, or an older one: dunlin migrate"
	}
	return e
}

// negative is what the flag parser makes of an amount below zero.
var negative = regexp.MustCompile(`^unknown shorthand flag: '[0-9.]' in (-[0-9.]+)$`)

// flagError tells a negative amount from a flag.
func flagError(_ *cobra.Command, err error) error {
	if found := negative.FindStringSubmatch(err.Error()); found != nil {
		return invoice.Invalid("amount", "%s is not above zero", found[1]).WithHint("money that went back is a return, a negative document a credit note")
	}
	return err
}

// noSchema says that a table, a column or a function is missing.
func noSchema(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && slices.Contains([]string{"42P01", "42703", "42883", "3F000"}, pg.Code)
}

// refuse prints "dunlin: where: field: what is wrong" and the hint below it.
func (a *app) refuse(where string, e *invoice.Error) {
	parts := []string{"dunlin"}
	for _, p := range []string{where, e.Field, e.Message} {
		if p != "" {
			parts = append(parts, clean(p))
		}
	}
	fmt.Fprintln(a.errs, strings.Join(parts, ": "))
	if e.Hint != "" {
		fmt.Fprintln(a.errs, "hint:", clean(e.Hint))
	}
}

// refusal makes an Error of any error, so that a row of a file can say what was wrong with it.
func refusal(err error) *invoice.Error {
	if e, ok := errors.AsType[*invoice.Error](err); ok {
		return e
	}
	return &invoice.Error{Message: err.Error()}
}

func unreachable(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P") // connection lost, server going down or starting
	}
	_, ok := errors.AsType[net.Error](err)
	return ok || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF)
}

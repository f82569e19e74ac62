package relay

import (
	"context"
	"errors"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc/codes"

	"dunlin/internal/failpoint"
)

// kind is what an error means for a wake.
type kind int

const (
	done        kind = iota
	unreachable      // Temporal answers nobody: all of the relay slows down, nothing is counted
	busy             // this workflow cannot take it now, e.g. it is closing: try again, nothing is counted
	refused          // Temporal does not take this wake: it is counted, and parked in the end
	database         // our own database failed: the lease ends by itself
)

var errBusy = errors.New("try again")

// booksError keeps a failure of our database apart from an answer of Temporal.
type booksError struct{ error }

func (e booksError) Unwrap() error { return e.error }

func books(err error) error {
	if err == nil {
		return nil
	}
	return booksError{err}
}

// kindOf sorts the errors. What concerns every wake alike (no connection, no permission, no namespace)
// must not park thousands of them; what nobody foresaw is counted, so that somebody sees it.
func kindOf(err error) kind {
	if err == nil {
		return done
	}
	if _, ok := errors.AsType[booksError](err); ok {
		return database
	}
	if errors.Is(err, errBusy) {
		return busy
	}
	if e, ok := errors.AsType[*serviceerror.ResourceExhausted](err); ok {
		if e.Cause == enums.RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW {
			return busy
		}
		return unreachable
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || concernsAll(err) {
		return unreachable
	}
	return refused
}

func concernsAll(err error) bool {
	return is[*serviceerror.Unavailable](err) || is[*serviceerror.DeadlineExceeded](err) || is[*serviceerror.Canceled](err) ||
		is[*serviceerror.NamespaceNotFound](err) || is[*serviceerror.NamespaceInvalidState](err) || is[*serviceerror.NamespaceUnavailable](err) ||
		is[*serviceerror.PermissionDenied](err) || is[*failpoint.Error](err) || serviceerror.ToStatus(err).Code() == codes.Unauthenticated
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

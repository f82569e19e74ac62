package activities

import (
	"errors"
	"regexp"
	"time"

	"go.temporal.io/sdk/temporal"

	"dunlin/invoice"
)

// Types of the errors that an activity reports to Temporal, as the UI shows them. A refusal of the
// product itself has its invoice.Code as type.
const (
	typeNotYet   = "not_yet"   // nothing is wrong; try again after the time given
	typeDatabase = "database"  // PostgreSQL refused, with its SQLSTATE
	typeOther    = "temporary" // anything else: the database or a provider cannot be reached
)

// refusedDelay is the first delay after a refusal that no retry cures by itself. A person sees it as a
// pending activity with its reason; when the cause is gone the case goes on by itself.
const refusedDelay = time.Minute

// forTemporal is the one table from our errors to Temporal's. Two rules shape it:
//
//   - Nothing is non-retryable. A case must not end, and no step be lost, because a row was wrong for a
//     while; the interval grows to five minutes and the reason is visible.
//   - No text that may hold personal data, and no cause (Temporal writes its text down, too): a database
//     error is named by its SQLSTATE, an invalid field by its name.
func forTemporal(err error) error {
	if err == nil {
		return nil
	}
	if later, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		return temporal.NewApplicationErrorWithOptions("an earlier attempt is still in flight", typeNotYet, temporal.ApplicationErrorOptions{
			NextRetryDelay: max(later.RetryAfter(), time.Millisecond),
			Category:       temporal.ApplicationErrorCategoryBenign,
		})
	}
	if refused, ok := errors.AsType[*invoice.Error](err); ok {
		return temporal.NewApplicationErrorWithOptions(refusalText(refused), string(refused.Code), temporal.ApplicationErrorOptions{
			NextRetryDelay: delayOf(refused.Code),
		})
	}
	if sql, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); ok {
		return temporal.NewApplicationError("PostgreSQL refused with SQLSTATE "+sql.SQLState(), typeDatabase)
	}
	return temporal.NewApplicationError(impersonal(err.Error()), typeOther)
}

// quoted, an address or a long number: what an error of a library may have taken from a row.
var personal = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+@\S+|\+?[0-9][0-9 ()-]{6,}[0-9]`)

// impersonal keeps the words of an error and drops the values in it.
func impersonal(text string) string { return personal.ReplaceAllString(text, "…") }

// refusalText is the refusal without the value that was refused.
func refusalText(e *invoice.Error) string {
	if e.Code != invoice.CodeInvalid {
		return e.Error()
	}
	text := "a field is invalid: " + e.Field
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// delayOf leaves the growing interval in force (0) for what may pass by itself, and slows down what needs a person.
func delayOf(code invoice.Code) time.Duration {
	if code == invoice.CodeUnavailable || code == invoice.CodeConflict {
		return 0
	}
	return refusedDelay
}

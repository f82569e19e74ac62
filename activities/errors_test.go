package activities_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"dunlin/dunning"
	"dunlin/invoice"
)

type inFlight struct{}

func (inFlight) Error() string             { return "attempt a1 to anna@example.com is in flight" }
func (inFlight) RetryAfter() time.Duration { return 7 * time.Second }

type sqlError struct{}

func (sqlError) Error() string    { return `duplicate key: (anna@example.com)` }
func (sqlError) SQLState() string { return "23505" }

func TestErrorsForTemporal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		kind   string
		text   string
		delay  time.Duration
		benign bool
	}{
		"an attempt in flight":  {fmt.Errorf("claim: %w", inFlight{}), "not_yet", "an earlier attempt is still in flight", 7 * time.Second, true},
		"a database error":      {fmt.Errorf("claim: %w", sqlError{}), "database", "PostgreSQL refused with SQLSTATE 23505", 0, false},
		"an invalid field":      {invoice.Invalid("debtor.email", "%q is not an address", "anna@"), "invalid", "a field is invalid: debtor.email", time.Minute, false},
		"an unknown thing":      {invoice.Unknown("number", "INV-1 does not exist"), "not_found", "number: INV-1 does not exist", time.Minute, false},
		"something unavailable": {&invoice.Error{Code: invoice.CodeUnavailable, Message: "no database"}, "unavailable", "no database", 0, false},
		"anything else":         {errors.New("connection refused"), "temporary", "connection refused", 0, false},
		"a library's own words": {errors.New(`cannot scan "anna" of anna@example.com, +49 151 1234567, into *int`), "temporary", "cannot scan … of … …, into *int", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.claimErr = c.err
			_, err := w.do(t, dunning.Email)
			var got *temporal.ApplicationError
			require.ErrorAs(t, err, &got)
			require.Equal(t, c.kind, got.Type())
			require.Equal(t, c.text, got.Message())
			require.Equal(t, c.delay, got.NextRetryDelay())
			require.Equal(t, c.benign, got.Category() == temporal.ApplicationErrorCategoryBenign)
			require.False(t, got.NonRetryable(), "nothing may end a case")
			require.NotContains(t, err.Error(), "anna")
		})
	}
}

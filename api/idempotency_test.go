package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

const onePound = `{"amount":{"amount":"1.00","currency":"GBP"}}`

func TestSameRequestGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	f := setup(t)
	first := f.send(http.MethodPost, base+"/payments", onePound, "Idempotency-Key", "k1")
	again := f.send(http.MethodPost, base+"/payments", onePound, "Idempotency-Key", "k1")
	require.Equal(t, http.StatusCreated, again.Code)
	require.Equal(t, first.Body.String(), again.Body.String())
	require.Equal(t, first.Header().Get("Content-Type"), again.Header().Get("Content-Type"))
	require.Empty(t, first.Header().Get("Idempotency-Replayed"))
	require.Equal(t, "true", again.Header().Get("Idempotency-Replayed"))
	require.Len(t, f.told, 1)
}

func TestAnotherRequestUnderTheKeyIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.send(http.MethodPost, base+"/payments", onePound, "Idempotency-Key", "k1")
	for _, path := range []string{base + "/payments?strict_ack=false", "/v1/invoices/acme/INV-2/payments"} {
		require.Equal(t, "conflict", problemOf(t, f.send(http.MethodPost, path, onePound, "Idempotency-Key", "k1"), 409).Code)
	}
	p := problemOf(t, f.send(http.MethodPost, base+"/payments", strings.Replace(onePound, "1.00", "2.00", 1), "Idempotency-Key", "k1"), 409)
	require.Equal(t, "conflict", p.Code)
	require.Equal(t, "Idempotency-Key", p.Field)
	require.Len(t, f.told, 1)
}

func TestRequestAtWork(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.quiet = func() {
		f.quiet = nil
		w := f.send(http.MethodPost, base+"/payments", onePound, "Idempotency-Key", "k1")
		require.Equal(t, "in_progress", problemOf(t, w, 409).Code)
		require.Equal(t, "1", w.Header().Get("Retry-After"))
	}
	require.Equal(t, 201, f.send(http.MethodPost, base+"/payments", onePound, "Idempotency-Key", "k1").Code)
	require.Len(t, f.told, 1)
}

func TestRefusedRequestFreesItsKey(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.fail = invoice.WrongState("is cancelled")
	problemOf(t, f.send(http.MethodPost, base+"/payments", onePound, "Idempotency-Key", "k1"), 409)
	problemOf(t, f.send(http.MethodPost, base+"/payments", `{}`, "Idempotency-Key", "k1"), 422)
	require.Len(t, f.forgot, 2)
	f.fail = nil
	require.Equal(t, 201, f.send(http.MethodPost, base+"/payments", onePound, "Idempotency-Key", "k1").Code)
}

func TestBadKeys(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, key := range []string{"a b", "ä", strings.Repeat("k", 256)} {
		require.Equal(t, "Idempotency-Key", problemOf(t, f.send(http.MethodPost, base+"/payments", onePound, "Idempotency-Key", key), 400).Field)
	}
	require.Empty(t, f.told)
}

func TestReadsNeedNoKey(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for range 2 {
		require.Empty(t, f.send(http.MethodGet, base, "", "Idempotency-Key", "k1").Header().Get("Idempotency-Replayed"))
	}
	require.Empty(t, f.answers)
}

// The answer may be waited for longer than the server reads requests: the caller must not count as gone.
func TestWaitingOutlivesTheReadTimeout(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var gone error
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		f.quiet = func() {
			wait, cancel := context.WithTimeout(ctx, 400*time.Millisecond)
			defer cancel()
			<-wait.Done()
			gone = ctx.Err()
		}
		f.handler.ServeHTTP(w, r)
	}))
	s.Config.ReadTimeout = 100 * time.Millisecond
	s.Start()
	defer s.Close()
	r, err := http.NewRequest(http.MethodPost, s.URL+base+"/payments", strings.NewReader(onePound))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer s3cret")
	r.Header.Set("Idempotency-Key", "k1")
	answer, err := s.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, 201, answer.StatusCode)
	require.NoError(t, gone)
}

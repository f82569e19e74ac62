package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

func TestRefusalsByCode(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		err    error
		status int
		code   string
	}{
		"invalid":     {invoice.Invalid("amount", "is in %s", "USD").WithHint("EUR"), 422, "invalid"},
		"unknown":     {invoice.Unknown("debtor", "is not on file").WithHint("EUR"), 404, "not_found"},
		"conflict":    {invoice.Conflict("key", "is taken").WithHint("EUR"), 409, "conflict"},
		"wrong state": {invoice.WrongState("is paid").WithHint("EUR"), 409, "wrong_state"},
		"unavailable": {&invoice.Error{Code: invoice.CodeUnavailable, Message: "no database", Hint: "EUR"}, 503, "unavailable"},
		"wrapped":     {fmt.Errorf("pay: %w", invoice.Invalid("amount", "is wrong").WithHint("EUR")), 422, "invalid"},
		"too late":    {fmt.Errorf("pay: %w", context.DeadlineExceeded), 503, "unavailable"},
		"a bug":       {errors.New("secret of the database"), 500, "internal"},
		"odd code":    {&invoice.Error{Code: "odd", Message: "secret"}, 500, "internal"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.fail = c.err
			w := f.send(http.MethodPost, base+"/release", `{"key":"k"}`)
			p := problemOf(t, w, c.status)
			require.Equal(t, c.code, p.Code)
			require.NotEmpty(t, p.Hint)
			require.NotContains(t, w.Body.String(), "secret")
			require.Equal(t, c.status == 503, w.Header().Get("Retry-After") != "")
			if e, ok := errors.AsType[*invoice.Error](c.err); ok && c.status != 500 {
				require.Equal(t, e.Field, p.Field)
				require.Equal(t, e.Message, p.Detail)
			}
		})
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	const pay = base + "/payments"
	good := `{"key":"k","amount":{"amount":"1.00","currency":"EUR"}}`
	cases := map[string]struct {
		method, path, body string
		headers            []string
		status             int
		code, field        string
	}{
		"unknown address":       {"GET", "/v1/nothing", "", nil, 404, "not_found", ""},
		"unknown root":          {"GET", "/nothing", "", nil, 404, "not_found", ""},
		"unclean address":       {"GET", "/v1//invoices", "", nil, 404, "not_found", ""},
		"wrong method":          {"DELETE", base, "", nil, 405, "method_not_allowed", ""},
		"wrong method at root":  {"POST", "/healthz", "", nil, 405, "method_not_allowed", ""},
		"no JSON":               {"POST", pay, `{"key":`, nil, 400, "invalid", ""},
		"no object":             {"POST", pay, `[]`, nil, 422, "invalid", ""},
		"another type":          {"POST", pay, `key=1`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "media_type", ""},
		"encoded":               {"POST", pay, good, []string{"Content-Encoding", "gzip"}, 415, "media_type", ""},
		"too large":             {"POST", pay, `{"key":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "too_large", ""},
		"too deep":              {"POST", pay, strings.Repeat("[", 100), nil, 400, "invalid", ""},
		"unknown member":        {"POST", pay, `{"key":"k","amount":{"amount":"1.00","currency":"EUR"},"actor":"me"}`, nil, 422, "invalid", "actor"},
		"another case":          {"POST", pay, `{"key":"k","Amount":{"amount":"1.00","currency":"EUR"}}`, nil, 422, "invalid", ""},
		"written twice":         {"POST", pay, `{"key":"k","amount":{"amount":"1.00","currency":"EUR","amount":"9.00"}}`, nil, 400, "invalid", "amount"},
		"missing member":        {"POST", pay, `{"key":"k"}`, nil, 422, "invalid", ""},
		"a number for money":    {"POST", pay, `{"key":"k","amount":{"amount":1.00,"currency":"EUR"}}`, nil, 422, "invalid", "amount.amount"},
		"no such currency":      {"POST", pay, `{"key":"k","amount":{"amount":"1.00","currency":"EUX"}}`, nil, 422, "invalid", "amount.currency"},
		"too many decimals":     {"POST", pay, `{"key":"k","amount":{"amount":"1.001","currency":"EUR"}}`, nil, 422, "invalid", "amount.amount"},
		"negative":              {"POST", pay, `{"key":"k","amount":{"amount":"-1.00","currency":"EUR"}}`, nil, 422, "invalid", "amount.amount"},
		"zero":                  {"POST", pay, `{"key":"k","amount":{"amount":"0","currency":"EUR"}}`, nil, 422, "invalid", "amount.amount"},
		"no such day":           {"POST", pay, `{"key":"k","amount":{"amount":"1.00","currency":"EUR"},"paid_on":"2026-02-31"}`, nil, 422, "invalid", "paid_on"},
		"a moment without zone": {"POST", base + "/holds", `{"key":"k","until":"2026-02-01T10:00:00"}`, nil, 422, "invalid", "until"},
		"a creditor too long":   {"GET", "/v1/invoices/" + strings.Repeat("a", 41) + "/1", "", nil, 422, "invalid", "creditor"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			p := problemOf(t, f.send(c.method, c.path, c.body, c.headers...), c.status)
			require.Equal(t, c.code, p.Code)
			if c.field != "" {
				require.Equal(t, c.field, p.Field)
			}
			if name == "another type" {
				require.Contains(t, p.Hint, "Content-Type: application/json")
			}
			require.Empty(t, f.told)
		})
	}
}

func TestProblemsDoNotRepeatTheBody(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, body := range []string{
		`{"invoice":{"creditor":"acme","number":"1","debtor":"4711","surprise":1},"debtor":{"name":"Erika Mustermann"}}`,
		`{"debtor":{"name":"Erika Mustermann"}`,
		`{"invoice":"Erika Mustermann","debtor":{"name":["Erika Mustermann"]}}`,
		`"Erika Mustermann"`,
	} {
		w := f.send(http.MethodPost, "/v1/invoices", body)
		require.GreaterOrEqual(t, w.Code, 400)
		require.NotContains(t, w.Body.String(), "Erika")
		require.NotContains(t, w.Body.String(), "4711")
	}
}

func TestMethodNotAllowedSaysWhatIs(t *testing.T) {
	t.Parallel()
	w := setup(t).send(http.MethodDelete, base, "")
	require.Contains(t, w.Header().Get("Allow"), "GET")
	require.Contains(t, problemOf(t, w, 405).Hint, "GET")
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, path := range []string{base, "/nothing", "/openapi.json", "/v1/x"} {
		h := f.send(http.MethodGet, path, "").Header()
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'", path)
	}
}

func TestPanicIsAProblem(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.quiet = func() { panic("secret") }
	w := f.send(http.MethodPost, base+"/holds", `{}`, "Idempotency-Key", "k1")
	require.Equal(t, "internal", problemOf(t, w, 500).Code)
	require.NotContains(t, w.Body.String(), "secret")
	require.Len(t, f.forgot, 1)
}

func TestAnswersAreJSONWhateverIsAskedFor(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, accept := range []string{"", "*/*", "application/json", "text/html, */*;q=0.8", "application/*", "application/problem+json, application/json"} {
		require.Equal(t, "application/json", f.send(http.MethodGet, base, "", "Accept", accept).Header().Get("Content-Type"), accept)
		problemOf(t, f.send(http.MethodGet, "/v1/invoices?limit=0", "", "Accept", accept), 422)
	}
}

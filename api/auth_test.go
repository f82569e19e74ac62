package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/api"
	"dunlin/invoice"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header string
		status int
	}{
		"good":          {"Bearer s3cret", 200},
		"any case":      {"bearer s3cret", 200},
		"none":          {"", 401},
		"wrong":         {"Bearer s3cres", 401},
		"empty":         {"Bearer ", 401},
		"no scheme":     {"s3cret", 401},
		"another":       {"Basic s3cret", 401},
		"keys failing":  {"Bearer broken", 409},
		"with a suffix": {"Bearer s3cret x", 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			w := f.send(http.MethodGet, base, "", "Authorization", c.header)
			if c.status == 200 {
				require.Equal(t, 200, w.Code)
				return
			}
			p := problemOf(t, w, c.status)
			if c.status == 401 {
				require.Equal(t, "unauthorized", p.Code)
				require.Contains(t, w.Header().Get("WWW-Authenticate"), "Bearer")
			}
			require.Empty(t, f.told)
		})
	}
}

func TestUnknownAddressesNeedAKeyToo(t *testing.T) {
	t.Parallel()
	problemOf(t, setup(t).send(http.MethodGet, "/v1/nothing", "", "Authorization", ""), 401)
}

func open(c *api.Config) { c.Open, c.Keys = true, nil }

func TestOpen(t *testing.T) {
	t.Parallel()
	f := setup(t, open)
	ask := func(host string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, base+"/release", nil)
		r.Host = host
		r.Header.Set("Idempotency-Key", "k"+host)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return w
	}
	for _, host := range []string{"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "localhost"} {
		require.Equal(t, 201, ask(host).Code, host)
	}
	require.Equal(t, "api", f.told[0].(invoice.Release).Actor)
	problemOf(t, ask("evil.example:8080"), 421)
	problemOf(t, ask("localhost:8080", "Authorization", "Bearer x"), 401)
	problemOf(t, ask("localhost:8080", "Sec-Fetch-Site", "cross-site"), 403)
	problemOf(t, ask("localhost:8080", "Origin", "https://evil.example"), 403)
}

func TestConfig(t *testing.T) {
	t.Parallel()
	r := &records{}
	for _, c := range []api.Config{{}, {Store: r}} {
		_, err := api.New(c)
		require.ErrorContains(t, err, "api.Config.")
	}
	_, err := api.New(api.Config{Store: r, Open: true})
	require.NoError(t, err)
}

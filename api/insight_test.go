package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
)

func TestExplaining(t *testing.T) {
	t.Parallel()
	f := setup(t)
	got := decoded[map[string]any](t, f.send(http.MethodGet, base+"/explain", ""), http.StatusOK)
	act := got["acts"].([]any)[0].(map[string]any)
	require.Equal(t, "every gate was open", act["why"])
	require.Equal(t, inv1, f.told[0])
}

func TestForecasting(t *testing.T) {
	t.Parallel()
	f := setup(t)
	got := decoded[map[string]any](t, f.send(http.MethodGet, "/v1/forecast?days=14&creditor=acme&policy=standard-b2b&email_cost=0.001%20EUR", ""), http.StatusOK)
	require.Equal(t, "0.003 EUR", got["cost"])
	require.Equal(t, collection.ForecastQuery{Days: 14, Creditor: "acme", Policy: "standard-b2b", Email: collection.Price{Micro: 1000, Currency: "EUR"}}, f.told[0])
	decoded[map[string]any](t, f.send(http.MethodGet, "/v1/forecast", ""), http.StatusOK)
	require.Equal(t, collection.ForecastQuery{Days: 30}, f.told[1])
	require.Equal(t, "sms_cost", problemOf(t, f.send(http.MethodGet, "/v1/forecast?sms_cost=cheap", ""), 422).Field)
	problemOf(t, f.send(http.MethodGet, "/v1/forecast?days=367", ""), 422)
}

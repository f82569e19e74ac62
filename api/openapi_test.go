package api_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write openapi.json")

func TestOpenAPIDocumentIsCommitted(t *testing.T) {
	t.Parallel()
	w := setup(t).send(http.MethodGet, "/openapi.json", "", "Authorization", "")
	require.Equal(t, 200, w.Code)
	if *update {
		require.NoError(t, os.WriteFile("openapi.json", w.Body.Bytes(), 0o644))
	}
	want, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	require.Equal(t, string(want), w.Body.String(), "openapi.json is not what the API serves: run go generate ./api")
}

type document struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Parameters  []struct{ Name, In string }
		Responses   map[string]struct{ Content map[string]any }
	}
}

func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	var d document
	require.NoError(t, json.Unmarshal(setup(t).send(http.MethodGet, "/openapi.json", "").Body.Bytes(), &d))
	require.Equal(t, "3.1.0", d.OpenAPI)
	operations := 0
	for path, methods := range d.Paths {
		for method, o := range methods {
			operations++
			require.NotEmpty(t, o.OperationID)
			require.Contains(t, o.Responses["401"].Content, "application/problem+json", path)
			named := false
			for _, p := range o.Parameters {
				named = named || p.Name == "Idempotency-Key" && p.In == "header"
			}
			require.Equal(t, method == "post", named, path)
		}
	}
	require.Equal(t, 47, operations)
	require.NotContains(t, setup(t).send(http.MethodGet, "/openapi.json", "").Body.String(), "unpkg")
}

// Every operation of the document is there: asked without a body or with an odd one, none answers 404 or 405.
func TestEveryDocumentedRouteAnswers(t *testing.T) {
	t.Parallel()
	var d document
	f := setup(t)
	require.NoError(t, json.Unmarshal(f.send(http.MethodGet, "/openapi.json", "").Body.Bytes(), &d))
	fill := strings.NewReplacer("{creditor}", "acme", "{number}", "INV-1", "{debtor}", "D1", "{id}", "1", "{name}", "p", "{hash}", "abcdef")
	for path, methods := range d.Paths {
		for method := range methods {
			w := f.send(strings.ToUpper(method), fill.Replace(path), "")
			require.NotEqual(t, 405, w.Code, path)
			require.True(t, w.Code != 404 || path == "/v1/policies/{name}" || path == "/v1/segments", path)
			problemOf(t, f.send(strings.ToUpper(method), fill.Replace(path), "", "Authorization", ""), 401)
		}
	}
}

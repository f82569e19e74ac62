// Package api is the HTTP front door: JSON for shops, ERPs and bookkeepers under /v1, the webhooks of
// the message providers, and the probes of whoever runs it. It books nothing itself: every request is
// one call to the store, and an answer is given after that call has committed.
package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
)

// Config is what the API needs from the outside.
type Config struct {
	Store Store // required: the records
	Keys  Keys  // API keys; may be nil only when Open

	// Open lets requests without an API key in, as actor "api". Only for a server that listens on
	// loopback: requests that came under another host name are refused, so that no web page can
	// reach it through a browser. A key that is sent is checked all the same.
	Open bool
	// OpenProbes answers /healthz, /readyz and /metrics to anybody. By default they answer callers
	// on loopback and callers with an API key.
	OpenProbes bool

	// Readers of the providers' webhooks. A nil reader closes its webhook (404).
	SendGrid      DeliveryReader
	TwilioStatus  DeliveryReader
	TwilioInbound DeliveryReader

	Metrics *prometheus.Registry // nil: no /metrics
	Log     *slog.Logger         // nil: slog.Default()
}

func (c Config) validate() error {
	switch {
	case c.Store == nil:
		return errors.New("api.Config.Store is missing")
	case c.Keys == nil && !c.Open:
		return errors.New("api.Config.Keys is missing: without keys the API must be Open, on loopback")
	}
	return nil
}

// server is the API at work.
type server struct {
	Config
	log      *slog.Logger
	huma     huma.API
	document []byte // the OpenAPI document
	requests *requestMetrics
}

// New builds the handler of the whole HTTP API. The server that runs it sets the timeouts; its write
// timeout must leave room for a strict acknowledgement, which may take 13 seconds.
func New(c Config) (http.Handler, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	s := &server{Config: c, log: c.Log}
	if s.log == nil {
		s.log = slog.Default()
	}
	var err error
	if s.requests, err = newRequestMetrics(c.Metrics); err != nil {
		return nil, fmt.Errorf("api: register metrics: %w", err)
	}
	v1 := http.NewServeMux()
	s.huma = newHuma(v1)
	s.register()
	if s.document, err = document(s.huma); err != nil {
		return nil, fmt.Errorf("api: write the OpenAPI document: %w", err)
	}
	return s.safely(s.root(v1)), nil
}

// register lists every route under /v1, room by room.
func (s *server) register() {
	s.registerIssuing()
	s.registerBatches()
	s.registerEnrolments()
	s.registerReading()
	s.registerInsight()
	s.registerMoneyFacts()
	s.registerStops()
	s.registerAgreements()
	s.registerOptOut()
	s.registerParties()
	s.registerTasks()
	s.registerSending()
	s.registerPolicies()
	s.registerSegments()
	s.registerBank()
	s.registerPayments()
}

func (s *server) root(v1 *http.ServeMux) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/", s.authenticated(s.routed(v1, s.read(s.once(v1)))))
	mux.HandleFunc("GET /openapi.json", s.openapi)
	s.routeWebhooks(mux)
	s.routeProbes(mux)
	return s.routed(mux, mux)
}

func (s *server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(s.document)
}

// document is the OpenAPI document as it is served and committed.
func document(a huma.API) ([]byte, error) {
	defer showRows(a.OpenAPI().Components.Schemas)()
	raw, err := json.Marshal(a.OpenAPI())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

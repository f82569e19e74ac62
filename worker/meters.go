package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"dunlin/relay"
	"dunlin/store"
)

// meters are what an operator watches: the SDK's own metrics and the result of the last verification.
type meters struct {
	registry *prometheus.Registry
	temporal client.MetricsHandler
	ok       prometheus.Gauge
	last     prometheus.Gauge
	cases    *prometheus.GaugeVec
}

func newMeters() (*meters, error) {
	m := &meters{
		registry: prometheus.NewRegistry(),
		ok:       prometheus.NewGauge(prometheus.GaugeOpts{Name: "dunlin_verify_ok", Help: "1 when the last verification found nothing wrong."}),
		last:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "dunlin_verify_timestamp_seconds", Help: "When the last verification ended."}),
		cases:    prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "dunlin_cases", Help: "Cases at the last verification."}, []string{"state"}),
	}
	m.registry.MustRegister(m.ok, m.last, m.cases, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(m.registry))
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	meter := metric.NewMeterProvider(metric.WithReader(exporter)).Meter("temporal")
	m.temporal = opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: meter, UseMonotonicCounters: true,
		OnError: func(error) {}, // a metric that cannot be kept is no reason to fail an act
	})
	return m, nil
}

func (m *meters) verified(r relay.Report) {
	m.ok.Set(0)
	if r.OK {
		m.ok.Set(1)
	}
	m.last.SetToCurrentTime()
	for state, n := range map[string]int{
		"open": r.OpenChecked, "running": r.Running, "on_their_way": r.OnTheirWay, "missing": len(r.Missing), "orphaned": len(r.Orphans),
	} {
		m.cases.WithLabelValues(state).Set(float64(n))
	}
}

// serve answers /healthz, /readyz and /metrics until ctx ends, and returns where it listens.
func (m *meters) serve(ctx context.Context, address string, ready func(context.Context) error, fail context.CancelCauseFunc) (net.Addr, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("DUNLIN_WORKER_LISTEN: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); err != nil && ctx.Err() == nil {
			fail(fmt.Errorf("the metrics page: %w", err))
		}
	}()
	return listener.Addr(), nil
}

// readyWithin bounds one look at the database and at Temporal.
const readyWithin = 3 * time.Second

func ready(books *store.Store, temporal client.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, readyWithin)
		defer cancel()
		if err := books.Ready(ctx); err != nil {
			return err
		}
		if _, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
			return fmt.Errorf("Temporal does not answer: %w", err)
		}
		return nil
	}
}

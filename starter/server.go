package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"dunlin/api"
	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/message"
	"dunlin/notify"
)

func logger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// serve runs the API until ctx ends, and then lets the requests at work finish.
func serve(ctx context.Context, o serveOptions, log io.Writer) error {
	s, err := openStore(ctx, 16, message.NewCatalog)
	if err != nil {
		return err
	}
	defer s.Close()
	keys, err := s.HasKeys(ctx)
	if err != nil {
		return err
	}
	if err := checkExposure(o.Listen, keys); err != nil {
		return err
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	c := api.Config{Store: s, Keys: s, Open: !keys, OpenProbes: o.OpenProbes, Metrics: metrics, Log: logger(log)}
	if err := openWebhooks(&c, os.Getenv); err != nil {
		return err
	}
	handler, err := api.New(c)
	if err != nil {
		return err
	}
	return listen(ctx, o.Listen, handler, c.Log)
}

// The times of the server. An answer may wait for messages in flight: 13 seconds, and some for the rest.
const (
	readTimeout  = 30 * time.Second
	writeTimeout = 60 * time.Second
	drainTimeout = 20 * time.Second
)

func listen(ctx context.Context, address string, h http.Handler, log *slog.Logger) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return invoice.Invalid("listen", "%s cannot be listened on: %s", address, err).WithHint("is the port taken, or the address another machine's?")
	}
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	log.Info("serving", "address", "http://"+l.Addr().String())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return fmt.Errorf("some requests were cut off: %w", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// openWebhooks gives the API a reader for each provider whose settings are there.
func openWebhooks(c *api.Config, getenv func(string) string) error {
	key, err := secret(getenv, "SENDGRID_WEBHOOK_KEY")
	if err != nil {
		return err
	}
	if keys := listOf(key); len(keys) > 0 {
		r, err := notify.NewEventReader(notify.EventWebhookConfig{PublicKeys: keys})
		if err != nil {
			return err
		}
		c.SendGrid = reports(func(q *http.Request, body []byte) ([]collection.Delivery, error) {
			events, err := r.Read(q.Header, body, time.Now())
			return events.Deliveries, err
		})
	}
	token, err := secret(getenv, "TWILIO_AUTH_TOKEN")
	if err != nil {
		return err
	}
	tokens, base := listOf(token), getenv("PUBLIC_URL")
	if len(tokens) == 0 {
		return nil
	}
	if base == "" { // a closed webhook would lose every STOP without a word
		return invoice.Invalid("PUBLIC_URL", "is missing, and TWILIO_AUTH_TOKEN is set").WithHint("give the address at which Twilio reaches this server, e.g. https://dunlin.example.com")
	}
	r, err := notify.NewTwilioReader(notify.TwilioWebhookConfig{AuthTokens: tokens, PublicBase: base})
	if err != nil {
		return err
	}
	c.TwilioStatus = reports(func(q *http.Request, body []byte) ([]collection.Delivery, error) {
		return r.Status(q.URL.RequestURI(), q.Header, body, time.Now())
	})
	c.TwilioInbound = reports(func(q *http.Request, body []byte) ([]collection.Delivery, error) {
		in, err := r.Inbound(q.URL.RequestURI(), q.Header, body, time.Now())
		return in.Deliveries, err
	})
	return nil
}

// reports makes an api.DeliveryReader of a function.
type reports func(r *http.Request, body []byte) ([]collection.Delivery, error)

// Read reads one request of a provider.
func (f reports) Read(r *http.Request, body []byte) ([]collection.Delivery, error) { return f(r, body) }

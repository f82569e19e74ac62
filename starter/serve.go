package main

import (
	"context"
	"net"

	"github.com/spf13/cobra"

	"dunlin/invoice"
)

// serveOptions say how the API is served.
type serveOptions struct {
	Listen     string // host:port
	OpenProbes bool   // health and metrics for anybody
}

const serveHelp = `Serve the HTTP API: issuing, facts, reads and tasks under /v1, its description at /openapi.json, the
providers' webhooks under /webhooks, and /healthz, /readyz, /metrics.

When there is an API key (dunlin key create) at its start, every request needs one. Without keys it
serves loopback only: on any other address it refuses to start.

A provider's webhooks are open when its settings are there:
  SENDGRID_WEBHOOK_KEY  verification key of the signed event webhook (two, with a comma, during a change)
  TWILIO_AUTH_TOKEN     signs Twilio's webhooks (two, with a comma, during a change)
  PUBLIC_URL            address at which Twilio reaches this server; needed with TWILIO_AUTH_TOKEN
DATABASE_URL, SENDGRID_WEBHOOK_KEY and TWILIO_AUTH_TOKEN may come from a file: NAME_FILE holds its path.`

// serveCmd serves the API.
func (a *app) serveCmd() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   "Serve the HTTP API and the providers' webhooks",
		Long:    serveHelp,
		Example: "  dunlin serve\n  dunlin key create shop && dunlin serve --listen 0.0.0.0:8080",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:8080", "address to listen on, host:port")
	cmd.Flags().BoolVar(&o.OpenProbes, "open-probes", false, "answer /healthz, /readyz and /metrics to anybody")
	cmd.RunE = a.do(func(ctx context.Context, _ []string) error {
		if _, _, err := net.SplitHostPort(o.Listen); err != nil {
			return invoice.Invalid("listen", "%q is not an address", o.Listen).WithHint("write host:port, e.g. 127.0.0.1:8080")
		}
		return a.serve(ctx, o, a.errs)
	})
	return cmd
}

// checkExposure refuses an address where an API without keys could be reached from other machines.
func checkExposure(listen string, keys bool) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return err
	}
	if !keys && !loopback(host) {
		return invoice.Invalid("listen", "%s can be reached from other machines, and there is no API key", listen).WithHint("make one first: dunlin key create NAME")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Package temporal runs a Temporal server and its web UI inside our own process, for the lab, for
// development and for tests; and it moves the clocks of workflows on it (skip.go).
//
// It is no way to run Temporal in production: one process, SQLite, no authentication. Everything here
// that may change with a release of the server is in this file, in keys.go and in skip.go.
package temporal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	serverlog "go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
	"google.golang.org/grpc"
)

// Options says what server to start. The zero value is a throw-away one on free ports.
type Options struct {
	// DBFile is the SQLite file that keeps workflows between starts. Empty means in memory only.
	DBFile string
	// Port of the frontend on 127.0.0.1. 0 means any free one.
	Port int
	// UIPort of the web UI on 127.0.0.1. 0 means any free one, NoUI none.
	UIPort int
	// Namespace is created when missing. Defaults to "default".
	Namespace string
	// Further namespaces are created beside it, each with our search attributes.
	Further []string
	// LogLevel of the server's own log on standard error: debug, info, warn, error. Empty means silent.
	LogLevel string
	// Lab allows time skipping. A server that collects real money must never have it.
	Lab bool
	// Offset is the lab's clock less the wall clock. With it, whoever starts a workflow on a lab's server
	// starts it at the lab's time, as StartAtLabClock does for one client.
	Offset func() time.Duration
}

// NoUI as Options.UIPort leaves the web UI out.
const NoUI = -1

// Server is a running Temporal server.
type Server struct {
	options Options
	ports   ports
	ui      *uiserver.Server
	server  temporal.Server
	log     serverlog.Logger
}

// Start starts the server and, unless left out, the UI. It returns when workflows can be started.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Namespace == "" {
		o.Namespace = client.DefaultNamespace
	}
	p, err := choosePorts(o)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, ports: p, log: serverlog.NewNoopLogger()}
	if o.LogLevel != "" {
		s.log = serverlog.NewZapLogger(serverlog.BuildZapLogger(serverlog.Config{Level: o.LogLevel, Development: true}))
	}
	storage, err := prepareStorage(o)
	if err != nil {
		return nil, fmt.Errorf("preparing Temporal's storage: %w", err)
	}
	if s.server, err = newServer(p, storage, o, s.log); err != nil {
		return nil, fmt.Errorf("setting up the Temporal server: %w", err)
	}
	if err := s.server.Start(); err != nil {
		return nil, fmt.Errorf("starting the Temporal server: %w", err)
	}
	if err := s.waitUntilUp(ctx); err != nil {
		return nil, errors.Join(err, s.server.Stop())
	}
	if o.UIPort != NoUI {
		s.startUI()
	}
	return s, nil
}

func newServer(p ports, storage *config.SQL, o Options, log serverlog.Logger) (temporal.Server, error) {
	cfg := serverConfig(p, storage)
	authorizer, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return nil, err
	}
	var further []grpc.UnaryServerInterceptor
	if o.Lab && o.Offset != nil {
		further = append(further, startAtLabClock(o.Offset))
	}
	return temporal.NewServer(
		temporal.WithChainedFrontendGrpcInterceptors(further...),
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(p.hosts()),
		temporal.WithLogger(log),
		temporal.WithAuthorizer(authorizer),
		temporal.WithDynamicConfigClient(dynamicconfig.StaticClient(settings(o.Lab))),
	)
}

// waitUntilUp waits for the namespace and, on a database of an earlier release, adds search attributes
// that are new.
func (s *Server) waitUntilUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c, err := client.DialContext(ctx, s.ClientOptions(nil))
	for err != nil {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the Temporal server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
		c, err = client.DialContext(ctx, s.ClientOptions(nil))
	}
	defer c.Close()
	if s.options.DBFile == "" {
		return nil // made a moment ago, with all attributes
	}
	return addAttributes(ctx, c, s.options.Namespace)
}

func (s *Server) startUI() {
	cfg := &uiconfig.Config{
		TemporalGRPCAddress: s.FrontendAddress(),
		Host:                loopback,
		Port:                s.ports.ui,
		EnableUI:            true,
		DefaultNamespace:    s.options.Namespace,
		DisableNewsFetch:    true, // it would call out to the internet
		HideLogs:            true,
		CORS:                uiconfig.CORS{CookieInsecure: true}, // plain HTTP on this machine
	}
	s.ui = uiserver.NewServer(uioptions.WithConfigProvider(cfg))
	go func() { _ = s.ui.Start() }() // it ends by Stop; a taken port was refused before
}

// FrontendAddress is the host:port for clients and workers.
func (s *Server) FrontendAddress() string {
	return net.JoinHostPort(loopback, strconv.Itoa(s.ports.frontend))
}

// UIAddress is the URL of the web UI, "" if it was left out.
func (s *Server) UIAddress() string {
	if s.options.UIPort == NoUI {
		return ""
	}
	return "http://" + net.JoinHostPort(loopback, strconv.Itoa(s.ports.ui))
}

// Namespace that was created.
func (s *Server) Namespace() string { return s.options.Namespace }

// ClientOptions returns what client.Dial needs. With an offset, every workflow started through the
// client begins at the lab's time: see StartAtLabClock.
func (s *Server) ClientOptions(offset func() time.Duration) client.Options {
	o := client.Options{
		HostPort:  s.FrontendAddress(),
		Namespace: s.options.Namespace,
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))),
	}
	if offset != nil {
		o.ConnectionOptions.DialOptions = []grpc.DialOption{StartAtLabClock(offset)}
	}
	return o
}

// Stop shuts UI and server down. Open workflows go on at the next start with the same file.
func (s *Server) Stop() error {
	if s.ui != nil {
		s.ui.Stop()
	}
	return s.server.Stop()
}

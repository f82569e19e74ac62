// Package sandbox stands in for the providers: it speaks SendGrid's and Twilio's HTTP protocols, sends
// their signed webhooks back, takes the shop's stock hook, fails on demand, and remembers every request
// in an append-only log. It imports nothing of the product, so that an audit which counts from its log
// counts from a second witness.
package sandbox

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Config says how the sandbox listens and whom it calls back. Everything may be left out.
type Config struct {
	Addr        string           // default "127.0.0.1:0": a free port
	SendGridKey string           // API key that is accepted; default "SG.sandbox"
	AccountSID  string           // default DefaultAccountSID
	AuthToken   string           // of that account, also signs Twilio's webhooks; default "sandbox-token"
	EventURL    string           // where SendGrid's Event Webhook goes; empty: nowhere. See SetWebhooks
	InboundURL  string           // where inbound SMS go
	Silent      bool             // reports nothing back, whatever callback a request names
	Dir         string           // keeps the log (log.jsonl) and attachments between starts; empty: in memory only
	Seed        uint64           // of the rules that apply with a probability
	LabTime     func() time.Time // the lab's clock; nil: the wall clock
	Logger      *slog.Logger     // nil: silent
}

// DefaultAccountSID is the Twilio account of a sandbox that is not given another.
const DefaultAccountSID = "AC00000000000000000000000000005a4d"

func (c Config) withDefaults() Config {
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.SendGridKey == "" {
		c.SendGridKey = "SG.sandbox"
	}
	if c.AccountSID == "" {
		c.AccountSID = DefaultAccountSID
	}
	if c.AuthToken == "" {
		c.AuthToken = "sandbox-token"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Server is one sandbox.
type Server struct {
	cfg     Config
	key     *ecdsa.PrivateKey // signs SendGrid's events
	forger  *ecdsa.PrivateKey // signs what nobody should believe
	started time.Time         // carries the monotonic reading

	mu       sync.Mutex
	log      *journal
	rules    []*activeRule
	sms      []*textMessage
	mails    []*mailMessage
	optedOut map[string]bool   // "to from" of SMS
	dead     map[string]string // e-mail address → why it is suppressed
	hooks    hooks
	accepted map[string]bool // what the shop answered to late money, by event

	posts  *postOffice
	ctx    context.Context
	cancel context.CancelFunc
	http   *http.Server
	url    string
}

type hooks struct{ events, inbound string }

// New makes a sandbox with a signing key of its own, and reads back what Dir holds.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	s := &Server{cfg: cfg, started: time.Now(), optedOut: map[string]bool{}, dead: map[string]string{}, hooks: hooks{cfg.EventURL, cfg.InboundURL}}
	var err error
	if s.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("sandbox: signing key: %w", err)
	}
	if s.forger, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("sandbox: signing key: %w", err)
	}
	if s.log, err = openJournal(cfg.Dir); err != nil {
		return nil, err
	}
	s.recall()
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.posts = newPostOffice(s)
	return s, nil
}

// Start listens and answers until ctx ends or Close is called.
func (s *Server) Start(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	s.url = "http://" + l.Addr().String()
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return s.ctx }}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	go s.posts.run()
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.cfg.Logger.Error("sandbox stopped", "error", err)
		}
	}()
	return nil
}

// URL is where the sandbox listens: the base URL of every provider it stands in for.
func (s *Server) URL() string { return s.url }

// Close ends all connections, also those that a fault keeps hanging.
func (s *Server) Close() error {
	s.cancel()
	var err error
	if s.http != nil {
		err = s.http.Close()
	}
	return errors.Join(err, s.log.close())
}

// PublicKey is the verification key of the Event Webhook, as SendGrid shows it: base64 of DER.
func (s *Server) PublicKey() string {
	der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		panic("sandbox: " + err.Error()) // a key made by New can be written
	}
	return base64.StdEncoding.EncodeToString(der)
}

// Account returns the credentials that the sandbox accepts.
func (s *Server) Account() (sendGridKey, accountSID, authToken string) {
	return s.cfg.SendGridKey, s.cfg.AccountSID, s.cfg.AuthToken
}

// SetWebhooks says where events and inbound SMS go from now on. The sandbox often starts before the
// service that receives them.
func (s *Server) SetWebhooks(eventURL, inboundURL string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = hooks{eventURL, inboundURL}
}

// now is the lab's clock.
func (s *Server) now() time.Time {
	if s.cfg.LabTime != nil {
		return s.cfg.LabTime()
	}
	return time.Now()
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v3/mail/send", s.mailSend)
	mux.HandleFunc("GET /v3/messages", s.mailActivity)
	mux.HandleFunc("POST /2010-04-01/Accounts/{sid}/Messages.json", s.smsCreate)
	mux.HandleFunc("GET /2010-04-01/Accounts/{sid}/Messages.json", s.smsList)
	mux.HandleFunc("GET /2010-04-01/Accounts/{sid}/Messages/{message}", s.smsFetch)
	mux.HandleFunc("POST /shop/stock", s.stockHook)
	s.controlRoutes(mux)
	s.mailboxRoutes(mux)
	return mux
}

package notify

import (
	"context"
	"net"
	"strings"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/message"

	"github.com/wneessen/go-mail"
)

// How an SMTP connection is encrypted.
const (
	SMTPStartTLS = "starttls" // begins in the clear and must upgrade before anything is said
	SMTPTLS      = "tls"      // encrypted from the first byte
	SMTPPlain    = "none"     // for a relay on this machine only
)

// SMTPConfig says how to reach a mail server of one's own, as an alternative to SendGrid.
type SMTPConfig struct {
	Host         string // required
	Port         int    // default 587, with TLS "tls" 465
	Username     string // optional; refused without encryption
	Password     string // required with Username
	TLS          string // SMTPStartTLS (default), SMTPTLS or SMTPPlain
	LoopbackOnly bool   // refuse every host but this machine (labs)
}

// WithDefaults fills what may be left out.
func (c SMTPConfig) WithDefaults() SMTPConfig {
	if c.TLS == "" {
		c.TLS = SMTPStartTLS
	}
	if c.Port == 0 {
		c.Port = 587
		if c.TLS == SMTPTLS {
			c.Port = 465
		}
	}
	return c
}

// Validate names the first field that is wrong.
func (c SMTPConfig) Validate() error {
	c = c.WithDefaults()
	switch {
	case c.Host == "" || strings.ContainsAny(c.Host, " \r\n/:") && net.ParseIP(c.Host) == nil:
		return invoice.Invalid("smtp.host", "%q is not a host name", c.Host).WithHint("without scheme and port")
	case c.Port < 1 || c.Port > 65535:
		return invoice.Invalid("smtp.port", "%d is not a port", c.Port)
	case c.TLS != SMTPStartTLS && c.TLS != SMTPTLS && c.TLS != SMTPPlain:
		return invoice.Invalid("smtp.tls", "%q is not a way to encrypt", c.TLS).WithHint("write starttls, tls or none")
	case c.TLS == SMTPPlain && !isLoopback(c.Host):
		return invoice.Invalid("smtp.tls", "none is for a relay on this machine only").WithHint("use starttls or tls")
	case c.TLS == SMTPPlain && c.Username != "":
		return invoice.Invalid("smtp.username", "a password would travel in the clear").WithHint("use starttls or tls")
	case (c.Username == "") != (c.Password == ""):
		return invoice.Invalid("smtp.password", "user name and password come together")
	case c.LoopbackOnly && !isLoopback(c.Host):
		return invoice.Invalid("smtp.host", "%q is not on this machine", c.Host).WithHint("a lab sends to its sandbox only")
	}
	return nil
}

// SMTP sends e-mail through a mail server, one connection per message. It is safe for concurrent use.
type SMTP struct {
	cfg SMTPConfig
}

// NewSMTP checks the configuration and returns a sender; it does not connect.
func NewSMTP(cfg SMTPConfig) (*SMTP, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &SMTP{cfg: cfg.WithDefaults()}, nil
}

// SendEmail hands the attempt m.AttemptID to the mail server, unless its claim (claimedAt, with its
// monotonic reading) is older than collection.ClaimValid when the envelope would be opened.
func (s *SMTP) SendEmail(ctx context.Context, m message.Email, claimedAt time.Time) collection.Result {
	msg, id, refusal := smtpMessage(m)
	if refusal != "" {
		return rejected(refusal)
	}
	f := &flight{claimedAt: claimedAt}
	if f.late() {
		return unsent(errClaimExpired.Error())
	}
	client, err := mail.NewClient(s.cfg.Host, s.options()...)
	if err != nil {
		return stopLine("smtp: " + err.Error())
	}
	// Connecting and signing in must end while the claim is still good; the conversation after it has
	// a deadline of its own, collection.HTTPTimeout.
	dial, cancel := context.WithDeadline(ctx, claimedAt.Add(collection.ClaimValid))
	defer cancel()
	conn, err := client.DialToSMTPClientWithContext(dial)
	if err != nil {
		return smtpGreeting(err, time.Now())
	}
	defer func() { _ = conn.Close() }()
	if f.late() || ctx.Err() != nil {
		return unsent(errClaimExpired.Error())
	}
	if err := client.SendWithSMTPClient(conn, msg); err != nil {
		return smtpAnswer(err, time.Now())
	}
	_ = conn.Quit() // a courtesy: the message is taken
	return accepted(id)
}

// Find knows nothing: a mail server keeps no list for us. Lost answers stay open until their deadline.
func (s *SMTP) Find(context.Context, collection.LookUp) (collection.Finding, error) {
	return collection.Finding{Evidence: collection.Nothing}, nil
}

func (s *SMTP) options() []mail.Option {
	opts := []mail.Option{mail.WithPort(s.cfg.Port), mail.WithTimeout(collection.HTTPTimeout), mail.WithoutNoop(), mail.WithoutRset()}
	switch s.cfg.TLS {
	case SMTPTLS:
		opts = append(opts, mail.WithSSL())
	case SMTPPlain:
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.cfg.Username != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.cfg.Username), mail.WithPassword(s.cfg.Password))
	}
	return opts
}

package notify_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/notify"

	"github.com/stretchr/testify/require"
)

// sink is a connection that remembers how much was written.
type sink struct {
	net.Conn
	written int
}

func (s *sink) Write(p []byte) (int, error) { s.written += len(p); return len(p), nil }

func TestGuardedConnection(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	t.Run("no byte leaves after the claim has expired", func(t *testing.T) {
		t.Parallel()
		s := &sink{}
		c, lost := notify.Guard(s, time.Now().Add(-collection.ClaimValid-time.Millisecond))
		_, err := c.Write([]byte("POST"))
		require.Error(t, err)
		require.Zero(t, s.written)
		require.Equal(t, collection.SendUnsent, lost(gone).Kind)
		require.Contains(t, lost(gone).Reason, "claim expired")
	})
	t.Run("a byte that left makes it unknown", func(t *testing.T) {
		t.Parallel()
		s := &sink{}
		c, lost := notify.Guard(s, time.Now())
		_, err := c.Write([]byte("POST"))
		require.NoError(t, err)
		require.Equal(t, collection.SendUnknown, lost(gone).Kind)
		_, err = c.Write([]byte(" more"))
		require.NoError(t, err)
		require.Equal(t, 9, s.written)
	})
	t.Run("no byte leaves after giving up", func(t *testing.T) {
		t.Parallel()
		s := &sink{}
		c, lost := notify.Guard(s, time.Now())
		require.Equal(t, collection.SendUnsent, lost(gone).Kind)
		_, err := c.Write([]byte("POST"))
		require.Error(t, err)
		require.Zero(t, s.written)
	})
}

func TestOnlyLoopback(t *testing.T) {
	t.Parallel()
	for _, here := range []string{"http://127.0.0.1:8080", "http://localhost:1/x", "http://[::1]:9", "localhost", "127.0.0.1:25", "::1", "127.9.9.9"} {
		require.NoError(t, notify.OnlyLoopback(here), here)
	}
	for _, away := range []string{notify.SendGridBase, notify.TwilioBase, "http://10.0.0.1", "http://127.0.0.1.example:80", "localhost.example", "", "http://user@evil.example/127.0.0.1", "0.0.0.0"} {
		require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(notify.OnlyLoopback(away)), away)
	}
}

func TestConfigurations(t *testing.T) {
	t.Parallel()
	tw := func(f func(*notify.TwilioConfig)) error {
		c := notify.TwilioConfig{AccountSID: account, AuthToken: token, PublicBase: public}
		f(&c)
		return c.Validate()
	}
	for field, err := range map[string]error{
		"sendgrid.api_key":      notify.SendGridConfig{}.Validate(),
		"sendgrid.base_url":     notify.SendGridConfig{APIKey: "k", BaseURL: "http://sendgrid.example"}.Validate(),
		"twilio.account_sid":    tw(func(c *notify.TwilioConfig) { c.AccountSID = "AC1" }),
		"twilio.auth_token":     tw(func(c *notify.TwilioConfig) { c.AuthToken = "" }),
		"twilio.api_secret":     tw(func(c *notify.TwilioConfig) { c.APIKey = "SK1" }),
		"twilio.base_url":       tw(func(c *notify.TwilioConfig) { c.LoopbackOnly = true }),
		"twilio.public_base":    tw(func(c *notify.TwilioConfig) { c.PublicBase = "http://dunlin.example" }),
		"smtp.host":             notify.SMTPConfig{}.Validate(),
		"smtp.port":             notify.SMTPConfig{Host: "mail.example", Port: 99999}.Validate(),
		"smtp.tls":              notify.SMTPConfig{Host: "mail.example", TLS: notify.SMTPPlain}.Validate(),
		"smtp.username":         notify.SMTPConfig{Host: "localhost", TLS: notify.SMTPPlain, Username: "u", Password: "p"}.Validate(),
		"smtp.password":         notify.SMTPConfig{Host: "mail.example", Username: "u"}.Validate(),
		"sendgrid.webhook_keys": second(notify.NewEventReader(notify.EventWebhookConfig{})),
	} {
		require.ErrorContains(t, err, field)
	}
	require.NoError(t, notify.SendGridConfig{APIKey: "k"}.Validate())
	require.NoError(t, tw(func(*notify.TwilioConfig) {}))
	require.NoError(t, notify.SMTPConfig{Host: "mail.example"}.Validate())
}

func second[T any](_ T, err error) error { return err }

func TestReasonsHoldNobodysAddress(t *testing.T) {
	t.Parallel()
	got := notify.Redact("The 'To' number +49 151 12345678 or <ap@debtor.example>\n is bad, code 21211")
	require.Equal(t, "The 'To' number … or <…> is bad, code 21211", got)
}

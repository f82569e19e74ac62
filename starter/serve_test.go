package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/api"
	"dunlin/internal/pgtest"
	"dunlin/invoice"
)

func TestExposure(t *testing.T) {
	t.Parallel()
	for address, allowed := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:8080": true, "[::1]:8080": true, "127.8.8.8:1": true,
		"0.0.0.0:8080": false, ":8080": false, "[::]:8080": false, "10.0.0.7:80": false, "dunlin.example:80": false,
	} {
		err := checkExposure(address, false)
		require.Equal(t, allowed, err == nil, address)
		if !allowed {
			require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err))
		}
		require.NoError(t, checkExposure(address, true), address)
	}
}

// TestServe starts the API on a real database, asks it something, and ends it as a signal would.
func TestServe(t *testing.T) {
	t.Setenv("DATABASE_URL", pgtest.NewDatabase(t, newDatabase))
	ctx, cancel := context.WithCancel(t.Context())
	log, logged := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--listen", "127.0.0.1:0"}, strings.NewReader(""), io.Discard, logged)
		logged.Close()
	}()
	lines := bufio.NewScanner(log)
	require.True(t, lines.Scan())
	address := regexp.MustCompile(`http://[0-9.:]+`).FindString(lines.Text())
	require.NotEmpty(t, address, lines.Text())
	go func() { _, _ = io.Copy(io.Discard, log) }()

	for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/openapi.json": 200, "/v1/policies": 200, "/v1/invoices/acme/none": 404, "/webhooks/sendgrid": 404} {
		answer, err := http.Get(address + path)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, status, answer.StatusCode, path)
	}
	cancel()
	require.Zero(t, <-ended)
}

func TestWebhookSettings(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	public := base64.StdEncoding.EncodeToString(der)
	open := func(env map[string]string) (api.Config, error) {
		var c api.Config
		return c, openWebhooks(&c, func(name string) string { return env[name] })
	}

	c, err := open(nil)
	require.NoError(t, err)
	require.Nil(t, c.SendGrid)
	require.Nil(t, c.TwilioStatus)

	var all api.Config
	require.NoError(t, openWebhooks(&all, func(name string) string {
		return map[string]string{"SENDGRID_WEBHOOK_KEY": public + ", " + public, "TWILIO_AUTH_TOKEN": "secret", "PUBLIC_URL": "https://dunlin.example"}[name]
	}))
	for _, reader := range []api.DeliveryReader{all.SendGrid, all.TwilioStatus, all.TwilioInbound} {
		r, err := http.NewRequest(http.MethodPost, "https://dunlin.example/webhooks/twilio/status", nil)
		require.NoError(t, err)
		_, err = reader.Read(r, []byte("MessageStatus=delivered"))
		require.Error(t, err, "it is not signed")
	}

	_, err = open(map[string]string{"SENDGRID_WEBHOOK_KEY": "no key"})
	require.Error(t, err)
	_, err = open(map[string]string{"TWILIO_AUTH_TOKEN": "secret", "PUBLIC_URL": "no address"})
	require.Error(t, err)
	_, err = open(map[string]string{"TWILIO_AUTH_TOKEN": "secret"})
	require.ErrorContains(t, err, "PUBLIC_URL", "closed webhooks would lose every STOP")

	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte(public+"\n"), 0o600))
	var fromFile api.Config
	require.NoError(t, openWebhooks(&fromFile, func(name string) string { return map[string]string{"SENDGRID_WEBHOOK_KEY_FILE": file}[name] }))
	require.NotNil(t, fromFile.SendGrid)
	require.Nil(t, fromFile.TwilioStatus)
}

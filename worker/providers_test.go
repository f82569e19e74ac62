package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/message"
	"dunlin/notify"
)

func TestALabReachesItsSandboxOnly(t *testing.T) {
	t.Parallel()
	sandbox := config{Email: "sendgrid", SendGrid: notify.SendGridConfig{APIKey: "x", BaseURL: "http://127.0.0.1:1"}}
	_, err := newProviders(sandbox, true)
	require.NoError(t, err)
	_, err = newProviders(config{Email: "sendgrid", SendGrid: notify.SendGridConfig{APIKey: "x"}}, true)
	require.ErrorContains(t, err, "sendgrid.base_url")
	_, err = newProviders(config{Email: "smtp", SMTP: notify.SMTPConfig{Host: "mail.example"}}, true)
	require.ErrorContains(t, err, "smtp.host")
	_, err = newProviders(config{Email: "smtp", SMTP: notify.SMTPConfig{Host: "mail.example"}}, false)
	require.NoError(t, err)
}

func TestWithoutAnSMSProviderTheLineStops(t *testing.T) {
	t.Parallel()
	p, err := newProviders(config{Email: "smtp", SMTP: notify.SMTPConfig{Host: "mail.example"}}, false)
	require.NoError(t, err)
	r := p.sms.SendSMS(t.Context(), message.SMS{}, time.Now())
	require.Equal(t, collection.SendUnsent, r.Kind)
	require.True(t, r.StopLine)
	f, err := p.sms.FindSMS(t.Context(), collection.LookUp{})
	require.NoError(t, err)
	require.Equal(t, collection.Nothing, f.Evidence)
}

func TestAHookIsPostedOnceWithItsKey(t *testing.T) {
	t.Parallel()
	var key, body string
	code := http.StatusOK
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key = r.Header.Get("Idempotency-Key")
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		if code == http.StatusFound {
			w.Header().Set("Location", "http://elsewhere.invalid/")
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"accept":true}`))
	}))
	defer receiver.Close()
	hook := collection.Hook{ID: "h1", URL: receiver.URL, Kind: "stock.released", Body: []byte(`{"order":"A-1"}`)}
	answer, err := newHookPoster(true).Post(t.Context(), hook)
	require.NoError(t, err)
	require.Equal(t, `{"accept":true}`, string(answer), "what the receiver decides is handed on")
	require.Equal(t, "h1", key)
	require.JSONEq(t, `{"order":"A-1"}`, body)
	for _, code = range []int{http.StatusFound, http.StatusServiceUnavailable} {
		_, err = newHookPoster(true).Post(t.Context(), hook)
		require.ErrorContains(t, err, "the receiver answered")
	}
	hook.URL = "https://shop.example/stock"
	_, err = newHookPoster(true).Post(t.Context(), hook)
	require.ErrorContains(t, err, "not on this machine")
}

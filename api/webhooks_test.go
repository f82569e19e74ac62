package api_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/api"
	"dunlin/collection"
	"dunlin/invoice"
)

// reader is a provider's webhook reader that accepts one body.
type reader struct {
	t    *testing.T
	err  error
	none bool
}

func (d reader) Read(r *http.Request, body []byte) ([]collection.Delivery, error) {
	again, err := io.ReadAll(r.Body)
	require.NoError(d.t, err)
	require.Equal(d.t, body, again)
	if d.err != nil || d.none {
		return nil, d.err
	}
	return []collection.Delivery{{Provider: r.URL.Path, Raw: body}}, nil
}

func hooks(d api.DeliveryReader) func(*api.Config) {
	return func(c *api.Config) { c.SendGrid, c.TwilioStatus, c.TwilioInbound = d, d, d }
}

var hookPaths = []string{"/webhooks/sendgrid", "/webhooks/twilio/status", "/webhooks/twilio/inbound"}

func TestWebhooksRecordAndThank(t *testing.T) {
	t.Parallel()
	f := setup(t, hooks(reader{t: t}))
	for i, path := range hookPaths {
		w := f.send(http.MethodPost, path, `[{"event":"processed"}]`, "Authorization", "")
		require.Equal(t, []collection.Delivery{{Provider: path, Raw: []byte(`[{"event":"processed"}]`)}}, f.told[i])
		if i < 2 {
			require.Equal(t, http.StatusNoContent, w.Code)
			continue
		}
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "text/xml; charset=utf-8", w.Header().Get("Content-Type"))
		require.Contains(t, w.Body.String(), "<Response></Response>")
	}
}

func TestWebhooksNothingToRecord(t *testing.T) {
	t.Parallel()
	f := setup(t, hooks(reader{t: t, none: true}))
	require.Equal(t, http.StatusNoContent, f.send(http.MethodPost, hookPaths[0], `[]`).Code)
	require.Empty(t, f.told)
}

func TestWebhookRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		status int
	}{
		"forged":             {errors.New("signature of +4915112345678 is wrong"), 403},
		"not understood":     {invoice.Invalid("event", "+4915112345678 is missing"), 400},
		"cannot be checked":  {&invoice.Error{Code: invoice.CodeUnavailable, Message: "no key for +4915112345678"}, 503},
		"forged, and polite": {invoice.WrongState("signature of +4915112345678 is wrong"), 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, hooks(reader{t: t, err: c.err}))
			for _, path := range hookPaths {
				w := f.send(http.MethodPost, path, `{}`)
				problemOf(t, w, c.status)
				require.NotContains(t, w.Body.String(), "+49")
			}
			require.Empty(t, f.told)
		})
	}
}

func TestWebhookIsNotThankedBeforeTheCommit(t *testing.T) {
	t.Parallel()
	f := setup(t, hooks(reader{t: t}))
	f.fail = errors.New("no commit")
	for _, path := range hookPaths {
		problemOf(t, f.send(http.MethodPost, path, `{}`), http.StatusInternalServerError)
	}
}

func TestWebhookLimits(t *testing.T) {
	t.Parallel()
	f := setup(t, hooks(reader{t: t}))
	limit := strings.Repeat("x", 2<<20)
	for _, path := range hookPaths {
		require.Less(t, f.send(http.MethodPost, path, limit).Code, 300)
		problemOf(t, f.send(http.MethodPost, path, limit+"x"), http.StatusRequestEntityTooLarge)
		problemOf(t, f.send(http.MethodPost, path, "x", "Content-Encoding", "gzip"), http.StatusUnsupportedMediaType)
		problemOf(t, f.send(http.MethodGet, path, ""), http.StatusMethodNotAllowed)
	}
	require.Len(t, f.told, 3)
	for _, path := range hookPaths {
		problemOf(t, setup(t).send(http.MethodPost, path, "{}"), http.StatusNotFound)
	}
}

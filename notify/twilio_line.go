package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
)

// twilioLine is what all calls to Twilio share.
type twilioLine struct {
	base           *url.URL
	http           *http.Client
	account        string
	user, password string
}

func newTwilioLine(cfg TwilioConfig) (*twilioLine, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("twilio.base_url: %w", err)
	}
	l := &twilioLine{base: base, http: newHTTPClient(cfg.LoopbackOnly), account: cfg.AccountSID, user: cfg.AccountSID, password: cfg.AuthToken}
	if cfg.APIKey != "" {
		l.user, l.password = cfg.APIKey, cfg.APISecret
	}
	return l, nil
}

// call returns the client for one use of the SDK.
func (l *twilioLine) call(ctx context.Context) *twilioCall {
	return &twilioCall{line: l, ctx: ctx}
}

// twilioCall is a client.BaseClient for one call. The SDK has no context anywhere, a fixed host, and a
// client that leaves error bodies open; building one of these per call mends all three.
type twilioCall struct {
	line     *twilioLine
	ctx      context.Context
	answered bool // a status line came, whatever followed
	requests int
}

var _ client.BaseClient = (*twilioCall)(nil)

// maxPages bounds a list that never ends.
const maxPages = 100

// AccountSid names the account in the paths.
func (c *twilioCall) AccountSid() string { return c.line.account }

// SetTimeout changes nothing: the context holds the deadline.
func (c *twilioCall) SetTimeout(time.Duration) {}

// SetOauth changes nothing: the line signs with its own key.
func (c *twilioCall) SetOauth(client.OAuth) {}

// OAuth returns nil: the line signs with its own key.
func (c *twilioCall) OAuth() client.OAuth { return nil }

// SendRequest makes one request and answers a complete body, or a *twilioError for any status but 2xx.
func (c *twilioCall) SendRequest(method, rawURL string, data url.Values, headers map[string]interface{}, body ...byte) (*http.Response, error) {
	if c.requests++; c.requests > maxPages {
		return nil, fmt.Errorf("the list has more than %d pages", maxPages)
	}
	req, err := c.build(method, rawURL, data, headers, body)
	if err != nil {
		return nil, err
	}
	res, err := c.line.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	c.answered = true
	answer, err := io.ReadAll(res.Body)
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, newTwilioError(res, answer)
	}
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	return res, nil
}

func (c *twilioCall) build(method, rawURL string, data url.Values, headers map[string]interface{}, body []byte) (*http.Request, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	u.Scheme, u.Host, u.Path = c.line.base.Scheme, c.line.base.Host, c.line.base.Path+u.Path
	var content io.Reader
	switch {
	case len(body) > 0:
		content = bytes.NewReader(body)
	case method == http.MethodGet || method == http.MethodDelete:
		if data != nil {
			u.RawQuery = data.Encode()
		}
	default:
		content = strings.NewReader(data.Encode())
	}
	req, err := http.NewRequestWithContext(c.ctx, method, u.String(), content)
	if err != nil {
		return nil, err
	}
	for k, v := range headers {
		req.Header.Set(k, fmt.Sprint(v))
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "twilio-go/"+client.LibraryVersion)
	req.SetBasicAuth(c.line.user, c.line.password)
	return req, nil
}

// twilioError is an answer with any status but 2xx, its headers kept.
type twilioError struct {
	Status  int         `json:"-"`
	Header  http.Header `json:"-"`
	Code    int         `json:"code"`
	Message string      `json:"message"`
}

func newTwilioError(res *http.Response, body []byte) *twilioError {
	e := &twilioError{}
	if json.Unmarshal(body, e) != nil {
		e = &twilioError{}
	}
	e.Status, e.Header = res.StatusCode, res.Header
	return e
}

// Error gives status, code and Twilio's words.
func (e *twilioError) Error() string {
	if e.Code == 0 {
		return fmt.Sprintf("answered %d", e.Status)
	}
	return fmt.Sprintf("answered %d, code %d: %s", e.Status, e.Code, e.Message)
}

package demo

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

	"dunlin/dev/audit"
	"dunlin/invoice"
)

// api speaks to Dunlin's HTTP API, as a shop or a bank would.
type api struct {
	url    string
	keys   map[string]string // by who speaks
	client *http.Client
}

func newAPI(url string, keys map[string]string) *api {
	return &api{url: url, keys: keys, client: &http.Client{Timeout: time.Minute}}
}

// do makes a request as somebody and reads the answer into out. A refusal is an error with the API's own words.
func (a *api) do(ctx context.Context, as, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.url+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return a.ask(req, as, out)
}

// ask makes a request as somebody and reads the answer into out.
func (a *api) ask(req *http.Request, as string, out any) error {
	if key := a.keys[as]; key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", req.Method, req.URL.Path, res.Status, bytes.TrimSpace(text))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// send hands a file over and reads the answer into out.
func (a *api) send(ctx context.Context, as, path string, file []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+path, bytes.NewReader(file))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	return a.ask(req, as, out)
}

func invoicePath(number string) string {
	return "/v1/invoices/" + creditorOf(number) + "/" + url.PathEscape(number)
}

// receipt is the answer to a fact.
type receipt struct {
	Status          string        `json:"status"`
	Balance         invoice.Money `json:"balance"`
	MessageInFlight bool          `json:"message_in_flight"`
}

// tell tells a fact over HTTP and notes the acknowledgement. kind is how the books name it.
func (p *player) tell(ctx context.Context, as, kind, path, number, key string, body map[string]any) (receipt, error) {
	if body == nil {
		body = map[string]any{}
	}
	body["key"] = key
	var r receipt
	if err := p.api.do(ctx, as, http.MethodPost, invoicePath(number)+path, body, &r); err != nil {
		return r, err
	}
	p.acked(kind, number, key, r)
	return r, nil
}

// stops are the facts whose answer promises that nothing follows.
var stops = map[string]bool{"hold": true, "hard_stop": true, "dispute": true}

func (p *player) acked(kind, number, key string, r receipt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kind, _, part := strings.Cut(kind, ":") // of "dispute:part" the rest goes on
	p.acks = append(p.acks, audit.Ack{
		Kind: kind, Creditor: creditorOf(number), Number: number, Key: key, At: p.lab.Clock.Reading(),
		Stops: stops[kind] && !part, InFlight: r.MessageInFlight,
	})
}

// view is where an invoice stands.
type view struct {
	Status  string        `json:"status"`
	Balance invoice.Money `json:"balance"`
	Waiting string        `json:"waiting"`
	Invoice struct {
		Creditor string        `json:"creditor"`
		Number   string        `json:"number"`
		Debtor   string        `json:"debtor"`
		Total    invoice.Money `json:"total"`
	} `json:"invoice"`
}

func (p *player) view(ctx context.Context, number string) (v view, err error) {
	return v, p.api.do(ctx, "erp", http.MethodGet, invoicePath(number), nil, &v)
}

package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"

	"dunlin/collection"
)

const (
	answerLimit = 4 << 20          // bytes of an answer that are read
	idleFor     = 20 * time.Second // shorter than the providers' own, so that they rarely hang up first
)

var errClaimExpired = errors.New("claim expired: the request did not start in time")

// flight is one request under way. Its state moves once: whoever is first — the connection about to
// write the first byte, or the caller giving up — decides whether the request was ever sent.
type flight struct {
	claimedAt time.Time // monotonic; zero: no limit (look-ups)
	state     atomic.Int32
	connected atomic.Bool
}

const (
	waiting int32 = iota
	wrote
	expired
	abandoned
)

// takeOff is asked directly before each write.
func (f *flight) takeOff() error {
	if f.state.Load() == wrote {
		return nil
	}
	if f.late() {
		f.state.CompareAndSwap(waiting, expired)
	} else {
		f.state.CompareAndSwap(waiting, wrote)
	}
	if f.state.Load() != wrote {
		return errClaimExpired
	}
	return nil
}

func (f *flight) late() bool {
	return !f.claimedAt.IsZero() && time.Since(f.claimedAt) > collection.ClaimValid
}

// lost says what is known when no answer came. After it no byte leaves any more if none has left yet.
func (f *flight) lost(err error) collection.Result {
	f.state.CompareAndSwap(waiting, abandoned)
	switch f.state.Load() {
	case expired:
		return unsent(errClaimExpired.Error())
	case wrote:
		return unknown("the answer was lost: " + cause(err))
	}
	r := unsent("not connected: " + cause(err))
	if !f.connected.Load() {
		r.RetryAt = time.Now().Add(waitConnect)
	}
	return r
}

// cause leaves out the method and the address that url.Error puts in front.
func cause(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return fmt.Sprint(err)
}

// watch returns a context whose request reports to the flight.
func (f *flight) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		f.connected.Store(true)
		conn := info.Conn
		if t, ok := conn.(*tls.Conn); ok { // through a proxy
			conn = t.NetConn()
		}
		if g, ok := conn.(*guardedConn); ok {
			g.flight.Store(f)
			return
		}
		f.state.CompareAndSwap(waiting, wrote) // cannot see its writes: assume the worst
	}})
}

// guardedConn asks the flight that holds it before it writes.
type guardedConn struct {
	net.Conn
	flight atomic.Pointer[flight]
}

func (c *guardedConn) Write(p []byte) (int, error) {
	if f := c.flight.Load(); f != nil {
		if err := f.takeOff(); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(p)
}

// newHTTPClient makes a client that sends each request at most once: HTTP/1.1, no redirects, and no
// GetBody by which the transport could repeat a POST.
func newHTTPClient(loopbackOnly bool) *http.Client {
	dialer := &net.Dialer{Timeout: collection.HTTPTimeout}
	if loopbackOnly {
		dialer.Control = refuseBeyondLoopback
	}
	var http1 http.Protocols
	http1.SetHTTP1(true)
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		Protocols:              &http1,
		MaxIdleConns:           128,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        idleFor,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		TLSHandshakeTimeout:    collection.HTTPTimeout,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &guardedConn{Conn: c}, nil
		},
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			t := tls.Dialer{NetDialer: dialer, Config: &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}}
			c, err := t.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &guardedConn{Conn: c}, nil
		},
	}
	if loopbackOnly {
		t.Proxy = nil
	}
	return &http.Client{
		Transport:     oneShot{t},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func refuseBeyondLoopback(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%s is beyond loopback, where a lab may not send", address)
	}
	return nil
}

// oneShot takes away what the standard transport would need to repeat a request, and bounds the answer.
type oneShot struct{ base http.RoundTripper }

func (o oneShot) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.WithContext(r.Context())
	r.GetBody = nil
	res, err := o.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, answerLimit), res.Body}
	return res, nil
}

package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// anybody is the actor of requests without a key, where they are let in.
const anybody = "api"

type actorKey struct{}

// actor returns who asks: the name of the API key.
func actor(ctx context.Context) string {
	name, _ := ctx.Value(actorKey{}).(string)
	return name
}

// authenticated lets requests with a valid API key in, and those without one where the API is open.
// Requests that a web page of another origin makes a browser send are refused.
func (s *server) authenticated(next http.Handler) http.Handler {
	browser := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if browser.Check(r) != nil {
			s.requests.count("/v1/", http.StatusForbidden, 0)
			problem(http.StatusForbidden, "the request comes from a web page of another origin").write(w)
			return
		}
		name, p := s.who(r)
		if p != nil {
			if p.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="dunlin"`)
			}
			s.requests.count("/v1/", p.Status, 0)
			p.write(w)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), actorKey{}, name)))
	})
}

// who names the caller.
func (s *server) who(r *http.Request) (string, *Problem) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 && s.Open {
		if !namesThisHost(r.Host) {
			return "", problem(http.StatusMisdirectedRequest, "without API keys the API answers under localhost or an IP address only").hint("create an API key, or call it as localhost")
		}
		return anybody, nil
	}
	if len(headers) != 1 {
		return "", problem(http.StatusUnauthorized, "an API key is missing").hint("send the header Authorization: Bearer <key>")
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" || s.Keys == nil {
		return "", problem(http.StatusUnauthorized, "the Authorization header holds no API key").hint("send the header Authorization: Bearer <key>")
	}
	name, ok, err := s.Keys.KeyName(r.Context(), strings.TrimSpace(secret))
	if err != nil {
		return "", s.refusal(r.Context(), err)
	}
	if !ok {
		s.log.WarnContext(r.Context(), "api: unknown API key", "remote", r.RemoteAddr)
		return "", problem(http.StatusUnauthorized, "the API key is unknown or revoked")
	}
	return name, nil
}

// namesThisHost guards an open API against DNS rebinding: a web page can only come under a name.
func namesThisHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	_, err := netip.ParseAddr(host)
	return err == nil || strings.EqualFold(host, "localhost")
}

// mayProbe says whether the caller may see health and metrics. A forwarded request is never local.
func (s *server) mayProbe(r *http.Request) bool {
	forwarded := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != ""
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && from.Addr().Unmap().IsLoopback() && !forwarded {
		return true
	}
	if s.OpenProbes {
		return true
	}
	_, p := s.who(r)
	return p == nil
}

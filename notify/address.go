package notify

import (
	"net"
	"net/url"
	"strings"

	"dunlin/invoice"
)

// OnlyLoopback refuses an address of a provider that is not on this machine. A lab asks it for every
// provider, so that rehearsed messages can reach nobody but the sandbox. It accepts a URL or a host,
// with or without port; localhost counts as this machine.
func OnlyLoopback(address string) error {
	if isLoopback(hostOf(address)) {
		return nil
	}
	return invoice.Invalid("provider", "%q is not on this machine", address).
		WithHint("a lab sends to its sandbox only; live messages need a live database")
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Hostname()
	}
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// checkBase accepts https everywhere, http on this machine only: keys travel in the clear otherwise.
func checkBase(field, base string, loopbackOnly bool) error {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return invoice.Invalid(field, "%q is not a base URL", base).WithHint("e.g. https://api.example.com")
	case u.Scheme != "https" && u.Scheme != "http":
		return invoice.Invalid(field, "%q is neither https nor http", base)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return invoice.Invalid(field, "%q is not encrypted", base).WithHint("use https; http is for this machine only")
	case loopbackOnly && !isLoopback(u.Hostname()):
		return invoice.Invalid(field, "%q is not on this machine", base).WithHint("a lab sends to its sandbox only")
	}
	return nil
}

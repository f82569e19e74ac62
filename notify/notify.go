// Package notify carries messages to the providers and reads what they report back: SendGrid and SMTP
// for e-mail, Twilio for SMS.
//
// A send is one HTTP request per attempt, never repeated here: whether the answer to it was lost is for
// the database to know, and what happens next for the guard to decide. A Result therefore tells apart
// what was certainly not taken (unsent, rejected), what certainly was (accepted), and what nobody knows
// (unknown). "Certainly not" needs evidence: the provider said so, or not one byte was written.
package notify

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"dunlin/collection"
)

// The waits before an unsent message may be tried again where the provider names none, and the bounds
// of what it may name: a provider's clock that is far off must not park a line for days.
const (
	waitConnect = 15 * time.Second
	waitLimited = 30 * time.Second
	waitLongest = time.Hour
)

func accepted(id string) collection.Result {
	return collection.Result{Kind: collection.SendAccepted, ProviderID: id}
}

func unsent(reason string) collection.Result {
	return collection.Result{Kind: collection.SendUnsent, Reason: redact(reason)}
}

func rejected(reason string) collection.Result {
	return collection.Result{Kind: collection.SendRejected, Reason: redact(reason)}
}

func unknown(reason string) collection.Result {
	return collection.Result{Kind: collection.SendUnknown, Reason: redact(reason)}
}

// stopLine is for refusals that every message of the channel would meet.
func stopLine(reason string) collection.Result {
	r := unsent(reason)
	r.StopLine = true
	return r
}

// limited is a 429: the provider says when it will listen again.
func limited(h http.Header, now time.Time) collection.Result {
	r := unsent("the provider's rate limit is reached")
	r.RetryAt = retryAt(h, now)
	return r
}

// retryAt reads X-RateLimit-Reset (seconds since 1970) and Retry-After (seconds, or a date).
func retryAt(h http.Header, now time.Time) time.Time {
	at := now.Add(waitLimited)
	if n, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		at = time.Unix(n, 0)
	}
	if after := h.Get("Retry-After"); after != "" {
		if n, err := strconv.ParseInt(after, 10, 32); err == nil {
			at = now.Add(time.Duration(n) * time.Second)
		} else if t, err := http.ParseTime(after); err == nil {
			at = t
		}
	}
	if earliest := now.Add(time.Second); at.Before(earliest) {
		return earliest
	}
	if latest := now.Add(waitLongest); at.After(latest) {
		return latest
	}
	return at
}

var personal = regexp.MustCompile(`[^\s<>"'(),:;]+@[^\s<>"'(),:;]+|\+?[0-9][0-9 ()-]{6,}[0-9]`)

// redact keeps addresses and numbers of people out of reasons, which travel further than messages do:
// into workflow histories and logs.
func redact(reason string) string {
	reason = personal.ReplaceAllString(strings.Join(strings.Fields(reason), " "), "…")
	if runes := []rune(reason); len(runes) > 200 {
		return string(runes[:199]) + "…"
	}
	return reason
}

// headerSafe reports whether all texts can stand in a header line.
func headerSafe(texts ...string) bool {
	for _, t := range texts {
		if strings.ContainsAny(t, "\r\n\x00") {
			return false
		}
	}
	return true
}

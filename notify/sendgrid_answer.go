package notify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"dunlin/collection"

	"github.com/sendgrid/rest"
)

// sendGridAnswer reads what SendGrid answered. The SDK reports no HTTP status as an error.
func sendGridAnswer(res *rest.Response, now time.Time) collection.Result {
	header := http.Header(res.Headers)
	said := sendGridErrors(res.Body)
	status := fmt.Sprintf("answered %d", res.StatusCode)
	if len(said) > 0 {
		status += ": " + said[0].Message
	}
	switch {
	case res.StatusCode == http.StatusAccepted && header.Get("X-Message-Id") != "":
		return accepted(header.Get("X-Message-Id"))
	case res.StatusCode < 300: // 200 means sandbox mode, or something between us and SendGrid spoke
		return unknown(status + " without a message id")
	case res.StatusCode == http.StatusTooManyRequests:
		return limited(header, now)
	case refusesAll(res.StatusCode):
		return stopLine(status)
	case res.StatusCode == http.StatusRequestTimeout || res.StatusCode >= 500:
		return unknown(status)
	}
	r := rejected(status)
	for _, e := range said {
		r.BadAddress = r.BadAddress || e.aboutRecipient()
	}
	return r
}

// refusesAll are the answers that every message would meet: a refused key, or an address at which no
// provider listens.
func refusesAll(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired:
		return true
	}
	return status >= 300 && status < 400
}

type sendGridError struct {
	Message string `json:"message"`
	Field   string `json:"field"`
}

// aboutRecipient recognises "personalizations.0.to.0.email".
func (e sendGridError) aboutRecipient() bool {
	return strings.HasPrefix(e.Field, "personalizations.") && strings.Contains(e.Field, ".to.") && strings.HasSuffix(e.Field, "email")
}

func sendGridErrors(body string) []sendGridError {
	var answer struct {
		Errors []sendGridError `json:"errors"`
	}
	if json.Unmarshal([]byte(body), &answer) != nil {
		return nil
	}
	return answer.Errors
}

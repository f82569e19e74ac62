package sandbox

import (
	"net/http"
	"regexp"
	"strings"
	"time"
)

var activityQuery = regexp.MustCompile(`^\(?\s*(unique_args\['([^']+)'\]|msg_id|to_email)\s*(=|LIKE)\s*"([^"]*)"\s*\)?$`)

// mailActivity is GET /v3/messages, the Email Activity API.
func (s *Server) mailActivity(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+s.cfg.SendGridKey {
		refuseMail(w, http.StatusUnauthorized, 0, "authorization required")
		return
	}
	q := activityQuery.FindStringSubmatch(r.URL.Query().Get("query"))
	if q == nil {
		writeJSON(w, http.StatusBadRequest, mailErrors(&mailProblem{"query", "the sandbox cannot read this query"}))
		return
	}
	s.mu.Lock()
	found := []any{}
	for _, m := range s.mails {
		if m.answers(q[1], q[2], q[4]) {
			found = append(found, map[string]any{
				"from_email": m.from, "msg_id": m.storedID(), "subject": m.subject, "to_email": m.to,
				"status": m.state, "opens_count": 0, "clicks_count": 0, "last_event_time": m.at.Format(time.RFC3339),
			})
		}
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"messages": found})
}

func (m *mailMessage) answers(column, arg, value string) bool {
	switch {
	case arg != "":
		return m.args[arg] == value
	case column == "msg_id":
		return strings.HasPrefix(m.storedID(), strings.TrimSuffix(value, "%"))
	}
	return strings.EqualFold(m.to, value)
}

// storedID is the id under which SendGrid keeps a message: the X-Message-Id is its beginning only.
func (m *mailMessage) storedID() string { return m.id + ".recvd-sandbox-1-0.0" }

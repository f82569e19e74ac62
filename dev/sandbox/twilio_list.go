package sandbox

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// smsFetch is GET …/Messages/{SID}.json.
func (s *Server) smsFetch(w http.ResponseWriter, r *http.Request) {
	if !s.authorised(w, r) {
		return
	}
	sid := strings.TrimSuffix(r.PathValue("message"), ".json")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.sms {
		if m.sid == sid {
			writeJSON(w, http.StatusOK, s.resource(m))
			return
		}
	}
	refuseSMS(w, http.StatusNotFound, 20404, "The requested resource was not found")
}

// smsList is GET …/Messages.json: newest first, in pages.
func (s *Server) smsList(w http.ResponseWriter, r *http.Request) {
	if !s.authorised(w, r) {
		return
	}
	q := r.URL.Query()
	size, err := strconv.Atoi(orElse(q.Get("PageSize"), "50"))
	if err != nil || size < 1 || size > 1000 {
		refuseSMS(w, http.StatusBadRequest, 20001, "Invalid PageSize")
		return
	}
	page, _ := strconv.Atoi(q.Get("Page"))
	within, err := dateFilter(q)
	if err != nil || page < 0 {
		refuseSMS(w, http.StatusBadRequest, 20001, "Invalid DateSent or Page")
		return
	}
	s.mu.Lock()
	found := []any{}
	more, skip := false, page*size
	for i := len(s.sms) - 1; i >= 0; i-- {
		m := s.sms[i]
		if q.Get("To") != "" && m.to != q.Get("To") || q.Get("From") != "" && m.from != q.Get("From") || !within(m.sent) {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		if len(found) == size {
			more = true
			break
		}
		found = append(found, s.resource(m))
	}
	s.mu.Unlock()
	out := map[string]any{
		"messages": found, "page": page, "page_size": size, "start": page * size, "end": page*size + max(len(found)-1, 0),
		"uri": r.URL.RequestURI(), "first_page_uri": r.URL.Path + "?PageSize=" + strconv.Itoa(size), "next_page_uri": nil, "previous_page_uri": nil,
	}
	if more {
		q.Set("Page", strconv.Itoa(page+1))
		q.Set("PageToken", "PA"+strconv.Itoa(page+1))
		out["next_page_uri"] = r.URL.Path + "?" + q.Encode()
	}
	writeJSON(w, http.StatusOK, out)
}

// dateFilter reads DateSent, DateSent< and DateSent>. Twilio means at most and at least by the last two,
// and whole days where no time is given. A queued message has no such date and passes no such filter.
func dateFilter(q url.Values) (func(time.Time) bool, error) {
	type bound struct{ from, to time.Time }
	var bounds []bound
	for _, key := range []string{"DateSent", "DateSent<", "DateSent>"} {
		text := q.Get(key)
		if text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, text)
		last := t.AddDate(0, 0, 1).Add(-time.Second)
		if err != nil {
			if t, err = time.Parse(time.RFC3339, text); err != nil {
				return nil, err
			}
			last = t
		}
		switch key {
		case "DateSent<":
			bounds = append(bounds, bound{to: last})
		case "DateSent>":
			bounds = append(bounds, bound{from: t})
		default:
			bounds = append(bounds, bound{t.UTC().Truncate(24 * time.Hour), t.UTC().Truncate(24 * time.Hour).Add(24*time.Hour - 1)})
		}
	}
	return func(sent time.Time) bool {
		for _, b := range bounds {
			if sent.IsZero() || sent.Before(b.from) || !b.to.IsZero() && sent.After(b.to) {
				return false
			}
		}
		return true
	}, nil
}

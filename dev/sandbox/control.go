package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// controlRoutes let other processes do what the methods of Server do.
func (s *Server) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/rules", s.getRules)
	mux.HandleFunc("PUT /control/rules", s.putRules(s.SetRules))
	mux.HandleFunc("POST /control/rules", s.putRules(s.AddRules))
	mux.HandleFunc("GET /control/log", s.getLog)
	mux.HandleFunc("GET /control/pending", s.getPending)
	mux.HandleFunc("POST /control/inbound", s.postInbound)
	mux.HandleFunc("PUT /control/webhooks", s.putWebhooks)
	mux.HandleFunc("GET /control/account", s.getAccount)
}

func (s *Server) getRules(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rules := make([]activeRule, 0, len(s.rules))
	for _, r := range s.rules {
		rules = append(rules, *r)
	}
	writeJSON(w, http.StatusOK, rules)
}

func (s *Server) putRules(set func(...Rule) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var rules []Rule
		if !readJSON(w, r, &rules) {
			return
		}
		if err := set(rules...); err != nil {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// getLog answers the entries after ?after=, of ?kind= where it is given.
func (s *Server) getLog(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseInt(orElse(r.URL.Query().Get("after"), "0"), 10, 64)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "after: not a number"})
		return
	}
	kind, out := r.URL.Query().Get("kind"), []Entry{}
	for _, e := range s.LogAfter(after) {
		if kind == "" || e.Kind == kind {
			out = append(out, e)
		}
	}
	writeJSON(w, http.StatusOK, out)
}

func (s *Server) getPending(w http.ResponseWriter, _ *http.Request) {
	due, next := s.Pending()
	entries, letters := s.log.count()
	answer := map[string]any{"due": due, "seq": entries, "messages": letters}
	if !next.IsZero() {
		answer["next"] = next
	}
	writeJSON(w, http.StatusOK, answer)
}

func (s *Server) postInbound(w http.ResponseWriter, r *http.Request) {
	var m InboundSMS
	if !readJSON(w, r, &m) {
		return
	}
	status, err := s.Inbound(r.Context(), m)
	if err != nil {
		writeJSON(w, http.StatusBadGateway, map[string]string{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]int{"status": status})
}

func (s *Server) putWebhooks(w http.ResponseWriter, r *http.Request) {
	var to struct {
		Events  string `json:"events"`
		Inbound string `json:"inbound"`
	}
	if !readJSON(w, r, &to) {
		return
	}
	s.SetWebhooks(to.Events, to.Inbound)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) getAccount(w http.ResponseWriter, _ *http.Request) {
	key, sid, token := s.Account()
	writeJSON(w, http.StatusOK, map[string]string{"sendgrid_key": key, "account_sid": sid, "auth_token": token, "webhook_key": s.PublicKey()})
}

func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return false
	}
	return true
}

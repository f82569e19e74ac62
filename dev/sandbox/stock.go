package sandbox

import (
	"io"
	"net/http"
	"strings"
)

// spare is how often the shop has a thing left when money comes after its order has expired.
const spare = 1

// shop is what the shop says to an event: expired goods are free again, and late money is accepted while
// something is left. The same event, asked again, gets the same answer.
func (s *Server) shop(event, id string) map[string]bool {
	if event != "order_paid_late" {
		return map[string]bool{"released": true}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accepted == nil {
		s.accepted = map[string]bool{}
	}
	if _, asked := s.accepted[id]; !asked {
		taken := 0
		for _, yes := range s.accepted {
			if yes {
				taken++
			}
		}
		s.accepted[id] = taken < spare
	}
	return map[string]bool{"accept": s.accepted[id]}
}

// stockHook is the shop: it is told that an order has expired and its goods are free again.
func (s *Server) stockHook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	e := Entry{
		Kind: KindStock, To: r.URL.Path, Subject: r.Header.Get("Idempotency-Key"), Text: string(body),
		Attempt: orElse(r.Header.Get("Idempotency-Key"), r.Header.Get("Webhook-Id")),
	}
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		e.Status, e.Error = http.StatusBadRequest, "not JSON"
		s.log.append(s.stamp(e))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	rule := s.decide(e)
	s.slow(r, rule)
	e.Fault, e.Rule, e.Status, e.Accepted = rule.Fault, rule.Name, rule.status(), rule.Fault.takes()
	if rule.Fault == OK || rule.Fault == Slow || rule.Fault == Garbled {
		e.Status = http.StatusOK
	}
	s.log.append(s.stamp(e))
	s.answer(w, r, rule, words{
		good: func(w http.ResponseWriter) {
			writeJSON(w, http.StatusOK, s.shop(r.Header.Get("Dunlin-Event"), e.Attempt))
		},
		refuse: refuseMail, garbled: http.StatusOK, limits: setRetryAfter,
	})
}

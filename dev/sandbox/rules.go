package sandbox

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"path"
	"strings"
	"time"
)

// Fault is what the sandbox does to a request.
type Fault string

// The faults. "After" means: the message is taken, and the client does not learn it.
const (
	OK           Fault = ""
	Slow         Fault = "slow"         // waits Delay, then answers well
	RateLimited  Fault = "429"          // refuses for ResetAfter
	ErrorBefore  Fault = "5xx_before"   // fails without taking it
	ErrorAfter   Fault = "5xx_after"    // takes it and fails
	ResetBefore  Fault = "reset_before" // tears the connection down without taking it
	ResetAfter   Fault = "reset_after"  // takes it and tears the connection down
	HangAfter    Fault = "hang_after"   // takes it and says nothing for Delay (default a minute)
	Garbled      Fault = "garbled"      // takes it and answers nonsense
	Unauthorized Fault = "401"          // refuses the key
	TooLarge     Fault = "413"          // refuses the size
	BadRequest   Fault = "400"          // refuses the content, with Code
	OptedOut     Fault = "21610"        // SMS: the number has opted out
)

var faults = map[Fault]bool{
	OK: true, Slow: true, RateLimited: true, ErrorBefore: true, ErrorAfter: true, ResetBefore: true, ResetAfter: true,
	HangAfter: true, Garbled: true, Unauthorized: true, TooLarge: true, BadRequest: true, OptedOut: true,
}

// takes reports whether the provider keeps the message under this fault.
func (f Fault) takes() bool {
	switch f {
	case OK, Slow, ErrorAfter, ResetAfter, HangAfter, Garbled:
		return true
	}
	return false
}

// The outcomes: what becomes of a message that was taken.
const (
	OutcomeDelivered   = "delivered"   // the default
	OutcomeBounce      = "bounce"      // e-mail: no such mailbox
	OutcomeBlocked     = "blocked"     // e-mail: refused for now
	OutcomeDropped     = "dropped"     // e-mail: 202, and then not sent
	OutcomeDeferred    = "deferred"    // e-mail: put off, then delivered
	OutcomeSpamReport  = "spamreport"  // e-mail: delivered and reported
	OutcomeUnsubscribe = "unsubscribe" // e-mail: delivered and unsubscribed
	OutcomeUndelivered = "undelivered" // SMS: the handset cannot be reached
	OutcomeFailed      = "failed"      // SMS: not sent
	OutcomeNone        = "none"        // nothing is ever heard of it
)

// Rule says which requests meet a fault, or a fate. All conditions that are set must hold; the first
// rule that applies decides.
type Rule struct {
	Name        string  `json:"name,omitempty"`
	Channel     string  `json:"channel,omitempty"`     // "email", "sms" or "stock"; empty: any
	Recipient   string  `json:"recipient,omitempty"`   // address or number; * stands for anything
	Contains    string  `json:"contains,omitempty"`    // a text in subject or body
	Attempt     string  `json:"attempt,omitempty"`     // attempt id
	Nth         int     `json:"nth,omitempty"`         // only the n-th request that matches, from 1
	Times       int     `json:"times,omitempty"`       // at most so often; 0: always
	Probability float64 `json:"probability,omitempty"` // 0: always. Seeded: the same recipient's same request meets the same

	Fault      Fault     `json:"fault,omitempty"`
	Delay      Duration  `json:"delay,omitempty"`       // of Slow and HangAfter
	ResetAfter Duration  `json:"reset_after,omitempty"` // of RateLimited; default 1 s
	Status     int       `json:"status,omitempty"`      // of ErrorBefore and ErrorAfter; default 503 and 500
	Code       int       `json:"code,omitempty"`        // of BadRequest for SMS; default 21211
	Outcome    string    `json:"outcome,omitempty"`
	Webhooks   *Webhooks `json:"webhooks,omitempty"`
}

// Webhooks says how the reports about a message travel.
type Webhooks struct {
	Delay      Duration `json:"delay,omitempty"`      // on the lab's clock, before each report
	Duplicates int      `json:"duplicates,omitempty"` // further copies of each report, with event ids of their own
	Reversed   bool     `json:"reversed,omitempty"`   // the last report first
	Never      bool     `json:"never,omitempty"`      // no report ever arrives
	Forged     bool     `json:"forged,omitempty"`     // a copy with a wrong signature goes ahead of each
	Stale      bool     `json:"stale,omitempty"`      // signed as of a day ago
}

// Duration is a time.Duration that JSON writes as "1m30s".
type Duration time.Duration

// MarshalText writes the duration as Go does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Check names the first field of the rule that is wrong.
func (r Rule) Check() error {
	switch {
	case !faults[r.Fault]:
		return fmt.Errorf("fault: %q is not a fault", r.Fault)
	case r.Channel != "" && r.Channel != KindEmail && r.Channel != KindSMS && r.Channel != KindStock:
		return fmt.Errorf("channel: %q is not a channel", r.Channel)
	case r.Probability < 0 || r.Probability > 1:
		return fmt.Errorf("probability: %v is not between 0 and 1", r.Probability)
	case r.Fault == OptedOut && r.Channel != KindSMS:
		return fmt.Errorf("fault: %q is for channel sms", r.Fault)
	}
	if _, err := path.Match(r.Recipient, ""); err != nil {
		return fmt.Errorf("recipient: %q is not a pattern", r.Recipient)
	}
	if r.Outcome != "" && !knownOutcome(r.Outcome) {
		return fmt.Errorf("outcome: %q is not an outcome", r.Outcome)
	}
	return nil
}

func knownOutcome(o string) bool {
	return mailFates[o] != nil || smsFates[o] != nil || o == OutcomeNone
}

// activeRule counts.
type activeRule struct {
	Rule
	Matched int `json:"matched"` // requests that met its conditions
	Applied int `json:"applied"` // and met its fault
	seen    map[string]uint64
}

// SetRules replaces all rules and starts their counts anew.
func (s *Server) SetRules(rules ...Rule) error {
	active := make([]*activeRule, 0, len(rules))
	for i, r := range rules {
		if err := r.Check(); err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
		active = append(active, &activeRule{Rule: r, seen: map[string]uint64{}})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = active
	return nil
}

// AddRules puts further rules ahead of those that stand.
func (s *Server) AddRules(rules ...Rule) error {
	for i, r := range rules {
		if err := r.Check(); err != nil {
			return fmt.Errorf("rule %d: %w", i+1, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	added := make([]*activeRule, 0, len(rules)+len(s.rules))
	for _, r := range rules {
		added = append(added, &activeRule{Rule: r, seen: map[string]uint64{}})
	}
	s.rules = append(added, s.rules...)
	return nil
}

// Applied returns how often the rules of that name have applied.
func (s *Server) Applied(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.rules {
		if r.Name == name {
			n += r.Applied
		}
	}
	return n
}

// decide finds the rule for a request and counts it.
func (s *Server) decide(e Entry) Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.rules {
		if !r.matches(e) {
			continue
		}
		r.Matched++
		nth := r.seen[e.To]
		r.seen[e.To]++
		if r.Nth > 0 && r.Matched != r.Nth || r.Times > 0 && r.Applied >= r.Times {
			continue
		}
		if r.Probability > 0 && chance(s.cfg.Seed, uint64(i), e.To, nth) >= r.Probability {
			continue
		}
		r.Applied++
		return r.Rule
	}
	return Rule{}
}

func (r *activeRule) matches(e Entry) bool {
	if r.Channel != "" && r.Channel != e.Kind || r.Attempt != "" && r.Attempt != e.Attempt {
		return false
	}
	if r.Recipient != "" {
		if ok, _ := path.Match(strings.ToLower(r.Recipient), strings.ToLower(e.To)); !ok {
			return false
		}
	}
	return r.Contains == "" || strings.Contains(e.Subject, r.Contains) || strings.Contains(e.Text, r.Contains)
}

// chance is a number in [0, 1) that depends on the seed, the rule, the recipient and the how-manieth
// request of that recipient it is: not on the order in which requests of others arrive.
func chance(seed, rule uint64, recipient string, nth uint64) float64 {
	h := fnv.New64a()
	for _, n := range []uint64{seed, rule, nth} {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], n)
		_, _ = h.Write(b[:])
	}
	_, _ = h.Write([]byte(recipient))
	x := h.Sum64() // FNV alone mixes short inputs badly: finish as splitmix64 does
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11) / (1 << 53)
}

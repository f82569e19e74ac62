package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"
)

// textMessage is an SMS, ours or one sent to us.
type textMessage struct {
	sid, to, from, body, direction string
	state                          string
	code                           int
	created, sent                  time.Time // wall clock; sent is zero while it is queued
	callback, attempt              string
}

var (
	phone   = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	service = regexp.MustCompile(`^MG[0-9a-fA-F]+$`)
)

// smsCreate is POST …/Messages.json.
func (s *Server) smsCreate(w http.ResponseWriter, r *http.Request) {
	if !s.authorised(w, r) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		refuseSMS(w, http.StatusBadRequest, 20001, "the form cannot be read")
		return
	}
	f := r.PostForm
	callback := f.Get("StatusCallback")
	validFor, _ := strconv.Atoi(f.Get("ValidityPeriod"))
	e := Entry{Kind: KindSMS, From: orElse(f.Get("MessagingServiceSid"), f.Get("From")), To: f.Get("To"), Text: f.Get("Body"), ValidFor: validFor, Attempt: attemptOf(callback)}
	if code, why := checkSMS(f); code != 0 {
		e.Status, e.Error = http.StatusBadRequest, fmt.Sprintf("%d: %s", code, why)
		s.log.append(s.stamp(e))
		refuseSMS(w, http.StatusBadRequest, code, why)
		return
	}
	rule := s.decide(e)
	s.mu.Lock()
	if s.optedOut[e.To+" "+e.From] && rule.Fault.takes() {
		rule.Fault = OptedOut
	}
	s.mu.Unlock()
	s.slow(r, rule)
	e.Fault, e.Rule, e.Status, e.Accepted = rule.Fault, rule.Name, rule.status(), rule.Fault.takes()
	if rule.Fault == OK || rule.Fault == Slow || rule.Fault == Garbled {
		e.Status = http.StatusCreated
	}
	m := &textMessage{to: e.To, from: e.From, body: e.Text, direction: "outbound-api", state: "queued", callback: callback, attempt: e.Attempt}
	if e.Accepted {
		m.sid = newSID()
		e.ProviderID = m.sid
	}
	e = s.log.append(s.stamp(e))
	m.created = e.At
	if e.Accepted {
		s.mu.Lock()
		s.sms = append(s.sms, m)
		resource := s.resource(m)
		s.mu.Unlock()
		s.posts.schedule(s.smsReports(m, orElse(rule.Outcome, OutcomeDelivered)), rule.Webhooks)
		s.answer(w, r, rule, words{
			good:   func(w http.ResponseWriter) { writeJSON(w, http.StatusCreated, resource) },
			refuse: refuseSMS, garbled: http.StatusCreated, limits: setRetryAfter,
		})
		return
	}
	s.answer(w, r, rule, words{refuse: refuseSMS, limits: setRetryAfter})
}

// attemptOf finds our attempt id in the address of the status callback.
func attemptOf(callback string) string {
	u, err := url.Parse(callback)
	if err != nil {
		return ""
	}
	return u.Query().Get("attempt")
}

// checkSMS finds what Twilio refuses with 400.
func checkSMS(f url.Values) (code int, why string) {
	for key, values := range f {
		if len(values) > 1 && key != "MediaUrl" && key != "PersistentAction" {
			return 20001, "Invalid parameter " + key
		}
	}
	callback, err := url.Parse(f.Get("StatusCallback"))
	valid, notNumber := strconv.Atoi(orElse(f.Get("ValidityPeriod"), "36000"))
	switch {
	case f.Get("To") == "":
		return 21604, "A 'To' phone number is required."
	case f.Get("Body") == "" && f.Get("MediaUrl") == "":
		return 21602, "Message body is required."
	case f.Get("From") == "" && f.Get("MessagingServiceSid") == "":
		return 21603, "A 'From' phone number is required."
	case !phone.MatchString(f.Get("To")):
		return 21211, "The 'To' number " + f.Get("To") + " is not a valid phone number."
	case f.Get("MessagingServiceSid") != "" && !service.MatchString(f.Get("MessagingServiceSid")):
		return 21705, "The Messaging Service Sid is invalid."
	case f.Get("MessagingServiceSid") == "" && !phone.MatchString(f.Get("From")) && len(f.Get("From")) > 11:
		return 21212, "The 'From' number is not valid."
	case utf8.RuneCountInString(f.Get("Body")) > 1600:
		return 21617, "The concatenated message body exceeds the 1600 character limit."
	case notNumber != nil || valid < 1 || valid > 36000:
		return 21624, "The validity period is invalid: 1 to 36000 seconds."
	case f.Get("StatusCallback") != "" && (err != nil || callback.Host == "" || callback.Scheme != "http" && callback.Scheme != "https"):
		return 21609, "The 'StatusCallback' URL is not a valid URL."
	}
	return 0, ""
}

func (s *Server) authorised(w http.ResponseWriter, r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	switch {
	case !ok || user != s.cfg.AccountSID || password != s.cfg.AuthToken:
		refuseSMS(w, http.StatusUnauthorized, 20003, "Authenticate")
	case r.PathValue("sid") != s.cfg.AccountSID:
		refuseSMS(w, http.StatusNotFound, 20404, "The requested resource was not found")
	default:
		return true
	}
	return false
}

func refuseSMS(w http.ResponseWriter, status, code int, why string) {
	writeJSON(w, status, map[string]any{
		"code": code, "message": why, "status": status,
		"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", code),
	})
}

// resource is the message as Twilio shows it; the lock is held.
func (s *Server) resource(m *textMessage) map[string]any {
	date := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t.UTC().Format(time.RFC1123Z)
	}
	uri := "/2010-04-01/Accounts/" + s.cfg.AccountSID + "/Messages/" + m.sid + ".json"
	out := map[string]any{
		"sid": m.sid, "account_sid": s.cfg.AccountSID, "to": m.to, "from": m.from, "body": m.body, "status": m.state,
		"direction": m.direction, "num_segments": strconv.Itoa(segments(m.body)), "num_media": "0", "api_version": "2010-04-01",
		"date_created": date(m.created), "date_updated": date(m.created), "date_sent": date(m.sent), "price": nil, "price_unit": "USD",
		"error_code": nil, "error_message": nil, "messaging_service_sid": nil, "uri": uri, "subresource_uris": map[string]string{},
	}
	if m.code != 0 {
		out["error_code"], out["error_message"] = m.code, smsErrors[m.code]
	}
	if service.MatchString(m.from) {
		out["messaging_service_sid"], out["from"] = m.from, nil
	}
	return out
}

// segments counts roughly: beyond ASCII, a segment holds 70 characters.
func segments(body string) int {
	one, more, n := 160, 153, 0
	for _, r := range body {
		if n++; r > 0xffff {
			n++
		}
		if r > 127 {
			one, more = 70, 67
		}
	}
	if n <= one {
		return 1
	}
	return (n + more - 1) / more
}

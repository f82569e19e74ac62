package api

import (
	"net/http"

	"dunlin/invoice"
)

// routeWebhooks opens a webhook for each reader there is.
func (s *server) routeWebhooks(mux *http.ServeMux) {
	for path, hook := range map[string]struct {
		reader DeliveryReader
		thanks func(http.ResponseWriter)
	}{
		"/webhooks/sendgrid":       {s.SendGrid, noContent},
		"/webhooks/twilio/status":  {s.TwilioStatus, noContent},
		"/webhooks/twilio/inbound": {s.TwilioInbound, emptyTwiML},
	} {
		if hook.reader != nil {
			mux.Handle("POST "+path, s.webhook(hook.reader, hook.thanks))
		}
	}
}

// webhook reads a provider's reports, records them, and only then thanks for them: until it is
// thanked, a provider tries again. The signature is what lets a request in, so it needs no API key.
func (s *server) webhook(reader DeliveryReader, thanks func(http.ResponseWriter)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, p := take(w, r, maxWebhook)
		if p == nil && r.Header.Get("Content-Encoding") != "" {
			p = problem(http.StatusUnsupportedMediaType, "an encoded body is not read")
		}
		if p != nil {
			p.write(w)
			return
		}
		reports, err := reader.Read(r, body)
		if err != nil {
			s.refuseWebhook(w, r, err)
			return
		}
		if len(reports) > 0 {
			if err := s.Store.RecordDeliveries(r.Context(), reports); err != nil {
				s.refusal(r.Context(), err).write(w)
				return
			}
		}
		thanks(w)
	})
}

// refuseWebhook tells a caller who is not the provider no more than that.
func (s *server) refuseWebhook(w http.ResponseWriter, r *http.Request, err error) {
	s.log.WarnContext(r.Context(), "api: webhook refused", "path", r.URL.Path, "remote", r.RemoteAddr, "error", err)
	switch invoice.CodeOf(err) {
	case invoice.CodeInvalid:
		problem(http.StatusBadRequest, "the report cannot be understood").write(w)
	case invoice.CodeUnavailable:
		problem(http.StatusServiceUnavailable, "the report cannot be checked now").write(w)
	default:
		problem(http.StatusForbidden, "the signature does not match").write(w)
	}
}

func noContent(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }

// emptyTwiML tells Twilio to answer nothing to the sender.
func emptyTwiML(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?><Response></Response>`))
}

package notify

import (
	"net/http"
	"time"

	"dunlin/collection"
)

// Twilio's codes that say more than the HTTP status does.
const (
	codeAuthenticate = 20003
	codeTooMany      = 20429
	codeOptedOut     = 21610 // the number has sent STOP to this sender
)

// badNumbers say that the number itself cannot receive an SMS.
var badNumbers = map[int]bool{
	21211: true, // not a phone number
	21214: true, // cannot be reached
	21217: true, // does not appear to be valid
	21614: true, // not a mobile number
}

// twilioAnswer reads a refusal.
func twilioAnswer(e *twilioError, now time.Time) collection.Result {
	switch {
	case e.Status == http.StatusTooManyRequests || e.Code == codeTooMany:
		return limited(e.Header, now)
	case e.Status == http.StatusRequestTimeout || e.Status >= 500 || e.Status < 300:
		return unknown(e.Error())
	case e.Code == codeOptedOut || badNumbers[e.Code]:
		r := rejected(e.Error())
		r.OptedOut, r.BadAddress = e.Code == codeOptedOut, badNumbers[e.Code]
		return r
	case refusesAll(e.Status) || e.Code == codeAuthenticate:
		return stopLine(e.Error())
	}
	return rejected(e.Error())
}

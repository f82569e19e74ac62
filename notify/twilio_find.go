package notify

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"dunlin/collection"

	twilio "github.com/twilio/twilio-go/rest/api/v2010"
)

// clockSlack is how far Twilio's dates may lie before our claim; its filter knows whole days only.
const clockSlack = 24 * time.Hour

// listPage is the most that Twilio gives at once.
const listPage = 1000

// Find looks for the SMS in Twilio's list of messages to l.Recipient, by the reference in its text.
//
// A message still queued has no date of sending and so is missing from a list filtered by date. Absence
// is therefore read from the whole list of the recipient only, and not before collection.AbsenceAfter.
// An error means "ask again later", never absence.
func (t *Twilio) Find(ctx context.Context, l collection.LookUp) (collection.Finding, error) {
	nothing := collection.Finding{Evidence: collection.Nothing}
	if l.ProviderID != "" {
		return collection.Finding{Evidence: collection.Found, ProviderID: l.ProviderID}, nil
	}
	if l.Recipient == "" || l.Reference == "" {
		return nothing, nil
	}
	p := (&twilio.ListMessageParams{}).SetTo(l.Recipient).SetPageSize(listPage)
	recent := *p
	recent.SetDateSentAfter(l.ClaimedAt.Add(-clockSlack).UTC())
	sid, _, err := t.search(ctx, &recent, l)
	if err == nil && sid == "" && l.Age >= collection.AbsenceAfter {
		var similar bool
		if sid, similar, err = t.search(ctx, p, l); err == nil && sid == "" && !similar {
			return collection.Finding{Evidence: collection.Absent}, nil
		}
	}
	if err != nil {
		return nothing, fmt.Errorf("ask Twilio for attempt %s: %s", l.Attempt, redact(cause(err)))
	}
	if sid == "" {
		return nothing, nil
	}
	return collection.Finding{Evidence: collection.Found, ProviderID: sid}, nil
}

// search reads every page and returns the SID of the message, or "" when the complete list lacks it.
// Similar says that the list holds a text which may be it: too little to be found, too much for absence.
func (t *Twilio) search(ctx context.Context, p *twilio.ListMessageParams, l collection.LookUp) (sid string, similar bool, err error) {
	ctx, cancel := context.WithTimeout((&flight{}).watch(ctx), 2*collection.HTTPTimeout)
	defer cancel()
	list, err := twilio.NewApiServiceWithClient(t.line.call(ctx)).ListMessage(p)
	if err != nil {
		return "", false, err
	}
	for _, m := range list {
		if m.Sid == nil || m.Body == nil || deref(m.To) != l.Recipient || strings.HasPrefix(deref(m.Direction), "inbound") {
			continue
		}
		if created, err := time.Parse(time.RFC1123Z, deref(m.DateCreated)); err == nil && created.Before(l.ClaimedAt.Add(-clockSlack)) {
			continue
		}
		if mentions(*m.Body, l.Reference) {
			return *m.Sid, true, nil
		}
		similar = similar || strings.Contains(*m.Body, l.Reference)
	}
	return "", similar, nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// mentions reports whether the text holds the reference as a whole: "INV-1/C" is no mention of "V-1/C".
func mentions(text, reference string) bool {
	for rest := text; ; {
		i := strings.Index(rest, reference)
		if i < 0 {
			return false
		}
		at := len(text) - len(rest) + i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(reference):])
		if !continues(before) && !continues(after) {
			return true
		}
		rest = rest[i+len(reference):]
	}
}

func continues(r rune) bool {
	return r == '/' || r == '-' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

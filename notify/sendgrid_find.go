package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"

	"dunlin/collection"

	"github.com/sendgrid/rest"
)

var plainID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

// Find asks the Email Activity API for the message of l.Attempt. Without that add-on nothing can be
// known here: the event webhook is the evidence then. The API allows 6 requests a minute; an error
// means "ask again later", never absence.
func (s *SendGrid) Find(ctx context.Context, l collection.LookUp) (collection.Finding, error) {
	nothing := collection.Finding{Evidence: collection.Nothing}
	if l.ProviderID != "" {
		return collection.Finding{Evidence: collection.Found, ProviderID: l.ProviderID}, nil
	}
	if !s.cfg.Activity || !plainID.MatchString(l.Attempt) {
		return nothing, nil
	}
	ctx, cancel := context.WithTimeout((&flight{}).watch(ctx), collection.HTTPTimeout)
	defer cancel()
	req := s.request(rest.Get, "/v3/messages")
	req.QueryParams = map[string]string{"limit": "10", "query": fmt.Sprintf(`(unique_args['%s']="%s")`, attemptArg, l.Attempt)}
	res, err := s.client.SendWithContext(ctx, req)
	if err != nil {
		return nothing, fmt.Errorf("ask SendGrid for attempt %s: %s", l.Attempt, redact(cause(err)))
	}
	if res.StatusCode != http.StatusOK {
		return nothing, fmt.Errorf("ask SendGrid for attempt %s: answered %d", l.Attempt, res.StatusCode)
	}
	var list struct {
		Messages *[]struct {
			ID string `json:"msg_id"`
		} `json:"messages"`
	}
	if err := json.Unmarshal([]byte(res.Body), &list); err != nil || list.Messages == nil {
		return nothing, fmt.Errorf("ask SendGrid for attempt %s: the answer is not a list of messages", l.Attempt)
	}
	if found := *list.Messages; len(found) > 0 {
		return collection.Finding{Evidence: collection.Found, ProviderID: messageID(found[0].ID)}, nil
	}
	if l.Age >= collection.AbsenceAfter {
		return collection.Finding{Evidence: collection.Absent}, nil
	}
	return nothing, nil
}

package api

import (
	"context"
	"net/http"

	"dunlin/collection"
	"dunlin/invoice"
)

// Insight says what comes and why. It changes nothing.
type Insight interface {
	// Explain says for every act of an invoice's ladder why it was done or why not.
	Explain(ctx context.Context, k invoice.Key) (collection.ExplainView, error)
	// Forecast walks all open cases the query means; days is 1 to 366.
	Forecast(ctx context.Context, q collection.ForecastQuery) (collection.Forecast, error)
}

// lookingAhead are the parameters of a forecast.
type lookingAhead struct {
	Days     int    `query:"days" minimum:"1" maximum:"366" default:"30"`
	Creditor string `query:"creditor" maxLength:"40" doc:"Only this creditor's cases"`
	Policy   string `query:"policy" maxLength:"60" doc:"Only cases under the policy with this name"`
	Email    string `query:"email_cost" maxLength:"24" doc:"Price of an e-mail" example:"0.001 EUR"`
	SMS      string `query:"sms_cost" maxLength:"24" doc:"Price of a segment of a text message" example:"0.09 EUR"`
	Call     string `query:"call_cost" maxLength:"24" doc:"Price of a call" example:"4.00 EUR"`
}

func (s *server) registerInsight() {
	read(s, "/explain", "explain-invoice", "Why each message was sent, or why it was not", s.Store.Explain)
	handle(s, operation{
		method: http.MethodGet, path: "/v1/forecast", id: "forecast", tag: tagPolicies, summary: "What the running cases will bring, day by day",
		description: "The real planner walks the open invoices of each debtor together, so caps, minimum gaps and merged messages are in it. " +
			"Nobody pays in a forecast. Days are the debtors' own; a text message costs by the segments of its text.",
	}, s.forecast)
}

func (s *server) forecast(ctx context.Context, in *lookingAhead) (*answer[collection.Forecast], error) {
	q := collection.ForecastQuery{Days: in.Days, Creditor: in.Creditor, Policy: in.Policy}
	for _, p := range []struct {
		field, text string
		into        *collection.Price
	}{{"email_cost", in.Email, &q.Email}, {"sms_cost", in.SMS, &q.SMS}, {"call_cost", in.Call, &q.Call}} {
		var err error
		if *p.into, err = collection.ParsePrice(p.field, p.text); err != nil {
			return nil, err
		}
	}
	f, err := s.Store.Forecast(ctx, q)
	return &answer[collection.Forecast]{f}, err
}

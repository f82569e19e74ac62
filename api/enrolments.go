package api

import (
	"context"
	"net/http"

	"dunlin/collection"
	"dunlin/invoice"
)

const enrolPath = "/v1/enrolments"

// EnrolledInvoice is an invoice that has been open for a while, with what was done about it before.
type EnrolledInvoice struct {
	Issuance
	AlreadyPaid   *Money       `json:"already_paid,omitempty" doc:"What came in before; booked as a payment with the key enrol/<number>"`
	LastStep      string       `json:"last_step,omitempty" maxLength:"60" doc:"Id of the policy's step that was taken last elsewhere; it and those before are not repeated"`
	LastContactOn invoice.Date `json:"last_contact_on,omitzero" doc:"Day of the last reminder or call; minimum gaps count from it"`
}

// EnrolmentBatch is many open invoices at once.
type EnrolmentBatch struct {
	AllOrNothing bool              `json:"all_or_nothing,omitempty" doc:"One bad row keeps all out"`
	Invoices     []EnrolledInvoice `json:"invoices" minItems:"1" maxItems:"1000" nullable:"false"`
}

func (s *server) registerEnrolments() {
	type input struct {
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
		Body           EnrolmentBatch
	}
	handle(s, operation{
		method: http.MethodPost, path: enrolPath, id: "enrol-invoices", tag: tagInvoices,
		summary:     "Bring in up to 1000 invoices that are open already, each at the right step",
		description: "Bad rows are refused one by one and the good ones go in, unless all_or_nothing. A number that is on file stays as it is. The body may be up to 4 MB.",
	}, func(ctx context.Context, in *input) (*answer[BatchResult], error) {
		return s.enrol(ctx, in.Body)
	})
}

func (s *server) enrol(ctx context.Context, b EnrolmentBatch) (*answer[BatchResult], error) {
	rows := make([]RowResult, len(b.Invoices))
	var good []collection.Enrolment
	var at []int // the row of each good one
	for i, e := range b.Invoices {
		rows[i].Row = i
		v, err := e.value(actor(ctx))
		if err != nil {
			rows[i].Error = s.rowError(ctx, err)
			continue
		}
		good, at = append(good, v), append(at, i)
	}
	if b.AllOrNothing && len(good) < len(rows) {
		return nil, refusedWhole(rows)
	}
	if len(good) > 0 {
		results, err := s.Store.Enrol(ctx, good, b.AllOrNothing)
		if err != nil {
			return nil, err
		}
		for i, r := range results {
			rows[at[i]].put(ctx, s, r)
		}
		if b.AllOrNothing && anyRefused(rows) {
			return nil, refusedWhole(rows)
		}
	}
	result := BatchResult{Rows: rows}
	for _, r := range rows {
		if r.Error != nil {
			result.Refused++
		}
	}
	result.Accepted = len(rows) - result.Refused
	return &answer[BatchResult]{result}, nil
}

func (e EnrolledInvoice) value(actor string) (v collection.Enrolment, err error) {
	if v.Issue, err = e.Issuance.value(actor); err != nil {
		return v, err
	}
	v.LastStep, v.LastContactOn = e.LastStep, e.LastContactOn
	if v.AlreadyPaid, err = e.AlreadyPaid.value("already_paid"); err != nil {
		return v, err
	}
	return v, v.Earlier.Validate(v.Invoice)
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"dunlin/collection"
	"dunlin/invoice"
)

const (
	batchPath = "/v1/invoice-batches"
	maxRows   = 1000
)

// Batch is many invoices at once.
type Batch struct {
	AllOrNothing bool              `json:"all_or_nothing,omitempty" doc:"One bad row keeps all out"`
	Invoices     []json.RawMessage `json:"invoices" minItems:"1" maxItems:"1000" nullable:"false" doc:"Each as for a single invoice"`
}

// BatchResult says what became of each row, in the order of the rows.
type BatchResult struct {
	Accepted int         `json:"accepted" doc:"Rows on file now, repeated ones included"`
	Refused  int         `json:"refused"`
	Rows     []RowResult `json:"rows"`
}

// RowResult has a receipt or an error.
type RowResult struct {
	Row     int              `json:"row" doc:"From 0, as in the request"`
	Receipt *invoice.Receipt `json:"receipt,omitempty"`
	Error   *invoice.Error   `json:"error,omitempty"`
}

func (s *server) registerBatches() {
	type input struct {
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
		Body           Batch
	}
	row := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Issuance](), true, "")
	handle(s, operation{
		method: http.MethodPost, path: batchPath, id: "issue-invoices", tag: tagInvoices,
		summary:     "Hand up to 1000 invoices over",
		description: "Bad rows are refused one by one and the good ones go in, unless all_or_nothing. The body may be up to 4 MB.",
	}, func(ctx context.Context, in *input) (*answer[BatchResult], error) {
		return s.issueBatch(ctx, in.Body, row)
	})
}

// showRows makes the document say what a row is, and returns how to take it back: in validation a row
// is anything, because each is checked on its own, so that a bad one is refused alone.
func showRows(registry huma.Registry) (undo func()) {
	row := registry.Schema(reflect.TypeFor[Issuance](), true, "")
	properties := registry.Map()["Batch"].Properties
	anything, least, most := properties["invoices"], 1, maxRows
	properties["invoices"] = &huma.Schema{Type: huma.TypeArray, Items: row, MinItems: &least, MaxItems: &most, Description: anything.Description}
	return func() { properties["invoices"] = anything }
}

func (s *server) issueBatch(ctx context.Context, b Batch, row *huma.Schema) (*answer[BatchResult], error) {
	rows := make([]RowResult, len(b.Invoices))
	var good []collection.Issue
	var at []int // the row of each good one
	for i, raw := range b.Invoices {
		rows[i].Row = i
		issue, err := s.readRow(raw, row, actor(ctx))
		if err != nil {
			rows[i].Error = s.rowError(ctx, err)
			continue
		}
		good, at = append(good, issue), append(at, i)
	}
	if b.AllOrNothing && len(good) < len(rows) {
		return nil, refusedWhole(rows)
	}
	if len(good) > 0 {
		results, err := s.Store.IssueMany(ctx, good, b.AllOrNothing)
		for i, r := range results {
			rows[at[i]].put(ctx, s, r)
		}
		if b.AllOrNothing && anyRefused(rows) {
			return nil, refusedWhole(rows)
		}
		if err != nil {
			return nil, err
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

func (r *RowResult) put(ctx context.Context, s *server, res collection.IssueResult) {
	if res.Err != nil {
		r.Error = s.rowError(ctx, res.Err)
		return
	}
	r.Receipt = &res.Receipt
}

// readRow checks a row the way Huma checks a whole body.
func (s *server) readRow(raw json.RawMessage, schema *huma.Schema, actor string) (collection.Issue, error) {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return collection.Issue{}, invoice.Invalid("", "is not JSON")
	}
	var found huma.ValidateResult
	huma.Validate(s.huma.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, value, &found)
	if len(found.Errors) > 0 {
		d, _ := errors.AsType[*huma.ErrorDetail](found.Errors[0])
		return collection.Issue{}, invoice.Invalid(d.Location, "%s", d.Message)
	}
	var issuance Issuance
	if err := json.Unmarshal(raw, &issuance); err != nil {
		return collection.Issue{}, invoice.Invalid("", "%s", err)
	}
	return issuance.value(actor)
}

func (s *server) rowError(ctx context.Context, err error) *invoice.Error {
	p := s.refusal(ctx, err)
	return &invoice.Error{Code: invoice.Code(p.Code), Field: p.Field, Message: p.Detail, Hint: p.Hint}
}

func anyRefused(rows []RowResult) bool {
	for _, r := range rows {
		if r.Error != nil {
			return true
		}
	}
	return false
}

// refusedWhole is the answer when one bad row keeps all out.
func refusedWhole(rows []RowResult) *Problem {
	p := problem(http.StatusUnprocessableEntity, "nothing was taken in: all or nothing was asked for, and some rows are bad")
	for _, r := range rows {
		if r.Error == nil {
			continue
		}
		where := fmt.Sprintf("body.invoices[%d]", r.Row)
		if r.Error.Field != "" {
			where += "." + r.Error.Field
		}
		p.Errors = append(p.Errors, Fault{Location: where, Message: r.Error.Message})
	}
	return p
}

package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"dunlin/collection"
	"dunlin/invoice"
)

// newHuma mounts Huma on mux: JSON only, unknown members and parameters refused, nothing fetched from elsewhere.
func newHuma(mux *http.ServeMux) huma.API {
	install()
	c := huma.DefaultConfig("Dunlin", "1")
	c.Info.Description = "Dunlin sees every invoice through to paid. Amounts are decimal strings with an ISO 4217 currency, days are YYYY-MM-DD, " +
		"moments are RFC 3339 with an offset. Every fact has a key: telling it again with the same key changes nothing. " +
		"Every POST takes an Idempotency-Key: the same request again gets the first answer, with Idempotency-Replayed: true."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""                                                          // the document is served by openapi
	c.CreateHooks = nil                                                                                            // no $schema links in answers
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat} // json: problem+json, too
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "An API key"},
	}
	c.Security = []map[string][]string{{"key": {}}}
	c.Tags = tags
	aliases := c.Components.Schemas
	aliases.RegisterTypeAlias(reflect.TypeFor[invoice.Money](), reflect.TypeFor[Money]())
	aliases.RegisterTypeAlias(reflect.TypeFor[invoice.Date](), reflect.TypeFor[day]())
	aliases.RegisterTypeAlias(reflect.TypeFor[collection.Price](), reflect.TypeFor[string]())
	aliases.RegisterTypeAlias(reflect.TypeFor[collection.Costs](), reflect.TypeFor[string]())
	aliases.RegisterTypeAlias(reflect.TypeFor[invoice.Debtor](), reflect.TypeFor[Debtor]())
	return humago.New(mux, c)
}

const (
	tagInvoices = "Invoices"
	tagFacts    = "Facts"
	tagParties  = "Creditors and debtors"
	tagTasks    = "Tasks"
	tagSending  = "Sending"
	tagPolicies = "Policies"
	tagBank     = "Bank"
)

var tags = []*huma.Tag{
	{Name: tagInvoices, Description: "Hand invoices and orders over, and see where they stand"},
	{Name: tagFacts, Description: "Tell what has happened to an invoice"},
	{Name: tagParties, Description: "Who is owed, and who owes"},
	{Name: tagTasks, Description: "What people have to do"},
	{Name: tagSending, Description: "Stop all messages, or those of one creditor or channel"},
	{Name: tagPolicies, Description: "The dunning policies on file"},
	{Name: tagBank, Description: "Bank statements, and what they paid"},
}

// day is how an invoice.Date looks in JSON.
type day struct{}

// Schema describes a calendar day.
func (day) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"2026-05-14"}}
}

// refusals are the errors any request may meet; requests with a body meet more.
var (
	refusals     = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusServiceUnavailable}
	bodyRefusals = append([]int{http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType}, refusals...)
)

// operation describes one route.
type operation struct {
	method, path, id, tag string
	summary, description  string
	created               bool // answers 201 for what is new, 200 for what was on file
	optionalBody          bool // every member may be left out, and so may the body
}

func (s *server) describe(o operation) huma.Operation {
	op := huma.Operation{
		Method: o.method, Path: o.path, OperationID: o.id, Tags: []string{o.tag},
		Summary: o.summary, Description: o.description,
		Errors:          refusals,
		MaxBodyBytes:    -1, // read has limited and taken it
		BodyReadTimeout: -1,
	}
	if o.method != http.MethodGet {
		op.Errors = bodyRefusals
	}
	op.Errors = append([]int(nil), op.Errors...)
	if o.created {
		op.DefaultStatus = http.StatusCreated
		op.Responses = map[string]*huma.Response{"200": {
			Description: "It was on file already; nothing has changed",
			Content: map[string]*huma.MediaType{"application/json": {
				Schema: s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[invoice.Receipt](), true, ""),
			}},
		}}
	}
	return op
}

// handle registers a route and makes its errors problems.
func handle[I, O any](s *server, o operation, do func(context.Context, *I) (*O, error)) {
	huma.Register(s.huma, s.describe(o), func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, s.refusal(ctx, err)
		}
		return out, nil
	})
	if o.optionalBody {
		s.huma.OpenAPI().Paths[o.path].Post.RequestBody.Required = false
	}
}

// answer is a body with 200.
type answer[T any] struct{ Body T }

// receipt is the answer to a fact: 201 for a new one, 200 for a repeated one.
type receipt struct {
	Status   int
	Location string `header:"Location" doc:"Where the invoice can be seen"`
	Body     invoice.Receipt
}

package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

const (
	invoicesPath = "/v1/invoices"
	invoicePath  = invoicesPath + "/{creditor}/{number}"
)

// location is the address of an invoice.
func location(k invoice.Key) string {
	return invoicesPath + "/" + url.PathEscape(k.Creditor) + "/" + url.PathEscape(k.Number)
}

func (s *server) registerIssuing() {
	type input struct {
		IdempotencyKey string `header:"Idempotency-Key" doc:"The same request again under the same key gets the first answer"`
		Body           Issuance
	}
	handle(s, operation{
		method: http.MethodPost, path: invoicesPath, id: "issue-invoice", tag: tagInvoices, created: true,
		summary:     "Hand an invoice or an unpaid order over",
		description: "From the answer on its collection is certain to start. The number is the key: the same invoice again changes nothing, another one under the number is refused.",
	}, func(ctx context.Context, in *input) (*receipt, error) {
		issue, err := in.Body.value(actor(ctx))
		if err != nil {
			return nil, err
		}
		r, err := s.Store.Issue(ctx, issue)
		return told(r), err
	})
}

// told is the answer to a fact.
func told(r invoice.Receipt) *receipt {
	status := http.StatusCreated
	if r.Repeated {
		status = http.StatusOK
	}
	return &receipt{Status: status, Location: location(r.Invoice), Body: r}
}

// Page is one page of a list.
type Page struct {
	Items []collection.View `json:"items"`
	Next  string            `json:"next,omitempty" doc:"Pass it as after to get the next page; missing: this was the last"`
}

func (s *server) registerReading() {
	read(s, "", "get-invoice", "Where an invoice stands", s.viewOf)
	read(s, "/plan", "get-plan", "What comes, when and why; what is held by which gate; what was taken", s.planOf)
	read(s, "/case", "get-case", "The whole case file: events, messages, tasks, bookings, decision, handoff", s.caseOf)
	handle(s, operation{
		method: http.MethodGet, path: invoicesPath, id: "list-invoices", tag: tagInvoices,
		summary: "List invoices", description: "In the order of creditor and number, page by page.",
	}, s.list)
}

func (s *server) viewOf(ctx context.Context, k invoice.Key) (collection.View, error) {
	return s.Store.View(ctx, k)
}

func (s *server) planOf(ctx context.Context, k invoice.Key) (collection.PlanView, error) {
	return s.Store.Plan(ctx, k)
}

func (s *server) caseOf(ctx context.Context, k invoice.Key) (collection.CaseView, error) {
	return s.Store.Case(ctx, k)
}

func read[T any](s *server, path, id, summary string, from func(context.Context, invoice.Key) (T, error)) {
	handle(s, operation{method: http.MethodGet, path: invoicePath + path, id: id, tag: tagInvoices, summary: summary},
		func(ctx context.Context, in *reading) (*answer[T], error) {
			v, err := from(ctx, in.key())
			return &answer[T]{v}, err
		})
}

// reading is an invoice's place in an address.
type reading struct {
	Creditor string `path:"creditor" maxLength:"40" doc:"Creditor id"`
	Number   string `path:"number" maxLength:"60" doc:"Invoice number, path-escaped"`
}

func (r reading) key() invoice.Key { return invoice.Key{Creditor: r.Creditor, Number: r.Number} }

type listing struct {
	Creditor string         `query:"creditor" doc:"Only this creditor's"`
	Status   invoice.Status `query:"status" enum:"open,placed,paid,written_off,cancelled,expired,closed"`
	Stage    dunning.Stage  `query:"stage" enum:"before_due,overdue,held,disputed,promised,payment_plan,deciding,final_notice,placed,settled,order"`
	Debtor   string         `query:"debtor" doc:"Only this debtor's (its id)"`
	After    string         `query:"after" doc:"The next of the page before" example:"acme/INV-100"`
	Limit    int            `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

func (s *server) list(ctx context.Context, in *listing) (*answer[Page], error) {
	f := collection.Filter{Creditor: in.Creditor, Status: in.Status, Stage: in.Stage, DebtorID: in.Debtor, Limit: in.Limit}
	if in.After != "" {
		creditor, number, ok := strings.Cut(in.After, "/")
		if !ok || creditor == "" || number == "" {
			return nil, invoice.Invalid("after", "is not the next of a page").WithHint("pass on what the page before said, e.g. acme/INV-100")
		}
		f.After = invoice.Key{Creditor: creditor, Number: number}
	}
	items, err := s.Store.List(ctx, f)
	if err != nil {
		return nil, err
	}
	page := Page{Items: items}
	if items == nil {
		page.Items = []collection.View{}
	}
	if len(items) >= in.Limit {
		page.Next = items[len(items)-1].Invoice.Key.String()
	}
	return &answer[Page]{page}, nil
}

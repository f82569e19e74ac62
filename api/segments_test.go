package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/api"
	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func (r *records) Enrol(_ context.Context, rows []collection.Enrolment, _ bool) ([]collection.IssueResult, error) {
	out := make([]collection.IssueResult, len(rows))
	for i, row := range rows {
		out[i].Receipt, _ = r.tell(row.Invoice.Key, row)
		out[i].Err = r.refuse[row.Invoice.Number]
	}
	return out, r.fail
}

func (r *records) PutSegments(_ context.Context, rules *dunning.Segments, _ []byte, _ string) error {
	return r.note(rules)
}

func (r *records) Segments(context.Context) (*dunning.Segments, []byte, error) {
	for _, what := range r.told {
		if rules, ok := what.(*dunning.Segments); ok {
			return rules, []byte("as put"), nil
		}
	}
	return nil, nil, invoice.Unknown("segments", "no rules are on file")
}

func TestSegments(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.Equal(t, "not_found", problemOf(t, f.send(http.MethodGet, "/v1/segments", ""), http.StatusNotFound).Code)
	v := decoded[api.SegmentsOnFile](t, f.send(http.MethodPut, "/v1/segments", `{"source":"segments: [{name: key accounts, when: {group: key}, policy: consumer}]"}`), http.StatusOK)
	require.Equal(t, api.SegmentsOnFile{Source: "as put", Rules: []api.SegmentRule{{Name: "key accounts", When: "group key", Policy: "consumer"}}}, v)
	p := problemOf(t, f.send(http.MethodPut, "/v1/segments", `{"source":"segments: [{name: a, wen: {}, policy: b}]"}`), http.StatusUnprocessableEntity)
	require.Equal(t, "source", p.Field)
	require.Contains(t, p.Detail, "line 1")
}

func TestEnrol(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.refuse = map[string]error{"INV-2": invoice.Invalid("last_step", "no")}
	row := func(number, more string) string {
		return strings.Replace(strings.Replace(issuance, "INV-1", number, 1), `"debtor":{`, more+`"debtor":{`, 1)
	}
	w := f.send(http.MethodPost, "/v1/enrolments", `{"invoices":[`+row("INV-1", `"already_paid":{"amount":"23.45","currency":"EUR"},"last_step":"reminder-1","last_contact_on":"2026-06-05",`)+`,`+
		row("INV-2", `"last_step":"nothing",`)+`,`+row("INV-3", `"already_paid":{"amount":"123.45","currency":"EUR"},`)+`]}`)
	result := decoded[api.BatchResult](t, w, http.StatusOK)
	require.Equal(t, 1, result.Accepted)
	require.Equal(t, "last_step", result.Rows[1].Error.Field)
	require.Equal(t, "already_paid", result.Rows[2].Error.Field)
	told, _ := f.told[0].(collection.Enrolment)
	require.Equal(t, collection.Earlier{AlreadyPaid: invoice.NewMoney(2345, "EUR"), LastStep: "reminder-1", LastContactOn: invoice.NewDate(2026, 6, 5)}, told.Earlier)
	require.Equal(t, "erp", told.Actor)
}

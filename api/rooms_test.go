package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/api"
	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func TestReading(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, path := range []string{"", "/plan", "/case"} {
		got := decoded[map[string]any](t, f.send(http.MethodGet, base+path, ""), http.StatusOK)
		require.Equal(t, map[string]any{"amount": "123.45", "currency": "EUR"}, got["balance"], path)
		require.Equal(t, inv1, f.told[len(f.told)-1])
	}
	f.fail = invoice.Unknown("number", "there is no invoice acme/INV-1")
	problemOf(t, f.send(http.MethodGet, base, ""), http.StatusNotFound)
}

func TestListing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.JSONEq(t, `{"items":[]}`, f.send(http.MethodGet, "/v1/invoices", "").Body.String())
	require.Equal(t, collection.Filter{Limit: 100}, f.told[0])

	f.views = []collection.View{view(inv1), view(invoice.Key{Creditor: "acme", Number: "2026/17"})}
	got := decoded[api.Page](t, f.send(http.MethodGet, "/v1/invoices?limit=2&creditor=acme&status=open&stage=overdue&debtor=D1&after=acme/A%2F1", ""), http.StatusOK)
	require.Equal(t, "acme/2026/17", got.Next)
	require.Equal(t, collection.Filter{Creditor: "acme", Status: "open", Stage: "overdue", DebtorID: "D1", After: invoice.Key{Creditor: "acme", Number: "A/1"}, Limit: 2}, f.told[1])
	require.Empty(t, decoded[api.Page](t, f.send(http.MethodGet, "/v1/invoices?limit=3", ""), http.StatusOK).Next)

	for query, field := range map[string]string{"limit=0": "limit", "limit=501": "limit", "limit=x": "limit", "status=odd": "status", "stage=odd": "stage", "after=acme": "after", "page=2": "page"} {
		require.Equal(t, field, problemOf(t, f.send(http.MethodGet, "/v1/invoices?"+query, ""), 422).Field, query)
	}
}

const acme = `{"id":"acme","name":"Acme GmbH","country":"DE","zone":"Europe/Berlin","language":"en","person":"Jo Doe","sender_email":"jo@acme.example","reply_to":"jo@acme.example"}`

func TestParties(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.Equal(t, "Acme GmbH", decoded[invoice.Creditor](t, f.send(http.MethodPut, "/v1/creditors/acme", acme), 200).Name)
	put := f.told[0].([]any)
	require.Equal(t, "Jo Doe", put[0].(invoice.Creditor).Person)
	require.Equal(t, "erp", put[1])
	require.Equal(t, "acme", decoded[invoice.Creditor](t, f.send(http.MethodGet, "/v1/creditors/acme", ""), 200).ID)
	require.Equal(t, "creditor.id", problemOf(t, f.send(http.MethodPut, "/v1/creditors/other", acme), 422).Field)
	require.Equal(t, "creditor.id", problemOf(t, f.send(http.MethodPut, "/v1/creditors/ACME", `{"id":"ACME"`+acme[12:]), 422).Field)

	f.told = nil
	decoded[invoice.Debtor](t, f.send(http.MethodPut, "/v1/creditors/acme/debtors/D%2F1", `{"id":"D/1","name":"Bolt AG","contacts":[{"channel":"sms","address":"+4915112345678","health":"opted_out"}]}`), 200)
	require.Equal(t, invoice.Debtor{Creditor: "acme", ID: "D/1", Name: "Bolt AG", Contacts: []invoice.Contact{{Channel: invoice.SMS, Address: "+4915112345678"}}}, f.told[0].([]any)[0])
	require.Equal(t, "D1", decoded[invoice.Debtor](t, f.send(http.MethodGet, "/v1/creditors/acme/debtors/D1", ""), 200).ID)
	problemOf(t, f.send(http.MethodPut, "/v1/creditors/acme/debtors/D1", `{"id":"D2","name":"x"}`), 422)
	problemOf(t, f.send(http.MethodPut, "/v1/creditors/acme/debtors/D1", `{"name":"x","zone":"Mars"}`), 422)
	f.fail = invoice.Unknown("creditor", "is not on file")
	for _, path := range []string{"/v1/creditors/acme", "/v1/creditors/acme/debtors/D1"} {
		problemOf(t, f.send(http.MethodGet, path, ""), 404)
	}
	problemOf(t, f.send(http.MethodPut, "/v1/creditors/acme", acme), 404)
	problemOf(t, f.send(http.MethodPut, "/v1/creditors/acme/debtors/D1", `{"name":"x"}`), 404)
}

func TestTasks(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.JSONEq(t, `{"items":[]}`, f.send(http.MethodGet, "/v1/tasks", "").Body.String())
	f.tasks = []collection.TaskView{{ID: 8}, {ID: 9}}
	got := decoded[api.TaskPage](t, f.send(http.MethodGet, "/v1/tasks?creditor=acme&kind=phone&state=open&after=7&limit=2", ""), 200)
	require.EqualValues(t, 9, got.Next)
	require.Equal(t, collection.TaskFilter{Creditor: "acme", Kind: "phone", State: "open", After: 7, Limit: 2}, f.told[1])

	require.Equal(t, "erp", decoded[collection.TaskView](t, f.send(http.MethodPost, "/v1/tasks/9/claim", ""), 200).ClaimedBy)
	decoded[collection.TaskView](t, f.send(http.MethodPost, "/v1/tasks/9/outcome", `{"outcome":"promised","note":"on Friday","promise":{"amount":"5","currency":"EUR"},"by":"2026-05-15"}`), 200)
	require.Equal(t, invoice.TaskResult{Task: 9, Outcome: "promised", Note: "on Friday", Actor: "erp", Promise: invoice.NewMoney(500, "EUR"), By: invoice.NewDate(2026, 5, 15)}, f.told[3])

	require.Equal(t, "promise.amount", problemOf(t, f.send(http.MethodPost, "/v1/tasks/9/outcome", `{"outcome":"promised","promise":{"amount":"x","currency":"EUR"}}`), 422).Field)
	problemOf(t, f.send(http.MethodPost, "/v1/tasks/nine/claim", ""), 422)
	problemOf(t, f.send(http.MethodPost, "/v1/tasks/9/outcome", ""), 422)
	problemOf(t, f.send(http.MethodGet, "/v1/tasks?state=odd", ""), 422)
	f.fail = invoice.WrongState("task 9 is done")
	problemOf(t, f.send(http.MethodPost, "/v1/tasks/9/claim", ""), 409)
	problemOf(t, f.send(http.MethodPost, "/v1/tasks/9/outcome", `{"outcome":"reached"}`), 409)
	problemOf(t, f.send(http.MethodGet, "/v1/tasks", ""), 409)
}

func TestSending(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.JSONEq(t, `{"stopped":[]}`, f.send(http.MethodGet, "/v1/sending", "").Body.String())
	require.Equal(t, 200, f.send(http.MethodPost, "/v1/sending/stop", `{"scope":"channel:sms","reason":"wrong text"}`).Code)
	require.Equal(t, collection.Switch{Scope: "channel:sms", Reason: "wrong text", Actor: "erp"}, f.told[0])
	require.Equal(t, 200, f.send(http.MethodPost, "/v1/sending/resume", `{"scope":"creditor:acme"}`).Code)
	require.Equal(t, []string{"creditor:acme", "erp"}, f.told[1])
	require.Equal(t, "creditor", problemOf(t, f.send(http.MethodPost, "/v1/sending/stop", `{"scope":"creditor:nobody","reason":"x"}`), 404).Field)
	for _, scope := range []string{"", "everything", "creditor:", "channel:fax", "all "} {
		require.Equal(t, "scope", problemOf(t, f.send(http.MethodPost, "/v1/sending/stop", `{"scope":"`+scope+`","reason":"x"}`), 422).Field, scope)
	}
	f.fail = &invoice.Error{Code: invoice.CodeUnavailable, Message: "no database"}
	problemOf(t, f.send(http.MethodGet, "/v1/sending", ""), 503)
	problemOf(t, f.send(http.MethodPost, "/v1/sending/stop", `{"scope":"all","reason":"x"}`), 503)
	problemOf(t, f.send(http.MethodPost, "/v1/sending/resume", `{"scope":"all"}`), 503)
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.JSONEq(t, `{"items":[]}`, f.send(http.MethodGet, "/v1/policies", "").Body.String())
	f.policies = []*dunning.Policy{{Name: "standard-b2b", Version: 2, Kind: invoice.KindInvoice}}
	list := decoded[api.PolicyList](t, f.send(http.MethodGet, "/v1/policies", ""), 200)
	require.Equal(t, []api.PolicyHead{{Name: "standard-b2b", Version: 2, Kind: invoice.KindInvoice, Hash: f.policies[0].Hash()}}, list.Items)
	require.Equal(t, 2, decoded[api.PolicyOnFile](t, f.send(http.MethodGet, "/v1/policies/standard-b2b", ""), 200).Policy.Version)
	problemOf(t, f.send(http.MethodGet, "/v1/policies/none", ""), 404)
	f.fail = &invoice.Error{Code: invoice.CodeUnavailable, Message: "no database"}
	problemOf(t, f.send(http.MethodGet, "/v1/policies", ""), 503)
	problemOf(t, f.send(http.MethodGet, "/v1/policies/standard-b2b", ""), 503)
}

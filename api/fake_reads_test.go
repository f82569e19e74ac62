package api_test

import (
	"context"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func (r *records) PutCreditor(_ context.Context, c invoice.Creditor, actor string) error {
	return r.note([]any{c, actor})
}

func (r *records) Creditor(_ context.Context, id string) (invoice.Creditor, error) {
	if id == "nobody" {
		return invoice.Creditor{}, invoice.Unknown("creditor", "%q is not on file", id)
	}
	return invoice.Creditor{ID: id, Name: "Acme GmbH"}, r.fail
}

func (r *records) PutDebtor(_ context.Context, d invoice.Debtor, actor string) error {
	return r.note([]any{d, actor})
}

func (r *records) Debtor(_ context.Context, creditor, id string) (invoice.Debtor, error) {
	return invoice.Debtor{Creditor: creditor, ID: id, Name: "Bolt AG"}, r.fail
}

func (r *records) View(_ context.Context, k invoice.Key) (collection.View, error) {
	return view(k), r.note(k)
}

func (r *records) List(_ context.Context, f collection.Filter) ([]collection.View, error) {
	return r.views, r.note(f)
}

func (r *records) Plan(_ context.Context, k invoice.Key) (collection.PlanView, error) {
	return collection.PlanView{View: view(k)}, r.note(k)
}

func (r *records) Case(_ context.Context, k invoice.Key) (collection.CaseView, error) {
	return collection.CaseView{View: view(k)}, r.note(k)
}

func (r *records) Tasks(_ context.Context, f collection.TaskFilter) ([]collection.TaskView, error) {
	return r.tasks, r.note(f)
}

func (r *records) ClaimTask(_ context.Context, id int64, actor string) (collection.TaskView, error) {
	return collection.TaskView{ID: id, State: "claimed", ClaimedBy: actor}, r.note(id)
}

func (r *records) FinishTask(_ context.Context, t invoice.TaskResult) (collection.TaskView, error) {
	return collection.TaskView{ID: t.Task, State: "done", Outcome: t.Outcome}, r.note(t)
}

func (r *records) StopSending(_ context.Context, s collection.Switch) error { return r.note(s) }

func (r *records) ResumeSending(_ context.Context, scope, actor string) error {
	return r.note([]string{scope, actor})
}

func (r *records) Switches(context.Context) ([]collection.Switch, error) { return nil, r.fail }

func (r *records) Policies(context.Context) ([]string, error) {
	var names []string
	for _, p := range r.policies {
		names = append(names, p.Name)
	}
	return names, r.fail
}

func (r *records) Policy(_ context.Context, name string) (*dunning.Policy, error) {
	for _, p := range r.policies {
		if p.Name == name {
			return p, r.fail
		}
	}
	return nil, invoice.Unknown("policy", "%q is not on file", name)
}

func (r *records) Explain(_ context.Context, k invoice.Key) (collection.ExplainView, error) {
	return collection.ExplainView{View: view(k), Acts: []collection.ExplainedAct{{Step: "receipt", Act: dunning.Email, Done: true, Why: "every gate was open"}}}, r.note(k)
}

func (r *records) Forecast(_ context.Context, q collection.ForecastQuery) (collection.Forecast, error) {
	cost := collection.Costs{}.Add(q.Email.Times(3))
	return collection.Forecast{Cases: 7, Days: []collection.ForecastDay{{Date: "2026-05-14", Emails: 3, Cost: cost}}, Cost: cost}, r.note(q)
}

func view(k invoice.Key) collection.View {
	return collection.View{
		Invoice: invoice.Invoice{Key: k, Amount: balance, Kind: invoice.KindInvoice}, Status: invoice.Open, Balance: balance,
		Paid: invoice.NewMoney(0, "EUR"), OnAccount: invoice.NewMoney(0, "EUR"),
	}
}

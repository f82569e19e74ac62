package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/api"
	"dunlin/collection"
	"dunlin/invoice"
)

func (r *records) Payments(_ context.Context, f collection.PaymentFilter) ([]collection.PaymentView, error) {
	return []collection.PaymentView{{ID: f.After + 1, Creditor: f.Creditor, State: "undecided", Amount: invoice.NewMoney(1250, "EUR"), Open: invoice.NewMoney(1250, "EUR"), Evidence: []string{"nobody can tell"}}}, nil
}

func (r *records) Payment(_ context.Context, id int64) (collection.PaymentView, error) {
	if id == 18 {
		return collection.PaymentView{}, invoice.Unknown("payment", "%d is not on file", id)
	}
	return collection.PaymentView{ID: id, Amount: invoice.NewMoney(1250, "EUR"), Evidence: []string{}}, nil
}

func (r *records) MatchPayment(ctx context.Context, m collection.PaymentMatch) (collection.PaymentView, error) {
	r.told = append(r.told, m)
	return r.Payment(ctx, m.ID)
}

func (r *records) UndoPayment(ctx context.Context, id int64, actor, reason string) (collection.PaymentView, error) {
	r.told = append(r.told, collection.PaymentMatch{ID: id, Actor: actor, Reason: reason})
	return r.Payment(ctx, id)
}

func (r *records) Feeds(_ context.Context, creditor string) ([]collection.FeedView, error) {
	return []collection.FeedView{{Creditor: creditor, Account: "DE1"}}, nil
}

func TestPaymentsQueue(t *testing.T) {
	t.Parallel()
	f := setup(t)
	page := decoded[api.PaymentPage](t, f.send(http.MethodGet, "/v1/bank/payments?creditor=acme&limit=1&after=16", ""), http.StatusOK)
	require.EqualValues(t, 17, page.Next)
	require.Equal(t, []string{"nobody can tell"}, page.Items[0].Evidence)
	problemOf(t, f.send(http.MethodGet, "/v1/bank/payments/18", ""), http.StatusNotFound)
	body := `{"invoices":[{"number":"INV-1","amount":{"amount":"10.00","currency":"EUR"}},{"number":"INV-2"}],"on_account":"blum","reason":"split"}`
	decoded[collection.PaymentView](t, f.send(http.MethodPost, "/v1/bank/payments/17/match", body), http.StatusOK)
	require.Equal(t, collection.PaymentMatch{
		ID: 17, Actor: "erp", OnAccount: "blum", Reason: "split",
		Invoices: []collection.PaymentShare{{Number: "INV-1", Amount: invoice.NewMoney(1000, "EUR")}, {Number: "INV-2"}},
	}, f.told[0])
	decoded[collection.PaymentView](t, f.send(http.MethodPost, "/v1/bank/payments/17/undo", `{"reason":"no"}`), http.StatusOK)
	require.Equal(t, collection.PaymentMatch{ID: 17, Actor: "erp", Reason: "no"}, f.told[1])
	require.Equal(t, "DE1", decoded[api.FeedList](t, f.send(http.MethodGet, "/v1/bank/accounts?creditor=acme", ""), http.StatusOK).Items[0].Account)
	problemOf(t, f.send(http.MethodPost, "/v1/bank/payments/17/match", `{"invoices":[{"number":"INV-1","amount":{"amount":"-1","currency":"EUR"}}]}`), http.StatusUnprocessableEntity)
}

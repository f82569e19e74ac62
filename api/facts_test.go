package api_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/invoice"
)

const base = "/v1/invoices/acme/INV-1"

var inv1 = invoice.Key{Creditor: "acme", Number: "INV-1"}

func fact(reason string) invoice.Fact {
	return invoice.Fact{Invoice: inv1, Key: "k1", Actor: "erp", Reason: reason}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	euro := invoice.NewMoney(1250, "EUR")
	day := invoice.NewDate(2026, 5, 14)
	until := time.Date(2026, 5, 14, 9, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		path, body string
		want       any
		strict     bool
	}{
		"payment":         {"/payments", `{"amount":{"amount":"12.50","currency":"EUR"},"paid_on":"2026-05-14","reason":"transfer"}`, invoice.Payment{Fact: fact("transfer"), Amount: euro, PaidOn: day}, true},
		"payment today":   {"/payments", `{"amount":{"amount":"12.5","currency":"EUR"}}`, invoice.Payment{Fact: fact(""), Amount: euro}, true},
		"return of all":   {"/payment-returns", `{"payment":"tx-1"}`, invoice.Return{Fact: fact(""), Payment: "tx-1"}, false},
		"return of some":  {"/payment-returns", `{"payment":"tx-1","amount":{"amount":"12.50","currency":"EUR"}}`, invoice.Return{Fact: fact(""), Payment: "tx-1", Amount: euro}, false},
		"credit note":     {"/credit-notes", `{"amount":{"amount":"12.50","currency":"EUR"}}`, invoice.CreditNote{Fact: fact(""), Amount: euro}, false},
		"cancellation":    {"/cancellation", `{"reason":"wrong"}`, invoice.Cancellation{Fact: fact("wrong")}, false},
		"no body":         {"/cancellation", ``, invoice.Cancellation{Fact: fact("")}, false},
		"due date":        {"/due-date", `{"due_on":"2026-05-14"}`, invoice.DueDateChange{Fact: fact(""), DueOn: day}, false},
		"hold until":      {"/holds", `{"until":"2026-05-14T11:00:00+02:00"}`, invoice.Hold{Fact: fact(""), Until: until}, true},
		"hold":            {"/holds", ``, invoice.Hold{Fact: fact("")}, true},
		"release":         {"/release", `{}`, invoice.Release{Fact: fact("")}, false},
		"hard stop":       {"/hard-stop", `{"reason":"insolvent"}`, invoice.HardStop{Fact: fact("insolvent")}, true},
		"dispute":         {"/disputes", `{"reason":"broken"}`, invoice.Dispute{Fact: fact("broken")}, true},
		"resolution":      {"/dispute-resolution", `{}`, invoice.Resolution{Fact: fact("")}, false},
		"part dispute":    {"/disputes", `{"amount":{"amount":"12.50","currency":"EUR"}}`, invoice.Dispute{Fact: fact(""), Amount: euro}, true},
		"credited":        {"/dispute-resolution", `{"how":"credited","credit":{"amount":"12.50","currency":"EUR"}}`, invoice.Resolution{Fact: fact(""), How: invoice.Credited, Credit: euro}, false},
		"payment plan":    {"/payment-plans", `{"instalments":[{"due_on":"2026-05-14","amount":{"amount":"12.50","currency":"EUR"}}]}`, invoice.PaymentPlan{Fact: fact(""), Instalments: []invoice.Instalment{{DueOn: day, Amount: euro}}}, true},
		"plan withdrawn":  {"/payment-plan-withdrawal", ``, invoice.PlanEnd{Fact: fact("")}, false},
		"promise":         {"/promises", `{"by":"2026-05-14"}`, invoice.Promise{Fact: fact(""), By: day}, false},
		"promise of some": {"/promises", `{"by":"2026-05-14","amount":{"amount":"12.50","currency":"EUR"}}`, invoice.Promise{Fact: fact(""), By: day, Amount: euro}, false},
		"handoff":         {"/handoff-reports", `{"outcome":"acknowledged"}`, invoice.HandoffReport{Fact: fact(""), Outcome: "acknowledged"}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			w := f.send(http.MethodPost, base+c.path, c.body, "Idempotency-Key", "k1")
			got := decoded[invoice.Receipt](t, w, http.StatusCreated)
			require.Equal(t, inv1, got.Invoice)
			require.Equal(t, balance, got.Balance)
			require.Equal(t, base, w.Header().Get("Location"))
			require.Len(t, f.told, 1)
			if h, ok := f.told[0].(invoice.Hold); ok {
				h.Until = h.Until.UTC()
				if h.Until.IsZero() {
					h.Until = time.Time{}
				}
				f.told[0] = h
			}
			require.Equal(t, c.want, f.told[0])
			require.Equal(t, c.strict, len(f.awaited) == 1)
		})
	}
}

func TestFactKeys(t *testing.T) {
	t.Parallel()
	t.Run("its own key goes before the request's", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		f.send(http.MethodPost, base+"/release", `{"key":"own"}`, "Idempotency-Key", "k1")
		require.Equal(t, "own", f.told[0].(invoice.Release).Key)
	})
	t.Run("without any it is refused", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		p := problemOf(t, f.send(http.MethodPost, base+"/release", `{}`), http.StatusUnprocessableEntity)
		require.Equal(t, "key", p.Field)
		require.Equal(t, "invalid", p.Code)
		require.Contains(t, p.Hint, "Idempotency-Key")
		require.Empty(t, f.told)
	})
	t.Run("a repeated fact answers 200", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		f.repeated = true
		require.True(t, decoded[invoice.Receipt](t, f.send(http.MethodPost, base+"/release", `{"key":"k"}`), http.StatusOK).Repeated)
	})
	t.Run("a number may hold two", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		f.send(http.MethodPost, "/v1/invoices/acme/A%2F%2FB%2F..%2FC%3F/release", `{"key":"k"}`)
		require.Equal(t, "A//B/../C?", f.told[0].(invoice.Release).Invoice.Number)
	})
	t.Run("a number may hold a slash", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		w := f.send(http.MethodPost, "/v1/invoices/acme/2026%2F17/release", `{"key":"k"}`)
		require.Equal(t, "2026/17", f.told[0].(invoice.Release).Invoice.Number)
		require.Equal(t, "/v1/invoices/acme/2026%2F17", w.Header().Get("Location"))
	})
}

func TestStrictAcknowledgement(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		query    string
		inFlight bool
		err      error
		want     bool
		awaited  int
	}{
		"quiet":               {"", false, nil, false, 1},
		"still in flight":     {"", true, nil, true, 1},
		"waiting failed":      {"", false, errors.New("gone"), true, 1},
		"switched on":         {"?strict_ack=true", true, nil, true, 1},
		"switched off":        {"?strict_ack=false", true, nil, false, 0},
		"something else":      {"?strict_ack=perhaps", true, nil, false, -1},
		"a misspelt question": {"?strict=false", true, nil, false, -1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.inFlight, f.quietErr = c.inFlight, c.err
			w := f.send(http.MethodPost, base+"/payments"+c.query, `{"key":"k","amount":{"amount":"1.00","currency":"EUR"}}`)
			if c.awaited < 0 {
				problemOf(t, w, http.StatusUnprocessableEntity)
				require.Empty(t, f.told)
				return
			}
			require.Equal(t, c.want, decoded[invoice.Receipt](t, w, http.StatusCreated).MessageInFlight)
			require.Len(t, f.awaited, c.awaited)
		})
	}
}

func TestOptOut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	body := `{"creditor":"acme","channel":"sms","address":"+4915112345678"}`
	w := f.send(http.MethodPost, "/v1/opt-outs", body, "Idempotency-Key", "k1")
	require.JSONEq(t, `{"message_in_flight":true}`, w.Body.String())
	require.Equal(t, invoice.OptOut{Creditor: "acme", Channel: invoice.SMS, Address: "+4915112345678", Key: "k1", Actor: "erp"}, f.told[0])

	w = f.send(http.MethodPost, "/v1/opt-outs?strict_ack=false", body, "Idempotency-Key", "k2")
	require.JSONEq(t, `{}`, w.Body.String())
	w = f.send(http.MethodPost, "/v1/opt-outs", `{"creditor":"acme","channel":"sms","address":"+4915112345678","lift":true,"key":"k3"}`)
	require.JSONEq(t, `{}`, w.Body.String())
	require.True(t, f.told[2].(invoice.OptOut).Lift)
	problemOf(t, f.send(http.MethodPost, "/v1/opt-outs", body), http.StatusUnprocessableEntity)
	problemOf(t, f.send(http.MethodPost, "/v1/opt-outs", `{"creditor":"acme","channel":"fax","address":"1","key":"k"}`), http.StatusUnprocessableEntity)
}

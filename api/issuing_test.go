package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

const issuance = `{
	"invoice":{"creditor":"acme","number":"INV-1","debtor":"D1","total":{"amount":"123.45","currency":"EUR"},"issued_on":"2026-05-01","due_on":"2026-05-31","pay_url":"https://pay.example/1"},
	"debtor":{"name":"Bolt AG","type":"business","zone":"Europe/Berlin","contacts":[{"channel":"email","address":"ap@bolt.example","health":"ok"}]}}`

func TestIssue(t *testing.T) {
	t.Parallel()
	f := setup(t)
	w := f.send(http.MethodPost, "/v1/invoices", issuance)
	require.Equal(t, inv1, decoded[invoice.Receipt](t, w, http.StatusCreated).Invoice)
	require.Equal(t, base, w.Header().Get("Location"))
	require.Equal(t, collection.Issue{
		Invoice: invoice.Invoice{
			Key: inv1, Kind: invoice.KindInvoice, DebtorID: "D1", Amount: balance, IssuedOn: invoice.NewDate(2026, 5, 1),
			DueOn: invoice.NewDate(2026, 5, 31), PayURL: "https://pay.example/1",
		},
		Debtor: &invoice.Debtor{
			Creditor: "acme", ID: "D1", Name: "Bolt AG", Type: invoice.Business, Zone: "Europe/Berlin",
			Contacts: []invoice.Contact{{Channel: invoice.Email, Address: "ap@bolt.example"}},
		}, // its health is ours to know
		Actor: "erp",
	}, f.told[0])

	f.repeated = true
	decoded[invoice.Receipt](t, f.send(http.MethodPost, "/v1/invoices", issuance), http.StatusOK)
}

func TestIssueRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, field string }{
		"currency":        {`"EUR"`, `"EUX"`, "total.currency"},
		"negative":        {`"123.45"`, `"-123.45"`, "total.amount"},
		"due too early":   {`"due_on":"2026-05-31"`, `"due_on":"2026-04-30"`, "due_on"},
		"no due date":     {`"due_on":"2026-05-31",`, ``, "due_on"},
		"order":           {`"due_on":"2026-05-31"`, `"kind":"order"`, "expires_at"},
		"pay link":        {`https://`, `http://`, "pay_url"},
		"number":          {`"INV-1"`, `"INV 1"`, "number"},
		"kind":            {`"debtor":"D1"`, `"debtor":"D1","kind":"memo"`, "invoice.kind"},
		"e-mail":          {`ap@bolt.example`, `ap`, "debtor.contacts.address"},
		"zone":            {`Europe/Berlin`, `Berlin`, "debtor.zone"},
		"another debtor":  {`"name":"Bolt AG"`, `"name":"Bolt AG","id":"D2"`, "debtor.id"},
		"another owner":   {`"name":"Bolt AG"`, `"name":"Bolt AG","creditor":"x"`, "debtor.creditor"},
		"member unknown":  {`"issued_on"`, `"x":1,"issued_on"`, "invoice.x"},
		"number too long": {`"INV-1"`, `"` + strings.Repeat("1", 61) + `"`, "invoice.number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			body := strings.Replace(issuance, c.old, c.new, 1)
			require.NotEqual(t, issuance, body)
			p := problemOf(t, f.send(http.MethodPost, "/v1/invoices", body), http.StatusUnprocessableEntity)
			require.Equal(t, c.field, p.Field)
			require.Empty(t, f.told)
		})
	}
}

type batchAnswer struct {
	Accepted, Refused int
	Rows              []struct {
		Row     int
		Receipt *invoice.Receipt
		Error   *invoice.Error
	}
}

func row(number, more string) string {
	return `{"invoice":{"creditor":"acme","number":"` + number + `","debtor":"D1","total":{"amount":"1.00","currency":"EUR"},"issued_on":"2026-05-01","due_on":"2026-05-31"` + more + `}}`
}

func TestBatchTakesTheGoodRows(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.refuse = map[string]error{"3": invoice.Conflict("number", "is taken")}
	body := `{"invoices":[` + strings.Join([]string{row("1", ""), row("2", `,"x":1`), row("3", ""), `7`, row("5", `,"kind":"order"`), row("6", "")}, ",") + `]}`
	got := decoded[batchAnswer](t, f.send(http.MethodPost, "/v1/invoice-batches", body), http.StatusOK)
	require.Equal(t, 2, got.Accepted)
	require.Equal(t, 4, got.Refused)
	for i, want := range []string{"", "invoice.x", "number", "", "expires_at", ""} {
		require.Equal(t, i, got.Rows[i].Row)
		if i == 0 || i == 5 {
			require.Nil(t, got.Rows[i].Error)
			require.NotNil(t, got.Rows[i].Receipt)
			continue
		}
		require.Equal(t, want, got.Rows[i].Error.Field)
		require.Nil(t, got.Rows[i].Receipt)
	}
	require.Equal(t, invoice.CodeConflict, got.Rows[2].Error.Code)
	require.Len(t, f.told, 3)
}

func TestBatchAllOrNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows   string
		refuse map[string]error
		where  string
		told   int
	}{
		"a row that cannot be read":   {row("1", "") + `,` + row("2", `,"x":1`), nil, "body.invoices[1].invoice.x", 0},
		"a row that the store denies": {row("1", "") + `,` + row("2", ""), map[string]error{"2": invoice.Unknown("debtor", "is not on file")}, "body.invoices[1].debtor", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.refuse = c.refuse
			p := problemOf(t, f.send(http.MethodPost, "/v1/invoice-batches", `{"all_or_nothing":true,"invoices":[`+c.rows+`]}`), http.StatusUnprocessableEntity)
			require.Len(t, p.Errors, 1)
			require.Equal(t, c.where, p.Errors[0].Location)
			require.Len(t, f.told, c.told)
		})
	}
}

func TestBatchLimits(t *testing.T) {
	t.Parallel()
	f := setup(t)
	batch := func(n int) string {
		return `{"invoices":[` + strings.TrimSuffix(strings.Repeat(row("1", `,"goods":"`+strings.Repeat("x", 500)+`"`)+",", n), ",") + `]}`
	}
	require.Greater(t, len(batch(1000)), 600_000)
	decoded[batchAnswer](t, f.send(http.MethodPost, "/v1/invoice-batches", batch(1000)), http.StatusOK)
	require.Equal(t, "invoices", problemOf(t, f.send(http.MethodPost, "/v1/invoice-batches", batch(1001)), 422).Field)
	problemOf(t, f.send(http.MethodPost, "/v1/invoice-batches", batch(0)), 422)
	problemOf(t, f.send(http.MethodPost, "/v1/invoice-batches", `{"invoices":[],"x":1}`), 422)
	problemOf(t, f.send(http.MethodPost, "/v1/invoice-batches", strings.Repeat(" ", 4<<20)+batch(1)), 413)
	f.fail = &invoice.Error{Code: invoice.CodeUnavailable, Message: "no database"}
	problemOf(t, f.send(http.MethodPost, "/v1/invoice-batches", batch(1)), 503)
}

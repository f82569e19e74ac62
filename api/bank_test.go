package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/api"
	"dunlin/collection"
	"dunlin/invoice"
)

func TestBankFiles(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.fileState = collection.FileStored
	big := strings.Repeat("x", 3<<20) // more than any JSON body may be
	w := f.send(http.MethodPost, "/v1/bank/files?name=may.xml&account=DE1&currency=EUR&profile=postbank&allow_off=true", big, "Content-Type", "application/xml", "Idempotency-Key", "again")
	got := decoded[collection.BankFile](t, w, http.StatusAccepted)
	require.Equal(t, "/v1/bank/files/abcdef", w.Header().Get("Location"))
	require.EqualValues(t, len(big), got.Size)
	require.Equal(t, collection.BankUpload{Name: "may.xml", Actor: "erp", Account: "DE1", Currency: "EUR", Profile: "postbank", AllowOff: true}, f.told[0])
	require.Empty(t, f.answers, "the same bytes are the same file: no key is kept")

	f.fileState = collection.FileDone
	decoded[collection.BankFile](t, f.send(http.MethodPost, "/v1/bank/files", "x", "Content-Type", ""), http.StatusOK)
	require.Equal(t, collection.FileBooking, decoded[collection.BankFile](t, f.send(http.MethodGet, "/v1/bank/files/abcdef", ""), http.StatusOK).State)
	problemOf(t, f.send(http.MethodPost, "/v1/bank/files", "x", "Content-Encoding", "gzip"), http.StatusUnsupportedMediaType)
	problemOf(t, f.send(http.MethodGet, "/v1/bank/files/XYZ", ""), http.StatusUnprocessableEntity)
	f.fail = invoice.Invalid("file", "is empty")
	problemOf(t, f.send(http.MethodPost, "/v1/bank/files", ""), http.StatusUnprocessableEntity)
}

func TestBankLists(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.JSONEq(t, `{"items":[]}`, f.send(http.MethodGet, "/v1/bank/files", "").Body.String())
	require.JSONEq(t, `{"items":[]}`, f.send(http.MethodGet, "/v1/bank/statements", "").Body.String())
	hash := strings.Repeat("ab", 32)
	f.files = []collection.BankFile{{SHA256: hash}}
	require.Equal(t, hash, decoded[api.BankFilePage](t, f.send(http.MethodGet, "/v1/bank/files?state=refused&limit=1&after="+hash, ""), http.StatusOK).Next)
	require.Equal(t, collection.BankFileFilter{State: collection.FileRefused, After: hash, Limit: 1}, f.told[2])
	f.statements = []collection.BankStatement{{ID: 9}}
	require.EqualValues(t, 9, decoded[api.BankStatementPage](t, f.send(http.MethodGet, "/v1/bank/statements?creditor=acme&account=DE1&limit=1&after=12&file="+hash, ""), http.StatusOK).Next)
	require.Equal(t, collection.BankStatementFilter{Creditor: "acme", Account: "DE1", File: hash, After: 12, Limit: 1}, f.told[3])
	problemOf(t, f.send(http.MethodGet, "/v1/bank/files?state=odd", ""), http.StatusUnprocessableEntity)
}

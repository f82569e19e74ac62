package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"dunlin/activities"
	"dunlin/bank"
	"dunlin/collection"
	"dunlin/invoice"
)

// samplesVariable names the folder with the real statements; without it the test on them says so and passes over.
const samplesVariable = "DUNLIN_SAMPLES"

// owners notes whose accounts a file is about, and what it would book.
type owners struct {
	accounts []string
	kind     bank.Kind
	booked   map[string]int64 // by currency
	entries  int
}

func (o *owners) Begin(s *bank.Statement) error {
	o.kind = s.Kind
	if key := s.Account.Key(); key != "" && !slices.Contains(o.accounts, key) {
		o.accounts = append(o.accounts, key)
	}
	return nil
}

func (o *owners) Entry(e *bank.Entry) error {
	if o.kind == bank.Booked && e.Status == bank.StatusBooked {
		o.booked[string(e.Amount.Currency)] += e.Amount.Minor
		o.entries++
	}
	return nil
}

func (o *owners) End(*bank.Statement) error { return nil }

// TestSamplesImport takes real statements through an import as a worker does, each into books of its own.
func TestSamplesImport(t *testing.T) {
	t.Parallel()
	dir := os.Getenv(samplesVariable)
	if dir == "" {
		t.Skipf("%s is not set: the real statements are not tried", samplesVariable)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	queue := make(chan string, len(files))
	for _, f := range files {
		queue <- f
	}
	close(queue)
	for worker := range 4 {
		t.Run(string(rune('a'+worker)), func(t *testing.T) {
			t.Parallel()
			for file := range queue {
				t.Run(filepath.Base(file), func(t *testing.T) { importSample(t, file) }) //nolint:paralleltest // four at once are enough
			}
		})
	}
}

// importSample demands that a file is taken in whole, booking what it holds, or refused with a reason and
// nothing left; and that taking it once more changes nothing.
func importSample(t *testing.T, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	name := filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file)
	want := &owners{booked: map[string]int64{}}
	up := collection.BankUpload{Name: name, Account: giro, Currency: "EUR"}
	_, readErr := bank.Read(name, strings.NewReader(string(content)), bank.Options{Account: up.Account, Currency: up.Currency}, want)
	d := newTill(t)
	c := acme
	for _, a := range append(want.accounts, giro) {
		c.BankAccounts = append(c.BankAccounts, invoice.Bank{Account: a})
	}
	require.NoError(t, d.PutCreditor(t.Context(), c, "test"))
	f := d.importAs(up, string(content))
	if f.State == collection.FileRefused {
		require.NotEmpty(t, f.Reason, name)
		require.Zero(t, d.count("bank_entries"), name)
		require.Zero(t, d.count("staged_entries"), name)
		if readErr == nil {
			t.Logf("%s was refused: %s", name, f.Reason)
			require.Contains(t, f.Reason, "does not add up", name)
			up.AllowOff = true
			f = d.importAs(up, string(content))
		}
	}
	if readErr != nil && !strings.HasSuffix(name, ".zip") {
		require.Equal(t, collection.FileRefused, f.State, name)
		return
	}
	require.Equal(t, collection.FileDone, f.State, "%s: %s", name, f.Reason)
	if strings.HasSuffix(name, ".zip") {
		return
	}
	turned := d.count("bank_statements WHERE sign_rule <> 'as_booked'")
	repeated := d.count("bank_statements WHERE state = 'repeated' OR repeated > 0")
	if turned+repeated == 0 {
		require.EqualValues(t, want.entries, d.count("bank_entries WHERE NOT told"), name)
		for currency, sum := range want.booked {
			require.Equal(t, sum, query[int64](d.desk, `SELECT coalesce(sum(amount), 0)::bigint FROM postings WHERE account = 'bank' AND currency = $1`, currency), name)
		}
	} else {
		t.Logf("%s: %d statements with reversals turned round, %d repeat others of the file", name, turned, repeated)
	}
	before := d.count("bank_entries WHERE NOT told")
	again := d.importAs(up, string(content)+"\n")
	if again.State == collection.FileDone {
		require.Equal(t, before, d.count("bank_entries WHERE NOT told"), "%s: with a line end more it is another file, and nothing of it is new", name)
	}
}

// importAs takes a file through its import with the acts of a worker.
func (d *till) importAs(up collection.BankUpload, content string) collection.BankFile {
	d.t.Helper()
	f, err := d.StoreFile(d.t.Context(), up, strings.NewReader(content))
	require.NoError(d.t, err)
	i := collection.Import{SHA256: f.SHA256, Attempt: f.Attempt}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	activities.RegisterImports(env, &activities.Imports{Vault: d.Store})
	for _, act := range []string{collection.ParseFile, collection.AcceptFile} {
		answer, err := env.ExecuteActivity(act, i)
		require.NoError(d.t, err, up.Name)
		var at collection.FileStanding
		require.NoError(d.t, answer.Get(&at))
		if at.State.Ended() {
			f, err = d.BankFile(d.t.Context(), f.SHA256)
			require.NoError(d.t, err)
			return f
		}
	}
	_, err = env.ExecuteActivity(collection.BookPage, collection.PageRequest{Import: i})
	require.NoError(d.t, err, up.Name)
	f, err = d.BankFile(d.t.Context(), f.SHA256)
	require.NoError(d.t, err)
	return f
}

package rehearse_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dev/lab"
	"dunlin/dev/rehearse"
	"dunlin/internal/pgtest"
)

func TestMistakesAreNamedBeforeALabStarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	policy := write("bad.yaml", "policy: mine\nversion: 1\nkind: invoice\nsteps:\n  - {id: a, at: due+7q}\n")
	columns := write("columns.csv", "creditor,number,who\nacme,1,me\n")
	hopeless := write("rows.csv", "creditor,number,debtor,total,currency,issued_on\nacme,1,K-1,many,EUR,2026-01-01\n")
	good := write("good.csv", "creditor,number,debtor,total,currency,issued_on,due_on\nacme,1,K-1,12.00,EUR,2026-01-01,2026-01-31\n")
	empty := write("empty.csv", "creditor,number,debtor,total,currency,issued_on\n")
	for name, c := range map[string]struct {
		o    rehearse.Options
		says string
	}{
		"no policy":         {rehearse.Options{}, "which policy is rehearsed"},
		"unknown policy":    {rehearse.Options{Policy: "standart-b2b"}, "neither a file nor a policy that comes with Dunlin ("},
		"policy not there":  {rehearse.Options{Policy: "mine.yaml"}, "the policy cannot be read"},
		"bad policy":        {rehearse.Options{Policy: policy}, "bad.yaml:5"},
		"file not there":    {rehearse.Options{Policy: "standard-b2b", Portfolio: filepath.Join(dir, "none.csv")}, "the portfolio cannot be read"},
		"bad columns":       {rehearse.Options{Policy: "standard-b2b", Portfolio: columns}, `"who" in the heading line is not a column`},
		"no good row":       {rehearse.Options{Policy: "standard-b2b", Portfolio: hopeless}, "no row can be issued; line 2"},
		"no row":            {rehearse.Options{Policy: "standard-b2b", Portfolio: empty}, "no invoices"},
		"bad creditors":     {rehearse.Options{Policy: "standard-b2b", Portfolio: good, Creditors: columns}, "no creditor, and no list of creditors"},
		"two sources":       {rehearse.Options{Policy: "standard-b2b", Portfolio: good, FromDB: "postgres://x"}, "cannot both be given"},
		"no URL":            {rehearse.Options{Policy: "standard-b2b", FromDB: "postgres://[::"}, "no PostgreSQL URL"},
		"nobody there":      {rehearse.Options{Policy: "standard-b2b", FromDB: "postgres://dunlin:s3cret@127.0.0.1:1/x"}, "--from-db"},
		"another database":  {rehearse.Options{Policy: "standard-b2b", FromDB: pgtest.NewDatabase(t, nil)}, "run its `dunlin migrate` first"},
		"behaviour unknown": {rehearse.Options{Policy: "standard-b2b", Behave: "angry"}, "write none or typical"},
		"too long":          {rehearse.Options{Policy: "standard-b2b", Days: 5000}, "not between 1 and 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.o.Lab = lab.Options{Bin: bin}
			_, err := rehearse.Run(t.Context(), c.o)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

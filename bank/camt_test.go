package bank_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// refusedCAMT are the samples that are wrong, with a part of what is said about them.
var refusedCAMT = map[string]string{
	"genkgo_camt053.v2.wrong.xml":              "holds no statement",
	"viafintech_052_valid_namespace.xml":       "holds no statement",
	"viafintech_general_invalid_namespace.xml": "holds no statement",
}

// oracleErrs are the samples whose oracle is wrong, and why.
var oracleErrs = map[string]string{
	"genkgo_camt053.v2.multi.statement.xml": "the dump holds the entries of the last of two statements only",
}

func TestCAMTSamples(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"camt052", "camt053", "camt054"} {
		files := samples(t, folder)
		list, traps := listed(t, 5), listed(t, 6)
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				c, report, err := read(t, file, bank.Options{})
				if why, ok := refusedCAMT[filepath.Base(file)]; ok {
					require.ErrorContains(t, err, why)
					return
				}
				require.NoError(t, err)
				require.Empty(t, report.Problems)
				agreesWithGenkgo(t, file, c)
				agreesWithList(t, list, folder+"/"+filepath.Base(file), c)
				if strings.Contains(traps[folder+"/"+filepath.Base(file)], "balances add up") { // it is wrong where it says they do not
					addsUpAsListed(t, traps[folder+"/"+filepath.Base(file)], c)
				}
			})
		}
	}
}

// genkgoEntry is an entry as the oracle of genkgo/camt writes it.
type genkgoEntry struct {
	Amount struct {
		Amount   string                   `json:"getAmount"`
		Currency struct{ GetCode string } `json:"getCurrency"`
	} `json:"getAmount"`
	Details []json.RawMessage `json:"getTransactionDetails"`
	Ref     *string           `json:"getReference"`
}

// agreesWithGenkgo compares counts and amounts with the oracle beside a file, where there is one.
func agreesWithGenkgo(t *testing.T, file string, c *collected) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(file), "oracle", filepath.Base(file)+".json"))
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	require.NoError(t, err)
	var oracle struct {
		Entries []genkgoEntry `json:"getEntries"`
	}
	require.NoError(t, json.Unmarshal(text, &oracle))
	var want, got []string
	for _, e := range oracle.Entries {
		want = append(want, e.Amount.Amount+" "+e.Amount.Currency.GetCode)
	}
	for _, s := range c.statements {
		for _, e := range s.entries {
			got = append(got, strings.ReplaceAll(e.Amount.Decimal(), ".", "")+" "+string(e.Amount.Currency))
		}
	}
	for i := range got {
		got[i] = strings.TrimLeft(got[i], "0")
		neg := strings.HasPrefix(got[i], "-")
		got[i] = strings.TrimLeft(strings.TrimPrefix(got[i], "-"), "0")
		if neg {
			got[i] = "-" + got[i]
		}
	}
	if why, wrong := oracleErrs[filepath.Base(file)]; wrong {
		require.NotEqual(t, want, got, "no longer: %s", why)
		return
	}
	require.Equal(t, want, got)
}

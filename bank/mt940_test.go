package bank_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
)

// refusedMT are the samples that are refused, with a part of what is said about them.
var refusedMT = map[string]string{
	"betterplace_colon_in_descriptor.txt":        "holds no statement", // one text without anything around it
	"cmxl_mt940-with-colon-after-line-break.txt": "DEM",
	"webschik_base-1.mta":                        "DEM",
	"wolph_self-provided_raphaelm.sta":           "DEM",
	"wolph_self-provided_empty_non_swift.sta":    "no statement format",
	"wolph_cmxl_statement_details.sta":           "names no account",
	"wolph_betterplace_empty_line.sta":           "holds no statement",
	"wolph_betterplace_amount_formats.sta":       "holds no statement", // six opening balances
	"wolph_betterplace_missing_crlf_at_end.sta":  "no statement format",
	"mmalcek_test.sta":                           "is no entry", // names of fields where their values should be
}

// listErrsMT are the samples whose counts in the list are wrong, and why.
var listErrsMT = map[string]string{
	"cmxl_mt940-headers.txt":      "the closing balance has a day of 87 and a space in its amount: it is left out",
	"wolph_citi_mt940.txt":        "two credits are of 0.00",
	"zilverline_two_accounts.txt": "there are four: one begins behind a Ctrl-Z",
	"kingsquare_Rabo_sample2.sta": "the second statement is a reference and nothing else",
}

func TestMT940Samples(t *testing.T) {
	t.Parallel()
	files := samples(t, "mt940")
	list, traps := listed(t, 5), listed(t, 6)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			c, _, err := read(t, file, bank.Options{Currency: "EUR"})
			name := filepath.Base(file)
			if why, ok := refusedMT[name]; ok {
				require.ErrorContains(t, err, why)
				return
			}
			require.NoError(t, err)
			if _, wrong := listErrsMT[name]; !wrong {
				agreesWithList(t, list, "mt940/"+name, c)
				addsUpAsListed(t, traps["mt940/"+name], c)
			}
		})
	}
}

package workflows_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/workflows"
)

func TestSummariesAreWords(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.May, 14, 9, 0, 0, 0, time.FixedZone("", 2*3600))
	for want, it := range map[string]dunning.Item{
		"second reminder by e-mail":                     {Step: "reminder-2", Act: dunning.Email},
		"final notice by SMS":                           {Step: "final_notice", Act: dunning.SMS},
		"receipt by e-mail":                             {Step: "receipt", Act: dunning.Email},
		"call list: phone call":                         {Step: "phone-call", Act: dunning.PhoneTask},
		"look-up of what became of first reminder":      {Step: "reminder-1", Act: dunning.LookUp},
		"close of the case: paid in full":               {Step: "close", Act: dunning.Close, Reason: "paid in full"},
		"look at the case (call): its deadline":         {Step: "call", Act: dunning.Review, Reason: "its deadline"},
		"next look at the case: the hold ends":          {Act: dunning.Review, Reason: "the hold ends"},
		"call list: 21 days after the due date":         {Step: "call", Act: dunning.PhoneTask, Reason: "21 days after the due date"},
		"reminder 40 by e-mail":                         {Step: "reminder-40", Act: dunning.Email},
		"recall of the claim from the lawyer or agency": {Step: "recall", Act: dunning.Recall},
		"visit (visit)":                                 {Step: "visit", Act: "visit"},
	} {
		require.Equal(t, want, workflows.ActSummary(it))
	}
	require.Equal(t, "until second reminder by e-mail, Thu 14 May 2026 07:00 UTC",
		workflows.UntilWords(dunning.Item{Step: "reminder-2", Act: dunning.Email}, at))
}

func TestALongSummaryIsCutBetweenLetters(t *testing.T) {
	t.Parallel()
	got := workflows.ActSummary(dunning.Item{Step: "reminder-1", Act: dunning.Email, Reason: strings.Repeat("ü", 300)})
	require.LessOrEqual(t, len(got), 200)
	require.True(t, utf8.ValidString(got))
	require.True(t, strings.HasSuffix(got, "…"))
}

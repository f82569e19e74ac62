package demo

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dev/sample"
	"dunlin/dev/sandbox"
)

var start = time.Date(2026, 5, 4, 21, 30, 0, 0, time.UTC)

func TestTheScriptCanBeReadAndNamesInvoicesOfTheSample(t *testing.T) {
	t.Parallel()
	lines, err := parseScript(script, start)
	require.NoError(t, err)
	require.Greater(t, len(lines), 60)
	portfolio := sampleText(t)
	accounts, err := newBank()
	require.NoError(t, err)
	feedVerbs := map[string]bool{"stray": true, "again": true, "overlap": true, "damaged": true, "feed": true}
	used, paid, later := map[string]bool{}, map[string]bool{}, []string{}
	for _, l := range lines {
		used[l.verb] = true
		require.False(t, l.at.Before(start), l.text)
		require.Less(t, l.at.Sub(start), Days*24*time.Hour, l.text)
		switch {
		case feedVerbs[l.verb]:
			_, err := accounts.feed(l.number)
			require.NoError(t, err, l.text)
		case l.verb == "terms":
			later = append(later, l.number)
		case l.verb == "pay":
			w, err := parsePayment(l)
			require.NoError(t, err, l.text)
			paid[w.way] = true
			for _, number := range w.numbers {
				require.True(t, slices.Contains(later, number) || strings.Contains(portfolio, ","+number+","), l.text)
			}
		case l.number != "":
			require.Contains(t, portfolio, ","+l.number+",", l.text)
		}
	}
	for verb := range verbs {
		require.True(t, used[verb], "nothing in the script does %q", verb)
	}
	for _, way := range ways {
		require.True(t, paid[way], "nobody in the script pays %q", way)
	}
	for number := range calls {
		require.Contains(t, portfolio, ","+number+",")
	}
	for number := range verdicts {
		require.Contains(t, portfolio, ","+number+",")
	}
}

func sampleText(t *testing.T) string {
	t.Helper()
	exports, err := sample.Exports("../../examples", start)
	require.NoError(t, err)
	var all strings.Builder
	for _, e := range exports {
		all.Write(e.CSV)
	}
	return all.String()
}

func TestScriptTimes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"7 10:05 pay NL-1001":       "2026-05-11T10:05:00Z",
		"0 +8h pay HB-W502":         "2026-05-05T05:30:00Z",
		"35 +20h cli pay HB-W507":   "2026-06-09T17:30:00Z",
		"  3 00:00  away  # a note": "2026-05-07T00:00:00Z",
	} {
		lines, err := parseScript(text, start)
		require.NoError(t, err, text)
		require.Equal(t, want, lines[0].at.Format(time.RFC3339), text)
	}
	for _, bad := range []string{"x 10:00 pay NL-1", "1 25:00 pay NL-1", "1 10:00 dance NL-1", "1 +x pay NL-1", "1 pay"} {
		_, err := parseScript("# first\n"+bad, start)
		require.ErrorContains(t, err, "script line 2", bad)
	}
}

func TestTheFaultsAreRules(t *testing.T) {
	t.Parallel()
	s, err := sandbox.New(sandbox.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	require.NoError(t, s.SetRules(faults...))
	portfolio := sampleText(t)
	for _, f := range faults {
		if number, ok := strings.CutPrefix(f.Contains, "Ref "); ok {
			number, _, _ = strings.Cut(number, "/")
			require.Contains(t, portfolio, ","+number+",", f.Name)
		}
		if f.Recipient != "" {
			require.Contains(t, portfolio, ","+f.Recipient+",", f.Name)
		}
	}
}

func TestNotesAreWrapped(t *testing.T) {
	t.Parallel()
	notes := []string{}
	for range 7 {
		notes = append(notes, "the ERP issues 62 and then some")
	}
	lines := strings.Split(wrap(notes), "\n")
	require.Len(t, lines, 4)
	for _, l := range lines {
		require.LessOrEqual(t, len(strings.TrimLeft(l, " ")), 97)
	}
	require.Empty(t, wrap(nil))
}

func TestReportIsWrittenWhereAskedFor(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/demo.json"
	require.NoError(t, writeJSON(file, reportOf(t), BankReport{Repeats: 7}))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), `"late_worker_hours": 48`)
	require.Contains(t, string(text), `"repeats": 7`)
	require.NoError(t, writeJSON("", reportOf(t), BankReport{}))
}

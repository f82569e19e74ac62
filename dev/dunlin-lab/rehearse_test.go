package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dev/rehearse"
)

func TestRehearseSaysWhatIsWrongBeforeItBegins(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for says, args := range map[string][]string{
		"the report cannot be written": {"standard-b2b", "--json", filepath.Join(dir, "none", "r.json")},
		"neither a file nor a policy":  {"no-such-policy", "--html", filepath.Join(dir, "r.html")},
		"is no price":                  {"standard-b2b", "--sms-cost", "cheap"},
		"write none or typical":        {"standard-b2b", "--behave", "odd"},
		"accepts 1 arg(s)":             {},
	} {
		cmd := root()
		cmd.SetArgs(append([]string{"rehearse"}, args...))
		cmd.SetOut(&bytes.Buffer{})
		cmd.SetErr(&bytes.Buffer{})
		require.ErrorContains(t, cmd.ExecuteContext(t.Context()), says)
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestRehearsalsFormsOfReport(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "r.json")
	var out bytes.Buffer
	r := &rehearse.Report{Policy: rehearse.PolicyOf{Name: "mine", Version: 3}}
	require.NoError(t, present(r, []output{{file, writeJSON}, {"-", writeHTML}}, false, &out))
	require.Contains(t, out.String(), "<h1>mine v3, rehearsed</h1>")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), `"version": 3`)
	r.Audit.Findings = []string{"I2: twice"}
	require.ErrorIs(t, present(r, nil, true, &out), errFound)
	require.Contains(t, out.String(), "WRONG I2: twice")
}

package demo

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dev/audit"
	"dunlin/dev/lab"
)

func reportOf(*testing.T) audit.Report {
	return audit.Report{Faults: audit.Faults{LateWorkerHours: 48}}
}

// programs builds the product's programs into a folder of the test's own.
func programs(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	for program, source := range map[string]string{"dunlin": "./starter", "worker": "./worker"} {
		build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, program), source)
		build.Dir = "../.."
		out, err := build.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	return bin
}

// TestTheWholeStory plays the demo as make demo does, on the real programs, and holds its report to what
// it promises.
func TestTheWholeStory(t *testing.T) {
	if testing.Short() {
		t.Log("the story takes more than a minute: it is told without -short")
		return
	}
	file := filepath.Join(t.TempDir(), "demo.json")
	var out bytes.Buffer
	err := Run(t.Context(), Options{Lab: lab.Options{Bin: programs(t), NoUI: true}, Examples: "../../examples", JSON: file, Out: &out})
	t.Log(out.String())
	require.NoError(t, err)

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var r audit.Report
	require.NoError(t, json.Unmarshal(text, &r))
	var with struct{ Bank BankReport }
	require.NoError(t, json.Unmarshal(text, &with))
	b := with.Bank
	require.NoError(t, b.missing())
	require.Greater(t, b.Files, 250)
	require.Equal(t, b.Lines, b.Payments+b.NotOurs+b.MoneyOut, "each line went somewhere")
	require.Greater(t, b.ByRule, 8*b.ByPerson)
	require.Zero(t, r.DoubleSends+r.SendsAfterSettlement+r.MissedSteps+r.OpenWithoutCase+r.CasesWithoutOpen)
	require.True(t, r.LedgerBalanced && r.EventChainOK && r.Faults.Happened(), "%+v", r)
	require.GreaterOrEqual(t, r.Invoices, 60)
	require.GreaterOrEqual(t, r.Checked, r.Invoices)
	o := r.Outcomes
	require.Equal(t, r.Invoices, o.Paid+o.WrittenOff+o.Lawyer+o.Agency+o.Expired+o.Cancelled, "every invoice has an outcome: %+v", o)
	for name, n := range map[string]int{
		"paid": o.Paid, "written off": o.WrittenOff, "lawyer": o.Lawyer, "agency": o.Agency, "expired": o.Expired, "cancelled": o.Cancelled,
		"e-mails": r.Messages.Email, "SMS": r.Messages.SMS, "calls": r.PhoneTasks, "crossed": r.Crossed,
	} {
		require.Positive(t, n, name)
	}
	require.Contains(t, out.String(), "What happened")
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
	"dunlin/relay"
)

func sampleView() collection.View {
	return collection.View{
		Invoice: invoice.Invoice{
			Key: inv1, Kind: invoice.KindInvoice, DebtorID: "C-1", Amount: invoice.NewMoney(123456789, "EUR"),
			IssuedOn: invoice.NewDate(2026, 5, 1), DueOn: invoice.NewDate(2026, 5, 31),
		},
		DebtorName: "株式会社\x1b[31m例", Status: invoice.Open, Stage: dunning.StageOverdue, Balance: invoice.NewMoney(100000, "EUR"), Paid: invoice.NewMoney(123356789, "EUR"),
		OnAccount: invoice.NewMoney(0, "EUR"), Waiting: "first reminder", Zone: "Asia/Tokyo", Policy: "standard-b2b v1", Cycle: 1, Workflow: "collect/acme/INV-1/1",
		NextAt: time.Date(2026, 6, 7, 0, 30, 0, 0, time.UTC),
	}
}

func TestStatusAndPlan(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{view: sampleView()}
	require.Equal(t, `acme/INV-1: open, overdue
  debtor     C-1  株式会社 [31m例
  total      1,234,567.89 EUR, issued 2026-05-01, due 2026-05-31
  balance    1,000.00 EUR, paid 1,233,567.89 EUR
  waits for  first reminder
  next       Sun 2026-06-07 09:30 Asia/Tokyo
  policy     standard-b2b v1
  workflow   collect/acme/INV-1/1 (cycle 1)
`, ok(t, f, "status", "acme/INV-1"))

	f.plan = collection.PlanView{
		View: f.view,
		Plan: dunning.Plan{
			Items: []dunning.Item{{Step: "reminder-1", Act: dunning.Email, At: f.view.NextAt, Reason: "7 days after the due date"}},
			Held:  []dunning.Held{{Step: "place", Act: dunning.Place, Gate: "zone_missing", Reason: "nobody knows"}},
		},
		Taken: []collection.TakenView{{Step: "receipt", Act: dunning.Email, Outcome: dunning.Accepted, At: testNow}},
	}
	out := ok(t, f, "plan", "acme/INV-1")
	require.Contains(t, out, "What comes (times in Asia/Tokyo):\n  Sun 2026-06-07 09:30 +09:00  email  reminder-1  7 days after the due date\n")
	require.Contains(t, out, "What is held:\n  place  place  zone missing  nobody knows\n")
	require.Contains(t, out, "What was done (times in Asia/Tokyo):\n  Thu 2026-05-14 19:00 +09:00  email  receipt  accepted\n")
	var p collection.PlanView
	require.NoError(t, json.Unmarshal([]byte(ok(t, f, "plan", "acme/INV-1", "--json")), &p))
	require.Equal(t, f.plan.Plan.Held, p.Plan.Held)
}

// TestPlanTellsOfStopSwitches: a plan that says when, while nothing may leave, would mislead.
func TestPlanTellsOfStopSwitches(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{plan: collection.PlanView{View: sampleView()}, switches: []collection.Switch{
		{Scope: "creditor:acme", Reason: "new bank account", Actor: "vera", StoppedAt: testNow}, {Scope: "creditor:other", Reason: "elsewhere"},
	}}
	out := ok(t, f, "plan", "acme/INV-1")
	require.Contains(t, out, "Sending is stopped; what falls due waits until dunlin sending resume:\n  creditor:acme  since Thu 2026-05-14 19:00 +09:00  vera  new bank account\n")
	require.NotContains(t, out, "elsewhere")
	var p plan
	require.NoError(t, json.Unmarshal([]byte(ok(t, f, "plan", "acme/INV-1", "--json")), &p))
	require.Equal(t, f.switches[:1], p.SendingStopped)
}

func TestCase(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{file: collection.CaseView{
		View:     sampleView(),
		Events:   []invoice.Event{{N: 1, At: testNow, Kind: "issued", Actor: "erp", Text: "Issued over 1,190.00 EUR <b>"}},
		Messages: []collection.MessageView{{Channel: invoice.Email, Step: "receipt", Recipient: "a@b.example", Subject: "Your invoice", Text: "Hello\n\nBye\n", State: "accepted", Delivery: "delivered", Crossed: true, CreatedAt: testNow}},
		Tasks:    []collection.TaskView{{ID: 7, Kind: collection.TaskPhone, State: "done", Outcome: "no_answer", Text: "Call Jo", Note: "again tomorrow"}},
		Decision: &collection.DecisionView{Route: dunning.RouteLawyer, Reason: "above 5,000.00 EUR", At: testNow},
		Handoff:  &collection.HandoffView{Route: dunning.RouteLawyer, Partner: "Hale", State: dunning.HandoffSent, SentAt: testNow, BundleSum: "ab12"},
	}}
	out := ok(t, f, "case", "acme/INV-1")
	for _, s := range []string{
		"  Thu 2026-05-14 19:00 +09:00  erp  Issued over 1,190.00 EUR <b>\n", "email  receipt  a@b.example  accepted, delivered, crossed with a stop\n",
		"  7  phone  done  no answer  Call Jo  again tomorrow\n", "lawyer, because above 5,000.00 EUR; waits for a person's approval.\n", "Handed over to Hale (lawyer)",
	} {
		require.Contains(t, out, s)
	}
	require.NotContains(t, out, "Hello")
	require.Contains(t, ok(t, f, "case", "acme/INV-1", "--messages"), "    | Subject: Your invoice\n    | Hello\n    |\n    | Bye\n")

	page := filepath.Join(t.TempDir(), "case.html")
	ok(t, f, "case", "acme/INV-1", "--html", page)
	html, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(html), "Issued over 1,190.00 EUR &lt;b&gt;")
	require.Contains(t, string(html), "sha256 of the bundle ab12")
	info, err := os.Stat(page)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestListPages(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{}
	for n := range 7 {
		v := sampleView()
		v.Invoice.Number = fmt.Sprintf("INV-%d", n)
		f.views = append(f.views, v)
	}
	require.Contains(t, ok(t, f, "list", "--limit", "3"), "--after acme/INV-2\n")
	out := ok(t, f, "list", "--limit", "3", "--all", "--json")
	require.Equal(t, 7, strings.Count(out, "\n"))
	for line := range strings.Lines(out) {
		require.True(t, json.Valid([]byte(line)))
	}
	require.Equal(t, "No invoices.\n", ok(t, &fakeBooks{}, "list"))
}

func TestVerify(t *testing.T) {
	t.Parallel()
	f := &fakeBooks{checks: []collection.Check{{Name: "ledger_balanced", Checked: 1234, OK: true}}}
	require.Equal(t, "    CHECK            CHECKED  FOUND\nok  ledger balanced    1,234\nAll is well.\n", ok(t, f, "verify", "--database-only"))
	f.checks = append(f.checks, collection.Check{Name: "event_chain", Checked: 7, Found: []string{"acme/INV-1: event 3 was changed", "acme/INV-2: has no history"}})
	o := cli(t, f, "", "verify", "--database-only", "--json")
	require.Equal(t, exitFound, o.code)
	var r relay.Report
	require.NoError(t, json.Unmarshal([]byte(o.out), &r))
	require.False(t, r.OK)
	require.Len(t, r.Checks, 2)

	var asked proofOptions
	var out strings.Builder
	a := newApp(wiring{
		open: func(context.Context) (books, error) { return f, nil },
		proof: func(_ context.Context, _ books, o proofOptions) (relay.Report, error) {
			asked = o
			return relay.Report{OpenChecked: 5, Running: 4, Repaired: 1, Checks: f.checks, Missing: []relay.CaseProblem{{Workflow: "collect/acme/INV-1/1", Reason: "its workflow is gone"}}}, nil
		},
	}, nil, &out, io.Discard)
	require.Equal(t, exitFound, a.run(t.Context(), []string{"verify", "--repair"}))
	require.True(t, asked.Repair)
	require.Contains(t, out.String(), "WRONG  every open invoice has one running case        5  collect/acme/INV-1/1: its workflow is gone\n")
	require.Contains(t, out.String(), "Will be started or woken: 1 case;")
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]invoice.Money{
		"0.00 EUR": invoice.NewMoney(0, "EUR"), "-1,234.56 USD": invoice.NewMoney(-123456, "USD"), "1,000 JPY": invoice.NewMoney(1000, "JPY"),
		"999.999 KWD": invoice.NewMoney(999999, "KWD"), "92,233,720,368,547,758.07 CNY": invoice.NewMoney(1<<63-1, "CNY"),
	} {
		require.Equal(t, want, m.String())
	}
}

package dunning_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

func openGates(p *dunning.Policy, in dunning.Inputs, step string, act dunning.Act) map[string]bool {
	open := map[string]bool{}
	for _, g := range p.Gates(in, step, act) {
		open[g.Name] = g.Open
	}
	return open
}

// TestGatesSayWhatHeld: each input that would hold an act closes its own gate and no other.
func TestGatesSayWhatHeld(t *testing.T) {
	t.Parallel()
	p := copied(t, shipped(t, "standard-b2b"))
	now := utc("2026-05-13 08:00") // Wednesday 10:00 in Berlin
	for name, tc := range map[string]struct {
		gate   string
		change func(c *dunning.Case)
	}{
		"nothing":      {"", func(*dunning.Case) {}},
		"paid":         {"money", func(c *dunning.Case) { c.Balance.Minor = 0 }},
		"on hold":      {"stops", func(c *dunning.Case) { c.Stops = []dunning.Stop{{Kind: dunning.StopHold, From: now}} }},
		"bounced":      {"channel", func(c *dunning.Case) { c.Reach[dunning.Email] = dunning.Reach{Reason: "bounced"} }},
		"unknown type": {"data", func(c *dunning.Case) { c.Type = "" }},
		"just written": {"gap", func(c *dunning.Case) { c.Taken = taken("due/email 2026-05-11 07:42") }},
		"often written": {"cap", func(c *dunning.Case) {
			c.Contacts = contacts("2026-05-08 08:00", "2026-05-09 08:00", "2026-05-11 08:00", "2026-05-11 08:20")
		}},
	} {
		c := berlin()
		tc.change(&c)
		in := p.InputsOf(c, "reminder-1", dunning.Email, now)
		in.Planned = now
		for gate, open := range openGates(p, in, "reminder-1", dunning.Email) {
			require.Equal(t, gate != tc.gate, open, "%s: %s", name, gate)
		}
	}
	in := p.InputsOf(berlin(), "reminder-1", dunning.Email, utc("2026-05-13 20:00"))
	in.Planned = now
	require.False(t, openGates(p, in, "reminder-1", dunning.Email)["window"])
	in.Planned = in.At.AddDate(0, 0, 1)
	require.False(t, openGates(p, in, "reminder-1", dunning.Email)["time"])
	require.Nil(t, p.Gates(in, "nothing", dunning.Email))
}

func TestGatesOfAStepWithRules(t *testing.T) {
	t.Parallel()
	p := copied(t, shipped(t, "standard-b2b"))
	s := &p.Steps[stepIndex(t, p, "reminder-1")]
	s.When, s.Look = dunning.Condition{Groups: []string{"key"}, From: dunning.Thresholds{"EUR": 50000}}, true
	p.Minimum.Amount = dunning.Thresholds{"EUR": 1000}
	p.Holdout = dunning.Holdout{Share: 5, Steps: []string{"reminder-1"}}
	c := berlin()
	c.Group, c.Assigned = "key", map[string]string{dunning.HoldoutKey: "yes", "reminder-1": "short"}
	c.Disputed = invoice.NewMoney(40000, "EUR")
	now := utc("2026-05-13 08:00")
	in := p.InputsOf(c, "reminder-1", dunning.Email, now)
	gates := openGates(p, in, "reminder-1", dunning.Email)
	require.True(t, gates["condition"] && gates["minimum"] && gates["variant"])
	require.False(t, gates["look"] || gates["holdout"])
	c.Looks, c.Assigned, c.Group = []dunning.Look{{Step: "reminder-1", Said: dunning.LookSend, At: now}}, nil, ""
	gates = openGates(p, p.InputsOf(c, "reminder-1", dunning.Email, now), "reminder-1", dunning.Email)
	require.True(t, gates["look"] && gates["holdout"])
	require.False(t, gates["condition"])

	notice := p.InputsOf(c, "final-notice", dunning.Email, now)
	require.False(t, openGates(p, notice, "final-notice", dunning.Email)["decision"])
	c.DecisionOn = &dunning.Decision{Route: dunning.RouteLawyer, Approved: true}
	require.True(t, openGates(p, p.InputsOf(c, "final-notice", dunning.Email, now), "final-notice", dunning.Email)["decision"])
	step, _ := p.Step("reminder-1")
	require.Equal(t, "7 days after the due date, e-mail, template reminder-1; reminder; only when group key; amount from 500.00 EUR; at least 5 days after the last contact; when late merge after 1 day; otherwise phone task", step.Rule())
}

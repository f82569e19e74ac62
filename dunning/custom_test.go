package dunning_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

const short = `policy: short
version: 3
kind: invoice
merge_window: 2h
steps:
  - {id: early, letter: A, class: reminder, at: due-2bd, acts: [email], template: due, late: {rule: skip}}
  - {id: late, letter: B, class: formal, at: due+5bd, acts: [sms, email], template: reminder-1, min_gap: 3bd}
`

func TestBusinessDayOffsets(t *testing.T) {
	t.Parallel()
	p, err := dunning.Parse("short.yaml", []byte(short), nil)
	require.NoError(t, err)
	c := berlin() // due on Wednesday, 6 May; Ascension Day is the 14th
	plan := p.Plan(c, c.IssuedAt)
	require.Equal(t, "Mon 2026-05-04 09:42", when(t, plan, "early", dunning.Email, "Europe/Berlin"))
	require.Equal(t, "Wed 2026-05-13 09:42", when(t, plan, "late", dunning.Email, "Europe/Berlin"))
	require.Equal(t, dunning.Email, plan.Items[1].Act, "e-mail before SMS, however the file says it")
	require.Equal(t, 2*time.Hour, p.MergeFor())
	require.True(t, p.Firmer("late", "early"))
	require.False(t, p.Firmer("early", "late"))
	_, err = p.PromiseUntil(dunning.Case{Zone: "Asia/Shanghai", Country: "CN"}, invoice.NewDate(2035, time.May, 4))
	require.ErrorContains(t, err, "choose a nearer day")

	c.Taken = taken("early/email 2026-05-04 07:42", "late/email 2026-05-13 07:42", "late/sms 2026-05-13 07:42")
	plan = p.Plan(c, utc("2026-06-01 08:00"))
	require.Equal(t, "exhausted", gateOf(plan, "late"), "a case is never silent")
	require.Equal(t, dunning.StageOverdue, plan.Stage)
}

func TestOrderPolicyErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ steps, message string }{
		{"  - {id: a, class: service, at: due+1d, acts: [expire]}", "an order has no due date"},
		{"  - {id: a, class: service, at: expiry-1h, acts: [expire]}", "an order expires at its expiry"},
		{"  - {id: a, letter: A, class: service, at: expiry+1h, acts: [email], template: due}", "nothing comes after the expiry"},
		{"  - {id: a, class: service, at: issue+0h, acts: [decide]}", "neither decided nor placed"},
		{"  - {id: a, class: service, at: expiry+0h, acts: [expire]}\n  - {id: b, letter: B, class: service, at: expiry-1h, acts: [email], template: due}", "nothing can follow"},
		{"  - {id: a, class: service, at: issue+0h, acts: [phone_task], template: due, fallback: sms}", "sends no message"},
		{"  - {id: a, letter: A, class: service, at: issue+0h, acts: [email, sms], template: due, fallback: sms}", "does \"sms\" anyway"},
		{"  - {id: a, class: service, at: issue+0h, acts: [phone_task], late: {rule: merge}}", "no message cannot be skipped or merged"},
		{"  - {id: a, class: service, at: issue+0h, acts: []}", "lists nothing"},
	} {
		_, err := dunning.Parse("o.yaml", []byte("policy: o\nversion: 1\nkind: order\nsteps:\n"+tc.steps+"\n"), nil)
		require.ErrorContains(t, err, tc.message)
	}
}

func TestExpiryDeferred(t *testing.T) {
	t.Parallel()
	p := shipped(t, "order-24h")
	c := order()
	c.Deferred = []dunning.Deferred{{Step: "expire", Act: dunning.Expire, NotBefore: utc("2026-04-11 20:30"), Reason: "fault"}}
	it, ok := find(p.Plan(c, utc("2026-04-11 20:00")), "expire", dunning.Expire)
	require.True(t, ok)
	require.Equal(t, utc("2026-04-11 20:30"), it.At)
	c.Deferred[0].NotBefore = time.Time{}
	require.Equal(t, "deferred", gateOf(p.Plan(c, utc("2026-04-11 20:00")), "expire"))
	c.Deferred, c.Zone = nil, ""
	_, due := p.Plan(c, utc("2026-04-11 20:00")).Due("expire", dunning.Expire, utc("2026-04-11 20:00"))
	require.True(t, due, "an order expires although nobody can be written to")
}

package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/invoice"
)

// A plan that breaks with the second missed instalment says a word about the first.
func TestMissedInstalmentIsToldBeforeThePlanBreaks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issueBy(d.policy("patient", func(p *dunning.Policy) { p.Plans.BreakAfter = 2 }), "INV-1", 120000)
	d.agree(k, 3)
	d.walk(k, func() bool { return len(d.messages(k, "plan-1-missed-1")) > 0 })
	require.Equal(t, "instalment-missed", d.messages(k, "plan-1-missed-1")[0].Template)
	require.Equal(t, "active", d.planState(k))
	d.walk(k, func() bool { return d.planState(k) == "broken" })
	require.Empty(t, d.messages(k, "plan-1-missed-2"), "that one broke it")
	d.sound()
}

// While a promise or a dispute holds the case nobody is blamed for an instalment.
func TestPlanIsNotJudgedWhileTheCaseIsHeld(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	parts := d.agree(k, 3)
	_, err := d.Dispute(t.Context(), invoice.Dispute{Fact: fact(k, "d")})
	require.NoError(t, err)
	d.travel(d.now().AddDate(0, 0, 60))
	d.pay(k, "b1", parts[0].Amount.Minor)
	require.Equal(t, "active", d.planState(k))
	d.resolve(k, invoice.Withdrawn, invoice.Money{})
	require.Equal(t, "broken", d.planState(k), "the second one has not come")
	d.sound()
}

// What is in dispute is taken off the last instalments, and asked for again when the claim stands.
func TestPartDisputeWithinAPlan(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issue("INV-1", 120000)
	d.agree(k, 3)
	d.disputePart(k, 40000)
	d.pay(k, "b1", 80000)
	require.Equal(t, "active", d.planState(k))
	sent := d.walk(k, func() bool {
		return d.now().After(d.start.AddDate(0, 0, 90)) || d.view(k).Dispute.AnswerBy.Before(d.now())
	})
	require.NotContains(t, sent, "plan-1-due-3")
	require.Equal(t, invoice.Paid, d.resolve(k, invoice.Credited, invoice.Money{}).Status)
	require.Equal(t, "kept", d.planState(k))
	d.sound()
}

func TestPromisesAreBounded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := d.issueBy(d.policy("strict", func(p *dunning.Policy) {
		p.Promise = dunning.PromiseRules{Longest: dunning.Span{N: 20, Unit: dunning.Days}, Most: 1}
	}), "INV-1", 120000)
	today := invoice.DateOf(d.now())
	_, err := d.Promise(t.Context(), invoice.Promise{Fact: fact(k, "far"), By: today.AddDays(40)})
	require.Equal(t, invoice.CodeInvalid, invoice.CodeOf(err))
	_, err = d.Promise(t.Context(), invoice.Promise{Fact: fact(k, "one"), By: today.AddDays(5)})
	require.NoError(t, err)
	_, err = d.Promise(t.Context(), invoice.Promise{Fact: fact(k, "two"), By: today.AddDays(6)})
	require.Equal(t, invoice.CodeState, invoice.CodeOf(err))
	d.sound()
}

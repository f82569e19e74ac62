package relay_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
	"dunlin/relay"
)

// fakeBooks keeps the standings in order of their numbers.
type fakeBooks struct {
	cases   []collection.Standing
	checks  []collection.Check
	rewoken []string
	parked  int // bank files
	err     error
}

func (b *fakeBooks) page(open bool, after collection.Case, limit int) (page []collection.Standing) {
	for _, s := range b.cases {
		if s.Open == open && s.Number > after.Number && len(page) < limit {
			page = append(page, s)
		}
	}
	return page
}

func (b *fakeBooks) OpenCases(_ context.Context, after collection.Case, limit int) ([]collection.Standing, error) {
	return b.page(true, after, limit), b.err
}

func (b *fakeBooks) ClosedCases(_ context.Context, _ time.Time, after collection.Case, limit int) ([]collection.Standing, error) {
	return b.page(false, after, limit), b.err
}

func (b *fakeBooks) Standing(_ context.Context, c collection.Case) (collection.Standing, error) {
	i := slices.IndexFunc(b.cases, func(s collection.Standing) bool { return s.Case == c })
	if i < 0 {
		return collection.Standing{}, invoice.Unknown("number", "%s does not exist", c.Number)
	}
	return b.cases[i], nil
}

func (b *fakeBooks) Checks(context.Context) ([]collection.Check, error) { return b.checks, b.err }

func (b *fakeBooks) Rewake(_ context.Context, c collection.Case) error {
	if _, err := b.Standing(context.Background(), c); err != nil {
		return err
	}
	b.rewoken = append(b.rewoken, c.Number)
	return nil
}

func (b *fakeBooks) UnparkFiles(context.Context) (n int, err error) {
	n, b.parked = b.parked, 0
	return n, b.err
}

func TestRepairLetsParkedFilesBeTriedAgain(t *testing.T) {
	t.Parallel()
	b := &fakeBooks{parked: 2, checks: []collection.Check{{Name: "bank files get through", Found: []string{"x.xml is parked"}}}}
	r := verify(t, b, &fakeTemporal{}, false)
	require.Equal(t, 2, b.parked, "only when it is asked for")
	require.Zero(t, r.Restarted)
	r = verify(t, b, &fakeTemporal{}, true)
	require.Equal(t, 2, r.Restarted)
	require.False(t, r.OK, "what was mended was found, too")
	require.Contains(t, r.Text(), "bank files that are tried again: 2")
}

func verify(t *testing.T, b *fakeBooks, temporal *fakeTemporal, repair bool) relay.Report {
	t.Helper()
	report, err := relay.Verify(t.Context(), b, temporal, relay.VerifyConfig{Page: 2, Settle: time.Millisecond, Repair: repair, Logger: quiet})
	require.NoError(t, err)
	return report
}

func TestVerifyOfASoundSystem(t *testing.T) {
	t.Parallel()
	b := &fakeBooks{
		cases: []collection.Standing{
			{Case: caseN("INV-1"), Open: true, Started: true},
			{Case: caseN("INV-2"), Open: true, Started: true},
			{Case: caseN("INV-3"), Open: true, Started: true},
			{Case: caseN("INV-4")},
			{Case: caseN("INV-5"), Open: true, WakeSeq: 1},
		},
		checks: []collection.Check{{Name: "ledger balanced", Checked: 3, OK: true}},
	}
	temporal := newTemporal("collect/acme/INV-1/1", "collect/acme/INV-2/1", "collect/acme/INV-3/1")
	r := verify(t, b, temporal, false)
	require.True(t, r.OK, r.Text())
	require.Equal(t, 4, r.OpenChecked)
	require.Equal(t, 3, r.Running)
	require.Equal(t, 1, r.OnTheirWay)
	require.Equal(t, 1, r.ClosedChecked)
	require.Contains(t, r.Text(), "✓ every open invoice has one running case: 4 checked\n    1 are on their way to Temporal\n✓ no other case runs: 1 checked\n")
	require.Contains(t, r.Text(), "✓ ledger balanced: 3 checked")
	out, err := json.Marshal(r)
	require.NoError(t, err)
	require.Contains(t, string(out), `"missing":[]`)
}

func TestVerifyFindsAndRepairs(t *testing.T) {
	t.Parallel()
	b := &fakeBooks{cases: []collection.Standing{
		{Case: caseN("INV-1"), Open: true, Started: true},                             // its workflow was terminated
		{Case: caseN("INV-2"), Open: true},                                            // never started
		{Case: caseN("INV-3"), Open: true, Started: true, WakeSeq: 4, Parked: "nope"}, // given up
		{Case: caseN("INV-4")},                                                        // closed, and still running
	}}
	temporal := newTemporal("collect/acme/INV-4/1", "collect/acme/GHOST/1", "something/else")
	r := verify(t, b, temporal, true)
	require.False(t, r.OK)
	require.Len(t, r.Missing, 3)
	require.Equal(t, "its wake is parked: nope", r.Missing[2].Reason)
	require.Len(t, r.Orphans, 2)
	require.Equal(t, "collect/acme/GHOST/1", r.Orphans[0].Workflow)
	require.Equal(t, []string{"INV-1", "INV-2", "INV-3", "INV-4"}, b.rewoken)
	require.Equal(t, 4, r.Repaired, "nothing can be done about a case the database does not know")
	require.Contains(t, r.Text(), "    collect/acme/INV-1/1: its workflow was started and is gone")
}

func TestVerifyTrustsNoList(t *testing.T) {
	t.Parallel()
	b := &fakeBooks{cases: []collection.Standing{{Case: caseN("INV-1")}}}
	temporal := newTemporal()
	temporal.listed = []string{"collect/acme/INV-1/1"} // the list still shows it, Describe does not
	r := verify(t, b, temporal, false)
	require.True(t, r.OK, r.Text())
	require.Equal(t, 1, r.Candidates)
}

func TestVerifyThatCheckedNothingFails(t *testing.T) {
	t.Parallel()
	require.False(t, verify(t, &fakeBooks{}, newTemporal(), false).OK)

	temporal := newTemporal()
	temporal.set(errAway)
	r := verify(t, &fakeBooks{cases: []collection.Standing{{Case: caseN("INV-1"), Open: true}}}, temporal, false)
	require.False(t, r.OK)
	require.Contains(t, r.Unchecked, "connection refused")

	broken := &fakeBooks{err: errors.New("database away")}
	_, err := relay.Verify(t.Context(), broken, newTemporal(), relay.VerifyConfig{Logger: quiet})
	require.ErrorContains(t, err, "database away")
}

func TestVerifyReportsAFailedCheck(t *testing.T) {
	t.Parallel()
	b := &fakeBooks{
		cases:  []collection.Standing{{Case: caseN("INV-1"), Open: true}},
		checks: []collection.Check{{Name: "event chain", Checked: 9, Found: []string{"INV-1: event 3 was changed"}}},
	}
	r := verify(t, b, newTemporal("collect/acme/INV-1/1"), false)
	require.False(t, r.OK)
	require.Contains(t, r.Text(), "✗ event chain: 9 checked\n    INV-1: event 3 was changed")
}

func TestProveIsTheComparisonAlone(t *testing.T) {
	t.Parallel()
	b := &fakeBooks{cases: []collection.Standing{{Case: caseN("INV-1"), Open: true, Started: true}}}
	checks, err := relay.Prove(t.Context(), b, newTemporal(), relay.VerifyConfig{Settle: time.Millisecond, Repair: true, Logger: quiet})
	require.NoError(t, err)
	require.Len(t, checks, 2)
	require.False(t, checks[0].OK)
	require.Equal(t, []string{"collect/acme/INV-1/1: its workflow was started and is gone", "1 were marked to be woken: verify again in a minute"}, checks[0].Found)
	require.True(t, checks[1].OK)
}

package dunning_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
)

func TestAssign(t *testing.T) {
	t.Parallel()
	p, err := dunning.Parse("full.yaml", []byte(full), nil)
	require.NoError(t, err)
	const debtors = 20000
	plain, left, both := 0, 0, 0
	for i := range debtors {
		drawn := p.Assign(fmt.Sprintf("acme/C-%d", i))
		require.Equal(t, drawn, p.Assign(fmt.Sprintf("acme/C-%d", i)), "the draw is the same for ever")
		isPlain, isLeft := drawn["note"] == "plain", drawn[dunning.HoldoutKey] == "yes"
		if isPlain {
			plain++
		}
		if isLeft {
			left++
		}
		if isPlain && isLeft {
			both++
		}
		want := "reminder-1-short"
		if isPlain {
			want = "reminder-1"
		}
		require.Equal(t, want, p.Steps[0].TemplateFor(drawn))
	}
	require.InDelta(t, 0.40*debtors, plain, 0.015*debtors)
	require.InDelta(t, 0.05*debtors, left, 0.010*debtors)
	require.InDelta(t, 0.02*debtors, both, 0.007*debtors, "holdout and variants are drawn apart")

	require.Nil(t, shipped(t, "standard-b2b").Assign("acme/C-1"), "nothing to draw")
	require.Equal(t, "reminder-2", p.Steps[0].TemplateFor(nil))
	require.Equal(t, "reminder-2", p.Steps[0].TemplateFor(map[string]string{"note": "gone"}))
	newer := *p
	newer.Version++
	require.Equal(t, p.Assign("acme/C-1"), newer.Assign("acme/C-1"), "a new version draws the same")
}

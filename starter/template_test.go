package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/dunning"
	"dunlin/message"
)

// Every policy that comes with Dunlin is worded from mild to firm, in every language, without a
// word that the tone check would even warn of.
func TestShippedPoliciesAreWordedWell(t *testing.T) {
	t.Parallel()
	catalog, err := message.NewCatalog()
	require.NoError(t, err)
	require.Equal(t, []string{"de", "en", "zh"}, catalog.Languages())
	for _, s := range dunning.Shipped() {
		warnings, err := wording(s.Policy, catalog)
		require.NoError(t, err, s.Policy.Name)
		require.Empty(t, warnings, s.Policy.Name)
		require.NotEmpty(t, rungs(s.Policy, catalog))
	}
}

func TestALadderThatGrowsMilderIsRefused(t *testing.T) {
	t.Parallel()
	catalog, err := message.NewCatalog()
	require.NoError(t, err)
	p := &dunning.Policy{Steps: []dunning.Step{
		{ID: "first", Acts: []dunning.Act{dunning.Email}, Template: "reminder-2"},
		{ID: "second", Acts: []dunning.Act{dunning.Email}, Variants: []dunning.Variant{{Name: "a", Template: "reminder-2"}, {Name: "b", Template: "courtesy"}}},
	}}
	_, err = wording(p, catalog)
	require.ErrorContains(t, err, "steps.second")
	require.ErrorContains(t, err, "courtesy is milder than reminder-2 before it")
}

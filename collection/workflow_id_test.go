package collection_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/dunning"
	"dunlin/invoice"
)

func TestWorkflowIDRoundTrip(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"INV-1", "2026/0815", "a%2Fb", "Ü-1", "#7?x=1"} {
		want := collection.Case{Key: invoice.Key{Creditor: "acme", Number: number}, Cycle: 2}
		got, ok := collection.ParseWorkflowID(collection.WorkflowID(want.Key, want.Cycle))
		require.True(t, ok, number)
		require.Equal(t, want, got)
	}
	for _, id := range []string{"", "collect/acme/INV-1", "collect/acme/INV-1/0", "collect/acme/INV-1/x", "other/acme/INV-1/1", "collect//INV-1/1", "collect/acme//1", "collect/acme/%zz/1"} {
		_, ok := collection.ParseWorkflowID(id)
		require.False(t, ok, id)
	}
}

func TestEveryActHasAnActivity(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, act := range []dunning.Act{
		dunning.Email, dunning.SMS, dunning.PhoneTask, dunning.Decide, dunning.Place, dunning.Recall, dunning.Expire, dunning.LookUp,
		dunning.Review, dunning.Close,
	} {
		name, queue := collection.ActivityFor(act)
		require.NotEmpty(t, queue)
		require.False(t, seen[name], "%s has the activity of another act", act)
		seen[name] = true
	}
}

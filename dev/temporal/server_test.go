package temporal_test

import (
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/temporal"

	"dunlin/collection"
	"dunlin/dev/temporal"
)

// Workflows and their clocks outlive a restart with the same file.
func TestRestart(t *testing.T) {
	t.Parallel()
	o := temporal.Options{DBFile: filepath.Join(t.TempDir(), "deep", "temporal.db"), Lab: true, UIPort: temporal.NoUI}
	begin := time.Now()
	server, err := temporal.Start(t.Context(), o)
	require.NoError(t, err)
	t.Logf("first start %v", time.Since(begin).Round(time.Millisecond))
	c, err := client.Dial(server.ClientOptions(nil))
	require.NoError(t, err)
	run := start(t, c, []time.Time{begin.Add(days(30))})
	id, err := temporal.NewSkipper(c, server.Namespace()).FastForward(t.Context(), run.GetID(), days(20))
	require.NoError(t, err)
	require.NotEmpty(t, id)
	c.Close()
	require.NoError(t, server.Stop())

	begin = time.Now()
	server, err = temporal.Start(t.Context(), o)
	require.NoError(t, err)
	t.Logf("second start %v", time.Since(begin).Round(time.Millisecond))
	l, err := newLab(server)
	require.NoError(t, err)
	_, err = temporal.NewSkipper(l.client, server.Namespace()).FastForward(t.Context(), run.GetID(), days(31))
	require.NoError(t, err)
	require.NoError(t, l.client.GetWorkflow(t.Context(), run.GetID(), "").Get(t.Context(), nil))
	require.Len(t, l.actsOf(run.GetID()), 1)
	require.NoError(t, server.Stop())
}

// The search attributes of a case can be used at once, and the UI answers.
func TestAttributesAndUI(t *testing.T) {
	t.Parallel()
	server, err := temporal.Start(t.Context(), temporal.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop()) }()
	c, err := client.Dial(server.ClientOptions(nil))
	require.NoError(t, err)
	defer c.Close()
	_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "a", TaskQueue: queue,
		TypedSearchAttributes: sdk.NewSearchAttributes(
			collection.AttrCreditor.ValueSet("acme"), collection.AttrDebtor.ValueSet("D1"), collection.AttrInvoice.ValueSet("INV-1"),
			collection.AttrStage.ValueSet("overdue"), collection.AttrCurrency.ValueSet("EUR"),
			collection.AttrDueDate.ValueSet(time.Now()), collection.AttrBalance.ValueSet(100)),
	}, walk, nil)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		answer, err := http.Get(server.UIAddress() + "/namespaces/default/workflows")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, 10*time.Second, 20*time.Millisecond)

	_, err = temporal.NewSkipper(c, server.Namespace()).FastForward(t.Context(), "a", time.Hour)
	require.ErrorContains(t, err, "not enabled", "only a lab skips time")
	_, err = temporal.Start(t.Context(), temporal.Options{UIPort: port(t, server.FrontendAddress())})
	require.ErrorContains(t, err, "is taken")
}

func port(t *testing.T, address string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	require.NoError(t, err)
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

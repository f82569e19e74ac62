package workflows_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"dunlin/collection"
	"dunlin/workflows"
)

const histories = "testdata/histories"

// TestReplay replays every recorded history with this build. MANIFEST lists them, so that one that got
// lost, or one that slipped in, fails the test. The recordings are made on a real server from released
// code; how to record, and why never to edit one, stands in versions.go.
func TestReplay(t *testing.T) {
	t.Parallel()
	listed := manifest(t)
	found, err := filepath.Glob(filepath.Join(histories, "*.json"))
	require.NoError(t, err)
	names := make([]string, 0, len(found))
	for _, f := range found {
		names = append(names, filepath.Base(f))
	}
	slices.Sort(names)
	require.Equal(t, listed, names, "the histories in %s are not those its MANIFEST lists", histories)
	if len(listed) == 0 {
		t.Logf("nothing was replayed: %s/MANIFEST lists no history yet", histories)
		return
	}
	replayed, types := 0, map[string]int{}
	for _, name := range names {
		types[typeOf(t, name)]++
		replayer := worker.NewWorkflowReplayer()
		workflows.Register(replayer)
		require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(nil, filepath.Join(histories, name)), name)
		replayed++
	}
	require.Equal(t, len(listed), replayed)
	require.Positive(t, types[collection.CollectInvoice])
	require.Positive(t, types[collection.ImportStatement])
	t.Logf("replayed %d histories", replayed)
}

// typeOf is the type of the workflow that a history is of, as its first event has it.
func typeOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(histories, name))
	require.NoError(t, err)
	var h struct {
		Events []struct {
			Started struct {
				Type struct {
					Name string `json:"name"`
				} `json:"workflowType"`
			} `json:"workflowExecutionStartedEventAttributes"`
		} `json:"events"`
	}
	require.NoError(t, json.Unmarshal(text, &h))
	require.NotEmpty(t, h.Events, name)
	return h.Events[0].Started.Type.Name
}

// manifest reads one file name per line; # begins a comment.
func manifest(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(histories, "MANIFEST"))
	require.NoError(t, err)
	names := []string{}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

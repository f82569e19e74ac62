package workflows_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

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
	replayed := 0
	for _, name := range names {
		replayer := worker.NewWorkflowReplayer()
		workflows.Register(replayer)
		require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(nil, filepath.Join(histories, name)), name)
		replayed++
	}
	require.Equal(t, len(listed), replayed)
	t.Logf("replayed %d histories", replayed)
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

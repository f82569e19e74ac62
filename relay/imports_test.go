package relay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"

	"dunlin/collection"
	"dunlin/relay"
)

// fakeFiles hands out imports as a database would.
type fakeFiles struct {
	mu      sync.Mutex
	due     []collection.Import
	started []string
	failed  []string // "id refused"
	changed chan struct{}
}

func (f *fakeFiles) ClaimImports(_ context.Context, max int) ([]collection.Import, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := min(max, len(f.due))
	got := f.due[:n]
	f.due = f.due[n:]
	return got, nil
}

func (f *fakeFiles) ImportStarted(_ context.Context, i collection.Import) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.started = append(f.started, collection.ImportID(i))
	f.changed <- struct{}{}
	return nil
}

func (f *fakeFiles) ImportFailed(_ context.Context, i collection.Import, _ string, refused bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = append(f.failed, fmt.Sprint(collection.ImportID(i), " ", refused))
	if !refused {
		f.due = append(f.due, i)
	}
	f.changed <- struct{}{}
	return nil
}

func (f *fakeFiles) ListenFiles(ctx context.Context) (<-chan struct{}, error) {
	rings := make(chan struct{})
	go func() {
		<-ctx.Done()
		close(rings)
	}()
	return rings, nil
}

// importStarter answers starts; errs are used up one by one.
type importStarter struct {
	*fakeTemporal
	mu     sync.Mutex
	errs   []error
	starts []client.StartWorkflowOptions
	inputs []collection.ImportInput
}

func (s *importStarter) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.errs) > 0 {
		err := s.errs[0]
		s.errs = s.errs[1:]
		return nil, err
	}
	s.starts = append(s.starts, o)
	s.inputs = append(s.inputs, args[0].(collection.ImportInput))
	return &mocks.WorkflowRun{}, nil
}

// runImports relays until so many starts were filed.
func runImports(t *testing.T, f *fakeFiles, s *importStarter, filed int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = relay.NewImports(f, s, relay.Config{Poll: time.Millisecond, BackoffMin: time.Millisecond, BackoffMax: 2 * time.Millisecond, Logger: quiet}).Run(ctx)
	}()
	for range filed {
		<-f.changed
	}
	cancel()
	<-done
}

func newFiles(attempts ...int) *fakeFiles {
	f := &fakeFiles{changed: make(chan struct{}, 100)}
	for _, n := range attempts {
		f.due = append(f.due, collection.Import{SHA256: strings.Repeat("0f", 32), Attempt: n})
	}
	return f
}

func TestImportsAreStarted(t *testing.T) {
	t.Parallel()
	f, s := newFiles(1, 2), &importStarter{fakeTemporal: newTemporal()}
	runImports(t, f, s, 2)
	require.Equal(t, []string{"import/" + strings.Repeat("0f", 32) + "/1", "import/" + strings.Repeat("0f", 32) + "/2"}, f.started)
	o := s.starts[0]
	require.Equal(t, f.started[0], o.ID)
	require.Equal(t, collection.QueueBank, o.TaskQueue)
	require.Equal(t, enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL, o.WorkflowIDConflictPolicy)
	require.Equal(t, 1, s.inputs[0].Attempt)
	require.Zero(t, s.inputs[0].Page)
}

func TestAnImportThatRunsIsStarted(t *testing.T) {
	t.Parallel()
	f := newFiles(1)
	runImports(t, f, &importStarter{fakeTemporal: newTemporal(), errs: []error{serviceerror.NewWorkflowExecutionAlreadyStarted("runs", "request", "run")}}, 1)
	require.Len(t, f.started, 1)
	require.Empty(t, f.failed)
}

func TestImportsWaitForTemporal(t *testing.T) {
	t.Parallel()
	f := newFiles(1)
	runImports(t, f, &importStarter{fakeTemporal: newTemporal(), errs: []error{errAway, errAway}}, 3)
	require.Len(t, f.failed, 2)
	require.Contains(t, f.failed[0], "false", "nothing is counted")
	require.Len(t, f.started, 1)
}

func TestARefusedImportIsCounted(t *testing.T) {
	t.Parallel()
	f := newFiles(1)
	runImports(t, f, &importStarter{fakeTemporal: newTemporal(), errs: []error{errors.New("payload too odd")}}, 1)
	require.Contains(t, f.failed[0], "true")
	require.Empty(t, f.started)
}

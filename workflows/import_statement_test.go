package workflows_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"dunlin/collection"
	"dunlin/workflows"
)

// fakeVault plays the database of an import: it holds how far the file is and answers as the acts would.
type fakeVault struct {
	env      *testsuite.TestWorkflowEnvironment
	parsed   collection.FileStanding
	accepted collection.FileStanding
	total    int
	booked   int
	size     int // payments that one act books
	did      []string
	cursors  []int64
	fail     map[string]int // how often an act fails before it succeeds
	at       func()         // after each page
}

var aFile = collection.Import{SHA256: strings.Repeat("ab", 32), Attempt: 1}

func newVault(t *testing.T) *fakeVault {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	v := &fakeVault{
		env:    suite.NewTestWorkflowEnvironment(),
		parsed: collection.FileStanding{State: collection.FileParsing, Statements: 2, Entries: 4000},
		total:  5000, size: 2000, fail: map[string]int{},
	}
	v.accepted = collection.FileStanding{State: collection.FileAccepted, Statements: 2, Entries: 4000, Bookable: v.total}
	v.env.SetTestTimeout(20 * time.Second)
	workflows.Register(v.env)
	register := func(name string, f any) {
		v.env.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
	}
	register(collection.ParseFile, func(_ context.Context, i collection.Import) (collection.FileStanding, error) {
		return v.parsed, v.do(t, collection.ParseFile, i)
	})
	register(collection.AcceptFile, func(_ context.Context, i collection.Import) (collection.FileStanding, error) {
		return v.accepted, v.do(t, collection.AcceptFile, i)
	})
	register(collection.BookPage, func(_ context.Context, r collection.PageRequest) (collection.Page, error) {
		if err := v.do(t, collection.BookPage, r.Import); err != nil {
			return collection.Page{}, err
		}
		v.cursors = append(v.cursors, r.Cursor)
		v.booked = min(v.total, v.booked+v.size)
		if v.at != nil {
			v.at()
		}
		return collection.Page{Cursor: int64(v.booked), Booked: v.booked, Total: v.total, Done: v.booked == v.total}, nil
	})
	return v
}

func (v *fakeVault) do(t *testing.T, name string, i collection.Import) error {
	t.Helper()
	require.Equal(t, aFile, i)
	v.did = append(v.did, name)
	if v.fail[name]--; v.fail[name] >= 0 {
		return errors.New("database away")
	}
	return nil
}

func (v *fakeVault) run(in collection.ImportInput) error {
	v.env.ExecuteWorkflow(collection.ImportStatement, in)
	return v.env.GetWorkflowError()
}

func TestImportReadsJudgesAndBooks(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	require.NoError(t, v.run(collection.ImportInput{Import: aFile}))
	require.Equal(t, []string{collection.ParseFile, collection.AcceptFile, collection.BookPage, collection.BookPage, collection.BookPage}, v.did)
	require.Equal(t, []int64{0, 2000, 4000}, v.cursors)
}

func TestImportOfARefusedFileEndsWell(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(v *fakeVault){
		"unreadable":      func(v *fakeVault) { v.parsed.State = collection.FileRefused },
		"judged":          func(v *fakeVault) { v.accepted.State = collection.FileRefused },
		"all done before": func(v *fakeVault) { v.parsed.State = collection.FileDone },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVault(t)
			set(v)
			require.NoError(t, v.run(collection.ImportInput{Import: aFile}))
			require.NotContains(t, v.did, collection.BookPage)
		})
	}
}

func TestImportGoesOnWhereTheFileIs(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	v.parsed = collection.FileStanding{State: collection.FileBooking, Bookable: 5000} // a run that somebody ended came so far
	v.booked = 4000
	require.NoError(t, v.run(collection.ImportInput{Import: aFile}))
	require.Equal(t, []string{collection.ParseFile, collection.BookPage}, v.did)
}

func TestImportOutlivesItsDatabase(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	v.fail = map[string]int{collection.ParseFile: 3, collection.AcceptFile: 2, collection.BookPage: 4}
	require.NoError(t, v.run(collection.ImportInput{Import: aFile}))
	require.Len(t, v.did, 5+9)
	require.Equal(t, 5000, v.booked)
}

func TestImportContinuesAsNew(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	v.at = func() { v.env.SetContinueAsNewSuggested(v.booked >= 4000) }
	err := v.run(collection.ImportInput{Import: aFile})
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, err, &again)
	require.Equal(t, collection.ImportStatement, again.WorkflowType.Name)

	next := newVault(t)
	next.booked = 4000
	require.NoError(t, next.run(collection.ImportInput{Import: aFile, Page: collection.Page{Cursor: 4000, Booked: 4000, Total: 5000}}))
	require.Equal(t, []string{collection.BookPage}, next.did, "what was read and judged is not read and judged again")
	require.Equal(t, []int64{4000}, next.cursors)
}

func TestImportShowsHowFarItIs(t *testing.T) {
	t.Parallel()
	v := newVault(t)
	details := func() string {
		answer, err := v.env.QueryWorkflow("__temporal_workflow_metadata")
		require.NoError(t, err)
		var meta sdk.WorkflowMetadata
		require.NoError(t, answer.Get(&meta))
		return meta.GetCurrentDetails()
	}
	var shown []string
	v.env.SetOnActivityStartedListener(func(*activity.Info, context.Context, converter.EncodedValues) { shown = append(shown, details()) })
	require.NoError(t, v.run(collection.ImportInput{Import: aFile}))
	require.Equal(t, []string{
		"reads the file",
		"checks arithmetic, signs and repetitions of 4,000 entries in 2 statements",
		"books 5,000 payments",
		"booked 2,000 of 5,000 payments",
		"booked 4,000 of 5,000 payments",
	}, shown)
	require.Equal(t, "done: 5,000 payments booked", details())
}

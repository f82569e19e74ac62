package activities_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"dunlin/activities"
	"dunlin/bank"
	"dunlin/collection"
	"dunlin/invoice"
)

// vaultOf plays the database: it hands a file out to be read, and books so many pages.
type vaultOf struct {
	file    collection.StoredFile
	entries []*bank.Entry
	ended   []string // accounts of the statements that ended
	report  bank.Report
	readErr error
	err     error
	pages   int
	cursors []int64
}

func (v *vaultOf) Begin(*bank.Statement) error { return nil }

func (v *vaultOf) Entry(e *bank.Entry) error {
	v.entries = append(v.entries, e)
	return nil
}

func (v *vaultOf) End(s *bank.Statement) error {
	v.ended = append(v.ended, s.Account.Key())
	return nil
}

func (v *vaultOf) StageFile(_ context.Context, _ collection.Import, read func(collection.StoredFile, bank.Sink) (bank.Report, error)) (collection.FileStanding, error) {
	if v.err != nil {
		return collection.FileStanding{}, v.err
	}
	v.report, v.readErr = read(v.file, v)
	return collection.FileStanding{State: collection.FileParsing, Entries: len(v.entries)}, nil
}

func (v *vaultOf) AcceptFile(context.Context, collection.Import) (collection.FileStanding, error) {
	return collection.FileStanding{State: collection.FileAccepted}, v.err
}

func (v *vaultOf) BookPage(_ context.Context, r collection.PageRequest) (collection.Page, error) {
	v.cursors = append(v.cursors, r.Cursor)
	n := len(v.cursors)
	return collection.Page{Cursor: int64(200 * n), Booked: 200 * n, Total: 200 * v.pages, Done: n == v.pages}, v.err
}

const mt940 = ":20:A\r\n:25:37040044/0532013000\r\n:28C:1/1\r\n:60F:C260503EUR0,00\r\n:61:2605040504CR50,00NTRFNONREF\r\n:86:166?00GUTSCHRIFT?20INV-1\r\n:62F:C260504EUR50,00\r\n-\r\n"

func fileOf(content []byte) collection.StoredFile {
	return collection.StoredFile{BankUpload: collection.BankUpload{Name: "may"}, Size: int64(len(content)), Content: bytes.NewReader(content)}
}

// act runs an activity of an import by its name, as a worker would.
func act[T any](t *testing.T, v *vaultOf, name string, in any) (answer T, err error) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	activities.RegisterImports(env, &activities.Imports{Vault: v})
	value, err := env.ExecuteActivity(name, in)
	if err == nil {
		err = value.Get(&answer)
	}
	return answer, err
}

func parse(t *testing.T, v *vaultOf) {
	t.Helper()
	_, err := act[collection.FileStanding](t, v, collection.ParseFile, collection.Import{})
	require.NoError(t, err)
}

func TestParseFileReadsAnyFormat(t *testing.T) {
	t.Parallel()
	v := &vaultOf{file: fileOf([]byte(mt940))}
	parse(t, v)
	require.NoError(t, v.readErr)
	require.Len(t, v.entries, 1)
	require.Equal(t, []string{"37040044/0532013000"}, v.ended)

	short := &vaultOf{file: fileOf([]byte("PK"))}
	parse(t, short)
	require.Error(t, short.readErr)
}

func TestParseFileReadsAnArchive(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for name, content := range map[string]string{"a.sta": mt940, "b.sta": mt940, "readme.txt": "hello"} {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	v := &vaultOf{file: fileOf(packed.Bytes())}
	parse(t, v)
	require.Len(t, v.entries, 2)
	require.Equal(t, "ZIP of MT940", v.report.Format)
	require.Equal(t, 2, v.report.Statements)
	var bad *bank.Problem
	require.ErrorAs(t, v.readErr, &bad, "a member that is no statement refuses the archive")
	require.Contains(t, bad.Error(), "readme.txt")
}

func TestParseFileReadsByTheCallersProfile(t *testing.T) {
	t.Parallel()
	v := &vaultOf{file: fileOf([]byte("hello"))}
	v.file.Profile, v.file.ProfileYAML = "mine", "name: ["
	parse(t, v)
	var bad *bank.Problem
	require.ErrorAs(t, v.readErr, &bad)
	require.Equal(t, "profile", bad.Field)
	require.Len(t, v.report.Problems, 1)
}

func TestImportActsReportNoPersonalData(t *testing.T) {
	t.Parallel()
	v := &vaultOf{err: errors.New(`row "Jo Blum" of DE89370400440532013000`)}
	for name, in := range map[string]any{collection.ParseFile: collection.Import{}, collection.AcceptFile: collection.Import{}, collection.BookPage: collection.PageRequest{}} {
		_, err := act[map[string]any](t, v, name, in)
		var said *temporal.ApplicationError
		require.ErrorAs(t, err, &said)
		require.NotContains(t, said.Error(), "Blum")
		require.False(t, said.NonRetryable())
	}
	v.err = invoice.WrongState("the database is not ready")
	_, err := act[map[string]any](t, v, collection.AcceptFile, collection.Import{})
	require.ErrorContains(t, err, "the database is not ready")
}

func TestBookPageBooksPageAfterPage(t *testing.T) {
	t.Parallel()
	v := &vaultOf{pages: 5}
	page, err := act[collection.Page](t, v, collection.BookPage, collection.PageRequest{Cursor: 7})
	require.NoError(t, err)
	require.True(t, page.Done)
	require.Equal(t, []int64{7, 200, 400, 600, 800}, v.cursors)
}

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
	"dunlin/invoice"
)

// fakeVault keeps what it is handed in memory; every look at a file takes its import one state further.
type fakeVault struct {
	fakeBooks
	files  map[string]*collection.BankFile // by content
	asked  []collection.BankUpload
	states []collection.FileState
	away   error
}

func newVault(states ...collection.FileState) *fakeVault {
	return &fakeVault{files: map[string]*collection.BankFile{}, states: states}
}

func (v *fakeVault) StoreFile(_ context.Context, up collection.BankUpload, r io.Reader) (collection.BankFile, error) {
	if v.away != nil {
		return collection.BankFile{}, v.away
	}
	content, _ := io.ReadAll(r)
	if len(content) == 0 {
		return collection.BankFile{}, invoice.Invalid("file", "is empty")
	}
	v.asked = append(v.asked, up)
	if f := v.files[string(content)]; f != nil {
		had := *f
		had.AlreadyHad = true
		return had, nil
	}
	f := &collection.BankFile{SHA256: strings.Repeat("a", 62) + string(rune('a'+len(v.files))) + "0", Name: up.Name, Size: int64(len(content)), State: v.states[0], Format: "camt.053", Entries: 2, Statements: 1, Payments: 4, Booked: 1}
	v.files[string(content)] = f
	return *f, nil
}

func (v *fakeVault) BankFile(_ context.Context, sum string) (collection.BankFile, error) {
	for _, f := range v.files {
		if f.SHA256 != sum {
			continue
		}
		for i, s := range v.states[:len(v.states)-1] {
			if f.State == s {
				f.State = v.states[i+1]
				break
			}
		}
		if f.State == collection.FileRefused {
			f.Reason, f.Hint = "statement 7 does not add up", "ask the bank"
		}
		return *f, nil
	}
	return collection.BankFile{}, invoice.Unknown("file", "is not on file")
}

func (v *fakeVault) BankFiles(context.Context, collection.BankFileFilter) ([]collection.BankFile, error) {
	var all []collection.BankFile
	for _, f := range v.files {
		all = append(all, *f)
	}
	return all, nil
}

func (v *fakeVault) BankStatements(context.Context, collection.BankStatementFilter) ([]collection.BankStatement, error) {
	m := invoice.NewMoney(12345, "EUR")
	return []collection.BankStatement{{
		Account: "DE89370400440532013000", Number: "7", Kind: "booked", From: invoice.NewDate(2026, 5, 4), To: invoice.NewDate(2026, 5, 5), Opening: &m, Sum: "ok", Continuity: "gap",
		Gap: invoice.NewMoney(100, "EUR"), Entries: 2, Fresh: 1, Alerts: []string{"a statement is missing"},
	}}, nil
}

// bankCLI runs one command line against a vault.
func bankCLI(t *testing.T, v *fakeVault, terminal bool, args ...string) outcome {
	t.Helper()
	w := wiring{
		open:     func(context.Context) (books, error) { return v, nil },
		getenv:   func(string) string { return "vera" },
		terminal: func(io.Writer) bool { return terminal },
	}
	var out, errs bytes.Buffer
	code := newApp(w, strings.NewReader(""), &out, &errs).run(t.Context(), args)
	return outcome{code, out.String(), errs.String()}
}

func written(t *testing.T, path, content string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestBankImport(t *testing.T) {
	t.Parallel()
	v := newVault(collection.FileStored, collection.FileParsing, collection.FileBooking, collection.FileDone)
	file := written(t, filepath.Join(t.TempDir(), "may.xml"), "<x/>")
	o := bankCLI(t, v, false, "bank", "import", file, "--account", "DE1", "--currency", "EUR")
	require.Zero(t, o.code, o.errors)
	require.Contains(t, o.out, "is on file; its import begins by itself")
	require.Equal(t, collection.BankUpload{Name: file, Actor: "vera", Account: "DE1", Currency: "EUR"}, v.asked[0])

	o = bankCLI(t, v, true, "bank", "import", file, "--wait")
	require.Zero(t, o.code, o.errors)
	require.Contains(t, o.errors, "%  "+file+": booked 1 of 4 payments")
	require.Contains(t, o.out, ": camt.053, 2 entries in 1 statement; 0 were on file before.")

	o = bankCLI(t, v, false, "bank", "import", file)
	require.Contains(t, o.out, "The same bytes were on file already.")
	copied := written(t, filepath.Join(t.TempDir(), "copy.xml"), "<x/>")
	o = bankCLI(t, v, false, "bank", "import", copied)
	require.Contains(t, o.out, "copy.xml holds the same bytes as "+file+", which is on file already")

	refused := newVault(collection.FileStored, collection.FileRefused)
	o = bankCLI(t, refused, false, "bank", "import", file, "--wait")
	require.Equal(t, exitRows, o.code)
	require.Contains(t, o.errors, "statement 7 does not add up")
	require.Contains(t, o.errors, "ask the bank")

	for _, args := range [][]string{{}, {file, "--watch", "x"}, {file, "--profile", "nobank"}, {file, "--currency", "money"}, {"nosuchfile"}} {
		require.NotZero(t, bankCLI(t, v, false, append([]string{"bank", "import"}, args...)...).code, args)
	}
}

func TestBankLists(t *testing.T) {
	t.Parallel()
	v := newVault(collection.FileStored, collection.FileRefused)
	require.Contains(t, bankCLI(t, v, false, "bank", "files").out, "There are no bank files.")
	bankCLI(t, v, false, "bank", "import", written(t, filepath.Join(t.TempDir(), "may.xml"), "<x/>"))
	require.Contains(t, bankCLI(t, v, false, "bank", "files").out, "may.xml")
	require.Contains(t, bankCLI(t, v, false, "bank", "files", strings.Repeat("a", 63)+"0").out, "was refused: statement 7 does not add up")
	o := bankCLI(t, v, false, "bank", "statements")
	require.Contains(t, o.out, "gap of 1.00 EUR")
	require.Contains(t, o.out, "2026-05-04 – 2026-05-05")
	require.Contains(t, o.out, "DE89370400440532013000: a statement is missing")
}

// watcherOn is a watcher of a folder, with a clock that the test moves.
func watcherOn(t *testing.T, v *fakeVault, dir string) (*watcher, *time.Time, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	a := newApp(wiring{getenv: func(string) string { return "" }, terminal: func(io.Writer) bool { return false }}, strings.NewReader(""), &out, &out)
	w, err := a.newWatcher(v, dir, collection.BankUpload{})
	require.NoError(t, err)
	now := time.Now()
	w.now = func() time.Time { return now }
	return w, &now, &out
}

func look(t *testing.T, w *watcher, times int) {
	t.Helper()
	for range times {
		require.NoError(t, w.look(t.Context()))
	}
}

func TestWatchTakesWhatHasStoppedGrowing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := newVault(collection.FileStored, collection.FileDone)
	w, _, out := watcherOn(t, v, dir)
	path := written(t, filepath.Join(dir, "a.xml"), "half")
	written(t, filepath.Join(dir, "b.xml.part"), "still coming")
	look(t, w, 1)
	require.Empty(t, v.asked, "it may still grow")
	written(t, path, "half and half")
	look(t, w, 1)
	require.Empty(t, v.asked, "it has grown")
	look(t, w, 1)
	require.Len(t, v.asked, 1)
	require.Equal(t, "a.xml", v.asked[0].Name)
	look(t, w, 2)
	require.FileExists(t, filepath.Join(dir, doneFolder, "a.xml"))
	require.NoFileExists(t, path)
	require.FileExists(t, filepath.Join(dir, "b.xml.part"))

	written(t, path, "another file of this name")
	look(t, w, 4)
	done, err := filepath.Glob(filepath.Join(dir, doneFolder, "*.xml"))
	require.NoError(t, err)
	require.Len(t, done, 2)

	written(t, filepath.Join(dir, "again.xml"), "half and half")
	look(t, w, 4)
	require.FileExists(t, filepath.Join(dir, doneFolder, "again.xml"))
	require.Contains(t, out.String(), "again.xml holds the same bytes as a.xml")
}

func TestWatchSaysWhyAFileWasRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w, _, _ := watcherOn(t, newVault(collection.FileStored, collection.FileRefused), dir)
	written(t, filepath.Join(dir, "a.xml"), "x")
	written(t, filepath.Join(dir, "empty.xml"), "")
	look(t, w, 4)
	for name, why := range map[string]string{"a.xml": "statement 7 does not add up\nask the bank", "empty.xml": "is empty"} {
		require.FileExists(t, filepath.Join(dir, refusedFolder, name))
		text, err := os.ReadFile(filepath.Join(dir, refusedFolder, name+".txt"))
		require.NoError(t, err)
		require.Contains(t, string(text), why)
	}
}

func TestTwoWatchersOfOneFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := newVault(collection.FileStored, collection.FileDone)
	one, now, _ := watcherOn(t, v, dir)
	two, _, _ := watcherOn(t, v, dir)
	for _, name := range []string{"a.xml", "b.xml", "c.xml"} {
		written(t, filepath.Join(dir, name), name)
	}
	look(t, one, 1)
	look(t, two, 2)
	look(t, one, 3)
	look(t, two, 3)
	require.Len(t, v.asked, 3, "each file is taken once")

	// One dies over a file: the other takes it over, not before it is sure.
	v.away = invoice.WrongState("no database")
	written(t, filepath.Join(dir, "d.xml"), "d")
	look(t, one, 1)
	require.Error(t, one.look(t.Context()))
	v.away = nil
	*now = now.Add(abandoned / 2)
	look(t, two, 1)
	require.Len(t, v.asked, 3)
	two.now = func() time.Time { return now.Add(2 * abandoned) }
	look(t, two, 3)
	require.Len(t, v.asked, 4)
	require.FileExists(t, filepath.Join(dir, doneFolder, "d.xml"))
}

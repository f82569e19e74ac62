package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"dunlin/collection"
)

func TestBankFilesAreAnOutbox(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	ctx := t.Context()
	news, err := d.ListenFiles(ctx)
	require.NoError(t, err)
	i := d.put(statement("1", 0, "2026-05-04", line{amount: 100, day: "2026-05-04", text: "a"}).camt())
	select {
	case <-news:
	case <-time.After(10 * time.Second):
		require.Fail(t, "nobody was told of the file")
	}
	claimed := func() []collection.Import {
		due, err := d.ClaimImports(ctx, 10)
		require.NoError(t, err)
		return due
	}
	require.Equal(t, []collection.Import{i}, claimed())
	require.Empty(t, claimed(), "it is leased")
	require.NoError(t, d.ImportFailed(ctx, i, "Temporal cannot be reached", false))
	require.NoError(t, exec(d.desk, `UPDATE bank_files SET available_at = clock_timestamp()`))
	require.Equal(t, []collection.Import{i}, claimed(), "what could not be delivered is due again")
	require.NoError(t, d.ImportStarted(ctx, i))
	require.Empty(t, claimed(), "it is under way")
	require.NoError(t, exec(d.desk, `UPDATE bank_files SET available_at = clock_timestamp()`))
	require.Equal(t, []collection.Import{i}, claimed(), "it stands still: somebody may have ended its workflow")
	for range 20 {
		require.NoError(t, d.ImportFailed(ctx, i, "payload too odd", true))
	}
	require.NoError(t, exec(d.desk, `UPDATE bank_files SET available_at = clock_timestamp()`))
	require.Empty(t, claimed(), "it is parked for a person")
	f, err := d.BankFile(ctx, i.SHA256[:8])
	require.NoError(t, err)
	require.Equal(t, "payload too odd", f.Waits)
	n, err := d.UnparkFiles(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, []collection.Import{i}, claimed(), "verify --repair lets it be tried again")
	require.Equal(t, collection.FileDone, d.work(i).State)
	n, err = d.UnparkFiles(ctx)
	require.NoError(t, err)
	require.Zero(t, n)
	require.Empty(t, claimed(), "nothing is left to do")
}

func TestAnUploadThatIsCutOffLeavesNothing(t *testing.T) {
	t.Parallel()
	d := newTill(t)
	_, err := d.StoreFile(t.Context(), collection.BankUpload{Name: "x"}, &cutOff{strings.NewReader(strings.Repeat("x", 3<<20))})
	require.ErrorIs(t, err, errKilled)
	require.Zero(t, d.count("bank_files"))
	require.Zero(t, d.count("bank_file_parts"))
}

// cutOff is a sender that goes away after what it has sent.
type cutOff struct{ sent *strings.Reader }

func (c *cutOff) Read(p []byte) (int, error) {
	if c.sent.Len() == 0 {
		return 0, errKilled
	}
	return c.sent.Read(p)
}

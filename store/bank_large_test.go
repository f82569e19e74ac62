package store_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/bank"
	"dunlin/collection"
)

// largeStatement writes a day's camt.053 of n credits as it is read.
func largeStatement(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		head, tail, _ := strings.Cut(statement("1", 0, "2026-05-04", line{amount: 1}).camt(), "<Ntry>")
		_, tail, _ = strings.Cut(tail, "</Ntry>")
		total := fmt.Sprintf("%d.%02d", n*(n+1)/2/100, n*(n+1)/2%100)
		head = strings.Replace(head, `<Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">0.01</Amt>`, `<Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">`+total+`</Amt>`, 1)
		_, err := io.WriteString(w, head)
		for i := 1; i <= n && err == nil; i++ {
			_, err = io.WriteString(w, line{amount: int64(i), day: "2026-05-04", text: fmt.Sprint("invoice R-", i), party: fmt.Sprint("Debtor ", i%997)}.camt())
		}
		if err == nil {
			_, err = io.WriteString(w, tail)
		}
		_ = w.CloseWithError(err)
	}()
	return r
}

// heavy is the most memory that was in use at any of its looks.
type heavy struct {
	bank.Sink
	n, most uint64
}

func (h *heavy) Entry(e *bank.Entry) error {
	if h.n++; h.n%5000 == 0 {
		h.look()
	}
	return h.Sink.Entry(e)
}

func (h *heavy) look() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.most = max(h.most, m.HeapAlloc)
}

// TestALargeFileInLittleMemory runs alone: it looks at the memory of the process.
func TestALargeFileInLittleMemory(t *testing.T) { //nolint:paralleltest // see above
	const entries = 100_000
	d := newTill(t)
	var before heavy
	before.look()
	f, err := d.StoreFile(t.Context(), collection.BankUpload{Name: "large.xml"}, largeStatement(entries))
	require.NoError(t, err)
	require.Greater(t, f.Size, int64(40<<20))
	i := collection.Import{SHA256: f.SHA256, Attempt: 1}
	var most heavy
	at, err := d.StageFile(t.Context(), i, func(f collection.StoredFile, sink bank.Sink) (bank.Report, error) {
		most.Sink = sink
		return reading(f, &most)
	})
	require.NoError(t, err)
	require.Equal(t, entries, at.Entries)
	require.Less(t, most.most-before.most, uint64(24<<20), "bytes of memory more than before")
	at, err = d.AcceptFile(t.Context(), i)
	require.NoError(t, err)
	require.Equal(t, entries, at.Bookable)
	most.look()
	require.Less(t, most.most-before.most, uint64(24<<20), "bytes of memory more than before")
	require.Zero(t, d.count("staged_entries"))
	page, err := d.BookPage(t.Context(), collection.PageRequest{Import: i})
	require.NoError(t, err)
	require.Equal(t, collection.Page{Cursor: page.Cursor, Booked: 500, Total: entries}, page)
}

package importfile_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"dunlin/starter/importfile"
)

// generated is a file that is written while it is read.
type generated struct {
	row  func(i int) string
	n, i int
	rest string
}

func (g *generated) Read(p []byte) (int, error) {
	if g.rest == "" {
		if g.i == g.n {
			return 0, io.EOF
		}
		g.rest = g.row(g.i)
		g.i++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

// TestMemoryIsBounded reads 100,000 rows of each format and looks at the heap on the way.
func TestMemoryIsBounded(t *testing.T) {
	const n, limit = 100_000, 8 << 20
	for format, row := range map[importfile.Format]func(int) string{
		importfile.CSV: func(i int) string {
			if i == 0 {
				return heading
			}
			return fmt.Sprintf("acme,INV-%d,\"C-%d\",10.00,EUR,2026-05-01,2026-05-31\n", i, i%977)
		},
		importfile.NDJSON: func(i int) string { return fmt.Sprintf(object, i) + "\n" },
		importfile.JSON: func(i int) string {
			switch i {
			case 0:
				return "[\n" + fmt.Sprintf(object, i)
			case n:
				return "]"
			}
			return ",\n" + fmt.Sprintf(object, i)
		},
	} {
		t.Run(string(format), func(t *testing.T) {
			r, err := importfile.New(&generated{row: row, n: n + 1}, importfile.Options{Format: format})
			require.NoError(t, err)
			before, good := heap(), 0
			for ; ; good++ {
				row, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
				require.Nil(t, row.Err)
				if good%25_000 == 24_999 {
					require.Less(t, heap(), before+limit, "after %d rows", good+1)
				}
			}
			require.GreaterOrEqual(t, good, n)
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

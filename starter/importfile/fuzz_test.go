package importfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"dunlin/starter/importfile"
)

// FuzzRows holds that no file makes the reader panic or go on for ever, that lines only grow, and that
// a row without an error is an invoice that can be issued.
func FuzzRows(f *testing.F) {
	for _, format := range []importfile.Format{importfile.CSV, importfile.JSON, importfile.NDJSON, ""} {
		f.Add(string(format), []byte(heading+"acme,INV-1,C-1,10.00,EUR,2026-05-01,2026-05-31\n"))
		f.Add(string(format), []byte(heading+"\"a\n\"\n\n\"b\"\"\n,,,,,,\n"))
		f.Add(string(format), []byte("["+fmt.Sprintf(object, 1)+",{}]"))
		f.Add(string(format), []byte(fmt.Sprintf(object, 1)+"\n{}\n"))
	}
	f.Fuzz(func(t *testing.T, format string, text []byte) {
		r, err := importfile.New(bytes.NewReader(text), importfile.Options{Format: importfile.Format(format), Creditor: "acme"})
		if err != nil {
			return
		}
		lines, last := bytes.Count(text, []byte("\n"))+1, 0
		for n := 0; ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				return
			}
			if row.Line < last || row.Line > lines {
				t.Fatalf("line %d of %d after %d", row.Line, lines, last)
			}
			if last = row.Line; n > len(text) {
				t.Fatal("more rows than characters")
			}
			if row.Err == nil {
				if err := row.Issue.Invoice.Validate(); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

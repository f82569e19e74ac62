package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// Chain recomputes every history from its first event on, and looks whether the invoice's own end fits it;
// it reports rows without an event and histories that could be rewritten (I14).
func Chain(b *Books) []Finding {
	var f findings
	type end struct {
		n    int64
		hash []byte
	}
	invoices, ends := b.invoices(), map[int64]end{}
	for _, e := range b.Events {
		last, key := ends[e.Invoice], invoices[e.Invoice].Key()
		if e.N != last.n+1 {
			f.add("I14", "%s: event %d follows %d", key, e.N, last.n)
		}
		if !bytes.Equal(chained(e, last.hash), e.Hash) {
			f.add("I14", "%s: event %d is not what was written", key, e.N)
		}
		ends[e.Invoice] = end{e.N, e.Hash}
	}
	for _, i := range b.Invoices {
		switch e := ends[i.PK]; {
		case e.n == 0:
			f.add("I14", "%s has no history", i.Key())
		case e.n != i.EventN || !bytes.Equal(e.hash, i.EventHead):
			f.add("I14", "%s: the history ends at %d, the invoice says %d", i.Key(), e.n, i.EventN)
		}
	}
	for _, what := range b.Unwatched {
		f.add("I14", "invoice row %s: its transaction left no event", what)
	}
	for _, sql := range b.Pliable {
		f.add("I14", "history can be rewritten: %s", sql)
	}
	return f
}

// chained is the hash of an event after its predecessor's: lengths and numbers as 8 bytes, big-endian.
func chained(e Event, before []byte) []byte {
	h := sha256.New()
	number := func(v int64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(v))
		h.Write(b[:])
	}
	text := func(s []byte) {
		number(int64(len(s)))
		h.Write(s)
	}
	text(before)
	number(e.N)
	number(e.Seq)
	number(e.At.UnixMicro())
	text([]byte(e.Kind))
	text([]byte(e.Actor))
	text([]byte(e.Text))
	text([]byte(e.Data))
	return h.Sum(nil)
}

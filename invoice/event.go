package invoice

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"
)

// Event is one line of an invoice's own history: what happened, when, by whom. Events are only ever
// appended, and each carries a hash over itself and its predecessor, so a change shows.
type Event struct {
	N     int64           `json:"n"`    // 1, 2, 3, … per invoice, without gaps
	Seq   int64           `json:"seq"`  // the invoice's sequence this event was committed with
	At    time.Time       `json:"at"`   // business time
	Kind  string          `json:"kind"` // e.g. "issued", "email_accepted", "payment"
	Actor string          `json:"actor"`
	Text  string          `json:"text"` // one sentence for people
	Data  json.RawMessage `json:"data,omitempty"`
	Hash  []byte          `json:"hash"`
}

// ChainHash returns the hash of e after a predecessor's hash (nil for the first event).
// It covers every field but Hash; Data is hashed by its bytes as stored.
func (e Event) ChainHash(prev []byte) []byte {
	h := sha256.New()
	put := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	num := func(v int64) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	put(prev)
	num(e.N)
	num(e.Seq)
	num(e.At.UnixMicro())
	for _, s := range []string{e.Kind, e.Actor, e.Text} {
		put([]byte(s))
	}
	put(e.Data)
	return h.Sum(nil)
}

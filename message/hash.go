package message

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Hash returns the SHA-256, in hex, of a message exactly as rendered. Each part is preceded by its
// length, so that no text can move from one part into another. An SMS has only a text.
func Hash(subject, text, html string) string {
	return sumOf([]byte(subject), []byte(text), []byte(html))
}

func sumOf(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		writePart(h, p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writePart(h hash.Hash, p []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(p)))
	h.Write(n[:])
	h.Write(p)
}

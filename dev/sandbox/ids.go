package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
)

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// newMessageID has the form of an X-Message-Id: 22 characters without a dot.
func newMessageID() string { return base64.RawURLEncoding.EncodeToString(random(16)) }

func newEventID() string { return base64.RawURLEncoding.EncodeToString(random(16)) }

// newSID has the form of the SID of a message.
func newSID() string { return "SM" + hex.EncodeToString(random(16)) }

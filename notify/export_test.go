package notify

import (
	"net"
	"time"

	"dunlin/collection"
)

// Guard puts a connection under the same guard that every request is under.
func Guard(c net.Conn, claimedAt time.Time) (net.Conn, func(error) collection.Result) {
	f := &flight{claimedAt: claimedAt}
	g := &guardedConn{Conn: c}
	g.flight.Store(f)
	return g, f.lost
}

// Redact is what every reason goes through.
var Redact = redact

// Mentions is how a reference is recognised in a text.
var Mentions = mentions

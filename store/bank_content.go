package store

import (
	"context"
	"fmt"
	"io"
)

// content reads a bank file from its parts, one part at a time: as a stream, or at any place as an archive
// needs. It is for one goroutine.
type content struct {
	ctx  context.Context //nolint:containedctx // io.Reader has no room for one
	s    *Store
	pk   int64
	size int64
	at   int64 // of the stream
	n    int   // the part at hand, from 1; 0: none
	part []byte
	tell func(read int64) error // called with every part that is fetched
	err  error                  // what kept it from being read; a reader may have taken it for the file's fault
}

// Read reads on.
func (c *content) Read(p []byte) (int, error) {
	n, err := c.ReadAt(p[:min(len(p), partSize)], c.at)
	c.at += int64(n)
	if n > 0 && err == io.EOF { //nolint:errorlint // it is ReadAt's own
		err = nil
	}
	return n, err
}

// ReadAt reads at any place.
func (c *content) ReadAt(p []byte, off int64) (done int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("bank file: no place %d", off)
	}
	for done < len(p) {
		at := off + int64(done)
		if at >= c.size {
			return done, io.EOF
		}
		if c.err = c.fetch(int(at/partSize) + 1); c.err != nil {
			return done, c.err
		}
		from := int(at % partSize)
		if from >= len(c.part) {
			c.err = fmt.Errorf("bank file: part %d is shorter than it was", c.n)
			return done, c.err
		}
		done += copy(p[done:], c.part[from:])
	}
	return done, nil
}

// fetch gets a part unless it is at hand.
func (c *content) fetch(n int) error {
	if n == c.n {
		return nil
	}
	if err := c.s.pool.QueryRow(c.ctx, `SELECT bytes FROM bank_file_parts WHERE file_pk = $1 AND n = $2`, c.pk, n).Scan(&c.part); err != nil {
		return fmt.Errorf("bank file: part %d: %w", n, err)
	}
	c.n = n
	return c.tell(min(c.size, int64(n)*partSize))
}

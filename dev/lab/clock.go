package lab

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Clock is the lab's clock: the wall clock and the offset that the database keeps. Reading it costs
// nothing, because only this process moves it.
type Clock struct {
	url    string
	offset atomic.Int64 // microseconds
	pool   *pgxpool.Pool
}

// open reads the offset of a migrated database.
func (c *Clock) open(ctx context.Context) (err error) {
	if c.pool, err = pgxpool.New(ctx, c.url); err != nil {
		return err
	}
	return c.read(ctx)
}

func (c *Clock) close() {
	if c.pool != nil {
		c.pool.Close()
	}
}

func (c *Clock) read(ctx context.Context) error {
	var kind string
	var micros int64
	err := c.pool.QueryRow(ctx, `SELECT kind, (extract(epoch FROM clock_offset) * 1000000)::bigint FROM system`).Scan(&kind, &micros)
	if err == nil && kind != "lab" {
		err = fmt.Errorf("the database is %s, not a lab's", kind)
	}
	if err == nil {
		c.offset.Store(micros)
	}
	return err
}

// Offset is the lab's time less the wall clock's.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) * time.Microsecond }

// Reading is the lab's time now.
func (c *Clock) Reading() time.Time { return time.Now().Round(0).Add(c.Offset()) }

// Now is the lab's time as the database tells it.
func (c *Clock) Now(ctx context.Context) (now time.Time, err error) {
	err = c.pool.QueryRow(ctx, `SELECT business_now()`).Scan(&now)
	return now.UTC(), err
}

// Advance moves the clock forward to a moment; one that has passed changes nothing.
func (c *Clock) Advance(ctx context.Context, to time.Time) error {
	_, err := c.pool.Exec(ctx, `UPDATE system SET clock_offset = greatest(clock_offset,
		make_interval(secs => extract(epoch FROM $1::timestamptz - clock_timestamp())::double precision))`, to)
	if err != nil {
		return err
	}
	return c.read(ctx)
}

// createDatabase makes a database where there is none.
func createDatabase(ctx context.Context, url, name string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	if err != nil && strings.Contains(err.Error(), "42P04") { // it is there
		return nil
	}
	return err
}

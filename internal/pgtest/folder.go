//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	tempPrefix = "dunlin-pg-"
	lockName   = "lock"
)

// prepare makes the data folder, takes its lock and fills it with an empty cluster.
func (s *Server) prepare(ctx context.Context, bin string, acc account) error {
	if s.temp {
		sweep(acc.scratch())
		dir, err := os.MkdirTemp(acc.scratch(), tempPrefix)
		if err != nil {
			return err
		}
		s.dataDir = dir
	}
	var err error
	if s.dataDir, err = filepath.Abs(s.dataDir); err != nil {
		return err
	}
	if err := acc.reaches(s.dataDir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.dataDir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(s.dataDir, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	if real, err := filepath.EvalSymlinks(s.dataDir); err == nil {
		s.dataDir = real // as PostgreSQL reports it
	}
	if err := acc.own(s.dataDir); err != nil {
		return err
	}
	if s.lock, err = takeLock(ctx, s.dataDir); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(s.clusterDir(), "PG_VERSION")); err == nil {
		return nil
	}
	return fillCluster(ctx, bin, acc, s.clusterDir())
}

// takeLock locks a data folder. The lock is inherited by the server's processes and ends with the last
// of them, so a server that is still shutting down is waited for.
func takeLock(ctx context.Context, dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return file, nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", dir, err)
		case time.Now().After(deadline):
			file.Close()
			return nil, fmt.Errorf("%s is in use by another PostgreSQL of ours: stop the program that runs it, or choose another data folder", dir)
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// sweep removes the temporary folders of servers whose program was killed.
func sweep(scratch string) {
	dirs, _ := filepath.Glob(filepath.Join(scratch, tempPrefix+"*")) // the only error is a bad pattern
	for _, dir := range dirs {
		file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0)
		if err != nil {
			continue // just being made, or somebody else's
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(dir)
		}
		file.Close()
	}
}

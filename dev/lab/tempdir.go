package lab

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

const tempPrefix = "dunlin-lab-"

// tempDir makes a throw-away folder and removes those of labs that were killed. A living lab holds the
// lock of its folder.
func tempDir() (dir string, lock *os.File, err error) {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*", "lock")) // the only error is a bad pattern
	for _, name := range left {
		if f, err := locked(name, os.O_RDWR); err == nil {
			_ = os.RemoveAll(filepath.Dir(name)) // what stays is swept the next time
			_ = f.Close()
		}
	}
	if dir, err = os.MkdirTemp("", tempPrefix); err != nil {
		return "", nil, err
	}
	lock, err = locked(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR)
	return dir, lock, err
}

// locked opens a file and takes its lock, which ends with this process.
func locked(name string, flags int) (*os.File, error) {
	f, err := os.OpenFile(name, flags, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

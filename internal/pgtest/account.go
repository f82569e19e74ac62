//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user PostgreSQL runs as. It refuses to run as root, so root hands the work to the
// user postgres, or to nobody.
type account struct {
	uid, gid int
	name     string
	drop     bool // we are root and must become this user
}

func currentAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			continue
		}
		gid, err := strconv.Atoi(u.Gid)
		if err != nil {
			continue
		}
		return account{uid: uid, gid: gid, name: name, drop: true}, nil
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody: start this program as an ordinary user")
}

// credential is what a child process needs to run as the account; nil if it is ours already.
func (a account) credential() *syscall.Credential {
	if !a.drop {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
}

// own gives a file or folder to the account.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

// reaches reports whether the account may enter all parents of a path.
func (a account) reaches(path string) error {
	if !a.drop {
		return nil
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != a.uid {
				return fmt.Errorf("PostgreSQL runs as user %s here (it refuses to run as root), and that user may not enter %s: choose another folder, below /var/tmp for example", a.name, dir)
			}
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// scratch is the folder for temporary data folders that the account reaches.
func (a account) scratch() string {
	if dir := os.TempDir(); a.reaches(filepath.Join(dir, "x")) == nil {
		return dir
	}
	return "/tmp"
}

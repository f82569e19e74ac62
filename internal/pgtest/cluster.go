//go:build unix

package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// settings are the server's arguments.
func settings(cluster string, port int, o Options) []string {
	set := []string{
		"listen_addresses=127.0.0.1", "unix_socket_directories=", "port=" + strconv.Itoa(port),
		"max_connections=300", "timezone=UTC", "log_timezone=UTC", "lc_messages=C",
	}
	if !o.Fsync {
		set = append(set, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum_naptime=10min",
			"max_wal_size=4GB", "checkpoint_timeout=1h")
	}
	args := []string{"-D", cluster}
	for _, s := range append(set, o.Settings...) {
		args = append(args, "-c", s)
	}
	return args
}

// initdbArgs: anyone on 127.0.0.1 is trusted; the superuser is postgres.
func initdbArgs(locale string) []string {
	return []string{"-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=" + locale, "--no-sync"}
}

// fillCluster makes an empty cluster: a copy of one that initdb made earlier, which is several times
// faster than running initdb again.
func fillCluster(ctx context.Context, bin string, acc account, cluster string) error {
	cached, err := cachedCluster(ctx, bin, acc)
	if err != nil {
		return err
	}
	half := cluster + ".new" // a copy cut short must not be taken for a cluster
	if err := os.RemoveAll(half); err != nil {
		return err
	}
	if err := os.Mkdir(half, 0o700); err != nil {
		return err
	}
	if err := acc.own(half); err != nil {
		return err
	}
	if err := runAs(ctx, acc, "cp", "-R", "-p", cached+"/.", half); err != nil {
		return err
	}
	return os.Rename(half, cluster)
}

// cachedCluster returns the pristine cluster of these programs and this account, made when missing.
func cachedCluster(ctx context.Context, bin string, acc account) (string, error) {
	version, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("asking PostgreSQL in %s for its version: %w", bin, err)
	}
	key := sha256.Sum256([]byte(bin + string(version) + strings.Join(initdbArgs(""), " ")))
	cached := filepath.Join(acc.scratch(), fmt.Sprintf("dunlin-initdb-%d-%s", acc.uid, hex.EncodeToString(key[:6])))
	if ownedBy(cached, acc.uid) {
		return cached, nil
	}
	fresh, err := os.MkdirTemp(acc.scratch(), "dunlin-initdb-new-")
	if err != nil {
		return "", err
	}
	if err := acc.own(fresh); err != nil {
		return "", err
	}
	if err := initdb(ctx, bin, acc, fresh); err != nil {
		_ = os.RemoveAll(fresh)
		return "", err
	}
	if err := os.Rename(fresh, cached); err != nil && !ownedBy(cached, acc.uid) {
		return "", fmt.Errorf("keeping an empty cluster for later starts: %w", err)
	} else if err != nil {
		_ = os.RemoveAll(fresh) // somebody else was faster
	}
	return cached, nil
}

// initdb prefers the sorting-neutral UTF-8 locale, which not every system has.
func initdb(ctx context.Context, bin string, acc account, dir string) error {
	program := filepath.Join(bin, "initdb")
	if err := runAs(ctx, acc, program, append(initdbArgs("C.UTF-8"), "-D", dir)...); err == nil {
		return nil
	}
	return runAs(ctx, acc, program, append(initdbArgs("C"), "-D", dir)...)
}

// ownedBy reports whether a folder is there and the account's alone, so that nobody else on the
// machine can slip us a cluster of his.
func ownedBy(dir string, uid int) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == uid
}

// runAs runs a short program as the account.
func runAs(ctx context.Context, acc account, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: acc.credential()}
	cmd.Dir, cmd.Env = "/", childEnv()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, tail(out))
	}
	return nil
}

// childEnv is a clean environment: PG* variables of the caller would change what the programs do.
func childEnv() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC", "LD_LIBRARY_PATH=" + os.Getenv("LD_LIBRARY_PATH")}
}

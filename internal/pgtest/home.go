//go:build unix

package pgtest

import (
	"os"
	"path/filepath"
)

// Home returns a folder below which data folders can be kept between starts: the user's cache folder,
// or /var/tmp where the account that PostgreSQL runs as may not enter that (root's home, mostly).
func Home(name string) (string, error) {
	acc, err := currentAccount()
	if err != nil {
		return "", err
	}
	if cache, err := os.UserCacheDir(); err == nil {
		if dir := filepath.Join(cache, name); acc.reaches(dir) == nil {
			return dir, nil
		}
	}
	return filepath.Join("/var/tmp", name), nil
}

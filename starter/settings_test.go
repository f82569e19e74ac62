package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecret(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "url")
	require.NoError(t, os.WriteFile(file, []byte("postgres://db\n"), 0o600))
	read := func(env map[string]string) (string, error) {
		return secret(func(name string) string { return env[name] }, "DATABASE_URL")
	}
	value, err := read(map[string]string{"DATABASE_URL_FILE": file})
	require.NoError(t, err)
	require.Equal(t, "postgres://db", value)
	value, err = read(map[string]string{"DATABASE_URL": "postgres://other"})
	require.NoError(t, err)
	require.Equal(t, "postgres://other", value)
	_, err = read(map[string]string{"DATABASE_URL": "x", "DATABASE_URL_FILE": file})
	require.ErrorContains(t, err, "set one of them")
	_, err = read(map[string]string{"DATABASE_URL_FILE": file + "x"})
	require.ErrorContains(t, err, "cannot be read")
}

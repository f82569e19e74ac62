package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	namedTest = regexp.MustCompile("`([a-z]+)\\.(Test[A-Za-z0-9]+)`")
	testFunc  = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(`)
)

// testsOf are the tests of a package, by its folder beside this one.
func testsOf(t *testing.T, folder string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range testFunc.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	return names
}

// The page about complaints names a test for each answer, and each of them exists.
func TestComplaintsHaveTheirTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "complaints.md"))
	require.NoError(t, err)
	rows := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "|") || strings.Contains(line, "---") || strings.Contains(line, "complaint |") {
			continue
		}
		rows++
		named := namedTest.FindAllStringSubmatch(line, -1)
		if len(named) == 0 {
			require.Contains(t, line, "does not apply", "a complaint without a test says why")
		}
		for _, m := range named {
			require.Contains(t, testsOf(t, m[1]), m[2], "docs/complaints.md names %s.%s", m[1], m[2])
		}
	}
	require.Equal(t, 27, rows)
}
